"""The values that literals stand for, extension values included, as integers on one scale for each domain.

Domains: `long`, `string`, `boolean`, `entity`, and of the extensions `decimal` (ten-thousandths), `datetime` and `duration`
(milliseconds). Text that the engine would refuse has no value here; the validator reports it.
"""

from typing import NamedTuple, TypeAlias

from bylaw.analysis.extensions import extension_value
from bylaw.languages.cedar.ast import Boolean, Call, Entity, Expression, Long, String
from bylaw.model.identifiers import EntityUid

Value: TypeAlias = "int | str | bool | EntityUid"

ORDERED = frozenset({"long", "decimal", "datetime", "duration"})


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
    value = extension_value(function, text) if function in ORDERED else None
    return None if value is None else Literal(function, value)
