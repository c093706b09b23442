"""Mutation operators: which changes there are, and what they say they do."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import Request
from bylaw.languages.cedar.ast import Call, Long
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.parser import parse_expression, parse_statement
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import EntityUid
from bylaw.testing.operators import Edit, edits
from bylaw.testing.steps import neighbours
from tools.evaluation.cedar_programs import policy

CASES = yaml.safe_load((Path(__file__).parent / "cases/operators.yaml").read_text(encoding="utf-8"))
SIGNS = {1: "+", -1: "-", 0: "±"}


def shown(edit: Edit, whole: str) -> str:
    del whole
    return f"{edit.operator} {SIGNS[edit.growth]} {edit.before} -> {edit.after or '(nothing)'}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["policy"])
def test_a_policy_has_these_mutants(case: dict[str, Any]) -> None:
    statement = parse_statement(case["policy"], "p.cedar").statement
    assert statement is not None

    found = [
        shown(edit, case["policy"]) for edit in edits(statement) if edit.operator not in {"flip-effect", "drop-policy"}
    ]

    assert found == case["edits"]


def test_every_policy_can_be_flipped_and_dropped() -> None:
    statement = parse_statement("permit (principal, action, resource);", "p.cedar").statement
    assert statement is not None

    assert [(edit.operator, edit.statement and edit.statement.effect) for edit in edits(statement)] == [
        ("flip-effect", "forbid"),
        ("drop-policy", None),
    ]


@pytest.mark.parametrize(
    ("text", "down", "up"),
    [
        ("7", "6", "8"),
        ("0", "-1", "1"),
        ("9223372036854775807", "9223372036854775806", None),
        ("-9223372036854775808", None, "-9223372036854775807"),
        ('decimal("10.50")', 'decimal("10.49")', 'decimal("10.51")'),
        ('decimal("0.0")', 'decimal("-0.1")', 'decimal("0.1")'),
        ('decimal("-1.0")', 'decimal("-1.1")', 'decimal("-0.9")'),
        ('decimal("5000.0000")', 'decimal("4999.9999")', 'decimal("5000.0001")'),
        ('datetime("2027-03-01")', 'datetime("2027-02-28")', 'datetime("2027-03-02")'),
        ('datetime("2027-03-01T00:00:00Z")', 'datetime("2027-02-28T23:59:59Z")', 'datetime("2027-03-01T00:00:01Z")'),
        (
            'datetime("2027-03-01T00:00:00.000+0200")',
            'datetime("2027-02-28T23:59:59.999+0200")',
            'datetime("2027-03-01T00:00:00.001+0200")',
        ),
        ('datetime("9999-12-31")', 'datetime("9999-12-30")', None),
        ('duration("8h")', 'duration("7h")', 'duration("9h")'),
        ('duration("1h30m")', 'duration("89m")', 'duration("91m")'),
        ('duration("-1s")', 'duration("-2s")', 'duration("0s")'),
        ('duration("1d1ms")', 'duration("86400000ms")', 'duration("86400002ms")'),
        ('ip("10.0.0.1")', None, None),
        ('decimal("many")', None, None),
        ('decimal("1e3")', None, None),
        ('datetime("soon")', None, None),
        ('datetime("0000-01-01")', None, None),
        ('duration("h")', None, None),
    ],
)
def test_a_constant_has_neighbours_one_written_step_away(text: str, down: str | None, up: str | None) -> None:
    constant = parse_expression(text).expression
    assert isinstance(constant, Long | Call)

    found = dict(neighbours(constant))

    expected = {-1: down, 1: up}
    assert {step: canonical(node) for step, node in found.items()} == {
        k: v for k, v in expected.items() if v is not None
    }


def canonical(node: Long | Call) -> str:
    from bylaw.languages.cedar.canonical import expression_text  # noqa: PLC0415 - only here

    return expression_text(node)


# Conditions over three numbers that never error, so that the direction an operator promises can be held against it.
leaves = st.one_of(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["<", "<=", ">", ">=", "=="]), st.integers(0, 3)).map(
        lambda x: f"context.{x[0]} {x[1]} {x[2]}"
    ),
    st.tuples(st.integers(0, 3), st.sampled_from(["<", ">="]), st.sampled_from("abc")).map(
        lambda x: f"{x[0]} {x[1]} context.{x[2]}"
    ),
    st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda xs: f"{xs}.contains(context.a)"),
    st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda xs: f"[context.a, context.b].containsAll({xs})"),
    st.sampled_from(["x*", "*y", "x*y", "xy", "*"]).map(lambda pattern: f'context.s like "{pattern}"'),
    st.sampled_from(["context has a", "context has z", "true"]),
)
bodies = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
        inner.map(lambda x: f"!({x})"),
        st.tuples(inner, inner, inner).map(lambda x: f"(if {x[0]} then {x[1]} else {x[2]})"),
    ),
    max_leaves=6,
)
statements = st.tuples(
    st.sampled_from(["principal", "principal is U", 'principal == U::"u"', 'principal is U in U::"u"']),
    st.sampled_from(["action", 'action in [Action::"go", Action::"stop"]']),
    st.lists(st.tuples(st.sampled_from(["when", "unless"]), bodies), max_size=2),
).map(lambda x: f"permit ({x[0]}, {x[1]}, resource) {' '.join(f'{kind} {{ {body} }}' for kind, body in x[2])};")
REQUESTS = [
    Request(EntityUid("U", who), EntityUid("Action", what), EntityUid("R", "r"), {"a": a, "b": b, "c": 3 - a, "s": s})
    for who, what in (("u", "go"), ("v", "stop"), ("u", "wait"))
    for a in range(4)
    for b in (0, 2)
    for s in ("x", "xy", "")
]


@settings(max_examples=60, deadline=None)
@given(statements)
def test_a_mutant_grows_or_shrinks_as_it_says(text: str) -> None:
    original = policy("p", text)
    before = allowed(text)

    for edit in edits(original.statement):
        if edit.statement is None or edit.operator == "flip-effect":
            continue
        after = allowed(canonical_text(edit.statement))
        if edit.growth == 1:
            assert before <= after, (edit, text)
        elif edit.growth == -1:
            assert after <= before, (edit, text)


def allowed(text: str) -> set[int]:
    answers = CedarEvaluator([policy("p", text)]).decide(REQUESTS, ())
    return {number for number, answer in enumerate(answers) if answer.decision is Decision.ALLOW}
