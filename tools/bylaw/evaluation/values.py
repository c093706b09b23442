"""The values that a condition read, looked up in the request and its entities. For people: no decision depends on it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from bylaw.evaluation.interface import Json, Request
from bylaw.evaluation.store import Store
from bylaw.languages.cedar.ast import Attribute, Expression, Has, Method, String, Variable, children
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.identifiers import EntityUid


class Reading(NamedTuple):
    """One path that a condition reads."""

    path: str
    """As it stands in policies: `context.input.amount`."""
    value: str | None
    """As Cedar writes values; none where nothing stands at the path."""

    def __str__(self) -> str:
        return f"{self.path} is absent" if self.value is None else f"{self.path} = {self.value}"


class _Absent:
    """Nothing stands there."""


_ABSENT = _Absent()
_Value: TypeAlias = "Json | EntityUid | _Absent"


def readings(condition: Expression, request: Request, store: Store) -> tuple[Reading, ...]:
    """What `condition` reads, in the order of the source, each path once."""
    found = {
        expression_text(path): _resolve(path, request, store)
        for path in _paths(condition)
        if not (isinstance(path, Variable) and path.name == "context")
    }
    return tuple(
        Reading(path, None if isinstance(value, _Absent) else value_text(value)) for path, value in found.items()
    )


def _paths(node: Expression) -> Iterator[Expression]:
    match node:
        case Has(base, names):
            for name in names:
                base = Attribute(base, name, node.start, node.end)
            yield base
        case Method(receiver, "hasTag", (String() as key,)):
            yield Method(receiver, "getTag", (key,), node.start, node.end)
        case _ if _is_path(node):
            yield node
        case _:
            for child in children(node):
                yield from _paths(child)


def _is_path(node: Expression) -> bool:
    while True:
        match node:
            case Variable():
                return True
            case Attribute(base):
                node = base
            case Method(receiver, "getTag", (String(),)):
                node = receiver
            case _:
                return False


def _resolve(node: Expression, request: Request, store: Store) -> _Value:
    match node:
        case Variable("context"):
            return request.context
        case Variable("principal"):
            return request.principal
        case Variable("action"):
            return request.action
        case Variable("resource"):
            return request.resource
        case Attribute(base, name):
            return _member(_resolve(base, request, store), "attrs", name, store)
        case Method(receiver, "getTag", (String(key),)):
            return _member(_resolve(receiver, request, store), "tags", key, store)
        case _:
            return _ABSENT


def _member(value: _Value, section: str, name: str, store: Store) -> _Value:
    uid = entity_reference(value)
    if uid is not None and not (isinstance(value, Mapping) and name in value):
        document = store.document(uid)
        value = document.get(section, {}) if document else _ABSENT
    return value.get(name, _ABSENT) if isinstance(value, Mapping) else _ABSENT


def entity_reference(value: _Value) -> EntityUid | None:
    """The entity that a value refers to: explicit, or in the short form that a schema gives meaning to."""
    if isinstance(value, EntityUid):
        return value
    if not isinstance(value, Mapping):
        return None
    inner = value.get("__entity", value)
    if isinstance(inner, Mapping) and inner.keys() == {"type", "id"}:
        return EntityUid(str(inner["type"]), str(inner["id"]))
    return None


def value_text(value: "Json | EntityUid") -> str:
    """`value` as Cedar writes it."""
    uid = entity_reference(value)
    if uid is not None:
        return str(uid)
    if isinstance(value, Mapping):
        call = value.get("__extn")
        if isinstance(call, Mapping):
            return _call_text(call)
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(value_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _call_text(call: Mapping[str, Json]) -> str:
    arguments = call.get("args")
    if not isinstance(arguments, Sequence) or isinstance(arguments, str) or len(arguments) < 2:
        return f"{call.get('fn')}({json.dumps(call.get('arg'), ensure_ascii=False)})"
    receiver, *others = map(value_text, arguments)
    return f"{receiver}.{call.get('fn')}({', '.join(others)})"
