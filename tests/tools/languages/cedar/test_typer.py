"""Types and request environments agree with the engine."""

import re
from collections import Counter

import cedarpy
import pytest

from bylaw.languages.cedar.ast import (
    Clause,
    Entity,
    Expression,
    Method,
    ScopeEqual,
    ScopeInSet,
    ScopeIs,
    Set,
    Slot,
    Statement,
)
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.engine import engine_schema
from bylaw.languages.cedar.parser import parse_expression
from bylaw.languages.cedar.schema import (
    AttributeType,
    EntityType,
    Environment,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.languages.cedar.typer import BOOL, LONG, STRING, attribute_of, environments_of, type_of
from bylaw.languages.cedar.walk import nodes
from bylaw.model.identifiers import EntityUid
from tools.evaluation.corpus import corpus_cases
from tools.languages.cedar.marked import WORLD, policy_of

READ = Environment("Agent", EntityUid("Action", "read"), "Tool")

TYPES: dict[str, Type | None] = {
    "principal": EntityType("Agent"),
    "resource": EntityType("Tool"),
    "action": EntityType("Action"),
    "context.amount": LONG,
    "context.labels": SetType(STRING),
    "context.contact": RecordType((AttributeType("phone", STRING, required=False),)),
    "context.contact.phone": STRING,
    "context.nothing": None,
    "context.nothing.more": None,
    "principal.manager.manager": EntityType("Human"),
    'principal["call sign"]': STRING,
    'Human::"h"': EntityType("Human"),
    'Human::"h".suspended': BOOL,
    'Robot::"r".name': None,
    "true": BOOL,
    "-1": LONG,
    "-context.amount": LONG,
    "!true": BOOL,
    '"a"': STRING,
    "1 + 2 * 3": LONG,
    "1 < 2": BOOL,
    "principal in resource": BOOL,
    "principal has owner": BOOL,
    'context.region like "*"': BOOL,
    "principal is Agent": BOOL,
    "if true then 1 else 2": LONG,
    "if true then context.nothing else 2": LONG,
    "[1, 2]": SetType(LONG),
    "[[principal]]": SetType(SetType(EntityType("Agent"))),
    "[]": None,
    '{b: 1, a: "x"}': RecordType((AttributeType("a", STRING, required=True), AttributeType("b", LONG, required=True))),
    "{a: context.nothing}": None,
    '{"a b": {c: 1}}["a b"].c': LONG,
    'ip("::1")': ExtensionType("ipaddr"),
    'decimal("1.0")': ExtensionType("decimal"),
    'datetime("2027-01-01")': ExtensionType("datetime"),
    'duration("1h")': ExtensionType("duration"),
    'context.now.offset(duration("1h"))': ExtensionType("datetime"),
    "context.now.toTime().toHours()": LONG,
    "context.now.durationSince(context.now)": ExtensionType("duration"),
    "context.labels.contains(1)": BOOL,
    "context.ip.isLoopback()": BOOL,
    'principal.hasTag("env")': BOOL,
    'principal.getTag("env")': STRING,
    'resource.getTag("env")': None,
    'context.getTag("env")': None,
}


def expression(text: str) -> Expression:
    parsed = parse_expression(text)
    assert parsed.expression is not None, parsed.diagnostics
    return parsed.expression


@pytest.mark.parametrize(("text", "type_"), TYPES.items())
def test_an_expression_has_the_type(text: str, type_: Type | None) -> None:
    assert type_of(expression(text), READ, WORLD) == type_


def test_an_action_that_is_not_declared_has_no_context() -> None:
    nowhere = READ._replace(action=EntityUid("Action", "none"))

    assert type_of(expression("context.amount"), nowhere, WORLD) is None


def test_a_slot_and_an_unknown_function_have_no_type() -> None:
    assert type_of(Slot("principal", 0, 1), READ, WORLD) is None
    call = expression('ip("::1")')._replace(function="fresh")  # type: ignore[call-arg]
    assert type_of(call, READ, WORLD) is None


def test_attributes_belong_to_records_and_declared_entities() -> None:
    assert attribute_of(EntityType("Agent"), "owner", WORLD) == AttributeType(
        "owner", EntityType("Human"), required=False
    )
    assert attribute_of(EntityType("Robot"), "owner", WORLD) is None
    assert attribute_of(LONG, "owner", WORLD) is None
    assert attribute_of(None, "owner", WORLD) is None


SCOPES = {
    "principal, action, resource": 6,
    "principal is Agent, action, resource": 3,
    'principal == Agent::"a", action, resource': 3,
    'principal in Agent::"a", action, resource': 3,
    'principal in Team::"t", action, resource': 3,
    'principal is Agent in Team::"t", action, resource': 3,
    'principal is Service in Team::"t", action, resource': 0,
    'principal in Folder::"f", action, resource': 0,
    "principal is Robot, action, resource": 0,
    "principal == ?principal, action, resource == ?resource": 6,
    "principal is Agent in ?principal, action, resource in ?resource": 3,
    'principal, action == Action::"read", resource': 2,
    'principal, action == Action::"readers", resource': 0,
    'principal, action in Action::"readers", resource': 4,
    'principal, action in Action::"read", resource': 2,
    'principal, action in [Action::"readers", Action::"pay"], resource': 5,
    "principal, action in [], resource": 0,
    'principal, action in [Action::"none"], resource': 0,
    "principal, action, resource is Folder": 1,
    'principal, action, resource in Folder::"f"': 6,
    'principal is Agent, action == Action::"file", resource': 0,
}


@pytest.mark.parametrize(("scope", "number"), SCOPES.items())
def test_a_scope_admits_request_environments(scope: str, number: int) -> None:
    found = environments_of(policy_of(f"permit ({scope});").statement, WORLD)

    assert len(found) == number
    assert list(found) == [environment for environment in WORLD.environments if environment in found]


PROBE = "\u0001"
_UNKNOWN = re.compile(r'attribute `\["\\u\{1\}"\]` (?:on entity type `(.*)`|in context for (.*)) not found$')


def typed_for(statement: Statement, schema: Schema) -> tuple[set[str], set[str], set[str]]:
    """The principal types, actions and resource types for which the engine checks the conditions of a policy."""
    found = []
    for variable in ("principal", "context", "resource"):
        probe = expression(f'{variable}["\\u{{1}}"] == 1')
        text = canonical_text(statement._replace(clauses=(Clause("when", probe, 0, 0),)))
        errors = cedarpy.validate_policies(text, engine_schema(schema.text)).errors
        matches = [match for error in errors if (match := _UNKNOWN.search(error.error))]
        found.append({match[1] or match[2] for match in matches})
    return found[0], found[1], found[2]


def test_the_engine_checks_policies_of_the_corpus_in_the_same_environments() -> None:
    checked = 0
    for case in corpus_cases(every=2):
        for policy in case.policies:
            if isinstance(policy.statement.action, ScopeInSet) and not policy.statement.action.targets:
                continue  # never applies, and the engine checks its conditions all the same
            environments = environments_of(policy.statement, case.schema)
            principals, actions, resources = typed_for(policy.statement, case.schema)

            assert {e.principal for e in environments} == principals, case.name
            assert {canonical_uid(e.action) for e in environments} == {canonical_text_of(a) for a in actions}, case.name
            assert {e.resource for e in environments} == resources, case.name
            checked += len(environments)

    assert checked > 1000


def canonical_uid(uid: EntityUid) -> tuple[str, str]:
    return (uid.type, uid.id)


def canonical_text_of(text: str) -> tuple[str, str]:
    entity = expression(text)
    assert isinstance(entity, Entity)
    return (entity.type, entity.id)


WITNESSES: dict[Type, str] = {
    BOOL: "true",
    LONG: "0",
    STRING: '""',
    ExtensionType("ipaddr"): 'ip("::1")',
    ExtensionType("decimal"): 'decimal("0.0")',
    ExtensionType("datetime"): 'datetime("2027-01-01")',
    ExtensionType("duration"): 'duration("1h")',
}


def witness(type_: Type | None, schema: Schema) -> Expression | None:
    """A literal of the type; none where there is no literal of it."""
    if type_ in WITNESSES:
        return expression(WITNESSES[type_])
    if (
        isinstance(type_, EntityType)
        and type_.entity in schema.entities
        and schema.entities[type_.entity].choices is None
    ):
        return Entity(type_.entity, "w", 0, 0)
    if isinstance(type_, SetType) and (inner := witness(type_.element, schema)) is not None:
        return Set((inner,), 0, 0)
    return None


def narrowed(statement: Statement, environment: Environment, body: Expression) -> Statement:
    action = Entity(environment.action.type, environment.action.id, 0, 0)
    return statement._replace(
        annotations=(),
        principal=ScopeIs("principal", environment.principal, None, 0, 0),
        action=ScopeEqual("action", action, 0, 0),
        resource=ScopeIs("resource", environment.resource, None, 0, 0),
        clauses=(Clause("when", body, 0, 0),),
    )


def sentences(statement: Statement, schema: Schema) -> Counter[str]:
    errors = cedarpy.validate_policies(canonical_text(statement), engine_schema(schema.text)).errors
    return Counter(error.error for error in errors if "not compatible" in error.error)


def test_the_engine_gives_expressions_of_the_corpus_the_same_types() -> None:
    checked = 0
    for case in corpus_cases(every=12):
        for policy in case.policies:
            environments = environments_of(policy.statement, case.schema)[:1]
            for environment in environments:
                for node in nodes(policy.statement):
                    sample = witness(type_of(node, environment, case.schema), case.schema)
                    if sample is None:
                        continue
                    alone = narrowed(policy.statement, environment, Method(Set((node,), 0, 0), "isEmpty", (), 0, 0))
                    beside = narrowed(
                        policy.statement, environment, Method(Set((node, sample), 0, 0), "isEmpty", (), 0, 0)
                    )

                    assert sentences(alone, case.schema) == sentences(beside, case.schema), (case.name, node)
                    checked += 1

    assert checked > 400


def test_types_of_one_name_stay_apart() -> None:
    assert len({PrimitiveType("Long"), ExtensionType("Long"), EntityType("Long")}) == 3
