"""The file form of `governance`: what a YAML document may hold, before anything is checked that a schema cannot say."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from bylaw.repository.documents.base import Document

ActionName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Amount = Annotated[int, Field(ge=0, le=10**15)] | Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
"""In USD, with at most six decimals."""
Seconds = Annotated[int, Field(ge=1, le=2_678_400)]
"""Up to a month."""
Actions = tuple[ActionName, ...]
RiskLevel = Annotated[str, StringConstraints(pattern=r"^(?i:minimal|low|medium|high|critical)$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=200)]
SchemaDocument = dict[str, Any]
PiiCategory = Literal[
    "email",
    "us_ssn",
    "credit_card",
    "phone_us",
    "api_key_like",
    "aws_access_key",
    "private_key_block",
]


class RateLimitDocument(Document):
    """How often an action may run within any window."""

    max_count: Annotated[int, Field(ge=0, le=2**31)]
    window_seconds: Seconds


class ApproverDocument(Document):
    """Somebody who can be asked."""

    type: Literal["email", "slack", "webhook", "user"]
    target: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ApprovalConditionDocument(Document):
    """When an approval rule is about an action: all that is given has to hold."""

    actions: Actions | None = None
    tags: tuple[Tag, ...] | None = None
    risk_levels: tuple[RiskLevel, ...] | None = None
    min_cost_usd: Amount | None = None
    arguments: SchemaDocument | None = Field(default=None, description="a JSON Schema that the arguments satisfy")


class ApprovalRuleDocument(Document):
    """Who is asked about some actions; the first rule that is about one decides."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(description="unique in the document")
    when: ApprovalConditionDocument
    approvers: tuple[ApproverDocument, ...]
    min_approvals: Annotated[int, Field(ge=1, le=100)] = 1
    timeout_seconds: Annotated[int, Field(ge=1, le=604_800)] | None = None
    on_timeout: Literal["deny"] = "deny"


class GroundingRuleDocument(Document):
    """Where the value of an argument has to come from."""

    source_action: ActionName
    source_field: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="a dotted path; a number is a position, `*` any"
    )
    source_from: Literal["result", "kwargs"] = "result"


class PiiRuleDocument(Document):
    """Personal data that no argument of an action may hold."""

    categories: tuple[PiiCategory, ...] | None = Field(default=None, description="none: all")
    extra_patterns: tuple[Annotated[str, StringConstraints(min_length=1, max_length=256)], ...] = ()
    allow_categories: tuple[PiiCategory, ...] = ()
    redact_preview: bool = True


class LoopRuleDocument(Document):
    """How often the same call may come within a window."""

    threshold: Annotated[int, Field(ge=1, le=10_000)] = 5
    window_seconds: Seconds = 10
    arg_exclude: tuple[str, ...] = ()


class GovernanceDocument(Document):
    """One policy: what actions of somebody's agents may run."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(
        description="unique for its scope and target"
    )
    description: Annotated[str, StringConstraints(max_length=4096)] | None = None
    enabled: bool = True
    scope: Literal["global", "group", "mission", "agent", "run"] = "global"
    target_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        default=None, description="of the group, mission, agent or run; none for a global policy"
    )
    session_budget: Amount | None = Field(default=None, description="USD within a session; none: any")
    run_budget: Amount | None = Field(default=None, description="USD within a run; none: any")
    action_budgets: dict[ActionName, Amount] = Field(default_factory=dict, description="USD by action, in a session")
    budget_warning_thresholds: tuple[Annotated[int, Field(ge=1, le=100)], ...] = Field(
        default=(80,), description="percent"
    )
    denied_actions: Actions = Field(default=(), description="by exact name")
    allowed_actions: Actions | None = Field(default=None, description="none: all; an empty list: none")
    rate_limits: dict[ActionName, RateLimitDocument] = Field(default_factory=dict)
    strict_mode: bool = Field(default=True, description="stored; nothing depends on it")
    require_approval: bool = Field(default=False, description="the switch of the criteria below")
    approval_actions: Actions = ()
    approval_tags: tuple[Tag, ...] = ()
    approval_risk_levels: tuple[RiskLevel, ...] = ()
    approval_threshold_usd: Amount | None = Field(default=None, description="from this cost on")
    approval_timeout_seconds: Annotated[int, Field(ge=1, le=604_800)] = 3600
    default_approvers: tuple[ApproverDocument, ...] = ()
    approval_rules: tuple[ApprovalRuleDocument, ...] = Field(default=(), description="the first that matches decides")
    evidence_requirements: dict[ActionName, Actions] = Field(
        default_factory=dict, description="by action, what has to have happened before in the run"
    )
    evidence_max_age_seconds: dict[ActionName, Annotated[int, Field(ge=1, le=2**31)]] = Field(
        default_factory=dict, description="by the action that asks for evidence"
    )
    evidence_actions: Actions = Field(default=(), description="what is recorded when it succeeds")
    commit_actions: Actions = Field(default=(), description="what writes, whatever impact it declares")
    argument_constraints: dict[ActionName, SchemaDocument] = Field(
        default_factory=dict, description="by action, a JSON Schema of its arguments"
    )
    grounding_rules: dict[ActionName, dict[str, GroundingRuleDocument]] = Field(
        default_factory=dict, description="by action and argument"
    )
    pii_rules: dict[ActionName, PiiRuleDocument] = Field(default_factory=dict)
    pii_default_enabled: bool = False
    moderation_rules: dict[ActionName, dict[str, Any]] = Field(
        default_factory=dict, description="stored, and reported as not evaluated"
    )
    moderation_default_enabled: bool = False
    loop_rules: dict[ActionName, LoopRuleDocument] = Field(default_factory=dict)
    loop_default_enabled: bool = False
