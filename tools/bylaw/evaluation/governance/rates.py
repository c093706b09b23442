"""How often an action may run: a sliding log of the times at which it did."""

from dataclasses import dataclass

from bylaw.evaluation.governance.decisions import PolicyLabel, Refusal, Remediation, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.logs import TimeLog
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import CallKey, State
from bylaw.languages.governance.model import RateLimit

NO_CALLS = TimeLog()


@dataclass(frozen=True, slots=True)
class RateCheck:
    """A limit of one policy on one action, for each agent; a call that is exactly one window old no longer counts."""

    policy: PolicyLabel
    limit: RateLimit
    stage: Stage = Stage.RATES

    def look(self, event: GovernanceEvent, state: State) -> Refusal | None:
        """Refuses when the window is full."""
        if self.limit.max_count == 0:
            return limited(event.action, self.limit, None)
        log = state.rates.get(CallKey(self.policy.id, event.agent_id, event.action))
        window = self.limit.window_seconds * 1000
        if log is None or log.later_than(event.timestamp_ms - window) < self.limit.max_count:
            return None
        wait = log.newest(self.limit.max_count) + window - event.timestamp_ms
        return limited(event.action, self.limit, -(-wait // 1000))

    def record(self, event: GovernanceEvent, state: State) -> State:
        """Counts the call."""
        key = CallKey(self.policy.id, event.agent_id, event.action)
        forget = event.timestamp_ms - self.limit.window_seconds * 1000
        return state.with_rate(key, (state.rates.get(key) or NO_CALLS).add(event.timestamp_ms, forget))


def limited(action: str, limit: RateLimit, retry_after_seconds: int | None) -> Refusal:
    """The refusal of a call too many; no time where waiting does not help."""
    wait = (
        "This action may not run at all." if retry_after_seconds is None else f"Wait {retry_after_seconds} s and retry."
    )
    message = f"{action} may run {limit.max_count} times in {limit.window_seconds} s"
    remediation = Remediation(wait, retry_after_seconds=retry_after_seconds)
    return Refusal(Reason.RATE_LIMITED, message, f"{Stage.RATES}.{action}", remediation)
