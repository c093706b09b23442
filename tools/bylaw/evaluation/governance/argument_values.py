"""The keywords of a schema that look at one value and not inside of it; each makes what checks a value at a path."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, cast

from bylaw.evaluation.governance.decisions import ArgumentError
from bylaw.languages.portable_regex import compile_regex
from bylaw.model.exact import Json, is_number, key, type_name

Checker: TypeAlias = Callable[[Json, str], Sequence[ArgumentError]]
"""What is wrong with a value at a path."""
Maker: TypeAlias = Callable[[Json], Checker]


class SchemaError(ValueError):
    """A schema that cannot be enforced as it is written."""


def is_of_type(value: Json, name: str) -> bool:
    """Whether a value is of a JSON Schema type."""
    match name:
        case "number":
            return is_number(value) and (isinstance(value, int) or cast("Decimal", value).is_finite())
        case "integer":
            return is_of_type(value, "number") and value == int(cast("Decimal", value))
        case _:
            return type_name(value) == name


def violation(path: str, keyword: str, text: str, value: Json, expected: str) -> ArgumentError:
    """A violation of `keyword` by the value at `path`; the text must not repeat that value."""
    return ArgumentError(path, keyword, expected, type_name(value), f"{path or 'arguments'}: {text}")


def _enum(operand: Json) -> Checker:
    values = cast("Sequence[Json]", operand)
    keys = frozenset(map(key, values))
    shown = f"[{', '.join(map(_shown, values))}]"

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        return () if key(value) in keys else (violation(path, "enum", f"not one of {shown}", value, shown),)

    return check


def _const(operand: Json) -> Checker:
    wanted, shown = key(operand), _shown(operand)

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        return () if key(value) == wanted else (violation(path, "const", f"is not {shown}", value, shown),)

    return check


def _bound(keyword: str, words: str, is_wrong: Callable[[Decimal, Decimal], bool]) -> Maker:
    def make(operand: Json) -> Checker:
        if not is_of_type(operand, "number"):
            raise SchemaError(f"`{keyword}` is no number")
        limit = cast("Decimal", operand)

        def check(value: Json, path: str) -> Sequence[ArgumentError]:
            if is_number(value) and is_wrong(cast("Decimal", value), limit):
                return (violation(path, keyword, f"{words} {limit}", value, str(limit)),)
            return ()

        return check

    return make


def _size(keyword: str, words: str, kind: str, is_wrong: Callable[[int, int], bool]) -> Maker:
    def make(operand: Json) -> Checker:
        if not is_of_type(operand, "integer"):
            raise SchemaError(f"`{keyword}` is no whole number")
        limit = int(cast("Decimal", operand))

        def check(value: Json, path: str) -> Sequence[ArgumentError]:
            if type_name(value) == kind and is_wrong(len(cast("Sequence[Json]", value)), limit):
                return (violation(path, keyword, f"{words} {limit}", value, str(limit)),)
            return ()

        return check

    return make


def _pattern(operand: Json) -> Checker:
    if not isinstance(operand, str):
        raise SchemaError("`pattern` is no text")
    pattern = compile_regex(operand)

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        if isinstance(value, str) and not pattern.found_in(value):
            return (violation(path, "pattern", f"does not match {operand}", value, operand),)
        return ()

    return check


def _multiple(operand: Json) -> Checker:
    if not is_of_type(operand, "number") or cast("Decimal", operand) <= 0:
        raise SchemaError("`multipleOf` is no number above 0")
    step = Fraction(cast("Decimal", operand))

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        if is_number(value) and (Fraction(cast("Decimal", value)) / step).denominator != 1:
            return (violation(path, "multipleOf", f"not a multiple of {operand}", value, str(operand)),)
        return ()

    return check


def _shown(value: Json) -> str:
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case Mapping():
            return f"{{{', '.join(f'{name}: {_shown(inner)}' for name, inner in value.items())}}}"
        case int() | Decimal() | str():
            return str(value)
        case _:
            return f"[{', '.join(map(_shown, value))}]"


VALUE_KEYWORDS: dict[str, Maker] = {
    "enum": _enum,
    "const": _const,
    "minimum": _bound("minimum", "below", lambda value, limit: value < limit),
    "maximum": _bound("maximum", "above", lambda value, limit: value > limit),
    "exclusiveMinimum": _bound("exclusiveMinimum", "not above", lambda value, limit: value <= limit),
    "exclusiveMaximum": _bound("exclusiveMaximum", "not below", lambda value, limit: value >= limit),
    "multipleOf": _multiple,
    "minLength": _size("minLength", "shorter than", "string", lambda size, limit: size < limit),
    "maxLength": _size("maxLength", "longer than", "string", lambda size, limit: size > limit),
    "pattern": _pattern,
    "minItems": _size("minItems", "fewer items than", "array", lambda size, limit: size < limit),
    "maxItems": _size("maxItems", "more items than", "array", lambda size, limit: size > limit),
}
