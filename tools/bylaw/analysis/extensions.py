"""Exact values of Cedar's extension types: text to number and back, by the rules of the engine.

Decimals are in ten-thousandths, datetimes in milliseconds since 1970-01-01T00:00:00Z, durations in milliseconds; all are signed and
have 64 bits. (Cedar extensions `decimal`, `datetime`, `ipaddr`.) Days are counted in the proleptic Gregorian calendar from the year
0000, which Python's own `datetime` lacks.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

LEAST, MOST = -(2**63), 2**63 - 1
DAY = 86_400_000
"""Milliseconds."""

_UNITS = {"d": DAY, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DECIMAL = re.compile(r"(-?)([0-9]+)\.([0-9]{1,4})")
_DURATION = re.compile(r"(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m(?!s))?(?:([0-9]+)s)?(?:([0-9]+)ms)?")
_DATETIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?"
)
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EPOCH_DAYS = 719_528
"""From 0000-01-01 to 1970-01-01."""
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097


def extension_value(function: str, text: str) -> int | None:
    """The number that `function("text")` is; none where the engine refuses the text. `function` is no IP address."""
    value = {"decimal": _decimal, "datetime": _datetime, "duration": _duration}[function](text)
    return value if value is not None and LEAST <= value <= MOST else None


def extension_text(function: str, value: int) -> str | None:
    """The plainest text of a number; none for datetimes outside the years 0000 to 9999, which no literal writes."""
    return {"decimal": _decimal_text, "datetime": _datetime_text, "duration": _duration_text}[function](value)


def _decimal(text: str) -> int | None:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction = found.groups()
    return (-1 if sign else 1) * (int(whole) * 10_000 + int(fraction.ljust(4, "0")))


def _decimal_text(value: int) -> str:
    whole, fraction = divmod(abs(value), 10_000)
    digits = f"{fraction:04}".rstrip("0") or "0"
    return f"{'-' if value < 0 else ''}{whole}.{digits}"


def _duration(text: str) -> int | None:
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        return None
    amounts = zip(found.groups()[1:], _UNITS.values(), strict=True)
    return (-1 if found[1] else 1) * sum(int(amount) * unit for amount, unit in amounts if amount)


def _duration_text(value: int) -> str:
    rest, parts = abs(value), []
    for name, unit in _UNITS.items():
        amount, rest = divmod(rest, unit)
        if amount:
            parts.append(f"{amount}{name}")
    return ("-" if value < 0 else "") + ("".join(parts) or "0ms")


def _datetime(text: str) -> int | None:
    found = _DATETIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction = (int(part or 0) for part in found.groups()[:7])
    east, hours, minutes = found[8], int(found[9] or 0), int(found[10] or 0)
    if not (1 <= month <= 12 and 1 <= day <= _days_in(year, month)):
        return None
    if hour > 23 or minute > 59 or second > 59 or hours > 23 or minutes > 59:
        return None
    local = (_days(year, month, day) * 24 + hour) * 60 + minute
    zone = (hours * 60 + minutes) * (-1 if east == "-" else 1)
    return ((local - zone) * 60 + second) * 1_000 + fraction


def _datetime_text(value: int) -> str | None:
    days, time = divmod(value, DAY)
    if not 0 <= days + _EPOCH_DAYS < _days(10_000, 1, 1) + _EPOCH_DAYS:
        return None
    year, month, day = _date(days)
    date = f"{year:04}-{month:02}-{day:02}"
    seconds, fraction = divmod(time, 1_000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if not time:
        return date
    return f"{date}T{clock}.{fraction:03}Z" if fraction else f"{date}T{clock}Z"


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in(year: int, month: int) -> int:
    return 29 if month == 2 and _is_leap(year) else _MONTHS[month - 1]


def _days_before(year: int) -> int:
    """From 0000-01-01 to the first of January; the year 0 is a leap year."""
    past = year - 1
    return 0 if year == 0 else 366 + 365 * past + past // 4 - past // 100 + past // 400


def _days(year: int, month: int, day: int) -> int:
    """Since 1970-01-01."""
    return _days_before(year) + sum(_days_in(year, m) for m in range(1, month)) + day - 1 - _EPOCH_DAYS


def _date(days: int) -> tuple[int, int, int]:
    """The inverse of `_days`."""
    cycles, rest = divmod(days + _EPOCH_DAYS, _CYCLE_DAYS)
    year = min(rest // 365, _CYCLE_YEARS - 1)
    while _days_before(year) > rest:
        year -= 1
    rest -= _days_before(year)
    month = 1
    while rest >= _days_in(year, month):
        rest -= _days_in(year, month)
        month += 1
    return cycles * _CYCLE_YEARS + year, month, rest + 1


class Address(NamedTuple):
    """An IP address with a prefix."""

    version: int
    """4 or 6."""
    address: int
    prefix: int
    """In bits; all of them where the text has none."""


_BITS = {4: 32, 6: 128}
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")


def address_of(text: str) -> Address | None:
    """The address that `ip("text")` is; none where the engine refuses it: no zones, no IPv4 inside IPv6, no leading zeros."""
    host, slash, suffix = text.partition("/")
    try:
        found = IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        return None
    if found.version == 6 and ("." in host or "%" in host):
        return None
    bits = _BITS[found.version]
    if slash and (not _PREFIX.fullmatch(suffix) or int(suffix) > bits):
        return None
    return Address(found.version, int(found), int(suffix) if slash else bits)


def address_text(address: Address) -> str:
    """The plainest text of an address (RFC 5952); a prefix of all bits is left out."""
    host = IPv4Address(address.address) if address.version == 4 else IPv6Address(address.address)
    text = str(host)
    if host.version == 6 and "." in text:
        text = str(host.exploded)  # the engine reads no IPv4 inside IPv6
    return text if address.prefix == _BITS[address.version] else f"{text}/{address.prefix}"
