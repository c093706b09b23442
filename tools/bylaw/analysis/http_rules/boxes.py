"""Boxes of requests: URLs that match some patterns and not others, and of every other variable some of its cells."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.analysis.nothing import Nothing

MAX_STEPS: Final = 20_000
"""Differences of two boxes in one search."""


class Box(NamedTuple):
    """What all its requests have in common."""

    required: int
    """The patterns that the URL matches, as bits."""
    excluded: int
    """Those that it does not match."""
    cells: tuple[int, ...]
    """Of each variable the set of its cells, as bits."""


Found: TypeAlias = Box | Nothing
UrlExists: TypeAlias = Callable[[int, int], bool]
"""Whether a URL matches all of some patterns and none of others."""


def meet(one: Box, other: Box, exists: UrlExists) -> Box | None:
    """What both have; none where that is nothing."""
    cells = tuple(map(int.__and__, one.cells, other.cells))
    if 0 in cells:
        return None
    found = Box(one.required | other.required, one.excluded | other.excluded, cells)
    if found[:2] in {one[:2], other[:2]} or exists(found.required, found.excluded):
        return found
    return None


def covers(wide: Box, narrow: Box, exists: UrlExists) -> bool:
    """Whether every request of `narrow` is one of `wide`, which excludes no URLs."""
    if any(inner & ~outer for outer, inner in zip(wide.cells, narrow.cells, strict=True)):
        return False
    return not any(
        exists(narrow.required, narrow.excluded | pattern) for pattern in _bits(wide.required & ~narrow.required)
    )


def outside(box: Box, others: Sequence[Box], exists: UrlExists) -> Found:
    """A part of `box` that lies outside of all others, which exclude no URLs."""
    try:
        return _outside(box, others, exists)
    except TooComplexError:
        return Nothing.UNKNOWN


class _Task(NamedTuple):
    box: Box
    first: int
    """Of the boxes to stay out of, which is next."""


def _outside(box: Box, others: Sequence[Box], exists: UrlExists) -> Found:
    near = [other for other in others if meet(box, other, exists)]
    if any(covers(other, box, exists) for other in near):
        return Nothing.EMPTY
    # Boxes that cut along one variable never split what is left, so they come first.
    near.sort(key=lambda other: len(difference(box, other, exists)))
    todo, steps = [_Task(box, 0)], 0
    while todo:
        task = todo.pop()
        place = task.first
        while place < len(near) and not meet(task.box, near[place], exists):
            place += 1
        if place == len(near):
            return task.box
        steps += 1
        if steps > MAX_STEPS:
            return Nothing.UNKNOWN
        todo += (_Task(part, place + 1) for part in reversed(difference(task.box, near[place], exists)))
    return Nothing.EMPTY


def difference(box: Box, other: Box, exists: UrlExists) -> list[Box]:
    """Disjoint boxes that have all requests of `box` that are not of `other`."""
    found, kept = [], box
    for pattern in _bits(other.required & ~box.required):
        if exists(kept.required, kept.excluded | pattern):
            found.append(kept._replace(excluded=kept.excluded | pattern))
        kept = kept._replace(required=kept.required | pattern)
    for place, (own, theirs) in enumerate(zip(box.cells, other.cells, strict=True)):
        if own & ~theirs:
            found.append(kept._replace(cells=_with(kept.cells, place, own & ~theirs)))
            kept = kept._replace(cells=_with(kept.cells, place, own & theirs))
    return found


def _with(cells: tuple[int, ...], place: int, chosen: int) -> tuple[int, ...]:
    return (*cells[:place], chosen, *cells[place + 1 :])


def _bits(numbers: int) -> list[int]:
    found = []
    while numbers:
        lowest = numbers & -numbers
        found.append(lowest)
        numbers ^= lowest
    return found
