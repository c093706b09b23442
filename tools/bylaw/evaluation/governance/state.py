"""Everything that earlier events left behind: an explicit value that never changes.

Event times are the clock: they do not decrease along one line of states, and nothing here reads another.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bylaw.evaluation.governance.decisions import BudgetType, GovernanceDecision
from bylaw.evaluation.governance.logs import EvidenceLog, EvidenceRecord, TimeLog
from bylaw.evaluation.governance.persistent import PersistentMap


class SpendKey(NamedTuple):
    """A counter of spending."""

    type: BudgetType
    policy: str
    """Empty upstream, where the policies of a process share its counters."""
    agent_id: str = ""
    period: str = ""
    """The session or the run."""
    action: str = ""


class CallKey(NamedTuple):
    """A window over the calls of an action, or over identical ones."""

    policy: str
    agent_id: str
    action: str
    session: str = ""
    """Upstream only, where a window ends with its process."""
    arguments: str = ""
    """The hash; empty for any arguments."""


class EvidenceKey(NamedTuple):
    """The records of an action that count together."""

    holder: str
    """The run; upstream the agent and its session, whose runs share their evidence."""
    action: str
    session: str = ""


class ReplyKey(NamedTuple):
    """A call that may be repeated without being decided again."""

    agent_id: str
    run_id: str | None
    action: str
    key: str


class Reply(NamedTuple):
    """What such a call was answered."""

    call: str
    """A hash of what was asked."""
    decision: GovernanceDecision
    expires_at_ms: int


class ApprovalStatus(StrEnum):
    """How far an approval is."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    INFO_REQUESTED = "info_requested"


class Approval(NamedTuple):
    """An approval that was filed, and for what exactly."""

    id: str
    status: ApprovalStatus
    action: str
    agent_id: str
    run_id: str | None
    arguments_hash: str
    cost_usd: Decimal
    filed_at_ms: int
    timeout_seconds: int
    used: bool = False


_SPEND: PersistentMap[SpendKey, Decimal] = PersistentMap()
_CALLS: PersistentMap[CallKey, TimeLog] = PersistentMap()
_EVIDENCE: PersistentMap[EvidenceKey, EvidenceLog] = PersistentMap()
_APPROVALS: PersistentMap[str, Approval] = PersistentMap()
_USES: PersistentMap[str, int] = PersistentMap()
_REPLIES: PersistentMap[ReplyKey, Reply] = PersistentMap()


class State(NamedTuple):
    """What evaluations read besides the event; each change gives a new one."""

    spend: PersistentMap[SpendKey, Decimal] = _SPEND
    """USD; upstream the exact value of a binary number."""
    rates: PersistentMap[CallKey, TimeLog] = _CALLS
    loops: PersistentMap[CallKey, TimeLog] = _CALLS
    evidence: PersistentMap[EvidenceKey, EvidenceLog] = _EVIDENCE
    approvals: PersistentMap[str, Approval] = _APPROVALS
    uses: PersistentMap[str, int] = _USES
    """Of exceptions, by id."""
    replies: PersistentMap[ReplyKey, Reply] = _REPLIES

    def with_spend(self, key: SpendKey, total: Decimal) -> "State":
        """With another total of a counter."""
        return State(self.spend.put(key, total), *self[1:])

    def with_rate(self, key: CallKey, log: TimeLog) -> "State":
        """With another history of calls."""
        return State(self.spend, self.rates.put(key, log), *self[2:])

    def with_loop(self, key: CallKey, log: TimeLog) -> "State":
        """With another history of identical calls."""
        return State(self.spend, self.rates, self.loops.put(key, log), *self[3:])

    def with_evidence(self, key: EvidenceKey, record: EvidenceRecord) -> "State":
        """With one more record."""
        log = self.evidence.get(key) or EvidenceLog()
        return self._replace(evidence=self.evidence.put(key, log.add(record)))

    def with_approval(self, approval: Approval) -> "State":
        """With an approval as it is now: filed, decided or used."""
        return self._replace(approvals=self.approvals.put(approval.id, approval))

    def with_uses(self, exception: str, uses: int) -> "State":
        """With so many uses of an exception."""
        return self._replace(uses=self.uses.put(exception, uses))

    def with_reply(self, key: ReplyKey, reply: Reply) -> "State":
        """With an answer to give again."""
        return self._replace(replies=self.replies.put(key, reply))


NO_HISTORY = State()
