"""JSON values with exact numbers, and what it means that two are equal: numbers by value, and a truth value is never a number."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, TypeGuard

Json: TypeAlias = "bool | int | Decimal | str | Sequence[Json] | Mapping[str, Json] | None"
"""Integers are `int`; numbers that are written with a fraction or an exponent are finite `Decimal`."""
Key: TypeAlias = "tuple[object, ...]"

MAX_EXPONENT = 400
"""Of a number: doubles end there, and a bigger one costs memory as soon as it is compared."""


class NotJsonError(ValueError):
    """A text that is no JSON, or that two readers may read differently."""


def read_json(text: str, *, max_depth: int) -> Json:
    """The value of a JSON text (RFC 8259) that every reader reads alike.

    Raises:
        NotJsonError: it is none, nests deeper than `max_depth`, or has duplicate keys, NaN, infinity, lone surrogates, a byte-order
            mark or a number with an exponent beyond 400.
    """
    if text.startswith("\ufeff"):
        raise NotJsonError("it begins with a byte-order mark")
    if _depth_bound(text) > max_depth:
        raise NotJsonError(f"it nests deeper than {max_depth}")
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer, parse_constant=_refused
        )
        json.dumps(text).encode()
        _check_surrogates(value)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from None
    return value


def json_text(value: Json) -> str:
    """A JSON text of a value, its numbers digit by digit as they are."""
    match value:
        case Decimal():
            return str(value)
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            pairs = (f"{json.dumps(name, ensure_ascii=False)}: {json_text(inner)}" for name, inner in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return f"[{', '.join(map(json_text, value))}]"


def exact(value: Any) -> Json:  # noqa: ANN401 - as YAML gives it
    """A value as YAML gives it, with exact numbers: what is written with a fraction or an exponent is a decimal.

    It is exact where the number was written with at most 15 digits.
    """
    match value:
        case float():
            return Decimal(repr(value))
        case Mapping():
            return {str(name): exact(inner) for name, inner in value.items()}
        case str() | bool() | int() | None:
            return value
        case Sequence():
            return tuple(map(exact, value))
    raise TypeError(value)


def inexact(value: Json) -> Any:  # noqa: ANN401 - plain values of any kind
    """A value as `json` and YAML writers take it: decimals become floats, which lose nothing up to 15 digits."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
        case Mapping():
            return {name: inexact(inner) for name, inner in value.items()}
        case None | bool() | int() | str():
            return value
        case _:
            return [inexact(item) for item in value]


def is_number(value: Json) -> bool:
    """Whether a value is a number: a truth value is none, though Python thinks otherwise."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def same(one: Json, other: Json) -> bool:
    """Whether two values are equal: numbers by value, objects whatever the order of their keys, lists in order."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(map(same, one, other))
    return type_name(one) == type_name(other) and one == other


def key(value: Json) -> Key:
    """Something hashable that exactly equal values share."""
    match value:
        case bool() | None:
            return (type_name(value), value)
        case Mapping():
            return ("object", frozenset((name, key(inner)) for name, inner in value.items()))
        case int() | Decimal():
            return ("number", value)  # equal numbers have equal hashes
        case str():
            return ("string", value)
        case _:
            return ("array", tuple(map(key, value)))


def is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    """Whether a value is a list, and not a text."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def type_name(value: Json) -> str:
    """The JSON type: `null`, `boolean`, `number`, `string`, `array` or `object`."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | Decimal():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("an object has the same key twice")
    return found


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if number and abs(number.adjusted()) > MAX_EXPONENT:
        raise NotJsonError(f"a number has an exponent beyond {MAX_EXPONENT}")
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_EXPONENT:
        raise NotJsonError(f"a number has more than {MAX_EXPONENT} digits")
    return int(text)


def _refused(text: str) -> None:
    raise NotJsonError(f"`{text}` is no JSON")


def _depth_bound(text: str) -> int:
    """At least as deep as the text nests; brackets inside of strings count where they could be read as such."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif in_string:
            in_string, escaped = character != '"', character == "\\"
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _check_surrogates(value: Json) -> None:
    match value:
        case str():
            value.encode()
        case Mapping():
            for name, inner in value.items():
                name.encode()
                _check_surrogates(inner)
        case _ if is_list(value):
            for inner in value:
                _check_surrogates(inner)
