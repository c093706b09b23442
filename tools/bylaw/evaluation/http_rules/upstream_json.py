"""JSON as the upstream engine holds it: integers of 64 bits, every other number a double, and the last of duplicate keys wins."""

import json
from collections.abc import Mapping
from decimal import Decimal

from bylaw.evaluation.http_rules.requests import encodes
from bylaw.model.exact import Json, Key, NotJsonError, is_list, key

SIGNED_64_BITS = range(-(1 << 63), 1 << 63)
_INTEGERS = range(-(1 << 63), 1 << 64)


def read_upstream(text: str, *, max_depth: int) -> Json:
    """The value of a JSON text; a `Decimal` in it is exactly a double.

    Raises:
        NotJsonError: it is none, nests deeper than `max_depth`, or has NaN, a number no double holds, or lone surrogates.
    """
    try:
        value: Json = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from None
    _check(value, max_depth)
    return value


def as_upstream(value: Json) -> Json:
    """An exact value, as the engine holds it."""
    match value:
        case bool() | None | str():
            return value
        case int() | Decimal():
            return _number(value)
        case Mapping():
            return {name: as_upstream(inner) for name, inner in value.items()}
        case _:
            return tuple(map(as_upstream, value))


def upstream_key(value: Json) -> Key:
    """Something hashable that the values share which the engine holds equal: an integer and a double never are."""
    match value:
        case Mapping():
            return ("object", frozenset((name, upstream_key(inner)) for name, inner in value.items()))
        case Decimal():
            return ("double", value)
        case _ if is_list(value):
            return ("array", tuple(map(upstream_key, value)))
        case _:
            return key(value)


def _number(value: int | Decimal) -> int | Decimal:
    if isinstance(value, int) and value in _INTEGERS:
        return value
    return Decimal(float(str(value)))


def _finite(text: str) -> Decimal:
    double = Decimal(float(text))
    if not double.is_finite():
        raise NotJsonError("a number is larger than any double")
    return double


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= 20 and int(text) in _INTEGERS else _finite(text)


def _refused(text: str) -> Json:
    raise NotJsonError(f"`{text}` is no JSON")


def _check(value: Json, depth: int) -> None:
    if isinstance(value, str):
        if not (value.isascii() or encodes(value)):
            raise NotJsonError("a string has lone surrogates")
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, _deeper(depth))
        _deeper(depth)
    elif is_list(value):
        for inner in value:
            _check(inner, _deeper(depth))
        _deeper(depth)


def _deeper(depth: int) -> int:
    if depth == 0:
        raise NotJsonError("it nests too deep")
    return depth - 1


_DECODER = json.JSONDecoder(parse_float=_finite, parse_int=_integer, parse_constant=_refused)
