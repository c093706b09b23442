"""Strategies: JSON Schemas of tools, values that fit them, and the request that a gateway makes of such values."""

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from hypothesis import strategies as st

from bylaw.languages.cedar.schema import EntityType, ExtensionType, PrimitiveType, RecordType, SetType, Type

Json = Any
NAMES = st.one_of(
    st.sampled_from(["id", "employee-id", "in", "is", "has", "like", "true", "if", "type", "entity", "Set", "String"]),
    st.sampled_from(
        ["__cedar", "a.b", "a/b", "~0", "$ref", "ключ", "x y", '"', "\\", "principal", "context", "__proto__"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
FORMATS = {
    "date-time": st.sampled_from(["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.123Z"]),
    "date": st.just("2026-03-02"),
    "ipv4": st.sampled_from(["10.0.0.1", "192.168.1.255"]),
    "ipv6": st.sampled_from(["::1", "2001:db8::1"]),
    "email": st.just("ann@example.com"),
    "uuid": st.just("00000000-0000-4000-8000-000000000000"),
}
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
_LONGS = st.integers(-(2**63), 2**63 - 1)
_DECIMALS = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9, allow_nan=False))
NOISE = st.fixed_dictionaries(
    {},
    optional={
        "title": _TEXTS,
        "description": _TEXTS,
        "default": st.none(),
        "examples": st.just([1, None]),
        "x-vendor": st.just({"type": "object"}),
        "deprecated": st.booleans(),
    },
)

Pair = tuple[dict[str, Json], st.SearchStrategy[Json]]
"""A schema, and what draws values that fit it."""


def _with_noise(pair: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.tuples(pair, NOISE).map(lambda drawn: ({**drawn[1], **drawn[0][0]}, drawn[0][1]))


def _enum(choices: list[Json]) -> Pair:
    return {"type": "string", "enum": choices}, st.sampled_from(choices)


LEAVES: st.SearchStrategy[Pair] = st.one_of(
    st.just(({"type": "string"}, _TEXTS)),
    st.just(({"type": "integer"}, _LONGS)),
    st.just(({"type": "number"}, _DECIMALS)),
    st.just(({"type": "boolean"}, st.booleans())),
    st.just(({"type": "null"}, st.none())),
    st.lists(_TEXTS, min_size=1, max_size=4, unique=True).map(_enum),
    st.sampled_from(sorted(FORMATS)).map(lambda name: ({"type": "string", "format": name}, FORMATS[name])),
    st.just(({}, st.one_of(st.none(), _TEXTS, _LONGS))),
    st.just(({"const": 7}, st.just(7))),
    st.just(({"type": "string", "const": "a"}, st.just("a"))),
    st.just(({"type": ["string", "null"]}, st.one_of(_TEXTS, st.none()))),
    st.just(
        ({"type": "object", "additionalProperties": {"type": "string"}}, st.dictionaries(_TEXTS, _TEXTS, max_size=2))
    ),
    st.just(({"type": "array"}, st.lists(_LONGS, max_size=2))),
    st.just(({"enum": ["a", 1, None]}, st.sampled_from(["a", 1, None]))),
)


def _array(pair: Pair) -> Pair:
    return {"type": "array", "items": pair[0]}, st.lists(pair[1], max_size=3)


def _union(pairs: list[Pair]) -> Pair:
    return {"anyOf": [schema for schema, _ in pairs]}, st.one_of(*(values for _, values in pairs))


def _object(members: Mapping[str, tuple[Pair, bool]]) -> Pair:
    schema = {
        "type": "object",
        "properties": {name: pair[0] for name, (pair, _) in members.items()},
        "required": [name for name, (_, required) in members.items() if required],
    }
    always = {name: pair[1] for name, (pair, required) in members.items() if required}
    sometimes = {name: pair[1] for name, (pair, required) in members.items() if not required}
    return schema, st.fixed_dictionaries(always, optional=sometimes)


def _merged(pair: Pair) -> Pair:
    return {"allOf": [pair[0], {}]}, pair[1]


def inputs(names: st.SearchStrategy[str] = NAMES, *, merged: bool = True) -> st.SearchStrategy[Pair]:
    """The schema of a tool's arguments, which are called by `names`; with `allOf` in it if `merged`."""

    def objects(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
        return st.dictionaries(names, st.tuples(inner, st.booleans()), max_size=4).map(_object)

    def deeper(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
        wider = [inner.map(_array), objects(inner), st.lists(inner, min_size=1, max_size=3).map(_union)]
        return st.one_of(LEAVES, LEAVES, *wider, *([inner.map(_merged)] if merged else []))

    level = LEAVES
    for _ in range(3):
        level = deeper(level)
    return _with_noise(objects(_with_noise(level)))


class UnfitError(Exception):
    """The value is not of the type."""


def context_value(type_: Type, value: Json) -> Json:
    """A JSON value as the evaluator takes it, typed: what the record does not name is stripped, numbers are cut to four places.

    Raises:
        UnfitError: it is not of the type.
    """
    match type_:
        case PrimitiveType(name):
            return _demand(value, {"String": _is_text, "Long": _is_long, "Bool": _is_bool}[name])
        case ExtensionType("decimal"):
            return str(Decimal(str(_demand(value, _is_number))).quantize(Decimal("0.0001"), ROUND_DOWN))
        case ExtensionType():
            return _demand(value, _is_text)
        case EntityType(name):
            return {"type": name, "id": "null" if value is None else _demand(value, _is_text)}
        case SetType(element):
            return [context_value(element, item) for item in _demand(value, lambda it: isinstance(it, list))]
        case RecordType(attributes) if attributes and attributes[0].name.startswith("typeChoice"):
            return _choice(type_, value)
        case RecordType():
            return _record(type_, _demand(value, lambda it: isinstance(it, dict)))


def _choice(type_: RecordType, value: Json) -> Json:
    """A union: the first choice that fits; none where the choice that does was left out of the schema."""
    for attribute in type_.attributes:
        try:
            return {attribute.name: context_value(attribute.type, value)}
        except UnfitError:
            continue
    return {}


def _record(type_: RecordType, value: Mapping[str, Json]) -> Json:
    missing = [a.name for a in type_.attributes if a.required and a.name not in value]
    if missing:
        raise UnfitError(missing)
    return {a.name: context_value(a.type, value[a.name]) for a in type_.attributes if a.name in value}


def _demand(value: Json, fits: Callable[[Json], bool]) -> Json:
    if not fits(value):
        raise UnfitError(value)
    return value


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_bool(value: Json) -> bool:
    return isinstance(value, bool)


def _is_long(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
