"""Suites to cases."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.model.decisions import Decision
from bylaw.testing.case import Case
from tools.testing.desk import load, suite, told

FOLDER = Path(__file__).parent / "cases"
EXPAND = yaml.safe_load((FOLDER / "expand.yaml").read_text(encoding="utf-8"))
PROBLEMS = yaml.safe_load((FOLDER / "problems.yaml").read_text(encoding="utf-8"))


def shown(case: Case, *, with_context: bool) -> str:
    expected = case.expected
    text = f"{case.label}: {expected.decision}"
    for word, names in (("by", expected.by), ("exactly", expected.exactly or ()), ("errors", expected.errors)):
        text += f" {word} {names if isinstance(names, int) else ', '.join(names)}" if names else ""
    return f"{text} | {dict(case.request.context)}" if with_context else text


@pytest.mark.parametrize("example", EXPAND, ids=lambda example: example["name"])
def test_a_suite_expands_to_its_cases(example: dict[str, Any]) -> None:
    loaded = load({"suite.yaml": suite(example["tests"], more=example.get("more", ""))})

    cases = [shown(case, with_context="|" in example["cases"][0]) for case in loaded.suites[0].cases]
    assert [told(item) for item in loaded.diagnostics if item.severity == "error"] == []
    assert cases == example["cases"]


@pytest.mark.parametrize("example", PROBLEMS, ids=lambda example: example["name"])
def test_what_does_not_expand_is_told(example: dict[str, Any]) -> None:
    loaded = load({"suite.yaml": suite(example["tests"], more=example.get("more", ""))})

    # The shared fixtures are not all used by these little suites, which is not the point here.
    said = [told(item) for item in loaded.diagnostics if "fixtures.yaml" not in str(item.span)]
    assert said == example["says"]


def test_a_cell_that_nobody_names_is_marked_as_such() -> None:
    tests = (
        "- {name: m, matrix: {principals: [agents], actions: [read], resources: [plan]}, allow: [{principals: [ann]}]}"
    )

    cases = load({"suite.yaml": suite(tests)}).suites[0].cases

    assert [(case.names.principal, case.expected.listed) for case in cases] == [("ann", True), ("bob", False)]


def test_without_a_schema_an_action_is_written_out() -> None:
    policies = {"all": "permit (principal, action, resource);"}
    tests = """
- name: literal
  request: {principal: ann, action: 'Desk::Action::"read"', resource: plan}
  expect: {decision: allow}
- name: bare
  request: {principal: ann, action: read, resource: plan}
  expect: {decision: allow}
"""

    loaded = load({"suite.yaml": suite(tests)}, policies=policies, schema=None)

    assert [case.test for case in loaded.suites[0].cases] == ["literal"]
    assert [item.code for item in loaded.diagnostics if item.severity == "error"] == ["unknown-action"]


def test_an_id_that_two_namespaces_share_is_ambiguous() -> None:
    schema = """
namespace A { entity U; action go appliesTo { principal: [U], resource: [U], context: {} }; }
namespace B { entity U; action go appliesTo { principal: [U], resource: [U], context: {} }; }
"""
    text = """
suite: ambiguous
principals: {u: {type: "A::U", id: u}}
resources: {r: {type: "A::U", id: r}}
tests:
  - name: which
    request: {principal: u, action: go, resource: r}
    expect: {decision: deny}
"""

    loaded = load({"suite.yaml": text}, policies={}, schema=schema)

    (problem,) = [item for item in loaded.diagnostics if item.severity == "error"]
    assert (problem.code, problem.help) == ("ambiguous-action", 'write one of: A::Action::"go", B::Action::"go"')


def test_the_last_part_of_a_policy_id_is_enough_while_it_is_unique() -> None:
    policies = {"a/same": "permit (principal, action, resource);", "b/same": "permit (principal, action, resource);"}
    tests = (
        "- {name: t, request: {principal: ann, action: read, resource: plan}, expect: {decision: allow, by: [same]}}"
    )

    (problem,) = [i for i in load({"suite.yaml": suite(tests)}, policies=policies).diagnostics if i.severity == "error"]

    assert (problem.code, problem.help) == ("ambiguous-policy", "write one of: a/same, b/same")


def test_a_template_decides_only_through_its_links() -> None:
    policies = {"t": "permit (principal == ?principal, action, resource);"}
    app = "links: [{id: mine, template: t, values: {principal: 'Desk::Agent::\"ann\"'}}]\n"
    tests = (
        "- {name: t, request: {principal: ann, action: read, resource: plan}, expect: {decision: allow, by: [NAME]}}"
    )

    linked = load({"suite.yaml": suite(tests.replace("NAME", "mine"))}, policies=policies, app=app)
    template = load({"suite.yaml": suite(tests.replace("NAME", "t"))}, policies=policies, app=app)

    assert linked.run().ok
    assert "unknown-policy" in [item.code for item in template.diagnostics]


names = st.lists(st.sampled_from(["ann", "bob", "bad"]), min_size=1, unique=True)
tickets = st.lists(st.sampled_from(["plan", "vault"]), min_size=1, unique=True)
actions = st.lists(st.sampled_from(["read", "pay"]), min_size=1, unique=True)
sessions = st.lists(st.sampled_from(["calm", "rush", "cheap", "dear"]), min_size=1, unique=True)


@settings(max_examples=40, deadline=None)
@given(names, actions, tickets, sessions, st.data())
def test_the_number_of_cases_is_the_product_and_each_has_a_name_of_its_own(
    people: list[str], tools: list[str], things: list[str], contexts: list[str], data: st.DataObject
) -> None:
    named = data.draw(st.lists(st.sampled_from(people), unique=True))
    matrix = f"{{principals: {people}, actions: {tools}, resources: {things}, contexts: {contexts}}}"
    allow = f"[{{principals: {named}}}]" if named else "[]"

    loaded = load({"suite.yaml": suite(f"- {{name: m, matrix: {matrix}, allow: {allow}}}")})
    cases = loaded.suites[0].cases

    assert len(cases) == len(people) * len(tools) * len(things) * len(contexts)
    assert len({case.name for case in cases}) == len(cases)
    assert {case.names.principal for case in cases if case.expected.decision is Decision.ALLOW} == set(named)
