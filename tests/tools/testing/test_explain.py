"""Failures explain themselves: what decided, on which values, and what kept the right policy from deciding."""

from bylaw.evaluation.conditions import Outcome
from bylaw.testing.explain import FailureExplanation, PolicyResult, explain, trace
from tools.testing.desk import Loaded, load, suite


def failures(tests: str, **options: object) -> tuple[FailureExplanation, ...]:
    loaded: Loaded = load({"suite.yaml": suite(tests)}, **options)  # type: ignore[arg-type]
    assert [item for item in loaded.diagnostics if item.severity == "error"] == []
    return explain(loaded.program, loaded.run().failures)


def lines(policy: PolicyResult) -> list[str]:
    """Conditions as a reader sees them."""
    return [
        f"{c.text}  {c.outcome}  {'; '.join(map(str, c.values))}{' ! ' + c.message if c.message else ''}"
        for c in policy.conditions
    ]


def one(request: str, expect: str) -> str:
    return f"- {{name: t, request: {request}, expect: {expect}}}"


def test_a_wrong_allow_shows_what_allowed_it_and_the_forbid_that_came_nearest() -> None:
    (found,) = failures(one("{principal: ann, action: pay, resource: plan, context: dear}", "{decision: allow}"))

    (closest,) = found.closest
    assert (found.expected, found.got, found.determining) == ("allow", "deny", ())
    assert (closest.policy, closest.outcome) == ("limits/pay-small", Outcome.FALSE)
    assert lines(closest) == [
        "context.amount <= 100  false  context.amount = 101",
        "principal.level >= 2  not reached  principal.level = 3",
    ]
    assert closest.stopped_by == closest.conditions[0]


def test_a_wrong_deny_shows_the_forbid_and_the_permit_it_overruled() -> None:
    (found,) = failures(one("{principal: bad, action: pay, resource: plan, context: cheap}", "{decision: allow}"))

    assert [(p.policy, str(p.span)) for p in found.determining] == [
        ("guards/no-nick", "policies/desk/guards/no-nick.cedar:1:1")
    ]
    assert lines(found.determining[0]) == [
        'principal has nick  true  principal.nick = "xylo"',
        'principal.nick like "x*"  true  principal.nick = "xylo"',
    ]
    assert [(p.policy, p.outcome, p.stopped_by) for p in found.closest] == [("limits/pay-small", Outcome.TRUE, None)]


def test_a_scope_that_does_not_match_is_named() -> None:
    (found,) = failures(
        one("{principal: bob, action: read, resource: plan}", "{decision: allow, by: [access/read-team]}")
    )

    (closest,) = found.closest
    (mismatch,) = closest.scope
    assert closest.outcome is Outcome.NOT_REACHED
    assert (mismatch.variable, mismatch.text) == ("principal", 'principal in Desk::Team::"desk"')
    assert mismatch.given == 'Desk::Agent::"bob"'
    assert str(mismatch.span) == "policies/desk/access/read-team.cedar:1:9"


def test_the_permit_in_scope_is_nearer_than_one_out_of_scope() -> None:
    (found,) = failures(one("{principal: ann, action: read, resource: vault}", "{decision: allow}"))

    # `access/read-own` is in scope as well, but was stopped by its only condition, as was `access/read-team`: the id decides.
    assert [policy.policy for policy in found.closest] == ["access/read-own"]
    assert found.closest[0].scope == ()


def test_entities_and_missing_values_are_shown_as_they_are_written() -> None:
    (found,) = failures(
        one(
            "{principal: ann, action: read, resource: vault}",
            "{decision: allow, by: [access/read-own, access/read-team]}",
        )
    )

    assert [lines(policy) for policy in found.closest] == [
        ['resource.owner == principal  false  resource.owner = Desk::Agent::"bob"; principal = Desk::Agent::"ann"'],
        ['resource.labels.contains("secret")  true  resource.labels = ["secret"]'],
    ]


def test_an_error_says_what_the_engine_says() -> None:
    policies = {"p": 'permit (principal, action, resource) when { principal.nick == "x" };'}
    (found,) = failures(one("{principal: ann, action: read, resource: plan}", "{decision: deny}"), policies=policies)

    (errored,) = found.errored
    assert [problem.kind for problem in found.problems] == ["wrong-errors"]
    assert errored.conditions[0].outcome is Outcome.ERROR
    assert "does not have the attribute `nick`" in (errored.conditions[0].message or "")
    assert [str(value) for value in errored.conditions[0].values] == ["principal.nick is absent"]


def test_equal_failures_are_folded_and_others_are_not() -> None:
    tests = """
- name: too much
  each: [{amount: 101}, {amount: 500}, {amount: 900}]
  request: {principal: ann, action: pay, resource: plan, context: {amount: "{amount}"}}
  expect: {decision: allow}
- name: too little
  request: {principal: bob, action: pay, resource: plan, context: cheap}
  expect: {decision: allow}
"""

    found = failures(tests)

    assert [(explanation.count, explanation.cases[0].label) for explanation in found] == [
        (3, "too much [amount=101]"),
        (1, "too little"),
    ]


def test_the_request_carries_the_entities_it_reaches_and_no_others() -> None:
    (found,) = failures(one("{principal: ann, action: read, resource: vault, context: rush}", "{decision: allow}"))

    assert found.request["principal"] == 'Desk::Agent::"ann"'
    assert found.request["context"] == {"urgent": True}
    entities = found.request["entities"]
    assert isinstance(entities, list)
    assert [entity["uid"]["id"] for entity in entities] == ["ann", "bob", "vault"]


def test_a_malformed_request_has_no_policies_to_show() -> None:
    (found,) = failures(one("{principal: ann, action: pay, resource: plan, context: {amount: x}}", "{decision: deny}"))

    assert (found.got, found.determining, found.closest) == (None, (), ())


def test_a_log_only_policy_is_never_the_closest() -> None:
    policies = {
        "loud": "forbid (principal, action, resource) when { context.amount > 1000 };",
        "quiet": '@enforcement("log_only") forbid (principal, action, resource) when { context.amount > 100 };',
        "yes": "permit (principal, action, resource);",
    }
    (found,) = failures(
        one("{principal: ann, action: pay, resource: plan, context: dear}", "{decision: deny}"), policies=policies
    )

    assert [policy.policy for policy in found.closest] == ["loud"]


def test_a_link_is_explained_where_its_template_stands() -> None:
    policies = {"t": "permit (principal == ?principal, action, resource) when { context.amount < 5 };"}
    app = "links: [{id: mine, template: t, values: {principal: 'Desk::Agent::\"ann\"'}}]\n"
    (found,) = failures(
        one("{principal: ann, action: pay, resource: plan, context: dear}", "{decision: allow}"),
        policies=policies,
        app=app,
    )

    (closest,) = found.closest
    assert (closest.policy, str(closest.span)) == ("mine", "policies/desk/t.cedar:1:1")
    assert closest.stopped_by is not None
    assert str(closest.stopped_by.span) == "policies/desk/t.cedar:1:59"


def test_nothing_failed_is_nothing_to_explain() -> None:
    assert explain(load({}).program, ()) == ()


def test_one_request_can_be_traced_through_every_policy() -> None:
    loaded = load({"suite.yaml": suite(one("{principal: ann, action: read, resource: vault}", "{decision: deny}"))})
    (case,) = loaded.suites[0].cases

    found = {policy.policy: policy.outcome for policy in trace(loaded.program, case.request, case.entities)}

    assert found == {
        "access/read-own": Outcome.FALSE,
        "access/read-team": Outcome.FALSE,
        "guards/no-nick": Outcome.FALSE,
        "limits/pay-small": Outcome.NOT_REACHED,
    }
