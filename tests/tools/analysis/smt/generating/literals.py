"""The literals of some policies, and the values that a request should take to meet them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from bylaw.languages.cedar.ast import Call, Expression, Like, Long, Statement, String
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.schema import Type
from bylaw.languages.cedar.walk import entities, nodes
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.generating.pools import (
    DATETIME,
    FUNCTIONS,
    LONG,
    STRING,
    WIDE_DATETIMES,
    Value,
    is_value,
    literal_text,
    neighbours,
)
from tools.analysis.smt.generating.schemas import World

_KINDS = {function: kind for kind, function in FUNCTIONS.items()}


class Material(NamedTuple):
    """What requests are made of."""

    values: Mapping[Type, tuple[Value, ...]]
    """By type; a value that is likelier to matter stands more than once."""
    ids: Mapping[str, tuple[str, ...]]
    """The ids of the entities there are, by entity type or action type."""


def parsed(text: str) -> Statement:
    """The tree of a policy or template that must be readable."""
    found = parse_statement(text, "policies/generated.cedar")
    assert found.statement is not None, (found.diagnostics, text)
    return found.statement


def kind_of(node: Expression) -> Type | None:
    """The type of a literal that has neighbours; none of any other expression."""
    if isinstance(node, Long):
        return LONG
    if isinstance(node, String):
        return STRING
    is_literal = isinstance(node, Call) and len(node.arguments) == 1 and isinstance(node.arguments[0], String)
    return _KINDS.get(node.function) if isinstance(node, Call) and is_literal else None


def value_of(node: Expression) -> Value:
    """The value of a literal that has a kind."""
    match node:
        case Long(value) | String(value) | Call(_, (String(value),)):
            return value
    raise AssertionError(node)


@lru_cache(maxsize=256)
def material(world: World, policies: tuple[str, ...]) -> Material:
    """What the pools and the literals of `policies` offer, and the values right beside those literals."""
    statements = [parsed(text) for text in policies]
    values = {kind: list(pool) for kind, pool in world.pools.values.items()}
    for kind, value in _literals(statements):
        values[kind] += (value, value, *(near for near in neighbours(kind, value) if _is_distinct(kind, near, value)))
    if any(kind == DATETIME for kind, _ in _literals(statements)):
        values[DATETIME] += WIDE_DATETIMES[:2]
    values[STRING] += [text for node in _all_nodes(statements) if isinstance(node, Like) for text in _instances(node)]
    uids = {EntityUid(node.type, node.id) for statement in statements for node in entities(statement)}
    names = (*world.schema.entities, *world.action_types)
    ids = {name: (*world.ids(name), *sorted(uid.id for uid in uids if uid.type == name)) for name in names}
    return Material(
        {kind: tuple(found) for kind, found in values.items()},
        {name: tuple(dict.fromkeys(found)) for name, found in ids.items()},
    )


def _is_distinct(kind: Type, near: Value, value: Value) -> bool:
    return literal_text(kind, near) != literal_text(kind, value)


def _all_nodes(statements: Iterable[Statement]) -> Iterable[Expression]:
    return (node for statement in statements for node in nodes(statement))


def _literals(statements: Iterable[Statement]) -> Iterable[tuple[Type, Value]]:
    for node in _all_nodes(statements):
        kind = kind_of(node)
        if kind is not None and is_value(kind, value_of(node)):
            yield kind, value_of(node)


def _instances(node: Like) -> tuple[str, ...]:
    """Strings that match the pattern, most of them, and one that hardly does."""
    fillings = ("", "a", "b", "*")
    matching = ("".join(part if part is not None else filling for part in node.pattern) for filling in fillings)
    return (*matching, "".join(part or "" for part in node.pattern)[1:])
