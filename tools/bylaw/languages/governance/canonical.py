"""The canonical form: one text for all documents that mean the same, whatever their layout."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from bylaw.languages.governance.model import (
    PII_CATEGORIES,
    ApprovalCondition,
    ApprovalRule,
    Approvals,
    Approver,
    Budgets,
    Governance,
    GroundingRule,
    Guardrails,
    LoopRule,
    PiiRule,
    RateLimit,
)
from bylaw.model.exact import Json, is_list, json_text

_MOST_DIGITS: Final = 15
"""Of a whole number that is written without an exponent."""


def canonical_text(policy: Governance) -> str:
    """The policy as JSON: what says nothing left out, keys and what has no order sorted, numbers by value.

    Reading it again gives a policy that means the same. The description and `strict_mode`, which decide nothing, are left out.
    """
    return json_text(plain(policy))


def plain(policy: Governance) -> Mapping[str, Json]:
    """The document as plain values, in the order of its keys."""
    found = {
        "name": policy.name,
        "scope": str(policy.scope),
        "enabled": policy.enabled,
        "target_id": policy.target_id,
        **_budgets(policy.budgets),
        "denied_actions": sorted(policy.denied_actions) or None,
        "rate_limits": {name: _rate(limit) for name, limit in policy.rate_limits.items()} or None,
        **_approvals(policy.approvals),
        **_evidence(policy),
        "commit_actions": sorted(policy.commit_actions) or None,
        "argument_constraints": dict(policy.argument_constraints) or None,
        **_guardrails(policy.guardrails),
    }
    if policy.allowed_actions is not None:
        found["allowed_actions"] = sorted(policy.allowed_actions)
    return {name: _sorted(value) for name, value in sorted(found.items()) if value is not None}


def _budgets(budgets: Budgets) -> dict[str, Json]:
    return {
        "session_budget": budgets.session,
        "run_budget": budgets.run,
        "action_budgets": dict(budgets.by_action) or None,
        "budget_warning_thresholds": sorted(set(budgets.warning_percents)),
    }


def _rate(limit: RateLimit) -> Json:
    return {"max_count": limit.max_count, "window_seconds": limit.window_seconds}


def plain_approvals(approvals: Approvals) -> Mapping[str, Json]:
    """The fields about approvals that say something."""
    return {name: value for name, value in _approvals(approvals).items() if value is not None}


def _approvals(approvals: Approvals) -> dict[str, Json]:
    return {
        "require_approval": approvals.required,
        "approval_actions": sorted(approvals.actions) or None,
        "approval_tags": sorted(approvals.tags) or None,
        "approval_risk_levels": _levels(approvals.risk_levels) or None,
        "approval_threshold_usd": approvals.threshold_usd,
        "approval_timeout_seconds": approvals.timeout_seconds,
        "default_approvers": _approvers(approvals.default_approvers) or None,
        "approval_rules": [_approval_rule(rule) for rule in approvals.rules] or None,
    }


def _approvers(approvers: Iterable[Approver]) -> list[Json]:
    return [{"type": approver.type, "target": approver.target} for approver in approvers]


def _approval_rule(rule: ApprovalRule) -> Json:
    timeout: dict[str, Json] = {} if rule.timeout_seconds is None else {"timeout_seconds": rule.timeout_seconds}
    return {
        "name": rule.name,
        "when": _condition(rule.when),
        "approvers": _approvers(rule.approvers),
        "min_approvals": rule.min_approvals,
        **timeout,
    }


def _condition(when: ApprovalCondition) -> Json:
    given: dict[str, Json] = {
        "actions": _names(when.actions),
        "tags": _names(when.tags),
        "risk_levels": None if when.risk_levels is None else _levels(when.risk_levels),
        "min_cost_usd": when.min_cost_usd,
        "arguments": when.arguments,
    }
    return {name: value for name, value in given.items() if value is not None}


def _levels(levels: Iterable[str]) -> list[Json]:
    """Risk levels are compared without case."""
    return [*sorted({level.lower() for level in levels})]


def _names(names: Iterable[str] | None) -> Json:
    return None if names is None else sorted(set(names))


def _evidence(policy: Governance) -> dict[str, Json]:
    evidence = policy.evidence
    return {
        "evidence_requirements": {a: sorted(set(names)) for a, names in evidence.requirements.items()} or None,
        "evidence_max_age_seconds": dict(evidence.max_age_seconds) or None,
        "evidence_actions": sorted(evidence.actions) or None,
        "grounding_rules": {
            action: {argument: _grounding(rule) for argument, rule in rules.items()}
            for action, rules in evidence.grounding.items()
        }
        or None,
    }


def _grounding(rule: GroundingRule) -> Json:
    return {
        "source_action": rule.source_action,
        "source_field": rule.source_field,
        "source_from": rule.source_from,
    }


def plain_guardrails(guardrails: Guardrails) -> Mapping[str, Json]:
    """The fields about what is looked for in arguments and repetitions that say something."""
    return {name: value for name, value in _guardrails(guardrails).items() if value is not None}


def _guardrails(guardrails: Guardrails) -> dict[str, Json]:
    return {
        "pii_rules": {action: _pii(rule) for action, rule in guardrails.pii.items()} or None,
        "pii_default_enabled": guardrails.pii_by_default or None,
        "loop_rules": {action: _loop(rule) for action, rule in guardrails.loop.items()} or None,
        "loop_default_enabled": guardrails.loop_by_default or None,
        "moderation_rules": dict(guardrails.moderation) or None,
        "moderation_default_enabled": guardrails.moderation_by_default or None,
    }


def _pii(rule: PiiRule) -> Json:
    categories = [name for name in PII_CATEGORIES if name in rule.categories]
    found: dict[str, Json] = {"categories": categories}
    if rule.extra_patterns:
        found["extra_patterns"] = sorted(set(rule.extra_patterns))
    if rule.allow_categories:
        found["allow_categories"] = sorted(set(rule.allow_categories))
    return found


def _loop(rule: LoopRule) -> Json:
    return {
        "threshold": rule.threshold,
        "window_seconds": rule.window_seconds,
        "arg_exclude": sorted(set(rule.arg_exclude)),
    }


def _sorted(value: Json) -> Json:
    """Keys sorted at every depth, and equal numbers written alike."""
    match value:
        case Mapping():
            return {name: _sorted(inner) for name, inner in sorted(value.items())}
        case Decimal():
            return _number(value)
        case _ if is_list(value):
            return [_sorted(item) for item in value]
        case _:
            return value


def _number(value: Decimal) -> Json:
    shortest = value.normalize()
    if shortest == shortest.to_integral_value() and shortest.adjusted() < _MOST_DIGITS:
        return int(shortest)
    return shortest
