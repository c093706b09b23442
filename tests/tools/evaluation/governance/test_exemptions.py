"""Exceptions: what they set aside, for whom, how long, and when a use counts."""

from typing import Any

import pytest

from bylaw.evaluation.governance.decisions import EnforcementMode, Stage, StepResult
from bylaw.evaluation.governance.events import GovernanceEvent, KillSwitch, TargetType
from bylaw.evaluation.governance.exemptions import EXEMPTIBLE, Exemption
from bylaw.evaluation.governance.state import NO_HISTORY
from bylaw.languages.governance.model import Approvals, Budgets, Governance, GroundingRule, LoopRule, PiiRule, RateLimit
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.asking import START, approval, evaluator, event, last, look, reasons, run
from tools.evaluation.governance.documents import document, evidence, guardrails, usd


def exemption(**given: Any) -> Exemption:
    return Exemption(**{"id": "e", "policy": "p0", "agent_id": "a1", "max_uses": 100, **given})


BLOCKING: dict[Stage, Governance] = {
    Stage.DENIED: document(denied=["pay"]),
    Stage.ALLOWED: document(allowed=["look"]),
    Stage.RATES: document(rates={"pay": RateLimit(0, 10)}),
    Stage.EVIDENCE: document(evidence=evidence({"pay": ("look",)})),
    Stage.ARGUMENTS: document(constraints={"pay": {"required": ["n"]}}),
    Stage.GROUNDING: document(evidence=evidence(None, None, {"pay": {"to": GroundingRule("look", "to", "result")}})),
    Stage.BUDGETS: document(budgets=Budgets(session=usd("0.5"))),
    Stage.APPROVALS: document(approvals=Approvals(required=True)),
    Stage.PII: document(guardrails=guardrails({"pay": PiiRule(("email",))})),
    Stage.LOOPS: document(guardrails=guardrails(None, {"pay": LoopRule(1)})),
}
CALL = event("pay", cost="1", arguments={"to": "a@b.example"})


@pytest.mark.parametrize("stage", BLOCKING)
@pytest.mark.parametrize("named", [None, *sorted(EXEMPTIBLE)])
def test_a_stage_is_set_aside_where_it_is_named_and_can_be(stage: Stage, named: Stage | None) -> None:
    rules = None if named is None else frozenset({named})
    asked = evaluator(BLOCKING[stage], exemptions=[exemption(rules=rules)])
    is_lifted = stage in EXEMPTIBLE and named in {None, stage}
    decision = last(asked, CALL)
    assert (decision.decision is Decision.ALLOW) is is_lifted
    assert decision.exceptions_applied == (("e",) if is_lifted else ())
    assert (StepResult.EXEMPT in {step.result for step in decision.evaluation_path}) is is_lifted


def test_rules_that_cannot_be_set_aside_are_an_error() -> None:
    for stage in set(Stage) - EXEMPTIBLE:
        with pytest.raises(ValueError, match="cannot be set aside"):
            exemption(rules=frozenset({stage}))


@pytest.mark.parametrize("given", [{"agent_id": None}, {"max_uses": None}])
def test_an_exception_is_for_somebody_and_has_an_end(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="an exception"):
        exemption(**given)


SELECTORS: list[tuple[dict[str, Any], GovernanceEvent, bool]] = [
    ({}, CALL, True),
    ({"agent_id": "a2"}, CALL, False),
    ({"run_id": "r1"}, CALL, True),
    ({"agent_id": None, "run_id": "r1"}, CALL, True),
    ({"run_id": "r2"}, CALL, False),
    ({"run_id": "r1"}, event("pay", run_id=None), False),
    ({"actions": frozenset({"pay"})}, CALL, True),
    ({"actions": frozenset({"look"})}, CALL, False),
    ({"actions": frozenset()}, CALL, False),
    ({"expires_at_ms": START + 1}, CALL, True),
    ({"expires_at_ms": START}, CALL, False),
    ({"max_uses": 0}, CALL, False),
    ({"policy": "p1"}, CALL, False),
]


@pytest.mark.parametrize(("given", "asked", "matches"), SELECTORS)
def test_every_selector_has_to_match(given: dict[str, Any], asked: GovernanceEvent, *, matches: bool) -> None:
    found = reasons(evaluator(document(denied=["pay"]), exemptions=[exemption(**given)]), asked)
    assert found == ["allow" if matches else "DENIED_ACTION"]


@pytest.mark.parametrize("stage", sorted(EXEMPTIBLE))
def test_another_policy_still_refuses(stage: Stage) -> None:
    decision = last(evaluator(BLOCKING[stage], BLOCKING[stage], exemptions=[exemption()]), CALL)
    assert decision.decision is not Decision.ALLOW
    assert decision.policy is not None
    assert decision.policy.id == "p1"


def test_a_use_counts_only_where_the_policy_would_have_refused() -> None:
    asked = evaluator(document(budgets=Budgets(session=usd("1"))), exemptions=[exemption(max_uses=2)])
    calls = [event("pay", cost=cost) for cost in ("0.5", "0.5", "0", "0.1", "0.1", "0.1")]
    decisions, state = run(asked, calls)
    assert [one.exceptions_applied for one in decisions] == [(), (), (), ("e",), ("e",), ()]
    assert decisions[-1].reason_code == "BUDGET_EXCEEDED"
    assert state.uses.get("e") == 2


def test_one_call_is_one_use_however_many_stages_it_passes() -> None:
    both = document(denied=["pay"], budgets=Budgets(session=usd("0")), approvals=Approvals(required=True))
    decisions, state = run(evaluator(both, exemptions=[exemption(max_uses=1)]), [CALL, CALL])
    assert [one.reason_code for one in decisions] == [None, "DENIED_ACTION"]
    assert state.uses.get("e") == 1


def test_refusals_requests_and_dry_runs_use_nothing_up() -> None:
    given = [exemption(max_uses=1)]
    for other in (document(denied=["pay"]), document(approvals=Approvals(required=True))):
        _, state = run(evaluator(document(denied=["pay"]), other, exemptions=given), [CALL])
        assert state == NO_HISTORY
    _, state = run(evaluator(document(denied=["pay"]), exemptions=given), [event("pay", dry_run=True)])
    assert state == NO_HISTORY


def test_the_first_exception_that_covers_a_stage_is_used_and_then_the_next() -> None:
    given = [exemption(id="e1", max_uses=1), exemption(id="e2", max_uses=1)]
    decisions, _ = run(evaluator(document(denied=["pay"]), exemptions=given), [CALL, CALL, CALL])
    assert [one.exceptions_applied for one in decisions] == [("e1",), ("e2",), ()]


def test_what_is_set_aside_is_counted_all_the_same() -> None:
    policy = document(budgets=Budgets(session=usd("1")), rates={"pay": RateLimit(1, 10)})
    asked = evaluator(policy, exemptions=[exemption(expires_at_ms=START + 1000)])
    calls = [event("pay", 0, cost="1"), event("pay", 0.5, cost="1"), event("pay", 2), event("pay", 12, cost="0.1")]
    assert reasons(asked, *calls) == ["allow", "allow", "RATE_LIMITED", "BUDGET_EXCEEDED"]


def test_an_approval_is_not_used_where_nobody_had_to_be_asked() -> None:
    state = NO_HISTORY.with_approval(approval(CALL))
    asked = evaluator(BLOCKING[Stage.APPROVALS], exemptions=[exemption()])
    _, after = run(asked, [event("pay", cost="1", arguments=CALL.arguments, approval_id="ap")], state)
    assert after.approvals == state.approvals
    assert after.uses.get("e") == 1


def test_kill_switches_missing_policies_and_bad_requests_stand() -> None:
    given = [exemption()]
    killed = event("pay", kill_switches=(KillSwitch(TargetType.AGENT, "a1"),))
    assert reasons(evaluator(document(), exemptions=given), killed, event("pay", cost="-1")) == [
        "AGENT_KILLED",
        "INVALID_REQUEST",
    ]
    assert reasons(evaluator(document(enabled=False), exemptions=given), CALL) == ["NO_POLICY_FOR_WRITE"]
    closed = evaluator(document(), exemptions=given, mode=EnforcementMode.FAIL_CLOSED)
    assert reasons(closed, event("pay", kill_switches_known=False)) == ["KILL_SWITCH_UNAVAILABLE"]


def test_the_original_knows_no_exceptions() -> None:
    assert reasons(
        evaluator(document(denied=["pay"]), dialect=Dialect.UPSTREAM, exemptions=[exemption()]), look(), CALL
    ) == [
        "allow",
        "DENIED_ACTION",
    ]
