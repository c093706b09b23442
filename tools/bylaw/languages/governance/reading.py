"""From a file to a policy, with every complaint at its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from bylaw.languages.governance.documents import (
    ApprovalConditionDocument,
    ApprovalRuleDocument,
    ApproverDocument,
    GovernanceDocument,
    PiiRuleDocument,
)
from bylaw.languages.governance.model import (
    PII_CATEGORIES,
    ApprovalCondition,
    ApprovalRule,
    Approvals,
    Approver,
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
from bylaw.languages.governance.validation import validated
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.exact import Json, exact
from bylaw.model.spans import whole_file
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.yaml_reader import YamlFile

MAX_DOCUMENT_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class ReadGovernance:
    """A policy with its positions; none where it cannot be read."""

    policy: Governance | None
    diagnostics: tuple[Diagnostic, ...]
    file: YamlFile | None = None


def read_governance(text: str, path: str) -> ReadGovernance:
    """Read one document."""
    if len(text.encode()) > MAX_DOCUMENT_BYTES:
        message = f"`{path}` is larger than 256 KB"
        return ReadGovernance(None, (Diagnostic("document-too-large", message, whole_file(path), "split it"),))
    document, file, diagnostics = load_with_places(GovernanceDocument, text, path)
    if document is None or file is None:
        return ReadGovernance(None, diagnostics)
    problems = tuple(validated(document, file))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return ReadGovernance(None, problems)
    return ReadGovernance(policy_of(document), problems, file)


def policy_of(document: GovernanceDocument) -> Governance:
    """The policy that a valid document is."""
    return Governance(
        name=document.name,
        scope=Scope(document.scope),
        target_id=document.target_id,
        enabled=document.enabled,
        budgets=_budgets(document),
        denied_actions=document.denied_actions,
        allowed_actions=document.allowed_actions,
        rate_limits={
            action: RateLimit(limit.max_count, limit.window_seconds) for action, limit in document.rate_limits.items()
        },
        approvals=_approvals(document),
        evidence=_evidence(document),
        argument_constraints={action: _schema(schema) for action, schema in document.argument_constraints.items()},
        guardrails=_guardrails(document),
        commit_actions=document.commit_actions,
        strict_mode=document.strict_mode,
        description=document.description,
    )


def _usd(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(repr(amount))


def _schema(schema: Mapping[str, Any]) -> Schema:
    return cast("Schema", exact(schema))


def _budgets(document: GovernanceDocument) -> Budgets:
    return Budgets(
        session=_usd(document.session_budget),
        run=_usd(document.run_budget),
        actions={action: Decimal(repr(amount)) for action, amount in document.action_budgets.items()},
        warning_percents=document.budget_warning_thresholds,
    )


def _approvals(document: GovernanceDocument) -> Approvals:
    return Approvals(
        required=document.require_approval,
        actions=document.approval_actions,
        tags=document.approval_tags,
        risk_levels=tuple(level.lower() for level in document.approval_risk_levels),
        threshold_usd=_usd(document.approval_threshold_usd),
        timeout_seconds=document.approval_timeout_seconds,
        default_approvers=tuple(map(_approver, document.default_approvers)),
        rules=tuple(map(_approval_rule, document.approval_rules)),
    )


def _approver(document: ApproverDocument) -> Approver:
    return Approver(document.type, document.target)


def _approval_rule(rule: ApprovalRuleDocument) -> ApprovalRule:
    approvers = tuple(map(_approver, rule.approvers))
    return ApprovalRule(rule.name, _condition(rule.when), approvers, rule.min_approvals, rule.timeout_seconds)


def _condition(when: ApprovalConditionDocument) -> ApprovalCondition:
    return ApprovalCondition(
        actions=when.actions,
        tags=when.tags,
        risk_levels=None if when.risk_levels is None else tuple(level.lower() for level in when.risk_levels),
        min_cost_usd=_usd(when.min_cost_usd),
        arguments=None if when.arguments is None else _schema(when.arguments),
    )


def _evidence(document: GovernanceDocument) -> Evidence:
    return Evidence(
        requirements=document.evidence_requirements,
        max_age_seconds=document.evidence_max_age_seconds,
        actions=document.evidence_actions,
        grounding={
            action: {
                argument: GroundingRule(rule.source_action, rule.source_field, rule.source_from)
                for argument, rule in rules.items()
            }
            for action, rules in document.grounding_rules.items()
        },
    )


def _guardrails(document: GovernanceDocument) -> Guardrails:
    return Guardrails(
        pii={action: _pii(rule) for action, rule in document.pii_rules.items()},
        pii_by_default=document.pii_default_enabled,
        loop={
            action: LoopRule(rule.threshold, rule.window_seconds, rule.arg_exclude)
            for action, rule in document.loop_rules.items()
        },
        loop_by_default=document.loop_default_enabled,
        moderation={action: cast("Mapping[str, Json]", exact(r)) for action, r in document.moderation_rules.items()},
        moderation_by_default=document.moderation_default_enabled,
    )


def _pii(rule: PiiRuleDocument) -> PiiRule:
    categories = PII_CATEGORIES if rule.categories is None else rule.categories
    return PiiRule(categories, rule.extra_patterns, rule.allow_categories)
