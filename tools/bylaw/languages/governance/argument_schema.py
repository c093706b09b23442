"""Which JSON Schemas can constrain arguments: the keywords that are enforced, each with an operand of its kind.

A keyword that is not enforced would be a promise that nobody keeps, so it is refused
(https://json-schema.org/draft/2020-12/json-schema-validation).
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from bylaw.languages.portable_regex import RegexError, compile_regex
from bylaw.model.exact import Json, is_list, is_number

TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")
MAX_SCHEMAS: Final = 1_000
"""In one schema, itself among them."""
MAX_DEPTH: Final = 20

Route: TypeAlias = tuple[str | int, ...]


class SchemaProblem(NamedTuple):
    """What is wrong with a schema, and where in it."""

    route: Route
    message: str


def schema_problems(schema: Json) -> Iterator[SchemaProblem]:
    """Why a schema cannot be enforced as it is written; nothing where it can."""
    todo: list[tuple[Json, Route, int]] = [(schema, (), 0)]
    count = 0
    while todo:
        inner, route, depth = todo.pop()
        count += 1
        if count > MAX_SCHEMAS or depth > MAX_DEPTH:
            yield SchemaProblem(route, f"more than {MAX_SCHEMAS} schemas, or {MAX_DEPTH} inside one another")
            return
        if not isinstance(inner, Mapping):
            yield SchemaProblem(route, "a schema is an object")
            continue
        yield from _of_keywords(inner, route)
        todo += [(below, (*route, *step), depth + 1) for below, step in subschemas(inner)]


def subschemas(schema: Mapping[str, Json]) -> Iterator[tuple[Json, Route]]:
    """The schemas directly inside of one, each with the way to it."""
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        yield from ((below, ("properties", name)) for name, below in properties.items())
    for keyword in ("items", "additionalProperties"):
        if keyword in schema and not isinstance(schema[keyword], bool):
            yield schema[keyword], (keyword,)
    for keyword in ("allOf", "anyOf"):
        several = schema.get(keyword)
        if is_list(several):
            yield from ((below, (keyword, number)) for number, below in enumerate(several))


def _of_keywords(schema: Mapping[str, Json], route: Route) -> Iterator[SchemaProblem]:
    for keyword, operand in schema.items():
        check = _OPERANDS.get(keyword)
        if check is None:
            yield SchemaProblem((*route, keyword), f"`{keyword}` is not supported")
            continue
        wanted = check(operand)
        if wanted is not None:
            yield SchemaProblem((*route, keyword), f"`{keyword}` {wanted}")


def _is_finite(operand: Json) -> bool:
    return is_number(operand) and (isinstance(operand, int) or (isinstance(operand, Decimal) and operand.is_finite()))


def _number(operand: Json) -> str | None:
    return None if _is_finite(operand) else "takes a number"


def _positive(operand: Json) -> str | None:
    return None if _is_finite(operand) and operand > 0 else "takes a number above 0"  # type: ignore[operator] # a number


def _size(operand: Json) -> str | None:
    fits = isinstance(operand, int) and not isinstance(operand, bool) and 0 <= operand <= 10**6
    return None if fits else "takes a whole number up to a million"


def _pattern(operand: Json) -> str | None:
    if not isinstance(operand, str):
        return "takes a regular expression"
    try:
        compile_regex(operand)
    except RegexError as error:
        return f"cannot be used: {error}"
    return None


def _type(operand: Json) -> str | None:
    names = list(operand) if is_list(operand) else [operand]
    fits = bool(names) and all(name in TYPES for name in names)
    return None if fits else f"names no type; types: {', '.join(TYPES)}"


def _values(operand: Json) -> str | None:
    if not is_list(operand) or not operand:
        return "takes a list of values"
    return _value(operand)


def _value(operand: Json) -> str | None:
    """Any value with finite numbers."""
    todo = [operand]
    while todo:
        value = todo.pop()
        if isinstance(value, Mapping):
            todo += value.values()
        elif is_list(value):
            todo += value
        elif is_number(value) and not _is_finite(value):
            return "takes finite numbers only"
    return None


def _names(operand: Json) -> str | None:
    fits = is_list(operand) and all(isinstance(name, str) for name in operand)
    return None if fits else "takes a list of names"


def _schemas(operand: Json) -> str | None:
    return None if is_list(operand) and operand else "takes a list of schemas"


def _by_name(operand: Json) -> str | None:
    return None if isinstance(operand, Mapping) else "takes schemas by name"


def _schema(operand: Json) -> str | None:
    return None if isinstance(operand, Mapping) else "takes a schema"


def _schema_or_truth(operand: Json) -> str | None:
    return None if isinstance(operand, Mapping | bool) else "takes a schema, true or false"


_OPERANDS: Final[Mapping[str, Callable[[Json], str | None]]] = {
    "type": _type,
    "enum": _values,
    "const": _value,
    "minimum": _number,
    "maximum": _number,
    "exclusiveMinimum": _number,
    "exclusiveMaximum": _number,
    "multipleOf": _positive,
    "minLength": _size,
    "maxLength": _size,
    "pattern": _pattern,
    "items": _schema,
    "minItems": _size,
    "maxItems": _size,
    "properties": _by_name,
    "required": _names,
    "additionalProperties": _schema_or_truth,
    "allOf": _schemas,
    "anyOf": _schemas,
}
