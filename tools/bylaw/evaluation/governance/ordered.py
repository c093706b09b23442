"""Small tools of merging: everything in the order in which it is first seen."""

from collections.abc import Hashable, Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

H = TypeVar("H", bound=Hashable)
T = TypeVar("T")


def distinct(values: Iterable[H]) -> tuple[H, ...]:
    """Each value once."""
    return tuple(dict.fromkeys(values))


def gather(tables: Iterable[Mapping[str, T]]) -> dict[str, list[T]]:
    """What each key has in any of the tables."""
    found: dict[str, list[T]] = {}
    for table in tables:
        for name, value in table.items():
            found.setdefault(name, []).append(value)
    return found


def smallest(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The smallest that is given."""
    return min((amount for amount in amounts if amount is not None), default=None)
