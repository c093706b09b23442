"""One document of the `governance` language, as a typed value.

The format is that of Agent Sentinel policies. `upstream` reads it as the published client does, `strict` as one would expect from
the documentation: nothing that cannot be checked passes, and no narrower policy loosens a wider one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from bylaw.model.exact import Json

Schema: TypeAlias = Mapping[str, Json]
"""A JSON Schema over the keywords that are supported; checked when it was loaded."""
Usd: TypeAlias = Decimal
"""An amount: finite, not negative, at most six decimals."""


class Scope(StrEnum):
    """Whom a policy is about, from the widest to the narrowest."""

    GLOBAL = "global"
    GROUP = "group"
    MISSION = "mission"
    AGENT = "agent"
    RUN = "run"


class RateLimit(NamedTuple):
    """How often an action may run within any window."""

    max_count: int
    window_seconds: int


class GroundingRule(NamedTuple):
    """Where the value of an argument has to come from."""

    source_action: str
    source_field: str
    """A dotted path."""
    source_from: str
    """`result` or `kwargs` of that action."""


class Approver(NamedTuple):
    """Somebody who can be asked."""

    type: str
    """`email`, `slack`, `webhook` or `user`."""
    target: str


@dataclass(frozen=True, slots=True)
class ApprovalCondition:
    """When an approval rule is about an action: all that is given has to hold."""

    actions: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    risk_levels: tuple[str, ...] | None = None
    min_cost_usd: Usd | None = None
    arguments: Schema | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Who is asked about some actions; the first rule that is about one decides."""

    name: str
    when: ApprovalCondition
    approvers: tuple[Approver, ...]
    min_approvals: int = 1
    timeout_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Approvals:
    """When a human is asked, and whom."""

    required: bool = False
    """The master switch of the criteria below; rules work without it."""
    actions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    risk_levels: tuple[str, ...] = ()
    threshold_usd: Usd | None = None
    timeout_seconds: int = 3600
    default_approvers: tuple[Approver, ...] = ()
    rules: tuple[ApprovalRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be spent; none is without limit."""

    session: Usd | None = None
    run: Usd | None = None
    actions: Mapping[str, Usd] | None = None
    warning_percents: tuple[int, ...] = (80,)

    @property
    def by_action(self) -> Mapping[str, Usd]:
        """The budget of each action that has one, over a session."""
        return self.actions or {}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What has to have happened before in the same run."""

    requirements: Mapping[str, tuple[str, ...]]
    """By action, the actions that have to come first."""
    max_age_seconds: Mapping[str, int]
    """By the action that asks for evidence."""
    actions: tuple[str, ...]
    """Actions whose success is recorded."""
    grounding: Mapping[str, Mapping[str, GroundingRule]]
    """By action and argument."""


PII_CATEGORIES: Final = (
    "email",
    "us_ssn",
    "credit_card",
    "phone_us",
    "api_key_like",
    "aws_access_key",
    "private_key_block",
)
"""The kinds of personal data and secrets that can be looked for."""


@dataclass(frozen=True, slots=True)
class PiiRule:
    """Personal data that no argument of an action may hold."""

    categories: tuple[str, ...]
    extra_patterns: tuple[str, ...] = ()
    allow_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoopRule:
    """How often the same call may come within a window."""

    threshold: int = 5
    window_seconds: int = 10
    arg_exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What is looked for in the arguments and in repetitions, by action."""

    pii: Mapping[str, PiiRule]
    pii_by_default: bool
    loop: Mapping[str, LoopRule]
    loop_by_default: bool
    moderation: Mapping[str, Mapping[str, Json]]
    """Stored and reported as not evaluated."""
    moderation_by_default: bool


@dataclass(frozen=True, slots=True)
class Governance:
    """One document."""

    name: str
    scope: Scope
    target_id: str | None
    """Of the group, mission, agent or run; none for a global policy."""
    enabled: bool
    budgets: Budgets
    denied_actions: tuple[str, ...]
    allowed_actions: tuple[str, ...] | None
    """None: any that is not denied. Empty: none."""
    rate_limits: Mapping[str, RateLimit]
    approvals: Approvals
    evidence: Evidence
    argument_constraints: Mapping[str, Schema]
    guardrails: Guardrails
    commit_actions: tuple[str, ...] = ()
    """Actions that write, whatever impact they declare."""
    strict_mode: bool = True
    """Stored; nothing depends on it."""
    description: str | None = None
