"""What an allowed event leaves behind besides its counters: evidence, and an answer to give again."""

from hashlib import sha256

from bylaw.evaluation.governance.decisions import GovernanceDecision, Refusal, Remediation
from bylaw.evaluation.governance.events import GovernanceEvent, Outcome
from bylaw.evaluation.governance.fingerprints import arguments_hash, number_text
from bylaw.evaluation.governance.logs import EvidenceRecord
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import Reply, ReplyKey, State

REPLAY_MS = 3_600_000
"""How long an answer is given again."""


def evidence_of(event: GovernanceEvent, outcome: Outcome) -> EvidenceRecord:
    """The record of a success."""
    call = arguments_hash(event.arguments)
    return EvidenceRecord(event.action, event.timestamp_ms, call, outcome.result, event.arguments, event.run_id)


def reply_key(event: GovernanceEvent) -> ReplyKey:
    """Under what an answer is kept."""
    return ReplyKey(event.agent_id, event.run_id, event.action, event.idempotency_key or "")


def replay(key: ReplyKey, event: GovernanceEvent, state: State) -> GovernanceDecision | Refusal | None:
    """The earlier answer while it lives; a refusal where its key comes with another call, which nobody allowed."""
    reply = state.replies.get(key)
    if reply is None or event.timestamp_ms >= reply.expires_at_ms:
        return None
    if reply.call != _call(event):
        guidance = Remediation("Use a new idempotency key for a new call.")
        return Refusal(Reason.INVALID_REQUEST, "the idempotency key was used for another call", None, guidance)
    return reply.decision


def with_reply(key: ReplyKey, event: GovernanceEvent, decision: GovernanceDecision, state: State) -> State:
    """The state in which the same call is answered alike."""
    return state.with_reply(key, Reply(_call(event), decision, event.timestamp_ms + REPLAY_MS))


def _call(event: GovernanceEvent) -> str:
    return sha256(f"{number_text(event.cost_usd)} {arguments_hash(event.arguments)}".encode()).hexdigest()
