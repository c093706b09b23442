"""The neighbours of a constant: one step down and one step up, in the smallest unit that the author wrote."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from bylaw.languages.cedar.ast import Call, Long, String
from bylaw.testing.documents import MAX_LONG, MIN_LONG

_DATETIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:T(?P<time>\d{2}:\d{2}:\d{2})(?P<fraction>\.\d{3})?(?P<zone>Z|[+-]\d{4}))?"
)
_DURATION = re.compile(r"-?(?=\d)(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?")
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"(\d+)(ms|[dhms])")


def neighbours(constant: Long | Call) -> Iterator[tuple[int, Long | Call]]:
    """The step (-1, 1) and the constant one step away, where there is one."""
    for step in (-1, 1):
        match constant:
            case Long(value) if MIN_LONG <= value + step <= MAX_LONG:
                yield step, constant._replace(value=value + step)
            case Call(function, (String() as argument,)):
                text = _moved(function, argument.value, step)
                if text is not None:
                    yield step, constant._replace(arguments=(argument._replace(value=text),))
            case _:
                pass


def _moved(function: str, text: str, step: int) -> str | None:
    match function:
        case "decimal":
            return _decimal(text, step)
        case "datetime":
            return _datetime(text, step)
        case "duration":
            return _duration(text, step)
        case _:
            return None


def _decimal(text: str, step: int) -> str | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    exponent = value.as_tuple().exponent
    return (
        str(value + step * Decimal((0, (1,), exponent))) if isinstance(exponent, int) and -4 <= exponent < 0 else None
    )


def _datetime(text: str, step: int) -> str | None:
    found = _DATETIME.fullmatch(text)
    if found is None:
        return None
    try:
        if found["time"] is None:
            return (datetime.fromisoformat(found["day"]).replace(tzinfo=UTC) + timedelta(days=step)).date().isoformat()
        unit = timedelta(milliseconds=1) if found["fraction"] else timedelta(seconds=1)
        moved = datetime.fromisoformat(f"{found['day']}T{found['time']}{found['fraction'] or ''}") + step * unit
    except (ValueError, OverflowError):
        return None
    return moved.isoformat(timespec="milliseconds" if found["fraction"] else "seconds") + found["zone"]


def _duration(text: str, step: int) -> str | None:
    parts = _PART.findall(text)
    if not _DURATION.fullmatch(text) or not parts:
        return None
    sign = -1 if text.startswith("-") else 1
    smallest = parts[-1][1]
    total = sign * sum(int(number) * _UNITS[unit] for number, unit in parts) + step * _UNITS[smallest]
    return f"{total // _UNITS[smallest]}{smallest}"
