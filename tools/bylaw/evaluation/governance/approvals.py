"""When a human has to be asked, and whether one was: about this call, by this agent, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.evaluation.governance.argument_values import Checker
from bylaw.evaluation.governance.arguments import compile_schema
from bylaw.evaluation.governance.decisions import ApprovalRequest, PolicyLabel, Refusal, Remediation
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import Approval, ApprovalStatus, State
from bylaw.languages.governance.model import ApprovalRule, Approvals, Approver

ASSUMED_RISK = "medium"
"""Of an action that does not say."""


class Asked(NamedTuple):
    """That one policy wants somebody to be asked, and whom."""

    policy: PolicyLabel
    rule: str
    approvers: tuple[Approver, ...]
    min_approvals: int
    timeout_seconds: int


class CompiledRule(NamedTuple):
    """A rule with its schema compiled."""

    rule: ApprovalRule
    risk_levels: frozenset[str] | None
    arguments: Checker | None

    def is_about(self, event: GovernanceEvent) -> bool:
        """Whether all that the rule names holds."""
        when = self.rule.when
        return (
            (when.actions is None or event.action in when.actions)
            and (when.tags is None or not set(when.tags).isdisjoint(event.tags))
            and (self.risk_levels is None or risk_of(event) in self.risk_levels)
            and (when.min_cost_usd is None or event.cost_usd >= when.min_cost_usd)
            and (self.arguments is None or not self.arguments(event.arguments, ""))
        )


@dataclass(frozen=True, slots=True)
class ApprovalCheck:
    """When one policy asks."""

    policy: PolicyLabel
    approvals: Approvals
    risk_levels: frozenset[str]
    rules: tuple[CompiledRule, ...]

    def ask(self, event: GovernanceEvent) -> Asked | None:
        """Whom to ask; none where nobody has to be."""
        settings = self.approvals
        rule = next((rule.rule for rule in self.rules if rule.is_about(event)), None)
        criterion = self._criterion(event) if settings.required else None
        if rule is None:
            if criterion is None:
                return None
            return Asked(self.policy, criterion, settings.default_approvers, 1, settings.timeout_seconds)
        timeout = settings.timeout_seconds if rule.timeout_seconds is None else rule.timeout_seconds
        return Asked(self.policy, f"approval_rules.{rule.name}", rule.approvers, rule.min_approvals, timeout)

    def _criterion(self, event: GovernanceEvent) -> str | None:
        settings = self.approvals
        if event.action in settings.actions:
            return "approval_actions"
        if settings.tags and not set(settings.tags).isdisjoint(event.tags):
            return "approval_tags"
        if self.risk_levels and risk_of(event) in self.risk_levels:
            return "approval_risk_levels"
        if settings.threshold_usd is not None and event.cost_usd >= settings.threshold_usd:
            return "approval_threshold_usd"
        return None if has_criteria(settings) else "require_approval"


def approval_check(policy: PolicyLabel, approvals: Approvals) -> ApprovalCheck | None:
    """The check of a policy that may ask."""
    if not approvals.required and not approvals.rules:
        return None
    rules = tuple(_compiled(rule) for rule in approvals.rules)
    return ApprovalCheck(policy, approvals, _folded(approvals.risk_levels), rules)


def has_criteria(approvals: Approvals) -> bool:
    """Whether anything narrows down what has to be approved."""
    return bool(approvals.actions or approvals.tags or approvals.risk_levels or approvals.threshold_usd is not None)


def risk_of(event: GovernanceEvent) -> str:
    """The declared risk, in lower case."""
    return (event.risk_level or ASSUMED_RISK).casefold()


def request_for(event: GovernanceEvent, asked: Sequence[Asked]) -> ApprovalRequest:
    """One request that satisfies every policy that asks: the shortest time, and everybody who is to be asked."""
    return ApprovalRequest(
        event.action,
        event.agent_id,
        event.run_id,
        arguments_hash(event.arguments),
        event.cost_usd,
        min(one.timeout_seconds for one in asked),
        tuple(dict.fromkeys(approver for one in asked for approver in one.approvers)),
        max(one.min_approvals for one in asked),
        tuple(one.policy.id for one in asked),
        tuple(one.rule for one in asked),
    )


def required(event: GovernanceEvent, asked: Sequence[Asked]) -> Refusal:
    """What is said to a call that needs an approval."""
    remediation = Remediation("File the approval request, wait for the answer, and repeat the call with its id.")
    return Refusal(Reason.APPROVAL_REQUIRED, f"{event.action} needs an approval", asked[0].rule, remediation)


def unacceptable(event: GovernanceEvent, state: State) -> Refusal | None:
    """Why the approval that an event names does not stand; none where it does, or is still undecided."""
    approval = None if event.approval_id is None else state.approvals.get(event.approval_id)
    if approval is None or approval.used or not _is_for(approval, event):
        return _refusal(Reason.APPROVAL_MISMATCH, "the approval is not for this call, or was used")
    if approval.status in {ApprovalStatus.REJECTED, ApprovalStatus.CANCELLED}:
        return _refusal(Reason.APPROVAL_REJECTED, f"the approval was {approval.status}")
    late = event.timestamp_ms - approval.filed_at_ms > approval.timeout_seconds * 1000
    if late or approval.status is ApprovalStatus.EXPIRED:
        return _refusal(Reason.APPROVAL_EXPIRED, "the approval has expired")
    return None


def is_undecided(event: GovernanceEvent, state: State) -> bool:
    """Whether an answer is still to come: such an approval is not used, and the call has to wait."""
    approval = state.approvals.get(event.approval_id or "")
    return approval is None or approval.status is not ApprovalStatus.APPROVED


def use(event: GovernanceEvent, state: State) -> State:
    """The state in which the approval of the event is used."""
    approval = state.approvals.get(event.approval_id or "")
    return state if approval is None else state.with_approval(approval._replace(used=True))


def _is_for(approval: Approval, event: GovernanceEvent) -> bool:
    return (
        approval.action == event.action
        and approval.agent_id == event.agent_id
        and approval.run_id == event.run_id
        and event.cost_usd <= approval.cost_usd
        and approval.arguments_hash == arguments_hash(event.arguments)
    )


def _refusal(reason: Reason, message: str) -> Refusal:
    return Refusal(reason, message, None, Remediation("File a new approval request for exactly this call."))


def _compiled(rule: ApprovalRule) -> CompiledRule:
    when = rule.when
    levels = None if when.risk_levels is None else _folded(when.risk_levels)
    return CompiledRule(rule, levels, None if when.arguments is None else compile_schema(when.arguments))


def _folded(levels: Sequence[str]) -> frozenset[str]:
    return frozenset(level.casefold() for level in levels)
