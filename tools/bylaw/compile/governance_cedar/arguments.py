"""Constraints on arguments as conditions on a value whose type the Cedar schema says.

The reading is that of the `strict` evaluator: a keyword that compares implies its type, and says nothing of values of other types
where `type` names these. A type of Cedar settles most of it before anything is asked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final, TypeAlias, cast

from bylaw.compile.governance_cedar.formulas import (
    Formula,
    InexpressibleError,
    attribute,
    both,
    either,
    has,
    one_of,
    where_present,
)
from bylaw.compile.governance_cedar.numbers import numbers_of
from bylaw.compile.governance_cedar.patterns import matches
from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import AttributeType, PrimitiveType, RecordType, SetType, Type
from bylaw.languages.governance.argument_types import type_groups
from bylaw.languages.governance.model import Schema
from bylaw.model.exact import Json, is_number

STRING: Final = PrimitiveType("String")
BOOL: Final = PrimitiveType("Bool")
Writer: TypeAlias = Callable[[Json, str, Type], Formula]
"""What an operand asks of the value at a path of a type."""


def accepted(schema: Schema, value: str, type_: Type) -> Formula:
    """Whether a schema accepts the value at the path `value`, which is there and of a type.

    Raises:
        InexpressibleError: Cedar cannot say it.
    """
    if not all(_is_of(type_, group) for group in type_groups(schema)):
        return False
    parts = [partial(_WRITERS[name], operand, value, type_) for name, operand in schema.items() if name in _WRITERS]
    if "additionalProperties" in schema:
        parts.append(partial(_others, schema, value, type_))
    return both(*_written(parts, decisive=False))


def _written(parts: Iterable[Callable[[], Formula]], *, decisive: bool) -> list[Formula]:
    """Every part; one that Cedar cannot say does not matter where another decides alone."""
    found: list[Formula] = []
    unsaid: InexpressibleError | None = None
    for part in parts:
        try:
            found.append(part())
        except InexpressibleError as error:
            unsaid = unsaid or error
    if unsaid is not None and decisive not in found:
        raise unsaid
    return found


def _is_of(type_: Type, names: Sequence[str]) -> bool:
    match type_:
        case PrimitiveType("Long"):
            return "number" in names or "integer" in names
        case PrimitiveType(name):
            return {"String": "string", "Bool": "boolean"}[name] in names
        case SetType():
            return "array" in names
        case RecordType():
            return "object" in names
    if numbers_of(type_) is None:
        raise InexpressibleError("Cedar has a type of its own for this argument, which is a text to the policy")
    if "number" not in names and "integer" in names:
        raise InexpressibleError("Cedar cannot tell whole numbers from other decimals")
    return "number" in names


def _enum(operand: Json, value: str, type_: Type) -> Formula:
    return one_of(value, choices(cast("Sequence[Json]", operand), type_))


def choices(values: Sequence[Json], type_: Type) -> list[str]:
    """The literals of those values that a type has.

    Raises:
        InexpressibleError: the values of the type have no literals.
    """
    if isinstance(type_, SetType | RecordType):
        raise InexpressibleError("Cedar compares sets and records, not lists and objects of arguments")
    numbers = numbers_of(type_)
    if type_ == BOOL:
        found = [str(value).lower() for value in values if isinstance(value, bool)]
    elif type_ == STRING:
        found = [quote(value) for value in values if isinstance(value, str)]
    elif numbers is not None:
        counts = (numbers.exactly(Fraction(cast("Decimal", value))) for value in values if is_number(value))
        found = [numbers.literal(count) for count in counts if count is not None]
    else:
        raise InexpressibleError("Cedar has a type of its own for this argument, which is a text to the policy")
    return sorted(dict.fromkeys(found))


def _bound(keyword: str) -> Writer:
    def write(operand: Json, value: str, type_: Type) -> Formula:
        numbers, limit = numbers_of(type_), Fraction(cast("Decimal", operand))
        if numbers is None:
            return True
        if keyword in {"minimum", "exclusiveMinimum"}:
            return numbers.at_least(value, limit, above=keyword == "exclusiveMinimum")
        return numbers.at_most(value, limit, below=keyword == "exclusiveMaximum")

    return write


def _multiple(operand: Json, _value: str, type_: Type) -> Formula:
    numbers = numbers_of(type_)
    return True if numbers is None else numbers.multiple(Fraction(cast("Decimal", operand)))


def _min_length(operand: Json, value: str, type_: Type) -> Formula:
    return _sized(operand, type_ == STRING, 1, f'{value} != ""', "Cedar counts no characters")


def _max_length(operand: Json, value: str, type_: Type) -> Formula:
    if type_ != STRING:
        return True
    if cast("int", operand) > 0:
        raise InexpressibleError("Cedar counts no characters")
    return f'{value} == ""' if operand == 0 else False


def _min_items(operand: Json, value: str, type_: Type) -> Formula:
    return _sized(operand, isinstance(type_, SetType), 1, f"!({value}.isEmpty())", "Cedar counts no items")


def _sized(operand: Json, compared: bool, most: int, formula: str, reason: str) -> Formula:  # noqa: FBT001 - said by its name
    least = cast("int", operand)
    if not compared or least <= 0:
        return True
    if least > most:
        raise InexpressibleError(reason)
    return formula


def _max_items(operand: Json, value: str, type_: Type) -> Formula:
    if not isinstance(type_, SetType):
        return True
    if cast("int", operand) > 0:
        raise InexpressibleError("Cedar counts no items")
    return f"{value}.isEmpty()" if operand == 0 else False


def _pattern(operand: Json, value: str, type_: Type) -> Formula:
    return matches(str(operand), value) if type_ == STRING else True


def _items(operand: Json, value: str, type_: Type) -> Formula:
    if not isinstance(type_, SetType):
        return True
    inner = _schema(operand)
    if set(inner) <= {"type", "enum"} and "enum" in inner and all(_is_of(type_.element, g) for g in type_groups(inner)):
        texts = choices(cast("Sequence[Json]", inner["enum"]), type_.element)
        return f"[{', '.join(texts)}].containsAll({value})" if texts else f"{value}.isEmpty()"
    every = accepted(inner, "item", type_.element)
    if isinstance(every, str):
        raise InexpressibleError("Cedar looks at no single item of a set")
    return True if every else f"{value}.isEmpty()"


def _properties(operand: Json, value: str, type_: Type) -> Formula:
    if not isinstance(type_, RecordType):
        return True
    schemas = cast("Mapping[str, Json]", operand)
    return both(*(of_property(declared(type_, name), value, _schema(schema)) for name, schema in schemas.items()))


def of_property(argument: AttributeType, record: str, schema: Schema) -> Formula:
    """Whether one argument is accepted; where it may be absent, also when it is."""
    formula = accepted(schema, attribute(record, argument.name), argument.type)
    return formula if argument.required else where_present(record, argument.name, formula)


def declared(type_: RecordType, name: str) -> AttributeType:
    """What the Cedar schema says of an argument.

    Raises:
        InexpressibleError: it has none of this name.
    """
    found = type_.attribute(name)
    if found is None:
        raise InexpressibleError(f"the Cedar schema has no argument `{name}` there")
    return found


def _required(operand: Json, value: str, type_: Type) -> Formula:
    if not isinstance(type_, RecordType):
        return True
    names = cast("Sequence[str]", operand)
    return both(*(declared(type_, name).required or has(value, name) for name in names))


def _others(schema: Schema, value: str, type_: Type) -> Formula:
    """What `additionalProperties` asks of the arguments that the Cedar schema has and `properties` does not."""
    if not isinstance(type_, RecordType):
        return True
    operand, named = schema["additionalProperties"], cast("Mapping[str, Json]", schema.get("properties", {}))
    others = [argument for argument in type_.attributes if argument.name not in named]
    if isinstance(operand, bool):
        refused = (
            False if argument.required else where_present(value, argument.name, formula=False) for argument in others
        )
        return True if operand else both(*refused)
    return both(*(of_property(argument, value, _schema(operand)) for argument in others))


def _all_of(operand: Json, value: str, type_: Type) -> Formula:
    return both(*_written(_each(operand, value, type_), decisive=False))


def _any_of(operand: Json, value: str, type_: Type) -> Formula:
    return either(*_written(_each(operand, value, type_), decisive=True))


def _each(operand: Json, value: str, type_: Type) -> list[Callable[[], Formula]]:
    return [partial(accepted, _schema(schema), value, type_) for schema in cast("Sequence[Json]", operand)]


def _schema(value: Json) -> Schema:
    return cast("Schema", value)


_WRITERS: Final[Mapping[str, Writer]] = {
    "enum": _enum,
    "const": lambda operand, value, type_: _enum((operand,), value, type_),
    "minimum": _bound("minimum"),
    "maximum": _bound("maximum"),
    "exclusiveMinimum": _bound("exclusiveMinimum"),
    "exclusiveMaximum": _bound("exclusiveMaximum"),
    "multipleOf": _multiple,
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "items": _items,
    "minItems": _min_items,
    "maxItems": _max_items,
    "properties": _properties,
    "required": _required,
    "allOf": _all_of,
    "anyOf": _any_of,
}
