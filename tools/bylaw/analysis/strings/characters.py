"""Sets of characters as sorted ranges of code points."""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Both ends belong to a range; ranges are sorted, and do not touch."""

LAST: Final = 0x10FFFF
_SURROGATES: Final = ((0xD800, 0xDFFF),)
_FAMILIAR: Final = "xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@/:,+=!#%&*;?~ "
"""What an example is written with where it can be."""
_ASCII_END: Final = 128
_ALSO_ASCII: Final = {"k": "\u212a", "s": "\u017f"}
"""Characters beyond ASCII that fold to one of it."""


class UnsupportedError(ValueError):
    """A set that is not worth writing out."""


def union(parts: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges, sorted and joined."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def complement(ranges: Ranges) -> Ranges:
    """Every character that is not among these; surrogates are no characters."""
    found, place = [], 0
    for low, high in union((*ranges, *_SURROGATES)):
        if place < low:
            found.append((place, low - 1))
        place = high + 1
    return (*found, (place, LAST)) if place <= LAST else tuple(found)


ALL: Final[Ranges] = complement(())


def has(ranges: Ranges, point: int) -> bool:
    """Whether a code point is among them."""
    return any(low <= point <= high for low, high in ranges)


def folded(ranges: Ranges) -> Ranges:
    """With every case of what is in them: characters whose case folding is the same (Unicode, 5.18)."""
    groups = _ascii_cases() if all(high < _ASCII_END for _, high in ranges) else _cases(LAST)
    points = (point for group in groups if any(has(ranges, point) for point in group) for point in group)
    return union((*ranges, *((point, point) for point in points)))


@cache
def _ascii_cases() -> tuple[tuple[int, ...], ...]:
    return tuple((*group, *map(ord, _ALSO_ASCII.get(chr(group[-1]), ""))) for group in _cases(_ASCII_END - 1))


@cache
def _cases(last: int) -> tuple[tuple[int, ...], ...]:
    """Groups of characters, up to one, that differ in case only."""
    groups: dict[str, list[int]] = {}
    for point in range(last + 1):
        groups.setdefault(chr(point).casefold(), []).append(point)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


@cache
def of_categories(*prefixes: str) -> Ranges:
    """The characters of some general categories of Unicode."""
    return union(
        (point, point)
        for low, high in ALL
        for point in range(low, high + 1)
        if unicodedata.category(chr(point)).startswith(prefixes)
    )


def representatives(sets: Iterable[Ranges]) -> Iterator[str]:
    """One character of each kind that the sets tell apart; the most familiar one."""
    distinct = tuple(dict.fromkeys(sets))
    seen: set[tuple[bool, ...]] = set()
    for point in (*map(ord, _FAMILIAR), *_edges(distinct)):
        kind = tuple(has(ranges, point) for ranges in distinct)
        if kind not in seen:
            seen.add(kind)
            yield chr(point)


def _edges(sets: Iterable[Ranges]) -> list[int]:
    """A character of each block that no set divides."""
    cuts = {edge for ranges in (*sets, ALL) for low, high in ranges for edge in (low, high + 1)}
    return sorted(cut for cut in cuts if has(ALL, cut))
