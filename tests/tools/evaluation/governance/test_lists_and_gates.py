"""What is decided by names alone, and before any policy is asked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bylaw.evaluation.governance.decisions import EnforcementMode, Notice, Stage, StepResult
from bylaw.evaluation.governance.events import GovernanceEvent, KillSwitch, TargetType
from bylaw.languages.governance.model import Budgets, Scope
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.asking import evaluator, event, last, reasons, run
from tools.evaluation.governance.documents import document, usd

ANY = document()


@pytest.mark.parametrize(
    ("denied", "allowed", "expected"),
    [
        ((), None, "allow"),
        (("pay",), None, "DENIED_ACTION"),
        (("Pay", "pa*"), None, "allow"),
        ((), ("pay",), "allow"),
        ((), ("look",), "NOT_IN_ALLOWLIST"),
        ((), (), "NOT_IN_ALLOWLIST"),
        (("pay",), ("pay",), "DENIED_ACTION"),
    ],
)
def test_lists_name_actions_exactly(denied: tuple[str, ...], allowed: tuple[str, ...] | None, expected: str) -> None:
    assert reasons(evaluator(document(denied=denied, allowed=allowed)), event("pay")) == [expected]


def test_the_alternatives_are_what_every_list_allows_and_nobody_denies() -> None:
    asked = evaluator(document(allowed=["a", "b", "c", "d"]), document(allowed=["d", "c", "b"], denied=["c"]))
    decision = last(asked, event("pay"))
    assert decision.remediation is not None
    assert decision.remediation.safe_alternatives == ("b", "d")


def test_two_lists_without_a_common_action_allow_nothing_and_upstream_everything() -> None:
    documents = [document(allowed=["a"]), document(allowed=["b"])]
    assert reasons(evaluator(*documents), event("a"), event("b")) == ["NOT_IN_ALLOWLIST"] * 2
    assert reasons(evaluator(*documents, dialect=Dialect.UPSTREAM), event("a"), event("c")) == ["allow"] * 2


MODES = {
    (EnforcementMode.FAIL_OPEN, "read"): "allow",
    (EnforcementMode.FAIL_OPEN, "high"): "allow",
    (EnforcementMode.FAIL_CLOSED_WRITES, "read"): "allow",
    (EnforcementMode.FAIL_CLOSED_WRITES, "low"): "allow",
    (EnforcementMode.FAIL_CLOSED_WRITES, "medium"): "NO_POLICY_FOR_WRITE",
    (EnforcementMode.FAIL_CLOSED_WRITES, None): "NO_POLICY_FOR_WRITE",
    (EnforcementMode.FAIL_CLOSED_WRITES, "reads"): "NO_POLICY_FOR_WRITE",
    (EnforcementMode.FAIL_CLOSED, "read"): "POLICY_NOT_CONFIGURED",
}


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("mode", "impact"), MODES)
def test_without_a_policy_the_mode_decides(dialect: Dialect, mode: EnforcementMode, impact: str | None) -> None:
    decision = last(evaluator(dialect=dialect, mode=mode), event("pay", impact=impact))
    assert (decision.reason_code or decision.decision) == MODES[mode, impact]
    if decision.decision is Decision.ALLOW:
        assert decision.warnings == (Notice("no policy applies: nothing was checked"),)


def test_a_commit_action_is_a_write_whatever_it_declares() -> None:
    elsewhere = document(scope=Scope.AGENT, target="a2", commit=["pay"])
    assert reasons(evaluator(elsewhere), event("pay", impact="read"), event("look", impact="read")) == [
        "NO_POLICY_FOR_WRITE",
        "allow",
    ]


def test_disabled_policies_are_as_if_absent_and_upstream_permit_everything() -> None:
    disabled = document(enabled=False, denied=["pay"])
    assert reasons(evaluator(disabled), event("pay")) == ["NO_POLICY_FOR_WRITE"]
    assert reasons(evaluator(disabled, dialect=Dialect.UPSTREAM), event("pay")) == ["allow"]


@pytest.mark.parametrize(
    ("scope", "target", "ids", "applies"),
    [
        (Scope.GLOBAL, None, {}, True),
        (Scope.AGENT, "a1", {}, True),
        (Scope.AGENT, "a2", {}, False),
        (Scope.RUN, "r1", {}, True),
        (Scope.RUN, "r1", {"run_id": None}, False),
        (Scope.MISSION, "m1", {"mission_id": "m1"}, True),
        (Scope.MISSION, "m1", {"group_id": "m1"}, False),
        (Scope.GROUP, "g1", {"group_id": "g1", "mission_id": "m1"}, True),
        (Scope.GROUP, "m1", {"mission_id": "m1"}, True),
        (Scope.GROUP, "m1", {"group_id": "g1", "mission_id": "m1"}, False),
    ],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_whom_a_scope_is_about(
    dialect: Dialect, scope: Scope, target: str | None, ids: dict[str, Any], *, applies: bool
) -> None:
    asked = evaluator(document(scope=scope, target=target, denied=["pay"]), ANY, dialect=dialect)
    assert (reasons(asked, event("pay", **ids)) == ["DENIED_ACTION"]) is applies


def test_the_broadest_policy_is_asked_first_and_the_older_of_two() -> None:
    narrow = document(scope=Scope.RUN, target="r1", denied=["pay"])
    asked = evaluator(narrow, document(denied=["pay"]), document(denied=["pay"]))
    decision = last(asked, event("pay"))
    assert decision.policy is not None
    assert decision.policy.id == "p1"
    assert decision.matched_policies == ("p1", "p2", "p0")


def test_stages_come_in_their_order_whoever_asks() -> None:
    decision = last(evaluator(document(allowed=["look"]), document(denied=["pay"])), event("pay"))
    assert decision.reason_code == "DENIED_ACTION"


KILLED = [
    (KillSwitch(TargetType.AGENT, "a1"), True, True),
    (KillSwitch(TargetType.AGENT, "a2"), False, False),
    (KillSwitch(TargetType.RUN, "r1"), True, True),
    (KillSwitch(TargetType.MISSION, "m1"), True, True),
    (KillSwitch(TargetType.GROUP, "m1"), True, False),
    (KillSwitch(TargetType.GROUP, "g1"), False, False),
    (KillSwitch(TargetType.TENANT, "t"), True, False),
]


@pytest.mark.parametrize(("switch", "strict", "upstream"), KILLED)
def test_kill_switches_stop_before_policies(switch: KillSwitch, *, strict: bool, upstream: bool) -> None:
    asked = event("pay", mission_id="m1", kill_switches=(switch,))
    for dialect, is_killed in ((Dialect.STRICT, strict), (Dialect.UPSTREAM, upstream)):
        expected = "AGENT_KILLED" if is_killed else "DENIED_ACTION"
        assert reasons(evaluator(document(denied=["pay"]), dialect=dialect), asked) == [expected]


@pytest.mark.parametrize(
    ("mode", "impact", "strict", "upstream"),
    [
        (EnforcementMode.FAIL_OPEN, "high", "allow", "allow"),
        (EnforcementMode.FAIL_CLOSED_WRITES, "read", "allow", "allow"),
        (EnforcementMode.FAIL_CLOSED_WRITES, "high", "KILL_SWITCH_UNAVAILABLE", "allow"),
        (EnforcementMode.FAIL_CLOSED, "read", "KILL_SWITCH_UNAVAILABLE", "KILL_SWITCH_UNAVAILABLE"),
    ],
)
def test_switches_that_cannot_be_read(mode: EnforcementMode, impact: str, strict: str, upstream: str) -> None:
    asked = event("pay", impact=impact, kill_switches_known=False)
    assert reasons(evaluator(ANY, mode=mode), asked) == [strict]
    assert reasons(evaluator(ANY, mode=mode, dialect=Dialect.UPSTREAM), asked) == [upstream]


@pytest.mark.parametrize("cost", ["NaN", "sNaN", "Infinity", "-Infinity", "-0.01", "1E-31", "1E+31", "1E+999999"])
def test_a_cost_has_to_be_an_amount(cost: str) -> None:
    assert reasons(evaluator(ANY), event("pay", cost=cost)) == ["INVALID_REQUEST"]


@pytest.mark.parametrize("cost", ["0", "-0", "0E-90", "1E-30", "0.000000000001", "1E+30"])
def test_any_amount_will_do(cost: str) -> None:
    assert reasons(evaluator(ANY), event("pay", cost=cost)) == ["allow"]


@pytest.mark.parametrize("action", ["", "a" * 201])
def test_an_action_has_a_name(action: str) -> None:
    assert reasons(evaluator(ANY), event(action)) == ["INVALID_REQUEST"]


KEYED = event("pay", cost="1", arguments={"n": 1}, idempotency_key="k")


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (KEYED, "allow"),
        (replace(KEYED, arguments={"n": Decimal("1.0")}, cost_usd=Decimal("1.00")), "allow"),
        (replace(KEYED, arguments={"n": 2}), "INVALID_REQUEST"),
        (replace(KEYED, cost_usd=Decimal(2)), "INVALID_REQUEST"),
        (replace(KEYED, idempotency_key="other"), "BUDGET_EXCEEDED"),
        (replace(KEYED, run_id="r2"), "BUDGET_EXCEEDED"),
        (replace(KEYED, timestamp_ms=KEYED.timestamp_ms + 3_600_000), "BUDGET_EXCEEDED"),
        (replace(KEYED, timestamp_ms=KEYED.timestamp_ms + 3_599_999), "allow"),
        (replace(KEYED, kill_switches=(KillSwitch(TargetType.AGENT, "a1"),)), "AGENT_KILLED"),
    ],
)
def test_a_repeated_call_is_answered_alike_and_costs_nothing(again: GovernanceEvent, expected: str) -> None:
    asked = evaluator(document(budgets=Budgets(session=usd("1"))))
    _, state = run(asked, [KEYED])
    decision, after = asked.decide(again, state)
    assert (decision.reason_code or decision.decision) == expected
    assert after == state


def test_the_path_tells_what_every_policy_said() -> None:
    decision = last(evaluator(document(allowed=["pay"]), document(denied=["look"], allowed=["look"])), event("pay"))
    told = [(step.stage, step.policy, step.result) for step in decision.evaluation_path[3:]]
    assert told == [
        (Stage.DENIED, "p1", StepResult.PASSED),
        (Stage.ALLOWED, "p0", StepResult.PASSED),
        (Stage.ALLOWED, "p1", StepResult.REFUSED),
    ]


def test_a_value_that_cannot_be_evaluated_is_refused() -> None:
    nested: dict[str, object] = {}
    for _ in range(100_000):
        nested = {"x": nested}
    asked = event("pay", arguments={"a": nested}, idempotency_key="k")  # type: ignore[dict-item]
    assert reasons(evaluator(ANY), asked) == ["NO_POLICY_FOR_WRITE"]
    assert reasons(evaluator(ANY, mode=EnforcementMode.FAIL_OPEN), asked) == ["EVALUATION_ERROR"]
