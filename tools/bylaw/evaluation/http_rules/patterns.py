"""URL patterns: which of many match one subject, in time linear in its segments.

All patterns together are one automaton without epsilon steps, its states the bits of an integer: bit `j` of a pattern says that the
segments so far are matched by its first `j` elements. One segment moves every pattern at once; `**` is a bit that stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bylaw.evaluation.http_rules.urls import Subject
from bylaw.model.dialects import Dialect

ONE, ANY = "*", "**"
BLOCK_BITS = 4096
"""Patterns share an automaton up to this size: the masks of many literals over more bits would need too much memory."""


def specificity(pattern: str | None) -> int:
    """How many literal segments a pattern has; none for a rule without one."""
    return 0 if pattern is None else sum(segment not in {ONE, ANY} for segment in pattern.split("/"))


def pattern_matches(pattern: str | None, subject: Subject, dialect: Dialect) -> bool:
    """Whether a pattern matches; no pattern matches everything."""
    return bool(_alone(pattern, dialect).matching(subject))


class PatternSet:
    """Patterns, compiled to be matched together."""

    def __init__(self, patterns: Sequence[str | None], dialect: Dialect) -> None:
        self._raw_counts = dialect is Dialect.STRICT
        self._always = [place for place, pattern in enumerate(patterns) if pattern in {None, ONE, ANY}]
        self._blocks = tuple(_blocks(patterns))

    def matching(self, subject: Subject) -> list[int]:
        """The places of the patterns that match, ascending."""
        raw = subject.raw if self._raw_counts else subject.templated
        found = [place for block in self._blocks for place in block.accepted(subject.host, raw, subject.templated)]
        return sorted(self._always + found) if found else self._always


@lru_cache(maxsize=1024)
def _alone(pattern: str | None, dialect: Dialect) -> PatternSet:
    return PatternSet([pattern], dialect)


class _Pattern(NamedTuple):
    place: int
    elements: tuple[str, ...]
    """Everything but `**`."""
    stays: frozenset[int]
    """After how many elements a `**` stands."""


@dataclass(frozen=True, slots=True)
class _Block:
    """An automaton over patterns that follow one another bit by bit, each with one bit more than it has elements."""

    start: int
    stay: int
    star: int
    literals: dict[str, int]
    final: int
    place_of: dict[int, int]
    """From the last bit of each pattern, counted from 1, to its place."""

    def accepted(self, host: str, raw: Sequence[str], templated: Sequence[str]) -> Iterator[int]:
        """The places of those that match, ascending."""
        stay, star, literals = self.stay, self.star, self.literals
        states = ((self.start & (star | literals.get(host, 0))) << 1) | (self.start & stay)
        for one, other in zip(raw, templated, strict=True):
            if not states:
                return
            mask = star | literals.get(one, 0) | literals.get(other, 0)
            states = ((states & mask) << 1) | (states & stay)
        states &= self.final
        while states:
            lowest = states & -states
            yield self.place_of[lowest.bit_length()]
            states ^= lowest


def _blocks(patterns: Sequence[str | None]) -> Iterator[_Block]:
    gathered: list[_Pattern] = []
    bits = 0
    for place, pattern in enumerate(patterns):
        if pattern is None or pattern in {ONE, ANY}:
            continue
        parsed = _parse(place, pattern)
        bits += len(parsed.elements) + 1
        if gathered and bits > BLOCK_BITS:
            yield _block(gathered)
            gathered, bits = [], len(parsed.elements) + 1
        gathered.append(parsed)
    if gathered:
        yield _block(gathered)


def _parse(place: int, pattern: str) -> _Pattern:
    elements: list[str] = []
    stays: set[int] = set()
    for segment in pattern.split("/"):
        if segment == ANY:
            stays.add(len(elements))
        else:
            elements.append(segment)
    return _Pattern(place, tuple(elements), frozenset(stays))


def _block(patterns: Sequence[_Pattern]) -> _Block:
    start = stay = star = final = bit = 0
    literals: dict[str, int] = {}
    place_of: dict[int, int] = {}
    for pattern in patterns:
        start |= 1 << bit
        for stays in pattern.stays:
            stay |= 1 << bit + stays
        for offset, element in enumerate(pattern.elements, bit):
            if element == ONE:
                star |= 1 << offset
            else:
                literals[element] = literals.get(element, 0) | 1 << offset
        bit += len(pattern.elements) + 1
        final |= 1 << bit - 1
        place_of[bit] = pattern.place
    return _Block(start, stay, star, literals, final, place_of)
