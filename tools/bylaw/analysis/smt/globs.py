"""Exact decisions about the languages of `like` patterns: membership, inclusion and members of combinations.

A pattern with wildcards is represented by its generic instance, with a fresh character for every wildcard: a pattern
that matches it consumes the fresh characters by wildcards only, and so matches all its other instances.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice, pairwise, permutations, product
from itertools import count as integers
from string import ascii_lowercase, ascii_uppercase, digits

from bylaw.analysis.patterns import Pattern, literals
from bylaw.analysis.smt.glob_automaton import explore, words

_READABLE = ascii_lowercase + digits + ascii_uppercase
_PATTERNS_PER_UNIT = 32
_FEW = 3


@dataclass(frozen=True, slots=True)
class Strings:
    """As many distinct members as were asked for, none of them to be avoided, short and readable ones first."""

    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finite:
    """All members of a finite language, including those to be avoided, the shortest first."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TooHard:
    """The search reached its limit: nothing is known."""


def matches(pattern: Pattern, text: str) -> bool:
    """Whether the whole text matches; each run is taken at its first occurrence, so nothing is tried twice."""
    if len(pattern) < 2:
        return text == "" if not pattern else pattern[0] is None or pattern[0] == text
    head, tail = pattern[0] or "", pattern[-1] or ""
    start, end = len(head), len(text) - len(tail)
    if start > end or not text.startswith(head) or not text.endswith(tail):
        return False
    for part in pattern[1:-1]:
        if part is not None:
            found = text.find(part, start, end)
            if found < 0:
                return False
            start = found + len(part)
    return True


def includes(outer: Pattern, inner: Pattern) -> bool:
    """Whether every string that matches `inner` matches `outer`."""
    runs = (*literals(outer), *literals(inner))
    # A private-use character: no policy is likely to hold one, so the first is mostly the one.
    fresh = next(char for char in map(chr, range(0xE000, 0x110000)) if not any(char in run for run in runs))
    return matches(outer, _filled(inner, fresh))


def members(
    positive: Sequence[Pattern],
    negative: Sequence[Pattern],
    *,
    count: int = 1,
    avoid: frozenset[str] = frozenset(),
    max_states: int = 20_000,
) -> Strings | Finite | TooHard:
    """`count` (at least 1) distinct strings outside `avoid` that match all positive and no negative patterns.

    `Finite` means that there are fewer, and lists the whole language. `TooHard` means that the automaton of the
    patterns exceeded `max_states` states; one that follows many patterns at once counts for several.
    """
    wanted = _Wanted(count, avoid)
    required = _least([_normal(pattern) for pattern in positive] or [(None,)])
    excluded = tuple(dict.fromkeys(map(_normal, negative)))
    if len(required) == 1 and None not in required[0]:
        text = _filled(required[0], "")
        return wanted.answer(_accepted([text], required, excluded))
    fresh = _fresh_characters(chain(required, excluded), avoid)
    ends = _ends(required)
    if ends is None or any(_excludes(excluded, good, fresh[0]) for good in required):
        return Finite(())
    for merged in _merges(required, *ends):
        if not _excludes(excluded, merged, fresh[0]):
            candidates = chain(_shortest(required, *ends), _instances(merged, fresh))
            return wanted.answer(_accepted(candidates, required, excluded))
    return _search(required, excluded, fresh[0], wanted, max_states)


@dataclass(frozen=True, slots=True)
class _Wanted:
    count: int
    avoid: frozenset[str]

    def answer(self, language: Iterable[str]) -> Strings | Finite:
        """The first members to be used; all members when the language has too few of them."""
        seen: list[str] = []
        found: list[str] = []
        for text in language:
            seen.append(text)
            if text not in self.avoid:
                found.append(text)
            if len(found) >= self.count:
                return Strings(tuple(found))
        return Finite(tuple(seen))


def _normal(pattern: Pattern) -> Pattern:
    """The pattern without neighbours of one kind, so that equal languages are equal patterns."""
    if "" not in pattern and all((one is None) != (other is None) for one, other in pairwise(pattern)):
        return pattern
    parts: list[str | None] = []
    for wild, group in groupby(pattern, key=lambda part: part is None):
        run = "".join(part for part in group if part is not None)
        if wild and parts[-1:] != [None]:
            parts.append(None)
        elif run:
            parts.append(run)
    return tuple(parts)


def _filled(pattern: Pattern, text: str) -> str:
    return "".join([text if part is None else part for part in pattern])


def _excludes(excluded: Sequence[Pattern], pattern: Pattern, fresh: str) -> bool:
    """Whether one of the patterns includes `pattern`; `fresh` occurs in none of them."""
    instance = _filled(pattern, fresh)
    return any(matches(bad, instance) for bad in excluded)


def _least(patterns: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """The patterns without those that include another one: their intersection is the same."""
    least: list[Pattern] = []
    for pattern in patterns:
        if not any(includes(pattern, other) for other in least):
            least = [other for other in least if not includes(other, pattern)] + [pattern]
    return tuple(least)


def _accepted(candidates: Iterable[str], required: Sequence[Pattern], excluded: Sequence[Pattern]) -> Iterator[str]:
    seen: set[str] = set()
    for text in candidates:
        if text not in seen and all(matches(good, text) for good in required):
            seen.add(text)
            if not any(matches(bad, text) for bad in excluded):
                yield text


def _fresh_characters(patterns: Iterable[Pattern], avoid: frozenset[str]) -> str:
    """Characters that occur in no pattern, at least one; those that occur in no string of `avoid` come first."""
    used = set("".join(run for pattern in patterns for run in literals(pattern)))
    avoided = set("".join(avoid))
    readable = sorted((char for char in _READABLE if char not in used), key=lambda char: char in avoided)
    # Any assigned letter will do when all readable ones are taken.
    others = (char for char in map(chr, range(0xC0, 0x110000)) if char.isalnum() and char not in used)
    return "".join(readable) or "".join(islice(others, _FEW))


def _ends(required: Sequence[Pattern]) -> tuple[str, str] | None:
    """The prefix and suffix that all of several patterns demand, or None when no string has them."""
    if len(required) > 1 and any(None not in pattern for pattern in required):
        return None
    heads = [pattern[0] or "" for pattern in required]
    tails = [pattern[-1] or "" for pattern in required]
    head, tail = max(heads, key=len), max(tails, key=len)
    if all(map(head.startswith, heads)) and all(map(tail.endswith, tails)):
        return head, tail
    return None


def _merges(required: Sequence[Pattern], head: str, tail: str) -> Iterator[Pattern]:
    """Patterns that are included in all the given ones: their inner runs one after another, in several orders."""
    orders = permutations(required) if len(required) <= _FEW else (required, required[::-1])
    for order in orders:
        inner: tuple[str | None, ...] = ()
        for pattern in order:
            if not includes(pattern, _normal((head, None, *inner, None, tail))):
                inner += pattern[1 if pattern[0] else 0 : -1 if pattern[-1] else None]
        yield _normal((head, None, *inner, None, tail))


def _shortest(required: Sequence[Pattern], head: str, tail: str) -> Iterator[str]:
    overlap = next(size for size in range(len(tail), -1, -1) if head.endswith(tail[:size]))
    yield head + tail[overlap:]
    yield from sorted((_filled(pattern, "") for pattern in required), key=len)


def _instances(pattern: Pattern, fresh: str) -> Iterator[str]:
    """Instances of a pattern with wildcards: some short and readable ones, then ones with fresh text throughout."""
    yield _filled(pattern, "")
    wildcards = pattern.count(None)
    readable = fresh[0] if fresh[0] in _READABLE else _READABLE[0]
    if wildcards <= _FEW:
        choices = product(("", readable), repeat=wildcards)
        for choice in sorted(choices, key=lambda texts: sum(map(len, texts))):
            texts = iter(choice)
            yield "".join([next(texts) if part is None else part for part in pattern])
    for length in integers(1):
        for word in product(fresh, repeat=length):
            yield _filled(pattern, "".join(word))


def _search(
    required: Sequence[Pattern], excluded: Sequence[Pattern], other: str, wanted: _Wanted, budget: int
) -> Strings | Finite | TooHard:
    """Search the automaton of the required patterns and of those excluded ones that refuted an earlier answer.

    Few of the excluded patterns matter, and an automaton of all of them would be far larger.
    """
    active: list[Pattern] = []
    while True:
        cost = 1 + (len(required) + len(active)) // _PATTERNS_PER_UNIT
        automaton = explore(required, active, other, budget // cost)
        budget -= cost * len(automaton.edges)
        refuting: list[Pattern] = []
        answer = wanted.answer(_until_refuted(words(automaton), excluded, refuting))
        if isinstance(answer, Strings):
            return answer
        if not automaton.complete:
            return TooHard()
        if not refuting:
            return answer
        active += refuting


def _until_refuted(texts: Iterable[str], excluded: Sequence[Pattern], refuting: list[Pattern]) -> Iterator[str]:
    """The texts up to the first that an excluded pattern matches; `refuting` receives all patterns that do."""
    for text in texts:
        refuting += [pattern for pattern in excluded if matches(pattern, text)]
        if refuting:
            return
        yield text
