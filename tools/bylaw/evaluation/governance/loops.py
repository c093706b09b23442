"""Identical calls in short order."""

from dataclasses import dataclass

from bylaw.evaluation.governance.decisions import PolicyLabel, Refusal, Remediation, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.logs import TimeLog
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import CallKey, State
from bylaw.languages.governance.model import Governance, LoopRule

NO_CALLS = TimeLog()


@dataclass(frozen=True, slots=True)
class LoopCheck:
    """The rule of one policy for one action, for each agent; a call exactly one window old still counts."""

    policy: PolicyLabel
    loop: LoopRule
    rule: str
    excluded: frozenset[str]
    stage: Stage = Stage.LOOPS

    def look(self, event: GovernanceEvent, state: State) -> Refusal | None:
        """Refuses the call that would bring identical ones to the threshold."""
        if self.loop.threshold <= 1:
            return repeated(event.action, self.loop, self.rule)
        log = state.loops.get(self._key(event)) or NO_CALLS
        earlier = log.later_than(event.timestamp_ms - self.loop.window_seconds * 1000 - 1)
        return repeated(event.action, self.loop, self.rule) if earlier + 1 >= self.loop.threshold else None

    def record(self, event: GovernanceEvent, state: State) -> State:
        """Counts the call."""
        key = self._key(event)
        forget = event.timestamp_ms - self.loop.window_seconds * 1000 - 1
        return state.with_loop(key, (state.loops.get(key) or NO_CALLS).add(event.timestamp_ms, forget))

    def _key(self, event: GovernanceEvent) -> CallKey:
        call = arguments_hash(event.arguments, self.excluded)
        return CallKey(self.policy.id, event.agent_id, event.action, arguments=call)


def loop_check(policy: PolicyLabel, document: Governance, action: str) -> LoopCheck | None:
    """The check of an action that has a rule, or stands under the default one."""
    loop = document.guardrails.loop.get(action)
    if loop is not None:
        return LoopCheck(policy, loop, f"loop_rules.{action}", frozenset(loop.arg_exclude))
    return (
        LoopCheck(policy, LoopRule(), "loop_default_enabled", frozenset())
        if document.guardrails.loop_by_default
        else None
    )


def repeated(action: str, loop: LoopRule, rule: str) -> Refusal:
    """The refusal of a call that goes round."""
    message = f"{action}: {loop.threshold} identical calls within {loop.window_seconds} s"
    remediation = Remediation("Change the arguments, ask somebody, or stop retrying.")
    return Refusal(Reason.LOOP_DETECTED, message, rule, remediation)
