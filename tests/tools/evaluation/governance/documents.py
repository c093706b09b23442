"""Governance documents with everything left out that a test does not speak of."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import PolicyLabel
from bylaw.languages.governance.model import (
    Approvals,
    Budgets,
    Evidence,
    Governance,
    GroundingRule,
    Guardrails,
    LoopRule,
    PiiRule,
    RateLimit,
    Schema,
    Scope,
)


def usd(text: str) -> Decimal:
    return Decimal(text)


def guardrails(
    pii: Mapping[str, PiiRule] | None = None,
    loop: Mapping[str, LoopRule] | None = None,
    *,
    pii_by_default: bool = False,
    loop_by_default: bool = False,
    moderation_by_default: bool = False,
) -> Guardrails:
    return Guardrails(pii or {}, pii_by_default, loop or {}, loop_by_default, {}, moderation_by_default)


def evidence(
    requirements: Mapping[str, tuple[str, ...]] | None = None,
    max_age_seconds: Mapping[str, int] | None = None,
    grounding: Mapping[str, Mapping[str, GroundingRule]] | None = None,
) -> Evidence:
    return Evidence(requirements or {}, max_age_seconds or {}, (), grounding or {})


NO_EVIDENCE = evidence()
NO_GUARDRAILS = guardrails()
NO_BUDGETS = Budgets()
NO_APPROVALS = Approvals()


def document(
    *,
    scope: Scope = Scope.GLOBAL,
    target: str | None = None,
    enabled: bool = True,
    budgets: Budgets = NO_BUDGETS,
    denied: Sequence[str] = (),
    allowed: Sequence[str] | None = None,
    rates: Mapping[str, RateLimit] | None = None,
    approvals: Approvals = NO_APPROVALS,
    evidence: Evidence = NO_EVIDENCE,
    constraints: Mapping[str, Schema] | None = None,
    guardrails: Guardrails = NO_GUARDRAILS,
    commit: Sequence[str] = (),
) -> Governance:
    return Governance(
        name="a policy",
        scope=scope,
        target_id=target,
        enabled=enabled,
        budgets=budgets,
        denied_actions=tuple(denied),
        allowed_actions=None if allowed is None else tuple(allowed),
        rate_limits=rates or {},
        approvals=approvals,
        evidence=evidence,
        argument_constraints=constraints or {},
        guardrails=guardrails,
        commit_actions=tuple(commit),
    )


def policies(*documents: Governance) -> list[GovernancePolicy]:
    """With ids p0, p1 and so on, in the order of their creation."""
    return [GovernancePolicy(PolicyLabel(f"p{place}", one.name), one) for place, one in enumerate(documents)]
