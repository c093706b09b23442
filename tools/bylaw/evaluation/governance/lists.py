"""Actions that are denied by name, and actions that alone are allowed."""

from collections.abc import Sequence
from dataclasses import dataclass

from bylaw.evaluation.governance.decisions import PolicyLabel, Refusal, Remediation, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import State
from bylaw.languages.governance.model import Governance


@dataclass(frozen=True, slots=True)
class DeniedCheck:
    """Of an action that is on the list."""

    policy: PolicyLabel
    stage: Stage = Stage.DENIED

    def look(self, event: GovernanceEvent, _state: State) -> Refusal:
        """Always a refusal."""
        return denied(event.action)


@dataclass(frozen=True, slots=True)
class AllowedCheck:
    """Of an action that is not on the list."""

    policy: PolicyLabel
    alternatives: tuple[str, ...]
    stage: Stage = Stage.ALLOWED

    def look(self, event: GovernanceEvent, _state: State) -> Refusal:
        """Always a refusal."""
        return not_allowed(event.action, self.alternatives)


def denied(action: str) -> Refusal:
    """The refusal of a denied action."""
    guidance = Remediation("This action is never allowed: do without it.")
    return Refusal(Reason.DENIED_ACTION, f"{action} is denied", Stage.DENIED, guidance)


def not_allowed(action: str, alternatives: tuple[str, ...]) -> Refusal:
    """The refusal of an action that no allowlist names."""
    guidance = Remediation("Use one of the allowed actions instead.", safe_alternatives=alternatives)
    return Refusal(Reason.NOT_IN_ALLOWLIST, f"{action} is not among the allowed actions", Stage.ALLOWED, guidance)


def alternatives(policies: Sequence[Governance]) -> tuple[str, ...]:
    """Actions that every allowlist names and no policy denies, in the order of the first list."""
    lists = [policy.allowed_actions for policy in policies if policy.allowed_actions is not None]
    refused = {action for policy in policies for action in policy.denied_actions}
    first = lists[0] if lists else ()
    return tuple(action for action in first if action not in refused and all(action in other for other in lists))
