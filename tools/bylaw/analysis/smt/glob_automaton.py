"""The strings that several `like` patterns have in common, as the paths of a deterministic automaton."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

from bylaw.analysis.patterns import Pattern

State: TypeAlias = tuple[int, ...]

UNREACHED = -1


class Moves(NamedTuple):
    """Where a state of one pattern goes: for the characters it waits for, and for any other character."""

    by_character: dict[str, int]
    otherwise: int


class Glob:
    """The deterministic automaton of one pattern, built as it is used.

    A state is a set of positions, as bits: position `i` means that the first `i` literal characters are matched.
    The empty set is dead.
    """

    __slots__ = ("_characters", "_moves", "_wildcards", "accept")

    START = 1

    def __init__(self, pattern: Pattern) -> None:
        """Number the positions of a pattern."""
        wildcards, position = 0, 0
        for part in pattern:
            if part is None:
                wildcards |= 1 << position
            else:
                position += len(part)
        self._characters = "".join(part for part in pattern if part is not None)
        self._wildcards = wildcards
        self._moves: dict[int, Moves] = {}
        self.accept = 1 << position

    def accepts(self, state: int) -> bool:
        """Whether the text read so far matches."""
        return bool(state & self.accept)

    def accepts_all(self, state: int) -> bool:
        """Whether the text read so far matches, however it goes on."""
        return bool(state & self.accept & self._wildcards)

    def moves(self, state: int) -> Moves:
        """Where a state goes."""
        known = self._moves.get(state)
        if known is None:
            known = self._moves[state] = self._compute(state)
        return known

    def _compute(self, state: int) -> Moves:
        staying = state & self._wildcards
        reached: dict[str, int] = {}
        for position, character in enumerate(self._characters):
            if state >> position & 1:
                reached[character] = reached.get(character, staying) | 2 << position
        return Moves({character: self._pruned(then) for character, then in reached.items()}, self._pruned(staying))

    def _pruned(self, state: int) -> int:
        # Whatever an earlier position accepts, the wildcard reached last accepts too. Without this cut the sets
        # would tell apart states with the same language.
        wildcards = state & self._wildcards
        lowest = max(wildcards.bit_length() - 1, 0)
        return state >> lowest << lowest


@dataclass(frozen=True, slots=True)
class Product:
    """The states reached, numbered from the start state 0.

    `edges[s]` are the moves of state `s`; `distances[s]` is the least number of characters to an accepting state, or
    `UNREACHED`. `complete` is false when the limit ended the exploration.
    """

    edges: tuple[tuple[tuple[str, int], ...], ...]
    distances: tuple[int, ...]
    complete: bool


def explore(positive: Sequence[Pattern], negative: Sequence[Pattern], other: str, limit: int) -> Product:
    """The automaton of the strings that match all positive and no negative patterns.

    `other` is a character that occurs in no pattern and stands for all such characters; at most `limit` states (and
    the start state) are built.
    """
    return _Exploration(positive, negative, other).run(limit)


class _Exploration:
    def __init__(self, positive: Sequence[Pattern], negative: Sequence[Pattern], other: str) -> None:
        self._globs = [Glob(pattern) for pattern in (*positive, *negative)]
        self._required = len(positive)
        self._other = other
        start = (Glob.START,) * len(self._globs)
        self._states = [start] if self._alive(start) else []
        self._numbers = {state: number for number, state in enumerate(self._states)}

    def run(self, limit: int) -> Product:
        """Explore breadth first; the list of states grows while it is read."""
        edges: list[tuple[tuple[str, int], ...]] = []
        for state in self._states:
            if len(self._states) > limit:
                break
            edges.append(self._edges(state))
        complete = len(edges) == len(self._states)
        edges.extend(() for _ in range(len(self._states) - len(edges)))
        accepting = [number for number, state in enumerate(self._states) if self._accepts(state)]
        return Product(tuple(edges), _distances(edges, accepting), complete)

    def _edges(self, state: State) -> tuple[tuple[str, int], ...]:
        reached = ((character, then) for character, then in self._successors(state) if self._alive(then))
        return tuple((character, self._number(then)) for character, then in reached)

    def _successors(self, state: State) -> Iterator[tuple[str, State]]:
        moves = [glob.moves(position) for glob, position in zip(self._globs, state, strict=True)]
        otherwise = [move.otherwise for move in moves]
        changes: dict[str, list[tuple[int, int]]] = {}
        for index, move in enumerate(moves):
            for character, then in move.by_character.items():
                changes.setdefault(character, []).append((index, then))
        yield self._other, tuple(otherwise)
        for character, changed in sorted(changes.items()):
            successor = otherwise.copy()
            for index, then in changed:
                successor[index] = then
            yield character, tuple(successor)

    def _number(self, state: State) -> int:
        number = self._numbers.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
        return number

    def _alive(self, state: State) -> bool:
        if not all(state[: self._required]):
            return False
        pairs = zip(self._globs[self._required :], state[self._required :], strict=True)
        return not any(glob.accepts_all(position) for glob, position in pairs)

    def _accepts(self, state: State) -> bool:
        return all(
            glob.accepts(position) == (index < self._required)
            for index, (glob, position) in enumerate(zip(self._globs, state, strict=True))
        )


def _distances(edges: Sequence[Iterable[tuple[str, int]]], accepting: Sequence[int]) -> tuple[int, ...]:
    sources: list[list[int]] = [[] for _ in edges]
    for number, moves in enumerate(edges):
        for _, then in moves:
            sources[then].append(number)
    distances = [UNREACHED] * len(edges)
    for number in accepting:
        distances[number] = 0
    queue = list(accepting)
    for number in queue:
        for source in sources[number]:
            if distances[source] == UNREACHED:
                distances[source] = distances[number] + 1
                queue.append(source)
    return tuple(distances)


def words(product: Product) -> Iterator[str]:
    """The strings that are accepted, the shortest first; it ends only when the language is finite.

    Characters that no pattern tells apart in some state are represented by `other` there. A finite language has no
    such place, so all of it is listed.
    """
    # A prefix is ranked by the length of the shortest string it leads to. Equal ranks go deepest first, so that the
    # queue grows by one step's moves for each character of the answer and not by all prefixes of that length.
    queue: list[tuple[int, int, str, int]] = []

    def push(word: str, state: int) -> None:
        distance = product.distances[state]
        if distance != UNREACHED:
            heappush(queue, (len(word) + distance, -len(word), word, state))

    if product.distances:
        push("", 0)
    while queue:
        _, _, word, state = heappop(queue)
        if product.distances[state] == 0:
            yield word
        for character, then in product.edges[state]:
            push(word + character, then)
