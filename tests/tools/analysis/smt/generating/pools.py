"""The values that policies and requests share: few of each kind, many of them at a boundary, so that they meet.

A value is what stands in the literal: a number, a text, the argument of an extension function. A datetime may also be a number, of
milliseconds since 1970, because not every datetime can be written as a text.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from random import Random
from typing import NamedTuple, TypeAlias

from bylaw.evaluation.interface import Json
from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import ExtensionType, PrimitiveType, Type

Value: TypeAlias = bool | int | str

BOOL, LONG, STRING = PrimitiveType("Bool"), PrimitiveType("Long"), PrimitiveType("String")
DECIMAL, IP, DATETIME, DURATION = map(ExtensionType, ("decimal", "ipaddr", "datetime", "duration"))
FUNCTIONS: Mapping[Type, str] = {DECIMAL: "decimal", IP: "ip", DATETIME: "datetime", DURATION: "duration"}

LEAST, MOST, DAY = -(2**63), 2**63 - 1, 86_400_000
_LONGS = (0, 1, -1, 2, 3, 7, MOST, LEAST, 2**62, -(2**62), 2**32, 3_037_000_500, DAY)
_STRINGS = ("", "a", "b", "ab", "ba", "aa", "a*b", "*", "aab", "é", '"', "\\", "a\nb", "\U00030000")
_DECIMALS = (
    "0.0", "-0.0", "1.0", "1.5", "1.50", "-1.5", "0.0001", "-0.0001", "922337203685477.5807", "-922337203685477.5808",
)  # fmt: skip
_IPS = (
    "127.0.0.1", "127.0.0.0/8", "127.0.0.0/7", "127.255.255.255/9", "128.0.0.0", "10.0.0.0/8", "10.0.0.1", "10.0.0.1/32",
    "10.0.0.1/24", "10.0.0.0/24", "0.0.0.0", "0.0.0.0/0", "255.255.255.255", "224.0.0.1", "224.0.0.0/4", "224.0.0.0/3",  # noqa: S104 - no binding
    "239.255.255.255", "240.0.0.0/4", "::", "::1", "::1/128", "::1/127", "::2", "::/0", "ff00::/8", "ff00::/7", "ff02::1",
    "feff::1", "2001:db8::/32", "2001:db8::1", "7f00:1::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
)  # fmt: skip
_DATETIMES = (
    "1970-01-01", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.001Z", "1969-12-31", "1970-01-02", "2024-02-29",
    "2024-02-29T12:30:45Z", "2024-03-01T00:00:00+0200", "0000-01-01", "0000-02-29T00:00:00.001Z", "9999-12-31T23:59:59.999Z",
    "0000-01-01T00:00:00.000+2359", "9999-12-31T23:59:59.999-2359",
)  # fmt: skip
_DURATIONS = (
    "0ms", "1ms", "-1ms", "1s", "59m59s999ms", "1h", "-90m", "24h", "23h59m59s999ms", "1d", "-1d", "1d2h3m4s5ms",
    "9223372036854775807ms", "-9223372036854775808ms", "106751991167d", "-106751991167d7h12m55s808ms",
)  # fmt: skip
WIDE_DATETIMES = (MOST, LEAST, LEAST + DAY - 1, LEAST + DAY, MOST - DAY)
"""Instants that only `offset` can reach; `toDate` of the earliest overflows."""
_ALL: Mapping[Type, Sequence[Value]] = {
    BOOL: (True, False),
    LONG: _LONGS,
    STRING: _STRINGS,
    DECIMAL: _DECIMALS,
    IP: _IPS,
    DATETIME: _DATETIMES,
    DURATION: _DURATIONS,
}

_DATETIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?(?:Z|([+-])(\d\d)(\d\d)))?", re.ASCII
)
_DECIMAL = re.compile(r"-?\d+\.\d{1,4}", re.ASCII)
_DURATION = re.compile(r"(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?", re.ASCII)
_UNITS = (DAY, 3_600_000, 60_000, 1_000, 1)
_YEARS_OF_A_CYCLE, _DAYS_OF_A_CYCLE = 400, 146_097


class Pools(NamedTuple):
    """What one world draws from."""

    ids: tuple[str, ...]
    values: Mapping[Type, tuple[Value, ...]]


def seeded(seed: int) -> Random:
    """What to draw from, so that a seed gives the same everywhere."""
    return Random(seed)  # noqa: S311 - reproducible, and no secret


def random_pools(rng: Random) -> Pools:
    """A few ids, and of every kind a few values; of what can overflow at least one extreme."""
    ids = ("a", "b", "c", "", 'q"', "a*b")[: rng.choice((1, 2, 2, 2, 3, 6))]
    values = {kind: _some(rng, offered) for kind, offered in _ALL.items()}
    values[LONG] += (rng.choice((MOST, LEAST)),)
    values[DURATION] += (rng.choice(_DURATIONS[-4:]),)
    return Pools(ids, values)


def _some(rng: Random, values: Sequence[Value]) -> tuple[Value, ...]:
    return tuple(
        dict.fromkeys((*rng.sample(values[:4], min(2, len(values))), *rng.sample(values, min(4, len(values)))))
    )


def literal_text(kind: Type, value: Value) -> str:
    """The Cedar literal of `value`."""
    if kind in FUNCTIONS:
        return f"{FUNCTIONS[kind]}({quote(str(value))})"
    if kind == STRING:
        return quote(str(value))
    return str(value).lower() if kind == BOOL else str(value)


def value_json(kind: Type, value: Value) -> Json:
    """The entity JSON of `value`."""
    if kind not in FUNCTIONS:
        return value
    if kind == DATETIME and isinstance(value, int):
        return _extension("offset", args=(_extension("datetime", arg="1970-01-01"), value_json(DURATION, f"{value}ms")))
    return _extension(FUNCTIONS[kind], arg=value)


def _extension(function: str, **arguments: Json) -> Json:
    return {"__extn": {"fn": function, **arguments}}


def neighbours(kind: Type, value: Value) -> tuple[Value, ...]:
    """The values right beside `value`: what a bound off by one would treat otherwise; none where it is no value."""
    return _neighbours(kind, value) if is_value(kind, value) else ()


def is_value(kind: Type, value: Value) -> bool:
    """Whether the engine reads `value`; a literal that it refuses may stand in an arm that is never evaluated."""
    try:
        _neighbours(kind, value)
    except (AssertionError, ValueError):
        return False
    return True


def _neighbours(kind: Type, value: Value) -> tuple[Value, ...]:
    if kind == LONG:
        return tuple(_within(int(value), (1, -1)))
    if kind == DATETIME:
        own = milliseconds(str(value))
        return tuple(_within(own, (1, -1, DAY - own % DAY, -(own % DAY))))
    if kind == DURATION:
        return tuple(f"{near}ms" for near in _within(_duration(str(value)), (1, -1)))
    if kind == DECIMAL:
        assert _DECIMAL.fullmatch(str(value)), value
        whole, _, fraction = str(value).lstrip("-").partition(".")
        own = int(whole + fraction.ljust(4, "0")) * (-1 if str(value).startswith("-") else 1)
        return tuple(_decimal(near) for near in _within(own, (1, -1)))
    if kind == IP:
        return _near_addresses(str(value))
    return (f"{value}a", f"b{value}", str(value)[:-1]) if kind == STRING else ()


def _within(own: int, steps: Sequence[int]) -> list[int]:
    return [own + step for step in steps if LEAST <= own + step <= MOST]


def milliseconds(text: str) -> int:
    """The instant of a datetime literal, in milliseconds since 1970."""
    found = _DATETIME.fullmatch(text)
    assert found is not None, text
    year, month, day, hour, minute, second, fraction = (int(part or 0) for part in found.groups()[:7])
    # Python knows the years 1 to 9999 alone; the calendar repeats every 400 years, the zone may leave them too.
    cycles, year_of_cycle = divmod(year, _YEARS_OF_A_CYCLE)
    shifted = datetime(2000 + year_of_cycle, month, day, hour, minute, second, fraction * 1000, tzinfo=UTC)
    zone = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0)) * (-1 if found[8] == "-" else 1)
    elapsed = (shifted - zone - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return elapsed + (cycles - 2000 // _YEARS_OF_A_CYCLE) * _DAYS_OF_A_CYCLE * DAY


def _duration(text: str) -> int:
    found = _DURATION.fullmatch(text)
    assert found is not None, text
    amount = sum(int(part or 0) * unit for part, unit in zip(found.groups()[1:], _UNITS, strict=True))
    return -amount if found[1] else amount


def _decimal(ten_thousandths: int) -> str:
    whole, fraction = divmod(abs(ten_thousandths), 10_000)
    return f"{'-' if ten_thousandths < 0 else ''}{whole}.{fraction:04}"


def _near_addresses(text: str) -> tuple[str, ...]:
    address, _, prefix = text.partition("/")
    own = ip_address(address)
    full = own.max_prefixlen
    length = int(prefix) if prefix else full
    network = ip_network(f"{address}/{length}", strict=False)
    edges = [int(network.network_address) - 1, int(network.network_address), int(network.broadcast_address)]
    numbers = [number for number in (*edges, int(network.broadcast_address) + 1) if 0 <= number < 2**full]
    near = [type(own)(number) for number in numbers]
    return (*map(str, near), *(f"{address}/{length + step}" for step in (-1, 1) if 0 <= length + step <= full), address)
