"""The values that literals stand for, extension values included, as integers on one scale for each domain.

Domains: `long`, `string`, `boolean`, `entity`, and of the extensions `decimal` (ten-thousandths), `datetime` and `duration`
(milliseconds). Text that the engine would refuse has no value here; the validator reports it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

from bylaw.languages.cedar.ast import Boolean, Call, Entity, Expression, Long, String
from bylaw.model.identifiers import EntityUid

Value: TypeAlias = "int | str | bool | EntityUid"

ORDERED = frozenset({"long", "decimal", "datetime", "duration"})
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


class Literal(NamedTuple):
    """A constant; two of different domains are never equal."""

    domain: str
    value: Value


def literal_of(expression: Expression) -> Literal | None:
    """The constant that `expression` writes down, if it is one."""
    match expression:
        case Long(value):
            return Literal("long", value)
        case String(value):
            return Literal("string", value)
        case Boolean(value):
            return Literal("boolean", value)
        case Entity(type_name, id_):
            return Literal("entity", EntityUid(type_name, id_))
        case Call(function, (String(text),)):
            return _extension(function, text)
        case _:
            return None


def _extension(function: str, text: str) -> Literal | None:
    reader = {"decimal": _decimal, "datetime": _datetime, "duration": _duration}.get(function)
    value = reader(text) if reader else None
    return None if value is None else Literal(function, value)


def _decimal(text: str) -> int | None:
    found = re.fullmatch(r"(-?)([0-9]{1,15})\.([0-9]{1,4})", text)
    if found is None:
        return None
    sign, whole, fraction = found.groups()
    return (-1 if sign else 1) * (int(whole) * 10_000 + int(fraction.ljust(4, "0")))


_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?(Z|[+-][0-9]{4}))?")


def _datetime(text: str) -> int | None:
    if _DATETIME.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # a month or hour that does not exist, or the year 0000
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND


def _duration(text: str) -> int | None:
    found = re.fullmatch(r"(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?", text, re.ASCII)
    if found is None or not any(found.groups()[1:]):
        return None
    amounts = zip(found.groups()[1:], _UNITS.values(), strict=True)
    return (-1 if found[1] else 1) * sum(int(amount) * unit for amount, unit in amounts if amount)
