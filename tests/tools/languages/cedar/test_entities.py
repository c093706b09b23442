"""Entities are checked against the schema, and what is wrong is told at the value that is wrong."""

import json
import time
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.languages.cedar.engine import engine_schema
from bylaw.languages.cedar.entities import known_entities, read_entities, validate_entities
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import EntityUid
from tools.evaluation.corpus import corpus_cases
from tools.languages.cedar.marked import Marked, compare, marked_cases, read_world

PATH = "policies/desk/entities.json"
WORLD = read_world(
    ("Tool in [Folder] {", "Tool in [Folder] { spec?: { size: Long, ports?: Set<Long> }, ip?: ipaddr, cost?: decimal,")
)


def entity(type_: str, id_: str, parents: tuple[str, ...] = (), **attributes: Any) -> dict[str, Any]:
    above = [{"type": type_, "id": parent} for parent in parents]
    return {"uid": {"type": type_, "id": id_}, "attrs": attributes, "parents": above}


@pytest.mark.parametrize("case", marked_cases("entities"))
def test_a_refused_document_is_told_where_it_is_wrong(case: Marked) -> None:
    compare(validate_entities(case.plain, PATH, WORLD), case, PATH)


RIGHT = {
    "an empty document": [],
    "an entity with everything": [
        {
            **entity("Agent", "a", tier=1, region="eu", manager={"type": "Human", "id": "h"}),
            "parents": [{"__entity": {"type": "Team", "id": "t"}}],
            "tags": {"env": "prod"},
        }
    ],
    "values in their explicit form": [
        entity("Human", "h", suspended=False, manager={"__entity": {"type": "Human", "id": "m"}}),
        entity(
            "Tool", "t", risk=1, host="h", owner={"type": "Human", "id": "h"}, color={"type": "Color", "id": "red"},
            ip={"__extn": {"fn": "ip", "arg": "::1"}}, cost={"fn": "decimal", "arg": "1.5"},
            spec={"size": -(2**63), "ports": []},
        ),
    ],
    "a parent that is not listed": [{**entity("Team", "a"), "parents": []}],
    "an id of any characters": [entity("Team", 'a"\\\n\u0000😀')],
}  # fmt: skip


@pytest.mark.parametrize("items", RIGHT.values(), ids=RIGHT)
def test_a_right_document_is_silent(items: list[dict[str, Any]]) -> None:
    assert validate_entities(json.dumps(items), PATH, WORLD) == ()


def test_positions_count_code_points_over_lines() -> None:
    text = '[\n\t{"uid": {"type": "Service", "id": "é😀"},\n\t "attrs": {"name": 1}, "parents": []}\n]'
    (found,) = validate_entities(text, PATH, WORLD)

    assert str(found.span) == f"{PATH}:3:21"


def test_the_engine_does_not_echo_the_document() -> None:
    secret = "s3cret-value"  # noqa: S105 - none
    items = [entity("Service", secret, name=secret), entity("Tool", "t", ip="x", host=secret)]
    found = validate_entities(json.dumps(items), PATH, WORLD)

    assert found
    assert not any(secret in f"{d.message} {d.help}" for d in found)


def test_known_entities_have_their_parents() -> None:
    text = json.dumps([entity("Team", "a", ("b", "c")), entity("Team", "b")])

    assert known_entities(text) == {
        EntityUid("Team", "a"): frozenset({EntityUid("Team", "b"), EntityUid("Team", "c")}),
        EntityUid("Team", "b"): frozenset(),
    }


@pytest.mark.parametrize("text", ["", "{}", "[1]", "nope", '[{"uid": 1}]', "[" * 100_000, '["\\ud800"]'])
def test_an_unreadable_document_knows_no_entities(text: str) -> None:
    assert known_entities(text) == {}
    assert read_entities(text, PATH)[1] != ()


def hierarchy(number: int, width: int = 1) -> str:
    """Entities that are each in the next ones."""
    names = [f"n{index}" for index in range(number)]
    return json.dumps([entity("G", name, tuple(names[i + 1 : i + 1 + width])) for i, name in enumerate(names)])


GROUPS, _ = read_schema("entity G in [G] { a?: Set<G> };", "groups")
assert GROUPS is not None

HOSTILE = {
    "a chain of ten thousand entities": (hierarchy(10_000), "more than 1,000,000 memberships"),
    "a chain that ends in itself": (
        hierarchy(5_000).replace('"parents": []', '"parents": [{"type": "G", "id": "n0"}]'),
        "is in itself",
    ),
    "ten thousand wrong entities": (json.dumps([entity("G", str(i), b=1) for i in range(10_000)]), "declares no attribute `b`"),
    "quotes that never end": ('[{"' + '\\"' * 400_000, "this string does not end"),
    "brackets": ("[" * 1_000_000, "brackets nest deeper than 50"),
    "brackets that close first": ("]" * 1000 + "[" * 1000, "brackets nest deeper than 50"),
    "objects": ('{"a":' * 100_000, "brackets nest deeper than 50"),
    "a number of a million digits": (f"[{'9' * 1_000_000}]", "does not fit 64 bits"),
    "a set of many wrong elements": (json.dumps([entity("G", "a", a=[1] * 100_000)]), "an element of `a` is a number"),
    "many keys": (json.dumps({str(i): i for i in range(100_000)}), "not a list of Cedar entities"),
    "one entity many times": (json.dumps([entity("G", "a")] * 10_000), "is listed twice"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_refused_in_time(text: str, message: str) -> None:
    started = time.perf_counter()
    found = validate_entities(text, PATH, GROUPS)  # type: ignore[arg-type]

    assert message in found[0].message
    assert len(found) <= 100
    assert time.perf_counter() - started < 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(("uid", "type", "id", "attrs", "parents", "tags", "tier", "__entity")), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_any_json_gives_diagnostics_or_is_accepted(value: Any) -> None:
    text = json.dumps(value)
    found = validate_entities(text, PATH, WORLD)

    if not found:
        cedarpy.Entities.from_json_str(text, schema=engine_schema(WORLD.text))
    assert all(d.span is not None and "\n" not in d.message for d in found)


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet='[]{}",:\\\ud7ff0189eE.-+ truefalsn\n'))
def test_any_text_gives_diagnostics(text: str) -> None:
    found = validate_entities(text, PATH, WORLD)

    assert found or text.strip() == "[]" or json.loads(text) == []


def test_the_entities_of_the_corpus_are_accepted() -> None:
    for case in corpus_cases(every=5):
        actions = [item for item in json.loads(case.entities) if item["uid"]["type"].endswith("Action")]
        found = validate_entities(case.entities, case.name, case.schema)

        assert [d.message.rpartition("`")[2] for d in found] == [" is an action"] * len(actions), case.name
