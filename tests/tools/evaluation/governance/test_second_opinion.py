"""The evaluator and one that was written to be read agree on random policies and sequences of events, in both dialects."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.governance.decisions import BudgetWarning, EnforcementMode, GovernanceDecision
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.exemptions import Exemption
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.state import NO_HISTORY, Approval
from bylaw.evaluation.governance.upstream import Wrapper
from bylaw.languages.governance.model import Governance
from bylaw.model.dialects import Dialect
from tools.evaluation.governance import worlds
from tools.evaluation.governance.documents import policies
from tools.evaluation.governance.naive import Answer, Memory, normal, strict
from tools.evaluation.governance.naive_upstream import World, upstream
from tools.evaluation.governance.worlds import Filed, Happening


def answer_of(decision: GovernanceDecision) -> Answer:
    """The part of a decision that is compared."""
    refusal, remediation, budget = decision.refusal, decision.remediation, decision.budget
    return Answer(
        decision.decision,
        decision.reason_code,
        None if decision.policy is None else decision.policy.id,
        decision.rule,
        None if remediation is None else remediation.retry_after_seconds,
        None if budget is None else (budget.budget_type, Fraction(budget.limit), Fraction(budget.spent)),
        () if remediation is None else remediation.missing_requirements,
        () if remediation is None else remediation.stale_evidence,
        frozenset() if refusal is None else frozenset((error.path, error.keyword) for error in refusal.argument_errors),
        () if refusal is None else tuple(one.field for one in refusal.ungrounded),
        frozenset((w.policy, w.budget_type, w.percent) for w in decision.warnings if isinstance(w, BudgetWarning)),
        frozenset(decision.exceptions_applied),
    )


def approval(event: GovernanceEvent, filed: Filed, *, hashed: Any) -> Approval:
    """The approval that is filed for an event."""
    return Approval(
        event.approval_id or "",
        filed.status,
        event.action,
        "somebody" if filed.for_other_agent else event.agent_id,
        event.run_id,
        hashed({"other": 1} if filed.for_other_arguments else event.arguments),
        filed.cost_usd,
        event.timestamp_ms - filed.age_ms,
        60,
    )


def text(arguments: Any) -> str:
    return repr(normal(arguments))


LONG = settings(max_examples=100, deadline=None)


@LONG
@given(
    worlds.sets,
    st.lists(worlds.exemptions, max_size=2, unique_by=lambda one: one.id),
    worlds.modes,
    worlds.happenings(),
)
def test_strict(
    documents: list[Governance], exemptions: list[Exemption], mode: EnforcementMode, happenings: list[Happening]
) -> None:
    given_policies = policies(*documents)
    evaluator = GovernanceEvaluator(given_policies, Dialect.STRICT, mode, exemptions=exemptions)
    state, memory = NO_HISTORY, Memory()
    for event, filed in happenings:
        if filed is not None:
            state = state.with_approval(approval(event, filed, hashed=arguments_hash))
            memory.approvals[event.approval_id or ""] = approval(event, filed, hashed=text)
        expected = strict(given_policies, exemptions, mode, event, memory)
        decision, state = evaluator.decide(event, state)
        assert answer_of(decision) == expected, event


@pytest.mark.parametrize("wrapper", list(Wrapper))
@LONG
@given(worlds.sets, worlds.modes, worlds.happenings())
def test_upstream(
    wrapper: Wrapper, documents: list[Governance], mode: EnforcementMode, happenings: list[Happening]
) -> None:
    given_policies = policies(*documents)
    evaluator = GovernanceEvaluator(given_policies, Dialect.UPSTREAM, mode, wrapper=wrapper)
    state, world = NO_HISTORY, World()
    for event, filed in happenings:
        if filed is not None:
            state = state.with_approval(approval(event, filed, hashed=arguments_hash))
            world.approvals[event.approval_id or ""] = approval(event, filed, hashed=text)
        expected = upstream(given_policies, mode, wrapper, event, world)
        decision, state = evaluator.decide(event, state)
        found = answer_of(decision)._replace(policy=None, rule=None)
        if found.budget is not None:
            kind, limit, total = found.budget
            found = found._replace(budget=(kind, float(limit), float(total)))
        assert found == expected, event
