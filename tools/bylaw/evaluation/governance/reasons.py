"""Why an action is refused, and what clients make of it."""

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Why an action is refused, or asked about."""

    DENIED_ACTION = "DENIED_ACTION"
    NOT_IN_ALLOWLIST = "NOT_IN_ALLOWLIST"
    RATE_LIMITED = "RATE_LIMITED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    MISSING_EVIDENCE = "MISSING_EVIDENCE"
    STALE_EVIDENCE = "STALE_EVIDENCE"
    ARGUMENT_CONSTRAINT_VIOLATED = "ARGUMENT_CONSTRAINT_VIOLATED"
    UNGROUNDED_ARGUMENT = "UNGROUNDED_ARGUMENT"
    PII_DETECTED = "PII_DETECTED"
    LOOP_DETECTED = "LOOP_DETECTED"
    POLICY_NOT_CONFIGURED = "POLICY_NOT_CONFIGURED"
    NO_POLICY_FOR_WRITE = "NO_POLICY_FOR_WRITE"
    EVALUATION_ERROR = "EVALUATION_ERROR"
    AGENT_KILLED = "AGENT_KILLED"
    KILL_SWITCH_UNAVAILABLE = "KILL_SWITCH_UNAVAILABLE"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    APPROVAL_REJECTED = "APPROVAL_REJECTED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    APPROVAL_MISMATCH = "APPROVAL_MISMATCH"
    INVALID_REQUEST = "INVALID_REQUEST"


class Meaning(NamedTuple):
    """What a client makes of a reason."""

    error_code: str
    is_recoverable: bool
    intervention: str


_BLOCK = Meaning("POLICY_VIOLATION", False, "hard_block")
_EVIDENCE = Meaning("EVIDENCE_VIOLATION", True, "missing_evidence")
_KILLED = Meaning("AGENT_KILLED", False, "hard_block")

MEANINGS = {
    Reason.DENIED_ACTION: _BLOCK,
    Reason.NOT_IN_ALLOWLIST: _BLOCK,
    Reason.RATE_LIMITED: Meaning("POLICY_VIOLATION", True, "rate_limited"),
    Reason.BUDGET_EXCEEDED: Meaning("BUDGET_EXCEEDED", False, "budget_exceeded"),
    Reason.MISSING_EVIDENCE: _EVIDENCE,
    Reason.STALE_EVIDENCE: _EVIDENCE,
    Reason.ARGUMENT_CONSTRAINT_VIOLATED: _EVIDENCE,
    Reason.UNGROUNDED_ARGUMENT: _EVIDENCE,
    Reason.PII_DETECTED: Meaning("POLICY_VIOLATION", True, "pii_blocked"),
    Reason.LOOP_DETECTED: Meaning("POLICY_VIOLATION", True, "loop_detected"),
    Reason.POLICY_NOT_CONFIGURED: Meaning("POLICY_NOT_CONFIGURED", False, "hard_block"),
    Reason.NO_POLICY_FOR_WRITE: Meaning("NO_POLICY_FOR_WRITE", False, "hard_block"),
    Reason.EVALUATION_ERROR: _BLOCK,
    Reason.AGENT_KILLED: _KILLED,
    Reason.KILL_SWITCH_UNAVAILABLE: _KILLED,
    Reason.APPROVAL_REQUIRED: Meaning("APPROVAL_REQUIRED", True, "approval_required"),
    Reason.APPROVAL_REJECTED: _BLOCK,
    Reason.APPROVAL_EXPIRED: _BLOCK,
    Reason.APPROVAL_MISMATCH: _BLOCK,
    Reason.INVALID_REQUEST: _BLOCK,
}
