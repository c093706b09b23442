"""Where the published client lets something run that the strict reading refuses, shown by an action that both have decided."""

from collections.abc import Iterator
from decimal import Decimal

from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.governance.changes import OTHER, USD_STEP
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import EnforcementMode, PolicyLabel
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.state import NO_HISTORY
from bylaw.languages.governance.model import Governance, Scope
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect

START_MS = 1_774_958_400_000


def divergence(policy: Governance) -> GovernanceEvent | None:
    """The first of some telling actions, each without any history, that only the original lets run; none where none was found.

    What the two make of evidence of other runs, of shared counters and of several policies is not looked at.
    """
    policies = [GovernancePolicy(PolicyLabel("policy", policy.name), policy)]
    mode = EnforcementMode.FAIL_CLOSED_WRITES
    strict, upstream = (GovernanceEvaluator(policies, dialect, mode) for dialect in (Dialect.STRICT, Dialect.UPSTREAM))
    for event in _telling(policy):
        decisions = [evaluator.decide(event, NO_HISTORY).decision.decision for evaluator in (strict, upstream)]
        if decisions[1] is Decision.ALLOW and decisions[0] is not Decision.ALLOW:
            return event
    return None


def _telling(policy: Governance) -> Iterator[GovernanceEvent]:
    """Actions at the edges of what the policy names."""
    evidence = policy.evidence
    named = dict.fromkeys((*policy.argument_constraints, *evidence.grounding, *policy.approvals.actions, OTHER))
    for action in named:
        yield _event(policy, action)
        schema = policy.argument_constraints.get(action)
        if schema is not None:
            for found in (find((), (schema,)), find(({"required": tuple(_arguments(policy, action))},), (schema,))):
                if not isinstance(found, Nothing):
                    yield GovernanceEvent(action, START_MS, _agent(policy), arguments=found)
        for argument in evidence.grounding.get(action, {}):
            yield GovernanceEvent(action, START_MS, _agent(policy), arguments={argument: None})
    threshold = policy.approvals.threshold_usd
    for cost in (threshold, *(budget + USD_STEP for budget in policy.budgets.by_action.values())):
        if cost is not None:
            yield GovernanceEvent(OTHER, START_MS, _agent(policy), cost_usd=Decimal(cost))


def _arguments(policy: Governance, action: str) -> Iterator[str]:
    properties = policy.argument_constraints[action].get("properties")
    yield from properties if isinstance(properties, dict) else ()


def _event(policy: Governance, action: str) -> GovernanceEvent:
    return GovernanceEvent(action, START_MS, _agent(policy))


def _agent(policy: Governance) -> str:
    return policy.target_id or "agent" if policy.scope is Scope.AGENT else "agent"
