"""Plainer values: what to try in the place of one value of an example, so that it ends up near the bound that it is about."""

from collections.abc import Iterator, Mapping
from typing import Final

from bylaw.analysis.extensions import DAY, extension_text, extension_value
from bylaw.evaluation.interface import Json

ROUND: Final[Mapping[str, int]] = {"decimal": 10_000, "duration": 60_000, "datetime": DAY}
"""What people call a round value: whole, whole minutes, midnight."""
USUAL: Final[Mapping[str, int]] = {
    "decimal": 0,
    "duration": 0,
    "datetime": extension_value("datetime", "2026-01-01") or 0,
}


def plainer(value: Json) -> Iterator[Json]:
    """Values to try instead of a scalar, the plainest first. Each is strictly plainer, so trying ends."""
    match value:
        case bool():
            if value:
                yield False
        case int():
            yield from _nearer(value, 0, 1)
        case str():
            if value:
                yield ""
        case {"__extn": {"fn": str(function), "arg": str(text)}} if function in ROUND:
            number = extension_value(function, text)
            for other in () if number is None else _nearer(number, USUAL[function], ROUND[function]):
                shorter = extension_text(function, other)
                if shorter is not None:
                    yield {"__extn": {"fn": function, "arg": shorter}}


def _nearer(number: int, usual: int, unit: int) -> Iterator[int]:
    """Round numbers between `usual` and `number`, the nearest to the usual one first; beside it, where `number` is not round."""
    distance = number - usual
    sign = -1 if distance < 0 else 1
    steps, rest = divmod(abs(distance), unit)
    if rest:
        yield usual + sign * steps * unit
        yield usual + sign * (steps + 1) * unit
    cut = steps
    while cut > 0:
        yield usual + sign * (steps - cut) * unit
        cut //= 2
