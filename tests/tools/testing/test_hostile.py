"""Suites from a fork: whatever they hold, there are diagnostics in the end, and soon."""

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.testing.scope import MAX_PROBLEMS
from tools.testing.desk import Loaded, load, suite


def codes(loaded: Loaded) -> set[str]:
    return {item.code for item in loaded.diagnostics if item.severity == "error"}


def many(prefix: str, count: int) -> str:
    return ", ".join(f"{prefix}{number}" for number in range(count))


def test_a_matrix_of_billions_is_refused() -> None:
    people = ", ".join(f'p{n}: {{type: "Desk::Agent", id: p{n}, attrs: {{level: 1}}}}' for n in range(500))
    contexts = ", ".join(f"c{n}: {{}}" for n in range(1_000))
    groups = f"g: [{many('p', 500)}], h: [{many('c', 1_000)}]"
    more = f"principals: {{{people}}}\ncontexts: {{{contexts}}}\ngroups: {{{groups}}}\n"
    tests = "- {name: m, matrix: {principals: [g], actions: [read, pay], resources: [both], contexts: [h]}}"

    loaded = load({"suite.yaml": suite(tests, more=more)})

    assert codes(loaded) == {"too-many-cases"}
    assert loaded.suites[0].cases == ()


def test_expectations_that_name_everything_again_and_again_are_refused() -> None:
    contexts = ", ".join(f"c{n}: {{}}" for n in range(2_000))
    more = f"contexts: {{{contexts}}}\ngroups: {{h: [{many('c', 2_000)}]}}\n"
    matrix = "{principals: [agents], actions: [read], resources: [both], contexts: [h]}"
    tests = f"- {{name: m, matrix: {matrix}, allow: [{', '.join(['{}'] * 200)}]}}"

    assert codes(load({"suite.yaml": suite(tests, more=more)})) == {"too-many-cases"}


def test_rows_beyond_the_limit_are_refused() -> None:
    rows = ", ".join(["{n: 1}"] * 60_000)
    tests = f"- {{name: m, each: [{rows}], matrix: {{principals: [ann], actions: [read], resources: [both]}}}}"

    loaded = load({"suite.yaml": suite(tests)})

    assert codes(loaded) == {"too-many-cases"}


def test_groups_of_groups_do_not_explode() -> None:
    doubling = ", ".join(f"g{n}: [g{n - 1}, g{n - 1}]" for n in range(1, 60))
    chain = ", ".join(f"c{n}: [c{n - 1}]" for n in range(1, 5_000))
    more = f"groups: {{g0: [ann], {doubling}, c0: [bob], {chain}, t0: [read], {doubling.replace('g', 't')}}}\n"
    tests = "- {name: m, matrix: {principals: [g59, c4999], actions: [t59], resources: [plan]}}"

    loaded = load({"suite.yaml": suite(tests, more=more)})

    assert codes(loaded) == set()
    assert [case.names.principal for case in loaded.suites[0].cases] == ["ann", "bob"]


@pytest.mark.parametrize("template", ['{input: "TEXT"}', "{input: [LIST]}"])
def test_placeholders_do_not_multiply_a_text(template: str) -> None:
    context = template.replace("TEXT", "{a}" * 50_000).replace("LIST", ", ".join(['"{a}"'] * 50_000))
    tests = f"""
- name: bomb
  each: [{{a: {"x" * 100_000}}}]
  request: {{principal: ann, action: read, resource: plan, context: {context}}}
  expect: {{decision: allow}}
"""

    assert codes(load({"suite.yaml": suite(tests)})) == {"too-large"}


def test_thousands_of_mistakes_are_not_all_told() -> None:
    tests = f"""
- name: mistakes
  request: {{principal: ann, action: read, resource: plan}}
  expect: {{decision: allow, by: [{many("nobody-knows-", 20_000)}]}}
- name: more
  request: {{principal: nobody, action: read, resource: plan}}
  expect: {{decision: allow}}
"""

    loaded = load({"suite.yaml": suite(tests)})

    assert codes(loaded) == {"unknown-policy"}
    assert len(loaded.diagnostics) <= MAX_PROBLEMS + 30


def test_ten_thousand_fixtures_are_looked_at_once() -> None:
    people = ", ".join(f'p{n}: {{type: "Desk::Agent", id: p{n}, attrs: {{level: 1}}}}' for n in range(5_000))
    more = f"principals: {{{people}}}\ngroups: {{g: [{many('p', 5_000)}]}}\n"
    tests = "- {name: m, matrix: {principals: [g], actions: [read], resources: [both]}}"

    loaded = load({"suite.yaml": suite(tests, more=more)})

    assert len(loaded.suites[0].cases) == 10_000
    assert loaded.run().passed == 10_000


WORDS = ["suite", "tests", "name", "use", "principals", "resources", "contexts", "entities", "groups", "matrix", "allow", "deny",
         "actions", "request", "expect", "decision", "principal", "action", "resource", "context", "each", "by", "errors", "skip",
         "type", "id", "attrs", "parents", "now", "ann", "plan", "read", "pay", "calm", "{x}", "{now}", "x", "agents", "../x",
         "fixtures.yaml", "Desk::Agent", "until", "reason"]  # fmt: skip
scalars = st.one_of(st.sampled_from(WORDS), st.text(max_size=8), st.integers(), st.booleans(), st.none(), st.floats())
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)),
    max_leaves=25,
)
tests_like = st.fixed_dictionaries(
    {"suite": scalars, "tests": st.lists(st.dictionaries(st.sampled_from(WORDS), trees, max_size=6), max_size=3)},
    optional=dict.fromkeys(("use", "principals", "contexts", "groups", "context", "now", "entities"), trees),
)
plausible = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a", "b"]),
        "request": st.fixed_dictionaries(
            {key: st.one_of(st.sampled_from(WORDS), trees) for key in ("principal", "action", "resource")},
            optional={"context": trees},
        ),
        "expect": st.fixed_dictionaries(
            {"decision": st.sampled_from(["allow", "{x}", "deny", "{now}"])},
            optional={
                "by": st.lists(st.sampled_from(WORDS)),
                "errors": st.one_of(st.integers(), st.lists(st.sampled_from(WORDS))),
            },
        ),
    },
    optional={
        "each": st.lists(st.dictionaries(st.sampled_from(["x", "now", "y"]), trees, max_size=2), min_size=1, max_size=3)
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(trees, tests_like, plausible.map(lambda test: {"suite": "s", "use": ["fixtures.yaml"], "tests": [test]}))
)
def test_whatever_a_suite_holds_there_are_only_diagnostics(document: Any) -> None:
    loaded = load({"suite.yaml": yaml.safe_dump(document, allow_unicode=True)})

    report = loaded.run()
    assert report.passed + report.failed + report.skipped == sum(len(found.cases) for found in loaded.suites)
