"""The generator of worlds, policies and requests: all of Cedar, strictly valid, and near the boundaries."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache

import cedarpy
import pytest

from bylaw.evaluation.validity import valid_positions
from bylaw.languages.cedar.ast import Attribute, Binary, Call, Entity, Expression, Has, Is, Method, ScopeIs, Statement
from bylaw.languages.cedar.schema import RecordType, SetType, Type
from bylaw.languages.cedar.walk import nodes
from tools.analysis.smt.generating.literals import parsed
from tools.analysis.smt.generating.policies import draft
from tools.analysis.smt.generating.pools import (
    DATETIME,
    Value,
    literal_text,
    milliseconds,
    neighbours,
    random_pools,
    seeded,
    value_json,
)
from tools.analysis.smt.generating.schemas import World, random_world

SEEDS = range(60)


@cache
def worlds() -> tuple[World, ...]:
    return tuple(random_world(seeded(seed)) for seed in SEEDS)


@cache
def drafts() -> tuple[tuple[World, tuple[str, ...]], ...]:
    """Unchecked policies of every world."""
    return tuple((world, tuple(draft(seeded(number), world) for number in range(40))) for world in worlds())


@cache
def statements() -> tuple[Statement, ...]:
    return tuple(parsed(text) for _, texts in drafts() for text in texts)


def kinds_of(world: World, type_: Type, place: str) -> Iterator[str]:
    """What `type_` is, and what it is made of."""
    yield f"{place} {name_of(world, type_)}"
    if isinstance(type_, SetType):
        yield f"set of {name_of(world, type_.element)}"
        yield from kinds_of(world, type_.element, "nested")
    elif isinstance(type_, RecordType):
        for attribute in type_.attributes:
            yield "required" if attribute.required else f"optional in {place}"
            yield from kinds_of(world, attribute.type, "nested")


def name_of(world: World, type_: Type) -> str:
    name = world.entity_name(type_)
    if name is None:
        return getattr(type_, "name", getattr(type_, "extension", type(type_).__name__))
    if name in world.action_types:
        return "action"
    return "enumerated" if world.schema.entities[name].choices else "entity"


def features(world: World) -> Iterator[str]:
    declared = world.schema.entities.values()
    yield f"{len({environment.principal for environment in world.schema.environments})} principal types"
    yield f"{len({name.rpartition('::')[0] for name in world.schema.entities})} namespaces"
    yield "common types" if "type " in world.text else "no common types"
    for entity in declared:
        yield "type in itself" if entity.name in entity.member_of else "type not in itself"
        yield from kinds_of(world, entity.attributes, "entity")
        if entity.tags:
            yield from kinds_of(world, entity.tags, "tags")
    for action in world.schema.actions.values():
        yield f"action in {len(action.groups)} groups"
        yield from kinds_of(world, action.context, "context")
    yield from ("enumerated principal" for e in world.schema.environments if world.schema.entities[e.principal].choices)
    yield from ("enumerated resource" for e in world.schema.environments if world.schema.entities[e.resource].choices)
    yield from ("own resource" for e in world.schema.environments if e.principal == e.resource)


ALL_TYPES = (
    "Bool", "Long", "String", "decimal", "ipaddr", "datetime", "duration", "entity", "enumerated", "action", "SetType",
    "RecordType",
)  # fmt: skip


def test_worlds_use_every_part_of_the_schema_language() -> None:
    found = Counter(feature for world in worlds() for feature in features(world))

    wanted = {f"nested {name}" for name in ALL_TYPES} | {f"set of {name}" for name in ALL_TYPES}
    wanted |= {f"tags {name}" for name in ("String", "Long", "SetType", "RecordType", "entity")}
    wanted |= {f"{number} principal types" for number in (1, 2, 3)} | {
        f"action in {number} groups" for number in (0, 1, 2)
    }
    wanted |= {"required", "optional in entity", "optional in nested", "optional in context", "type in itself"}
    wanted |= {"enumerated principal", "enumerated resource", "own resource", "common types", "3 namespaces"}
    assert wanted <= found.keys(), wanted - found.keys()


def test_nearly_all_policies_are_strictly_valid_as_drawn() -> None:
    valid = sum(len(valid_positions(texts, world.schema)) for world, texts in drafts())

    assert valid >= 0.98 * len(statements())


OPERATORS = {"||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*"}
METHODS = {
    "contains", "containsAll", "containsAny", "isEmpty", "hasTag", "getTag", "lessThan", "lessThanOrEqual", "greaterThan",
    "greaterThanOrEqual", "isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange", "offset", "durationSince", "toDate",
    "toTime", "toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays",
}  # fmt: skip
NODES = {
    "Variable", "Boolean", "Long", "String", "Entity", "Not", "Negate", "Attribute", "Like", "If", "Set", "Record",
    "has", "has path", "is", "is in", "in list", "in set", "in entity", "chain", "odd attribute", "action in", "read of literal",
}  # fmt: skip


def uses(node: Expression) -> Iterator[str]:
    """What occurs at `node`: finer than its class where the encoding differs."""
    match node:
        case Binary("in", left, right):
            yield "in"
            yield "action in" if left[:1] == ("action",) else "entity in"
            yield {"Set": "in list", "Attribute": "in set", "Entity": "in entity"}.get(type(right).__name__, "in other")
        case Binary(operator):
            yield operator
        case Call(name) | Method(_, name):
            yield name
        case Has(_, path):
            yield "has" if len(path) == 1 else "has path"
        case Is(_, _, ancestor):
            yield "is" if ancestor is None else "is in"
        case Attribute(base, name):
            yield "Attribute"
            yield "odd attribute" if name in {"", "if", "a b"} else "plain attribute"
            yield "chain" if isinstance(base, Attribute) and isinstance(base.base, Attribute) else "step"
            yield "read of literal" if isinstance(base, Entity) else "read"
        case _:
            yield type(node).__name__


def test_every_operator_method_and_function_occurs_often() -> None:
    found = Counter(use for statement in statements() for node in nodes(statement) for use in uses(node))

    wanted = OPERATORS | METHODS | NODES | {"ip", "decimal", "datetime", "duration"}
    rare = {use: found[use] for use in wanted if found[use] < 5}
    assert not rare


def test_every_scope_occurs() -> None:
    forms = (
        f"{scope.variable} {type(scope).__name__}{' in' if isinstance(scope, ScopeIs) and scope.target else ''}"
        for statement in statements()
        for scope in statement.scopes
    )
    entity_forms = ("ScopeAny", "ScopeEqual", "ScopeIn", "ScopeIs", "ScopeIs in")
    wanted = {f"{variable} {form}" for variable in ("principal", "resource") for form in entity_forms}
    wanted |= {f"action {form}" for form in ("ScopeAny", "ScopeEqual", "ScopeIn", "ScopeInSet")}

    assert set(forms) == wanted
    assert {statement.effect for statement in statements()} == {"permit", "forbid"}
    assert {len(statement.clauses) for statement in statements()} == {0, 1, 2, 3}


EVERYWHERE = {
    (kind, value) for seed in range(60) for kind, pool in random_pools(seeded(seed)).values.items() for value in pool
}


def accepts(expression: str) -> bool:
    request = {
        "principal": {"type": "U", "id": "u"},
        "action": {"type": "Action", "id": "a"},
        "resource": {"type": "U", "id": "u"},
        "context": {},
    }
    answer = cedarpy.is_authorized(request, f"permit (principal, action, resource) when {{ {expression} }};", "[]")
    assert not answer.diagnostics.errors, expression
    return answer.allowed


@pytest.mark.parametrize(("kind", "value"), sorted(EVERYWHERE, key=str))
def test_literals_and_what_lies_beside_them_can_be_read(kind: Type, value: Value) -> None:
    texts = [literal_text(kind, near) for near in neighbours(kind, value) if kind != DATETIME]

    assert all(accepts(f"{text} == {text}") for text in [literal_text(kind, value), *texts])
    assert json.dumps(value_json(kind, value))


@pytest.mark.parametrize("value", sorted(str(value) for kind, value in EVERYWHERE if kind == DATETIME))
def test_instants_are_those_of_the_engine(value: str) -> None:
    instant = f'datetime("1970-01-01").offset(duration("{milliseconds(value)}ms"))'

    assert accepts(f'datetime("{value}") == {instant}')
