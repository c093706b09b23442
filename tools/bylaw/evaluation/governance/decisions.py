"""What the evaluation of an event answers, and why."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bylaw.evaluation.governance.reasons import MEANINGS, Reason
from bylaw.languages.governance.model import Approver
from bylaw.model.decisions import Decision


class EnforcementMode(StrEnum):
    """What happens where no policy can vouch for an action."""

    FAIL_OPEN = "fail_open"
    FAIL_CLOSED_WRITES = "fail_closed_writes"
    FAIL_CLOSED = "fail_closed"


class Stage(StrEnum):
    """The stages of an evaluation, in their order; eight of them can be named by an exception."""

    REQUEST = "request"
    KILL_SWITCH = "kill_switch"
    IDEMPOTENCY = "idempotency"
    POLICY = "policy"
    DENIED = "denied_actions"
    ALLOWED = "allowed_actions"
    RATES = "rate_limits"
    EVIDENCE = "evidence"
    ARGUMENTS = "arguments"
    PII = "pii"
    MODERATION = "moderation"
    LOOPS = "loops"
    GROUNDING = "grounding"
    BUDGETS = "budgets"
    APPROVALS = "approvals"
    COMMIT = "commit"


class PolicyLabel(NamedTuple):
    """Which policy."""

    id: str
    name: str
    version_id: str | None = None


class ArgumentError(NamedTuple):
    """What is wrong with an argument; never its value."""

    path: str
    keyword: str
    expected: str
    actual_type: str | None
    """None where it is absent."""
    text: str


class Ungrounded(NamedTuple):
    """An argument whose value no evidence shows."""

    field: str
    expected_source: str


class Personal(NamedTuple):
    """Where personal data is, and of what kinds."""

    categories: tuple[str, ...]
    fields: tuple[str, ...]


class BudgetType(StrEnum):
    """The counters of spending, in the order in which they are looked at."""

    SESSION = "session"
    RUN = "run"
    ACTION = "action"


class BudgetReport(NamedTuple):
    """The budget that an action would exceed, in USD."""

    budget_type: BudgetType
    limit: Decimal
    current: Decimal
    requested: Decimal
    spent: Decimal
    """The projected total: what clients show under this name."""


class BudgetWarning(NamedTuple):
    """A threshold that an allowed action reaches."""

    policy: str
    budget_type: BudgetType
    percent: int
    spent: Decimal
    """After the action."""
    limit: Decimal

    @property
    def text(self) -> str:
        """One sentence."""
        return f"{self.budget_type} budget of policy {self.policy}: {self.percent}% reached ({self.spent} of {self.limit} USD)"


class Notice(NamedTuple):
    """Something else worth saying about an allowed action."""

    text: str


@dataclass(frozen=True, slots=True)
class Remediation:
    """What the caller can do about a refusal; never repeats the value of an argument."""

    retry_guidance: str
    missing_requirements: tuple[str, ...] = ()
    required_prior_actions: tuple[str, ...] = ()
    safe_alternatives: tuple[str, ...] = ()
    stale_evidence: tuple[str, ...] = ()
    argument_violations: tuple[str, ...] = ()
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule that says no."""

    reason: Reason
    message: str
    rule: str | None = None
    remediation: Remediation | None = None
    budget: BudgetReport | None = None
    argument_errors: tuple[ArgumentError, ...] = ()
    ungrounded: tuple[Ungrounded, ...] = ()
    personal: Personal | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """The request to file before the event is asked about again, with the id that filing gives."""

    action: str
    agent_id: str
    run_id: str | None
    arguments_hash: str
    cost_usd: Decimal
    timeout_seconds: int
    approvers: tuple[Approver, ...]
    min_approvals: int
    policies: tuple[str, ...]
    """Those that ask."""
    rules: tuple[str, ...]
    """By which rule each does."""


class StepResult(StrEnum):
    """What a stage said."""

    PASSED = "passed"
    REFUSED = "refused"
    ASKED = "asked"
    EXEMPT = "exempt"
    """It would have said no; an exception sets that aside."""
    NOT_EVALUATED = "not_evaluated"
    REPLAYED = "replayed"


class Step(NamedTuple):
    """A stage of the evaluation, as one policy has it."""

    stage: Stage
    result: StepResult
    policy: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class GovernanceDecision:
    """The answer to one event."""

    decision: Decision
    message: str
    matched_policies: tuple[str, ...]
    """Those that apply, broadest first."""
    evaluation_path: tuple[Step, ...]
    enforcement_mode: EnforcementMode
    evaluated_at_ms: int
    refusal: Refusal | None = None
    """Also where approval is asked for; none where the action is allowed."""
    policy: PolicyLabel | None = None
    """Whose rule it is."""
    approval: ApprovalRequest | None = None
    warnings: tuple[BudgetWarning | Notice, ...] = ()
    exceptions_applied: tuple[str, ...] = ()

    @property
    def reason_code(self) -> Reason | None:
        """Why it is not allowed."""
        return None if self.refusal is None else self.refusal.reason

    @property
    def error_code(self) -> str | None:
        """The class of the reason."""
        return None if self.refusal is None else MEANINGS[self.refusal.reason].error_code

    @property
    def recoverable(self) -> bool:
        """Whether the caller can do something about it and ask again."""
        return self.refusal is not None and MEANINGS[self.refusal.reason].is_recoverable

    @property
    def intervention(self) -> str | None:
        """As what a client reports it."""
        return None if self.refusal is None else MEANINGS[self.refusal.reason].intervention

    @property
    def rule(self) -> str | None:
        """The place in the policy, such as `rate_limits.search_web`."""
        return None if self.refusal is None else self.refusal.rule

    @property
    def remediation(self) -> Remediation | None:
        """What to do about it."""
        return None if self.refusal is None else self.refusal.remediation

    @property
    def budget(self) -> BudgetReport | None:
        """The budget it would exceed."""
        return None if self.refusal is None else self.refusal.budget
