"""When somebody has to be asked, and which answers count."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.state import NO_HISTORY, ApprovalStatus
from bylaw.evaluation.governance.upstream import Wrapper
from bylaw.languages.governance.model import ApprovalCondition, ApprovalRule, Approvals, Approver, Budgets
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.asking import approval, evaluator, event, last, reasons, run
from tools.evaluation.governance.documents import document, usd

BOSS = Approver("email", "boss@example.com")
TEAM = Approver("slack", "#team")

CRITERIA: list[tuple[dict[str, Any], GovernanceEvent, bool, bool]] = [
    # settings, event, strict, upstream
    ({"required": False, "actions": ("pay",)}, event(), False, False),
    ({}, event(), True, True),
    ({"actions": ("pay",)}, event("pay"), True, True),
    ({"actions": ("look",)}, event("pay"), False, False),
    ({"tags": ("prod", "x")}, event(tags=("x",)), True, True),
    ({"tags": ("prod",)}, event(), False, False),
    ({"risk_levels": ("HIGH",)}, event(risk_level="high"), True, True),
    ({"risk_levels": ("high",)}, event(risk_level="low"), False, False),
    ({"risk_levels": ("medium",)}, event(), True, False),
    ({"threshold_usd": usd("1")}, event(cost="1"), True, True),
    ({"threshold_usd": usd("1")}, event(cost="0.999999"), False, False),
    ({"actions": ("look",), "threshold_usd": usd("1")}, event(cost="2"), True, True),
]


@pytest.mark.parametrize(("settings", "asked", "strict", "upstream"), CRITERIA)
def test_criteria(settings: dict[str, Any], asked: GovernanceEvent, *, strict: bool, upstream: bool) -> None:
    policy = document(approvals=Approvals(**{"required": True, **settings}))
    for dialect, needed in ((Dialect.STRICT, strict), (Dialect.UPSTREAM, upstream)):
        decision = last(evaluator(policy, dialect=dialect), asked)
        assert decision.decision is (Decision.REQUIRE_APPROVAL if needed else Decision.ALLOW)


def rule(name: str, **when: Any) -> ApprovalRule:
    return ApprovalRule(name, ApprovalCondition(**when), (TEAM,), 2, 30)


RULES: list[tuple[dict[str, Any], GovernanceEvent, bool]] = [
    ({}, event(), True),
    ({"actions": ("pay",)}, event("pay"), True),
    ({"actions": ()}, event("pay"), False),
    ({"tags": ("a", "b")}, event(tags=("b",)), True),
    ({"actions": ("pay",), "tags": ("a",)}, event("pay"), False),
    ({"risk_levels": ("Medium",)}, event(), True),
    ({"min_cost_usd": usd("1")}, event(cost="1"), True),
    ({"min_cost_usd": usd("1")}, event(cost="0.9"), False),
    ({"arguments": {"properties": {"to": {"pattern": "@example.org$"}}, "required": ["to"]}}, event(), False),
    ({"arguments": {"required": ["to"]}}, event(arguments={"to": 1}), True),
]


@pytest.mark.parametrize(("when", "asked", "needed"), RULES)
def test_a_rule_asks_even_where_the_switch_is_off_and_the_original_knows_none(
    when: dict[str, Any], asked: GovernanceEvent, *, needed: bool
) -> None:
    policy = document(approvals=Approvals(rules=(rule("one", **when),)))
    decision = last(evaluator(policy), asked)
    assert decision.decision is (Decision.REQUIRE_APPROVAL if needed else Decision.ALLOW)
    if needed:
        assert decision.rule == "approval_rules.one"
    assert reasons(evaluator(policy, dialect=Dialect.UPSTREAM), asked) == ["allow"]


def test_the_request_is_of_all_who_ask_and_the_shortest_time() -> None:
    by_rule = Approvals(rules=(rule("other", actions=("look",)), rule("first", actions=("pay",)), rule("second")))
    asked = evaluator(
        document(approvals=Approvals(required=True, default_approvers=(BOSS,), timeout_seconds=60)),
        document(approvals=by_rule),
        document(),
    )
    decision = last(asked, event("pay", cost="0.5", arguments={"n": 1}))
    request = decision.approval
    assert request is not None
    assert (decision.reason_code, decision.error_code) == ("APPROVAL_REQUIRED", "APPROVAL_REQUIRED")
    assert (request.approvers, request.timeout_seconds, request.min_approvals) == ((BOSS, TEAM), 30, 2)
    assert request.policies == ("p0", "p1")
    assert request.rules == ("require_approval", "approval_rules.first")
    assert (request.action, request.agent_id, request.run_id, request.cost_usd) == ("pay", "a1", "r1", Decimal("0.5"))


CALL = event("pay", 10, cost="0.5", arguments={"n": 1, "m": {"x": Decimal("1.0")}}, approval_id="ap")
FILED = approval(CALL)
ASKS = document(approvals=Approvals(required=True), budgets=Budgets(session=usd("10")))

ANSWERS: dict[str, tuple[Any, GovernanceEvent, str]] = {
    "approved": (FILED, CALL, "allow"),
    "written otherwise": (FILED, replace(CALL, arguments={"m": {"x": 1}, "n": Decimal(1)}), "allow"),
    "cheaper": (FILED, replace(CALL, cost_usd=Decimal("0.4")), "allow"),
    "on its last second": (FILED, replace(CALL, timestamp_ms=FILED.filed_at_ms + 60_000), "allow"),
    "too late": (FILED, replace(CALL, timestamp_ms=FILED.filed_at_ms + 60_001), "APPROVAL_EXPIRED"),
    "dearer": (FILED, replace(CALL, cost_usd=Decimal("0.500001")), "APPROVAL_MISMATCH"),
    "another argument": (FILED, replace(CALL, arguments={"n": 2, "m": {"x": 1}}), "APPROVAL_MISMATCH"),
    "a truth value for a number": (FILED, replace(CALL, arguments={"n": True, "m": {"x": 1}}), "APPROVAL_MISMATCH"),
    "another action": (FILED._replace(action="look"), CALL, "APPROVAL_MISMATCH"),
    "another agent": (FILED._replace(agent_id="a2"), CALL, "APPROVAL_MISMATCH"),
    "another run": (FILED._replace(run_id="r2"), CALL, "APPROVAL_MISMATCH"),
    "no run": (FILED._replace(run_id=None), CALL, "APPROVAL_MISMATCH"),
    "unknown": (FILED._replace(id="other"), CALL, "APPROVAL_MISMATCH"),
    "used": (FILED._replace(used=True), CALL, "APPROVAL_MISMATCH"),
    "rejected": (FILED._replace(status=ApprovalStatus.REJECTED), CALL, "APPROVAL_REJECTED"),
    "cancelled": (FILED._replace(status=ApprovalStatus.CANCELLED), CALL, "APPROVAL_REJECTED"),
    "expired": (FILED._replace(status=ApprovalStatus.EXPIRED), CALL, "APPROVAL_EXPIRED"),
    "pending": (FILED._replace(status=ApprovalStatus.PENDING), CALL, "APPROVAL_REQUIRED"),
    "a question came back": (FILED._replace(status=ApprovalStatus.INFO_REQUESTED), CALL, "APPROVAL_REQUIRED"),
    "named by nobody": (FILED, replace(CALL, approval_id=None), "APPROVAL_REQUIRED"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_approval_is_for_one_call(case: str) -> None:
    filed, asked, expected = ANSWERS[case]
    assert reasons(evaluator(ASKS), asked, state=NO_HISTORY.with_approval(filed)) == [expected]


def test_an_approval_is_used_once_and_only_where_it_was_needed() -> None:
    state = NO_HISTORY.with_approval(FILED)
    assert reasons(evaluator(ASKS), CALL, CALL, state=state) == ["allow", "APPROVAL_MISMATCH"]
    assert reasons(evaluator(document()), CALL, CALL, state=state) == ["allow", "allow"]
    _, after = run(evaluator(document()), [CALL], state)
    assert after.approvals == state.approvals


def test_a_dry_run_and_a_refusal_use_no_approval() -> None:
    asked = evaluator(document(approvals=Approvals(required=True), budgets=Budgets(session=usd("0.5"))))
    state = NO_HISTORY.with_approval(FILED)
    calls = [replace(CALL, dry_run=True), replace(CALL, cost_usd=Decimal(1)), CALL]
    assert reasons(asked, *calls, state=state) == ["allow", "BUDGET_EXCEEDED", "allow"]


def test_nobody_is_asked_about_what_another_rule_refuses() -> None:
    assert reasons(evaluator(ASKS, document(denied=["pay"])), CALL) == ["DENIED_ACTION"]


UPSTREAM_ANSWERS = [
    (ApprovalStatus.APPROVED, "allow"),
    (ApprovalStatus.PENDING, "APPROVAL_REQUIRED"),
    (ApprovalStatus.REJECTED, "APPROVAL_REJECTED"),
    (ApprovalStatus.CANCELLED, "APPROVAL_REJECTED"),
    (ApprovalStatus.EXPIRED, "APPROVAL_EXPIRED"),
]


@pytest.mark.parametrize(("status", "expected"), UPSTREAM_ANSWERS)
@pytest.mark.parametrize("wrapper", Wrapper)
def test_the_original_binds_an_approval_to_nothing(wrapper: Wrapper, status: ApprovalStatus, expected: str) -> None:
    state = NO_HISTORY.with_approval(FILED._replace(status=status, action="other", used=True))
    assert reasons(evaluator(ASKS, dialect=Dialect.UPSTREAM, wrapper=wrapper), CALL, state=state) == [expected]


@pytest.mark.parametrize(("wrapper", "spent"), [(Wrapper.SYNC, 3), (Wrapper.ASYNC, 0)])
def test_upstream_a_call_that_waits_has_spent_already_or_asks_before_a_kill_switch(
    wrapper: Wrapper, spent: int
) -> None:
    asked = evaluator(ASKS, dialect=Dialect.UPSTREAM, wrapper=wrapper)
    (decision,), state = run(asked, [replace(CALL, approval_id=None)])
    assert decision.decision is Decision.REQUIRE_APPROVAL
    assert len(list(state.spend.items())) == spent
    denied = evaluator(ASKS, document(denied=["pay"]), dialect=Dialect.UPSTREAM, wrapper=wrapper)
    expected = "DENIED_ACTION" if wrapper is Wrapper.SYNC else "APPROVAL_REQUIRED"
    assert reasons(denied, CALL) == [expected]


def test_upstream_one_policy_without_criteria_is_narrowed_by_another() -> None:
    everything, some = Approvals(required=True), Approvals(required=False, actions=("look",))
    documents = [document(approvals=everything), document(approvals=some)]
    assert reasons(evaluator(*documents), event("pay")) == ["APPROVAL_REQUIRED"]
    assert reasons(evaluator(*documents, dialect=Dialect.UPSTREAM), event("pay"), event("look")) == [
        "allow",
        "APPROVAL_REQUIRED",
    ]
