"""From which policies each part of a merged configuration comes."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.languages.governance.model import Governance
from bylaw.model.dialects import Dialect

Sources: TypeAlias = Mapping[str, tuple[str, ...]]
"""Ids of policies by path, such as `rate_limits.search_web`."""


def sources_of(policies: Sequence[GovernancePolicy], dialect: Dialect) -> Sources:
    """Whose word counts on each path: everybody's who has one, for a minimum those who have it, upstream sometimes the last."""
    minima: dict[str, dict[str, Decimal | int]] = {}
    every: dict[str, list[str]] = {}
    for policy in policies:
        for path, limit in _limits(policy.document):
            minima.setdefault(path, {})[policy.label.id] = limit
        for path in _paths(policy.document):
            every.setdefault(path, []).append(policy.label.id)
    smallest = {
        path: tuple(policy for policy, limit in found.items() if limit == min(found.values()))
        for path, found in minima.items()
    }
    return smallest | {path: _last(path, found, dialect) for path, found in every.items()}


def _last(path: str, policies: Sequence[str], dialect: Dialect) -> tuple[str, ...]:
    last_wins = path.startswith(("argument_constraints.", "grounding_rules.")) and dialect is Dialect.UPSTREAM
    return tuple(policies[-1:] if last_wins else policies)


def _limits(document: Governance) -> Iterator[tuple[str, Decimal | int]]:
    budgets = document.budgets
    if budgets.session is not None:
        yield "session_budget", budgets.session
    if budgets.run is not None:
        yield "run_budget", budgets.run
    for action, limit in budgets.by_action.items():
        yield f"action_budgets.{action}", limit
    for action, age in document.evidence.max_age_seconds.items():
        yield f"evidence_max_age_seconds.{action}", age


def _paths(document: Governance) -> Iterator[str]:
    if document.allowed_actions is not None:
        yield "allowed_actions"
    if document.approvals.required:
        yield "require_approval"
    settings = document.approvals
    fields = {
        "denied_actions": document.denied_actions,
        "approval_actions": settings.actions,
        "approval_tags": settings.tags,
        "approval_risk_levels": settings.risk_levels,
        "approval_threshold_usd": settings.threshold_usd is not None,
        "evidence_actions": document.evidence.actions,
        "commit_actions": document.commit_actions,
    }
    yield from (name for name, given in fields.items() if given)
    tables: dict[str, Mapping[str, object]] = {
        "rate_limits": document.rate_limits,
        "evidence_requirements": document.evidence.requirements,
        "argument_constraints": document.argument_constraints,
        "grounding_rules": document.evidence.grounding,
        "pii_rules": document.guardrails.pii,
        "loop_rules": document.guardrails.loop,
    }
    yield from (f"{name}.{action}" for name, table in tables.items() for action in table)
    yield from (f"approval_rules.{rule.name}" for rule in settings.rules)
