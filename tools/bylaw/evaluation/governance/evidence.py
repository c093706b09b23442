"""What has to have happened before, in the same run and recently enough."""

from collections.abc import Sequence
from dataclasses import dataclass

from bylaw.evaluation.governance.decisions import PolicyLabel, Refusal, Remediation, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import EvidenceKey, State


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """The earlier actions that one policy requires of one action."""

    policy: PolicyLabel
    required: tuple[str, ...]
    max_age_ms: int | None
    stage: Stage = Stage.EVIDENCE

    def look(self, event: GovernanceEvent, state: State) -> Refusal | None:
        """Refuses when one is missing or too old; without a run there is no evidence."""
        missing: list[str] = []
        stale: list[str] = []
        for action in self.required:
            log = None if event.run_id is None else state.evidence.get(EvidenceKey(event.run_id, action))
            if log is None:
                missing.append(action)
            elif self.max_age_ms is not None and event.timestamp_ms - log.latest_ms > self.max_age_ms:
                stale.append(action)
        return unmet(event.action, self.required, missing, stale) if missing or stale else None


def unmet(action: str, required: tuple[str, ...], missing: Sequence[str], stale: Sequence[str]) -> Refusal:
    """The refusal of an action that comes too early or too late."""
    reason = Reason.MISSING_EVIDENCE if missing else Reason.STALE_EVIDENCE
    what = f"is missing: {', '.join(missing)}" if missing else f"is too old: {', '.join(stale)}"
    remediation = Remediation(
        f"Run {', '.join((*missing, *stale))} first and retry.",
        missing_requirements=tuple(missing),
        required_prior_actions=required,
        stale_evidence=tuple(stale),
    )
    return Refusal(reason, f"evidence for {action} {what}", f"evidence_requirements.{action}", remediation)
