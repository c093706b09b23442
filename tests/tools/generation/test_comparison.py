"""The difference of two schemas is of what they declare, not of how they say it; and it is empty only for equal ones."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.generation.comparison import ChangeKind, SchemaChange, compare_schemas
from bylaw.generation.source import Source
from bylaw.generation.tools import EnumMapping, Options
from bylaw.languages.cedar.schema import Schema
from bylaw.pipeline.schema import generate
from tools.evaluation.cedar_programs import schema
from tools.generation.json_schemas import Pair, inputs
from tools.generation.test_properties import tools_list

INPUTS = st.lists(inputs(), min_size=1, max_size=3)
CASES = Path(__file__).parents[1] / "cases/generation"


def derived(pairs: list[Pair]) -> Schema:
    source = Source("tools.json", tools_list(*(pair[0] for pair in pairs)), "T")
    found = generate([source], Options(enums=EnumMapping.ENTITY)).derived
    assert found is not None
    return found.schema


@given(INPUTS, INPUTS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_there_is_a_difference_exactly_between_schemas_that_differ(one: list[Pair], other: list[Pair]) -> None:
    before, after = derived(one), derived(other)

    changes = compare_schemas(before, after)

    assert (changes == ()) == ((before.entities, before.actions) == (after.entities, after.actions))
    assert compare_schemas(before, before) == ()


OPPOSITE = {
    ChangeKind.ADDED: ChangeKind.REMOVED,
    ChangeKind.REMOVED: ChangeKind.ADDED,
    ChangeKind.CHANGED: ChangeKind.CHANGED,
}


@given(INPUTS, INPUTS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_way_back_is_the_opposite(one: list[Pair], other: list[Pair]) -> None:
    before, after = derived(one), derived(other)

    there, back = compare_schemas(before, after), compare_schemas(after, before)

    turned = {SchemaChange(OPPOSITE[c.kind], c.declaration, c.aspect, c.path, c.after, c.before) for c in back}
    assert set(there) == turned


def test_how_a_schema_is_written_is_no_difference() -> None:
    one = schema(
        "namespace A { type T = {b: Long, a: String}; entity U; entity G; "
        "action x appliesTo {principal: [U], resource: [G], context: {t: T}}; }"
    )
    other = schema(
        "namespace A { entity G; entity U; "
        'action "x" appliesTo {resource: G, principal: U, context: {"t": {"a": __cedar::String, "b": Long}}}; }'
    )

    assert compare_schemas(one, other) == ()


def test_the_schema_of_the_example_is_what_its_tools_derive(root: Path) -> None:
    by_hand = schema((root / "schemas/refunds.cedarschema").read_text())
    found = generate([Source("refunds.json", (CASES / "refunds.json").read_bytes())], Options()).derived

    assert found is not None
    assert compare_schemas(by_hand, found.schema) == ()


HEAD = 'entity U in [G]; entity G; entity C enum ["a"]; action g; action h;'
ACTION = "action x in [g] appliesTo {principal: [U], resource: [G], context: {s: Set<Long>}};"
BEFORE = f"{HEAD} {ACTION}"
CHANGED = {
    "a parent type": (BEFORE.replace("U in [G]", "U"), "~ entity U groups: G → none"),
    "tags": (BEFORE.replace("G;", "G tags Long;", 1), "~ entity G tags: none → Long"),
    "an attribute of an entity": (
        BEFORE.replace("U in [G]", "U in [G] = {a?: Bool}"),
        "+ entity U attribute a: None → Bool, optional",
    ),
    "a choice": (BEFORE.replace('["a"]', '["a", "b"]'), "~ entity C choices: a → a, b"),
    "a group": (BEFORE.replace("in [g]", "in [g, h]"), '~ action Action::"x" groups: Action::"g" → Action::"g", Action::"h"'),
    "a principal": (BEFORE.replace("[U], r", "[U, G], r"), '~ action Action::"x" principals: U → G, U'),
    "a resource": (BEFORE.replace("resource: [G]", "resource: [U]"), '~ action Action::"x" resources: G → U'),
    "an element": (BEFORE.replace("Set<Long>", "Set<Bool>"), '~ action Action::"x" type context.s[]: Long → Bool'),
    "a hyphenated attribute": (
        BEFORE.replace("s: Set", '"a-b": {"c d": Long}, s: Set'),
        '+ action Action::"x" attribute context["a-b"]: None → {c d: Long,}',
    ),
    "an action": (f"{BEFORE} action y;", '+ action Action::"y" declaration: None → None'),
    "an entity type": (f"{BEFORE} entity Z;", "+ entity Z declaration: None → None"),
}  # fmt: skip
MARKS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}


@pytest.mark.parametrize("what", CHANGED)
def test_each_aspect_of_a_declaration(what: str) -> None:
    text, told = CHANGED[what]

    (change,) = compare_schemas(schema(BEFORE), schema(text))

    path = f" {change.path}" if change.path else ""
    assert f"{MARKS[change.kind]} {change.declaration} {change.aspect}{path}: {change.before} → {change.after}" == told
