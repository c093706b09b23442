"""Atomic conditions: what follows for clauses and policies is what the engine does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.conditions import Outcome, Structure
from bylaw.evaluation.interface import Request
from bylaw.evaluation.probe import Prober, ScopeProber, subjects
from bylaw.languages.cedar.canonical import expression_text, scope_text
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import EntityUid
from tools.evaluation.cedar_programs import link, policy

U, A, R = EntityUid("U", "u"), EntityUid("Action", "go"), EntityUid("R", "r")


def request(**context: object) -> Request:
    return Request(U, A, R, context)  # type: ignore[arg-type]


leaves = st.sampled_from(
    [
        "true",
        "false",
        "context.yes",
        "context.no",
        "context.missing",
        "context.n > 3",
        "1",
        "context has missing",
        "context.n + 9223372036854775807 > 0",
    ]
)
bodies = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
        inner.map(lambda x: f"!({x})"),
        st.tuples(inner, inner, inner).map(lambda x: f"(if {x[0]} then {x[1]} else {x[2]})"),
    ),
    max_leaves=8,
)
clauses = st.lists(st.tuples(st.sampled_from(["when", "unless"]), bodies), max_size=3).map(
    lambda found: " ".join(f"{kind} {{ {body} }}" for kind, body in found)
)


@settings(max_examples=200, deadline=None)
@given(clauses)
def test_the_outcome_of_a_policy_is_the_engines(text: str) -> None:
    whole = policy("p", f"permit (principal, action, resource) {text};")
    asked = request(yes=True, no=False, n=5)
    (answer,) = CedarEvaluator([whole]).decide([asked], ())
    expected = Outcome.ERROR if answer.errors else Outcome.TRUE if answer.decision is Decision.ALLOW else Outcome.FALSE

    (traced,) = Prober(subjects([whole], ()), None).trace([asked], ())

    assert traced[0].trace.outcome is expected
    stopped = Structure(whole.statement).stopped_by(traced[0].trace)
    assert (stopped is None) == (expected is Outcome.TRUE)
    assert stopped is None or traced[0].trace.conditions[stopped] is not Outcome.NOT_REACHED


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("when { context.yes && context.no && context.missing }", "context.no"),
        ("when { context.no || context has missing }", "context.no"),
        ("when { (context.yes && context.no) || !context.yes }", "context.no"),
        ("when { context.yes } unless { context.no || context.yes }", "context.yes"),
        ("unless { context.no } when { context.missing == 1 }", "context.missing == 1"),
        ("when { if context.yes then context.no else context.missing }", "context.no"),
        ("when { if context.missing then context.no else context.yes }", "context.missing"),
        ("when { !(context.no || context.yes) }", "context.yes"),
        ("unless { context.yes && !context.no }", "context.yes"),
    ],
)
def test_the_condition_that_stopped_a_policy_is_the_first_that_made_the_difference(text: str, stopped: str) -> None:
    whole = policy("p", f"permit (principal, action, resource) {text};")
    (traced,) = Prober(subjects([whole], ()), None).trace([request(yes=True, no=False)], ())

    structure = Structure(whole.statement)
    position = structure.stopped_by(traced[0].trace)

    assert position is not None
    assert expression_text(structure.conditions[position].expression) == stopped


def test_a_policy_whose_scope_does_not_match_is_not_traced() -> None:
    policies = [
        policy("a", 'permit (principal == U::"v", action, resource);'),
        policy("b", "permit (principal, action, resource);"),
    ]

    (traced,) = Prober(subjects(policies, ()), None).trace([request()], ())

    assert set(traced) == {1}


def test_messages_are_kept_for_errors_that_were_reached() -> None:
    text = "permit (principal, action, resource) when { context.no && context.missing } when { context.missing };"
    (first,) = Prober(subjects([policy("p", text)], ()), None).trace([request(no=False)], ())
    (second,) = Prober(subjects([policy("p", text)], ()), None).trace([request(no=True)], ())

    assert first[0].messages == {}
    assert list(second[0].messages) == [1]
    assert "missing" in second[0].messages[1]


def test_links_are_probed_with_their_slots_filled() -> None:
    template = policy("t", "permit (principal == ?principal, action, resource) when { context.yes };")
    links = (link("mine", template, principal=U), link("other", template, principal=EntityUid("U", "v")))
    found = subjects([template], links)

    (traced,) = Prober(found, None).trace([request(yes=True)], ())

    assert [found[number].id for number in traced] == ["mine"]


@pytest.mark.parametrize(
    ("scope", "mismatches"),
    [
        ("principal, action, resource", []),
        ('principal == U::"v", action, resource is R', ['principal == U::"v"']),
        ('principal is V, action in [Action::"stop"], resource', ["principal is V", 'action in Action::"stop"']),
        ('principal, action, resource in R::"s"', ['resource in R::"s"']),
    ],
)
def test_the_scope_parts_that_do_not_match_are_named(scope: str, mismatches: list[str]) -> None:
    prober = ScopeProber(subjects([policy("p", f"forbid ({scope}) when {{ context.missing }};")], ()), None)

    (found,) = prober.mismatches(request(), ())

    assert list(map(scope_text, found)) == mismatches


def test_a_sliced_prober_traces_like_a_whole_one() -> None:
    policies = [
        policy(
            f"p{number}", f'permit (principal == U::"u{number % 3}", action, resource) when {{ context.n > {number} }};'
        )
        for number in range(9)
    ]
    asked = [Request(EntityUid("U", f"u{number}"), A, R, {"n": 4}) for number in range(4)]

    whole = Prober(subjects(policies, ()), None).trace(asked, ())
    sliced = Prober(subjects(policies, ()), None, slice_above=0).trace(asked, ())

    assert sliced == whole
