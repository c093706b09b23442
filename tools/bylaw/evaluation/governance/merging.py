"""Several policies seen as one: what holds for an agent and a run, where each part comes from, and where the original differs.

Decisions are not made from the strict view: every policy is asked on its own. The view is for people, and for clients that hold one
configuration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.ordered import distinct, gather, smallest
from bylaw.evaluation.governance.sources import Sources, sources_of
from bylaw.languages.governance.model import (
    Approvals,
    Governance,
    GroundingRule,
    Guardrails,
    RateLimit,
    Schema,
    Scope,
    Usd,
)
from bylaw.model.dialects import Dialect

DEFAULT_TIMEOUT = 3600


@dataclass(frozen=True, slots=True)
class Merged:
    """One configuration; where several rules stand side by side, all of them hold."""

    session_budget: Usd | None
    run_budget: Usd | None
    action_budgets: Mapping[str, Usd]
    denied_actions: tuple[str, ...]
    allowed_actions: tuple[str, ...] | None
    """None: any. Empty: none, and upstream any."""
    rate_limits: Mapping[str, tuple[RateLimit, ...]]
    approvals: tuple[Approvals, ...]
    """Of each policy that may ask; upstream one, with the criteria of all."""
    approval_timeout_seconds: int
    evidence_requirements: Mapping[str, tuple[str, ...]]
    evidence_max_age_seconds: Mapping[str, int]
    evidence_actions: tuple[str, ...]
    commit_actions: tuple[str, ...]
    argument_constraints: Mapping[str, tuple[Schema, ...]]
    grounding_rules: Mapping[str, Mapping[str, tuple[GroundingRule, ...]]]
    guardrails: tuple[Guardrails, ...]
    """Of each policy."""
    sources: Sources
    """By path, such as `rate_limits.search_web`: the ids of the policies that it comes from."""


def merge(policies: Sequence[GovernancePolicy], dialect: Dialect) -> Merged:
    """What the policies say together; those that are disabled say nothing. They are in the order in which they were created."""
    enabled = [policy for policy in policies if policy.document.enabled]
    if dialect is Dialect.UPSTREAM:
        return _merged(enabled, dialect)
    return _merged(sorted(enabled, key=lambda policy: list(Scope).index(policy.document.scope)), dialect)


def _merged(policies: Sequence[GovernancePolicy], dialect: Dialect) -> Merged:
    documents = [policy.document for policy in policies]
    budgets = [document.budgets for document in documents]
    is_upstream = dialect is Dialect.UPSTREAM
    limits = gather(document.rate_limits for document in documents)
    schemas = gather(document.argument_constraints for document in documents)
    return Merged(
        smallest(budget.session for budget in budgets),
        smallest(budget.run for budget in budgets),
        {action: min(found) for action, found in gather(budget.by_action for budget in budgets).items()},
        distinct(action for document in documents for action in document.denied_actions),
        _allowed(documents, is_upstream=is_upstream),
        {action: (_first_window(found),) if is_upstream else distinct(found) for action, found in limits.items()},
        (_pooled(documents),) if is_upstream else tuple(d.approvals for d in documents if asks(d.approvals)),
        _timeout(documents, is_upstream=is_upstream),
        {
            action: distinct(name for names in found for name in names)
            for action, found in gather(document.evidence.requirements for document in documents).items()
        },
        {action: min(found) for action, found in gather(d.evidence.max_age_seconds for d in documents).items()},
        distinct(action for document in documents for action in document.evidence.actions),
        distinct(action for document in documents for action in document.commit_actions),
        {action: (found[-1],) if is_upstream else _unlike(found) for action, found in schemas.items()},
        _grounding(documents, is_upstream=is_upstream),
        tuple(document.guardrails for document in documents),
        sources_of(policies, dialect),
    )


def asks(approvals: Approvals) -> bool:
    """Whether a policy may ask for approval at all."""
    return approvals.required or bool(approvals.rules)


def _allowed(documents: Sequence[Governance], *, is_upstream: bool) -> tuple[str, ...] | None:
    lists = [d.allowed_actions for d in documents if d.allowed_actions or (not is_upstream and d.allowed_actions == ())]
    if not lists:
        return None
    return distinct(action for action in lists[0] or () if all(action in (other or ()) for other in lists))


def _first_window(found: Sequence[RateLimit]) -> RateLimit:
    return RateLimit(min(limit.max_count for limit in found), found[0].window_seconds)


def _pooled(documents: Sequence[Governance]) -> Approvals:
    every = [document.approvals for document in documents]
    return Approvals(
        required=any(approvals.required for approvals in every),
        actions=distinct(name for approvals in every for name in approvals.actions),
        tags=distinct(name for approvals in every for name in approvals.tags),
        risk_levels=distinct(name for approvals in every for name in approvals.risk_levels),
        threshold_usd=smallest(approvals.threshold_usd for approvals in every),
        timeout_seconds=_timeout(documents, is_upstream=True),
    )


def _timeout(documents: Sequence[Governance], *, is_upstream: bool) -> int:
    if is_upstream:
        return documents[-1].approvals.timeout_seconds if documents else DEFAULT_TIMEOUT
    return min((d.approvals.timeout_seconds for d in documents if asks(d.approvals)), default=DEFAULT_TIMEOUT)


def _unlike(schemas: Sequence[Schema]) -> tuple[Schema, ...]:
    return tuple(schema for place, schema in enumerate(schemas) if schema not in schemas[:place])


def _grounding(
    documents: Sequence[Governance], *, is_upstream: bool
) -> Mapping[str, Mapping[str, tuple[GroundingRule, ...]]]:
    by_action = gather(document.evidence.grounding for document in documents)
    chosen = {action: found[-1:] if is_upstream else found for action, found in by_action.items()}
    return {
        action: {argument: distinct(rules) for argument, rules in gather(found).items()}
        for action, found in chosen.items()
    }
