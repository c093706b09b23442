"""Types and request environments: what is told agrees with the engine, and where nothing can be told nothing is."""

from collections.abc import Iterator
from functools import cache

import cedarpy
import pytest

from bylaw.languages.cedar.ast import Expression, ScopeInSet, Statement
from bylaw.languages.cedar.canonical import canonical_text, expression_text
from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.parser import parse_expression, parse_statement, parse_statements
from bylaw.languages.cedar.schema import (
    EntityType,
    Environment,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.typer import attribute_of, environments_of, type_of
from bylaw.languages.cedar.walk import nodes
from bylaw.model.identifiers import EntityUid
from tools.languages.cedar.conftest import CorpusCase

SCHEMA = """
entity Team, Company;
entity Agent in [Team] = { tier: Long, region: String, owner?: Human, labels: Set<String>, home: { city: String } } tags String;
entity Human in [Company];
entity Tool;
entity Colour enum ["red", "green"];
action work;
action read, write in [Action::"work"] appliesTo { principal: [Agent, Human], resource: [Tool], context: { ip: ipaddr } };
action paint appliesTo { principal: [Agent], resource: [Colour], context: { at: datetime, cost: decimal, names: Set<Human> } };
"""


@cache
def world() -> Schema:
    schema, problems = read_schema(SCHEMA, "s")
    assert schema is not None, problems
    return schema


READ = Environment("Agent", EntityUid("Action", "read"), "Tool")
PAINT = Environment("Agent", EntityUid("Action", "paint"), "Colour")
HUMAN = Environment("Human", EntityUid("Action", "read"), "Tool")


def typed(text: str, environment: Environment = PAINT) -> Type | None:
    expression = parse_expression(text).expression
    assert expression is not None
    return type_of(expression, environment, world())


BOOL, LONG, STRING = PrimitiveType("Bool"), PrimitiveType("Long"), PrimitiveType("String")

TYPES: dict[str, Type | None] = {
    "true": BOOL,
    "1": LONG,
    "-1": LONG,
    "-principal.tier": LONG,
    '"a"': STRING,
    "1 + 2": LONG,
    "1 < 2": BOOL,
    "principal == resource": BOOL,
    "principal in resource": BOOL,
    "principal has owner": BOOL,
    'principal.region like "a*"': BOOL,
    "principal is Agent": BOOL,
    "!true": BOOL,
    "principal": EntityType("Agent"),
    "resource": EntityType("Colour"),
    "action": EntityType("Action"),
    'Human::"a"': EntityType("Human"),
    "principal.tier": LONG,
    "principal.owner": EntityType("Human"),
    "principal.labels": SetType(STRING),
    "principal.home.city": STRING,
    'principal["region"]': STRING,
    'principal.getTag("a")': STRING,
    'principal.hasTag("a")': BOOL,
    "principal.labels.isEmpty()": BOOL,
    "context.at": ExtensionType("datetime"),
    'context.at.offset(duration("1h"))': ExtensionType("datetime"),
    "context.at.toTime().toHours()": LONG,
    "context.at.durationSince(context.at)": ExtensionType("duration"),
    'decimal("1.0")': ExtensionType("decimal"),
    "context.cost.lessThan(context.cost)": BOOL,
    'ip("::1").isIpv6()': BOOL,
    "[1, 2]": SetType(LONG),
    "context.names": SetType(EntityType("Human")),
    "if true then 1 else 2": LONG,
    "if true then context.nothing else 2": LONG,
    "{a: 1}.a": LONG,
    "{a: 1, b: true}": None,
    "principal.nothing": None,
    "principal.nothing.at.all": None,
    "resource.tier": None,
    'resource.getTag("a")': None,
    'Stranger::"a".tier': None,
    "[]": None,
    "[context.nothing]": None,
    "{a: context.nothing}": None,
    "1.tier": None,
}


@pytest.mark.parametrize("text", TYPES)
def test_an_expression_has_the_type_that_the_schema_gives_it(text: str) -> None:
    expected = TYPES[text]
    if text == "{a: 1, b: true}":
        found = typed(text)
        assert isinstance(found, RecordType)
        assert [(a.name, a.type, a.required) for a in found.attributes] == [("a", LONG, True), ("b", BOOL, True)]
    else:
        assert typed(text) == expected


def test_the_type_of_context_is_that_of_the_action() -> None:
    assert typed("context.ip", READ) == ExtensionType("ipaddr")
    assert typed("context.ip", PAINT) is None
    assert typed("context", Environment("Agent", EntityUid("Action", "none"), "Tool")) is None


def test_an_attribute_is_looked_up_in_records_and_entities_only() -> None:
    declared = attribute_of(EntityType("Agent"), "owner", world())

    assert declared is not None
    assert not declared.required
    assert attribute_of(declared.type, "nothing", world()) is None
    assert attribute_of(EntityType("Stranger"), "owner", world()) is None
    assert attribute_of(SetType(LONG), "owner", world()) is None
    assert attribute_of(None, "owner", world()) is None


SCOPES: dict[str, tuple[str, ...]] = {
    "principal, action, resource": ("Agent paint", "Agent read", "Human read", "Agent write", "Human write"),
    'principal, action == Action::"read", resource': ("Agent read", "Human read"),
    'principal, action in Action::"work", resource': ("Agent read", "Human read", "Agent write", "Human write"),
    'principal, action in [Action::"read", Action::"paint"], resource': ("Agent paint", "Agent read", "Human read"),
    'principal, action == Action::"work", resource': (),
    'principal, action == Action::"none", resource': (),
    "principal, action in [], resource": (),
    'principal == Human::"a", action, resource': ("Human read", "Human write"),
    'principal in Team::"a", action, resource': ("Agent paint", "Agent read", "Agent write"),
    'principal in Human::"a", action, resource': ("Human read", "Human write"),
    'principal in Tool::"a", action, resource': (),
    'principal is Human in Company::"a", action, resource': ("Human read", "Human write"),
    'principal is Human in Team::"a", action, resource': (),
    "principal is Stranger, action, resource": (),
    "principal, action, resource is Colour": ("Agent paint",),
    'principal is Human, action, resource == Colour::"red"': (),
    "principal == ?principal, action, resource is Colour": ("Agent paint",),
    "principal is Human in ?principal, action, resource": ("Human read", "Human write"),
}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_admits_the_environments_that_can_match(scope: str) -> None:
    statement = parse_statement(f"permit ({scope});", "p").statement
    assert statement is not None

    found = environments_of(statement, world())

    assert sorted(f"{e.principal} {e.action.id}" for e in found) == sorted(SCOPES[scope])
    assert found == tuple(environment for environment in world().environments if environment in found)


ILL_TYPED = '-"x" == 1'
MARK = "expected Long but saw String"


def _only_in(environment: Environment) -> str:
    action = f"{environment.action.type}::{quote(environment.action.id)}"
    return f"principal is {environment.principal} && action == {action} && resource is {environment.resource}"


def _admitted_by_the_engine(statement: Statement, schema: Schema, handle: cedarpy.Schema) -> set[Environment]:
    """Asks in each environment whether a type error there is found."""
    head = canonical_text(statement._replace(clauses=(), annotations=())).rstrip(";\n")
    asked = "\n".join(f"{head} when {{ {_only_in(e)} && {ILL_TYPED} }};" for e in schema.environments)
    errors = cedarpy.validate_policies(asked, handle).errors if asked else []
    return {_asked_in(schema.environments, error) for error in errors if error.error.endswith(MARK)}


def _asked_in(asked: tuple[Environment, ...], error: cedarpy.ValidationError) -> Environment:
    return asked[int(error.policy_id.removeprefix("policy"))]


def _statements(cases: tuple[CorpusCase, ...]) -> Iterator[tuple[str, Statement, Schema, cedarpy.Schema]]:
    for case in cases:
        schema, problems = read_schema(case.schema, case.name)
        assert schema is not None, problems
        handle = cedarpy.Schema.from_str(schema.text)
        for statement in parse_statements(case.policies, case.name).statements:
            yield case.name, statement, schema, handle


def test_environments_agree_with_the_engine(corpus: tuple[CorpusCase, ...]) -> None:
    for name, statement, schema, handle in _statements(corpus[::5]):
        # The engine refuses an empty list of actions, and types the rest of the policy everywhere.
        if statement.action == ScopeInSet("action", (), statement.action.start, statement.action.end):
            continue

        assert set(environments_of(statement, schema)) == _admitted_by_the_engine(statement, schema, handle), name


def _shown(type_: Type) -> str:
    """How the engine's messages begin that name `type_`."""
    match type_:
        case PrimitiveType("Bool"):
            return "Bool"
        case PrimitiveType(name) | ExtensionType(name) | EntityType(name):
            return name
        case SetType(element):
            return f"Set<{_shown(element)}"
        case RecordType():
            return "{"


def _seen_by_the_engine(
    expressions: list[Expression], environment: Environment, handle: cedarpy.Schema
) -> dict[int, str]:
    """The types of some expressions, put where they are wrong so that the engine names them."""
    guard = _only_in(environment)
    wrong = [f'({expression_text(node)}) like ""' for node in expressions]
    text = "\n".join(f"permit (principal, action, resource) when {{ {guard} && {part} }};" for part in wrong)
    seen = {}
    for error in cedarpy.validate_policies(text, handle).errors:
        _, expected, saw = error.error.partition("expected String but saw ")
        if expected:
            seen[int(error.policy_id.removeprefix("policy"))] = saw
    return seen


def test_types_agree_with_the_engine(corpus: tuple[CorpusCase, ...]) -> None:
    compared = 0
    for name, statement, schema, handle in _statements(corpus[::5]):
        for environment in environments_of(statement, schema)[:1]:
            expressions = list(nodes(statement))[:200]
            seen = _seen_by_the_engine(expressions, environment, handle)
            for index, saw in seen.items():
                ours = type_of(expressions[index], environment, schema)
                plain = saw.replace("__cedar::internal::True", "Bool").replace("__cedar::internal::False", "Bool")
                assert ours is None or plain.startswith(_shown(ours)), (name, expression_text(expressions[index]), saw)
                compared += ours is not None
    assert compared > 300
