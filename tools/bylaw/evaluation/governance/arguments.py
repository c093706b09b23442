"""Constraints on arguments: the subset of JSON Schema that is supported, compiled once and strict about what it cannot compare.

A keyword that compares numbers, texts, lists or objects implies that type unless `type` says otherwise; what is not finite is no
number. No message repeats the value of an argument.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from bylaw.evaluation.governance.argument_values import (
    VALUE_KEYWORDS,
    Checker,
    Maker,
    SchemaError,
    is_of_type,
    violation,
)
from bylaw.evaluation.governance.decisions import ArgumentError
from bylaw.languages.governance.argument_types import TYPES, type_groups
from bylaw.languages.governance.model import Schema
from bylaw.model.exact import Json, is_list, type_name


def compile_schema(schema: Schema) -> Checker:
    """What checks a value against `schema`: first its type, and the rest only if that is right.

    Raises:
        SchemaError: a keyword is not supported or its operand is not of its type.
        RegexError: a pattern is not of the portable subset.
    """
    for keyword in schema:
        if keyword not in {"type", "additionalProperties", *_MAKERS}:
            raise SchemaError(f"`{keyword}` is not supported")
    groups = type_groups(schema)
    if any(name not in TYPES for group in groups for name in group) or () in groups:
        raise SchemaError("`type` names no type")
    checks = [_made(maker, schema, keyword) for keyword, maker in _MAKERS.items() if keyword in schema]
    if "additionalProperties" in schema:
        checks.append(_additional(schema))

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        for group in groups:
            if not any(is_of_type(value, name) for name in group):
                expected = " or ".join(group)
                return (violation(path, "type", f"expected {expected}, got {_kind(value)}", value, expected),)
        return [error for inner in checks for error in inner(value, path)]

    return check


def _kind(value: Json) -> str:
    is_finite = not isinstance(value, Decimal) or value.is_finite()
    return type_name(value) if is_finite else "no finite number"


def _made(maker: Maker, schema: Schema, keyword: str) -> Checker:
    try:
        return maker(schema[keyword])
    except (TypeError, AttributeError):
        raise SchemaError(f"`{keyword}` has an operand of the wrong type") from None


def _items(operand: Json) -> Checker:
    inner = compile_schema(_schema(operand))

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        if not is_list(value):
            return ()
        return [error for place, item in enumerate(value) for error in inner(item, f"{path}[{place}]")]

    return check


def _required(operand: Json) -> Checker:
    names = tuple(cast("Sequence[str]", operand))

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        if not isinstance(value, Mapping):
            return ()
        missing = (_below(path, name) for name in names if name not in value)
        return [ArgumentError(place, "required", "required", None, f"{place}: required") for place in missing]

    return check


def _properties(operand: Json) -> Checker:
    inner = {name: compile_schema(_schema(schema)) for name, schema in cast("Mapping[str, Json]", operand).items()}

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        if not isinstance(value, Mapping):
            return ()
        present = ((name, checker) for name, checker in inner.items() if name in value)
        return [error for name, checker in present for error in checker(value[name], _below(path, name))]

    return check


def _additional(schema: Schema) -> Checker:
    operand = schema["additionalProperties"]
    named = frozenset(cast("Mapping[str, Json]", schema.get("properties", {})))
    inner = _nothing if operand is True else _anything if operand is False else compile_schema(_schema(operand))

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        if not isinstance(value, Mapping):
            return ()
        others = (name for name in value if name not in named)
        return [error for name in others for error in inner(value[name], _below(path, name))]

    return check


def _all_of(operand: Json) -> Checker:
    inner = [compile_schema(_schema(schema)) for schema in cast("Sequence[Json]", operand)]
    return lambda value, path: [error for checker in inner for error in checker(value, path)]


def _any_of(operand: Json) -> Checker:
    inner = [compile_schema(_schema(schema)) for schema in cast("Sequence[Json]", operand)]
    words = f"fits none of {len(inner)} alternatives"

    def check(value: Json, path: str) -> Sequence[ArgumentError]:
        fits = any(not checker(value, path) for checker in inner)
        return () if fits else (violation(path, "anyOf", words, value, words),)

    return check


def _nothing(_value: Json, _path: str) -> Sequence[ArgumentError]:
    return ()


def _anything(value: Json, path: str) -> Sequence[ArgumentError]:
    return (violation(path, "additionalProperties", "not allowed", value, "absent"),)


def _schema(value: Json) -> Schema:
    if not isinstance(value, Mapping):
        raise SchemaError("a schema is an object")
    return value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_MAKERS: dict[str, Maker] = {
    **VALUE_KEYWORDS,
    "items": _items,
    "required": _required,
    "properties": _properties,
    "allOf": _all_of,
    "anyOf": _any_of,
}
