"""What analysis claims of conditions holds on the engine: normal forms, settled and contradicted conditions, arithmetic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.analysis.arithmetic import LIMITS, outcome
from bylaw.analysis.configuration import configure
from bylaw.analysis.constants import folded, settled
from bylaw.analysis.facts import AppFacts
from bylaw.analysis.finding import Persona
from bylaw.analysis.normal_form import normal_text
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.runner import check_policies
from bylaw.analysis.view import IN_SCOPE, PolicyView
from bylaw.languages.cedar.parser import parse_expression, parse_statement
from bylaw.repository.documents.settings import LintSettings
from tools.analysis import casefile, engine
from tools.analysis.strategies import conditions, policies

FACTS = AppFacts(schema=casefile.world(), today=casefile.TODAY)
CONFIGS, _ = configure(REGISTRY, LintSettings(), persona=Persona.AUDITOR)
CONTEXTS = engine.contexts()
SCOPE = 'permit (principal is Agent, action == Action::"read", resource is Tool)'


def hits(text: str, rule: str) -> list[tuple[int, int]]:
    """The ranges in which a rule finds something."""
    policy = casefile.policy("area/policy", text)
    configs = [config for config in CONFIGS if config.rule.id == rule]
    found = check_policies([policy], FACTS, configs)[policy.ref]
    return [(hit.span.start.column - 1, hit.span.end.column - 1) for hit in found]


@settings(max_examples=100)
@given(policies, st.sampled_from([{}, {"env": "x"}]))
def test_a_normal_form_decides_and_errs_alike(text: str, tags: dict[str, str]) -> None:
    statement = casefile.policy("area/policy", text).statement

    normal = normal_text(statement)

    assert engine.outcomes(normal, CONTEXTS, tags) == engine.outcomes(text, CONTEXTS, tags)


@given(policies)
def test_a_normal_form_is_normal(text: str) -> None:
    once = normal_text(casefile.policy("area/policy", text).statement)

    again = parse_statement(once, "again").statement

    assert again is not None
    assert normal_text(again) == once


@settings(max_examples=100)
@given(conditions)
def test_a_settled_condition_has_its_value_for_every_request(condition: str) -> None:
    policy = casefile.policy("area/policy", f"{SCOPE} when {{ {condition} }};")
    view = PolicyView(policy, FACTS)
    expected = {id(found.node): found.constant.value for found in settled(view).values()}

    for node, _, guards, _ in view.steps:
        # Behind a guard a condition is settled where the guard holds; alone it may be anything.
        if id(node) in expected and guards is None:
            alone = f"{SCOPE} when {{ {policy.text[node.start : node.end]} }};"
            assert {applies for applies, errs in engine.outcomes(alone, CONTEXTS) if not errs} <= {expected[id(node)]}


constants = st.recursive(
    st.sampled_from(["true", "false", "1 < 2", "2 == 3", "context.urgent", 'context.ticket == "a"']),
    lambda inner: st.one_of(
        inner.map(lambda x: f"!({x})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
    ),
    max_leaves=5,
)


@settings(max_examples=100)
@given(constants)
def test_what_folds_has_that_value_or_errs(condition: str) -> None:
    policy = casefile.policy("area/policy", f"{SCOPE} when {{ {condition} }};")
    value = folded(policy.statement.clauses[0].body, PolicyView(policy, FACTS))

    answers = {applies for applies, errs in engine.outcomes(policy.text, CONTEXTS) if not errs}
    assert value is None or answers <= {value}


comparisons = st.tuples(
    st.just("context.amount"),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.sampled_from(["-1", "0", "1", "2", "3"]),
).map(" ".join)


@settings(max_examples=100)
@given(st.lists(comparisons, min_size=2, max_size=4))
def test_a_contradicted_conjunct_makes_the_policy_never_apply(parts: list[str]) -> None:
    text = f"{SCOPE} when {{ {' && '.join(parts)} }};"

    found = hits(text, "contradictory-bounds")

    assert not (found and any(applies for applies, _ in engine.outcomes(text, CONTEXTS)))


@settings(max_examples=100)
@given(st.lists(comparisons, min_size=2, max_size=4), st.sampled_from([" && ", " || "]))
def test_a_subsumed_operand_can_be_dropped(parts: list[str], operator: str) -> None:
    text = f"{SCOPE} when {{ {operator.join(parts)} }};"
    expected = engine.outcomes(text, CONTEXTS)

    for start, end in hits(text, "subsumed-condition"):
        # A neutral operand in its place: nothing of the rest moves.
        dropped = text[:start] + ("true" if operator == " && " else "false") + text[end:]
        assert engine.outcomes(dropped, CONTEXTS) == expected


numbers = st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-5, 5)
formulas = st.recursive(
    numbers.map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda x: f"-({x})"),
    ),
    max_leaves=4,
)


@settings(max_examples=100)
@given(formulas)
def test_constant_arithmetic_overflows_when_the_engine_says_so(formula: str) -> None:
    expression = parse_expression(formula).expression
    assert expression is not None

    low, high = outcome(expression, IN_SCOPE)

    ((_, errs),) = engine.outcomes(f"{SCOPE} when {{ {formula} == 0 || true }};", CONTEXTS[:1])
    assert (low < LIMITS.low or high > LIMITS.high) is errs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("when { !!context.a }", "when { context.a }"),
        ("when { (!!context.a) == context.b }", "when { !!context.a == context.b }"),
        ("when { (!!(context.a < 1)) == context.b }", "when { (context.a < 1) == context.b }"),
        ("unless { context.a >= 1 }", "when { context.a < 1 }"),
        ('when { context.a like "x" }', 'when { ["x"].contains(context.a) }'),
        ('when { context.a like "" }', 'when { [""].contains(context.a) }'),
        ("when { -(context.a) == -context.b }", "when { -context.a == -context.b }"),
        ("when { [2, 1, 2].contains(context.a) }", "when { [1, 2].contains(context.a) }"),
        ("when { [context.c, 1].contains(context.a) }", "when { [context.c, 1].contains(context.a) }"),
        ("when { [context.b == 2].containsAll([]) }", "when { [[2].contains(context.b)].containsAll([]) }"),
        ("when { {a: context.b == 2}.a }", "when { {a: [2].contains(context.b)}.a }"),
        ('when { ip("1.1.1.1") != context.b }', 'when { !(ip("1.1.1.1") == context.b) }'),
        (
            'when { principal is A in B::"x" && context.a + 1 < 3 }',
            'when { principal is A in B::"x" && context.a + 1 < 3 }',
        ),
        (
            "when { context.a == 1 || context.b == 2 || context.b == 1 }",
            "when { [1].contains(context.a) || [1, 2].contains(context.b) }",
        ),
        (
            "when { [context.c].contains(context.a) || context.a == 1 }",
            "when { [context.c].contains(context.a) || [1].contains(context.a) }",
        ),
        (
            "when { if !!context.a then 1 == context.b else true }",
            "when { if context.a then 1 == context.b else true }",
        ),
    ],
)
def test_steps_to_the_normal_form(text: str, expected: str) -> None:
    statement = casefile.policy("area/policy", f"permit (principal, action, resource) {text};").statement

    assert normal_text(statement) == f"permit (principal, action, resource)\n{expected};\n"
