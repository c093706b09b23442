"""Literals on one scale, and sets of allowed values, against the engine and against counting."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.analysis.bounds import Allowed, Interval, NoneOf, OneOf, bound_of, contradict, holds, implies
from bylaw.analysis.literals import literal_of
from bylaw.languages.cedar.ast import Expression
from bylaw.languages.cedar.parser import parse_expression
from tools.analysis import engine

UNIVERSE = range(-4, 8)
few = st.integers(-3, 6)
values = st.frozensets(few, max_size=4)
allowed = st.one_of(
    st.builds(Interval, st.none() | few, st.none() | few),
    values.map(OneOf),
    values.map(NoneOf),
)


def read(text: str) -> Expression:
    expression = parse_expression(text).expression
    assert expression is not None
    return expression


@given(allowed, allowed)
def test_contradiction_means_that_no_value_is_left(one: Allowed, other: Allowed) -> None:
    if contradict(one, other):
        assert not any(holds(one, value) and holds(other, value) for value in UNIVERSE)


@given(allowed, allowed)
def test_implication_means_that_every_value_stays(one: Allowed, other: Allowed) -> None:
    if implies(one, other):
        assert all(holds(other, value) for value in UNIVERSE if holds(one, value))


@given(st.frozensets(few, min_size=1, max_size=4), allowed)
def test_nothing_is_missed_between_finite_sets_and_any_other(some: frozenset[int], other: Allowed) -> None:
    assert contradict(OneOf(some), other) is not any(holds(other, value) for value in some)
    assert implies(OneOf(some), other) is all(holds(other, value) for value in some)


@given(amount=few, operator=st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), constant=few, value=st.booleans())
def test_a_bound_lets_through_what_the_comparison_does(
    amount: int, operator: str, constant: int, *, value: bool
) -> None:
    python = {"==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__}

    bound = bound_of(read(f"context.amount {operator} {constant}"), value=value)
    flipped = bound_of(read(f"{constant} {operator} context.amount"), value=value)

    assert bound is not None
    assert flipped is not None
    assert holds(bound.allowed, amount) is (python[operator](amount, constant) is value)
    assert holds(flipped.allowed, amount) is (python[operator](constant, amount) is value)


SAME_DOMAIN = {
    "decimal": ("1.0", "-1.0", "1.0001", "1.1", "-0.5", "-0.0", "0.0", "12.3456"),
    "datetime": (
        *("2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+0100", "2026-01-01T00:00:00.001Z"),
        *("1969-12-31", "0001-01-01"),
    ),
    "duration": ("1d", "24h", "-90m", "1d2h3m4s5ms", "-1ms", "0s", "90061005ms"),
}
PAIRS = [(kind, a, b) for kind, texts in SAME_DOMAIN.items() for a, b in product(texts, repeat=2)]


@pytest.mark.parametrize(("kind", "one", "other"), PAIRS)
def test_literals_are_ordered_as_the_engine_orders_them(kind: str, one: str, other: str) -> None:
    left, right = literal_of(read(f'{kind}("{one}")')), literal_of(read(f'{kind}("{other}")'))
    less = (
        f'{kind}("{one}").lessThan({kind}("{other}"))' if kind == "decimal" else f'{kind}("{one}") < {kind}("{other}")'
    )

    answers = engine.outcomes(f"permit (principal, action, resource) when {{ {less} }};", [{}])
    equal = engine.outcomes(
        f'permit (principal, action, resource) when {{ {kind}("{one}") == {kind}("{other}") }};', [{}]
    )

    assert left is not None
    assert right is not None
    assert answers == [(left.value < right.value, False)]  # type: ignore[operator]
    assert equal == [(left == right, False)]


@pytest.mark.parametrize(
    "text",
    [
        'decimal("1")', 'decimal("1.00000")', 'decimal(".5")', 'datetime("2026-02-30")', 'datetime("2026-01-01T00:00Z")',
        'datetime("2026-01-01T25:00:00Z")', 'duration("1h1d")', 'duration("")', 'duration("-")', 'ip("10.0.0.1")', "context.a",
        "decimal(context.a)",
    ],
)  # fmt: skip
def test_what_the_engine_refuses_or_we_do_not_order_has_no_value(text: str) -> None:
    assert literal_of(read(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "context.a && context.b",
        "context.a < context.b",
        '"a" == "b"',
        "[context.b].contains(context.a)",
        '[1, "a"].contains(context.a)',
        "[].contains(context.a)",
        'context.a.contains("x")',
        'context.a < "x"',
        "context.a in context.b",
        "context.a.isEmpty()",
    ],
)
def test_what_compares_no_path_with_constants_is_no_bound(text: str) -> None:
    assert bound_of(read(text)) is None
