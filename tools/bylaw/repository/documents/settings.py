"""`bylaw.yaml`: targets, safety limits, waivers, and the level of each lint rule."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from bylaw.model.marks import OWNER
from bylaw.repository.documents.agentcore import AgentCoreTarget
from bylaw.repository.documents.base import Document, Name, RepositoryPath
from bylaw.repository.documents.policy_api import PolicyApiTarget
from bylaw.repository.documents.rollout import Rollout

RuleLevel = Literal["error", "warning", "note", "off"]


class Limits(Document):
    """How much one plan may change. Absolute and relative limits both hold; one change is always within the ratio."""

    max_deletes: int = Field(default=5, ge=0, description="deletions in one plan")
    max_updates: int = Field(default=20, ge=0, description="changed policies in one plan")
    max_change_ratio: float = Field(
        default=0.3, ge=0, le=1, description="changed or deleted share of the policies we own on the target"
    )
    never_empty: bool = Field(
        default=True, description="refuse a plan that leaves no policy, or no permit, where there was one"
    )
    forbid_removals: int = Field(
        default=0, ge=0, description="forbids that one plan may remove, weaken or take out of force"
    )


class Waiver(Document):
    """Lifts one limit once, on one target, for a reason that someone answers for."""

    limit: Literal[
        "max_deletes", "max_updates", "max_change_ratio", "never_empty", "protected", "forbid_removals", "first_apply",
        "switch_change", "transient_deny",
    ] = Field(description="the limit to lift")  # fmt: skip
    target: Name
    reason: Annotated[str, StringConstraints(min_length=10)]
    by: Annotated[str, StringConstraints(min_length=1)] = Field(description="who answers for it")
    until: date = Field(description="last day on which it counts")
    policies: tuple[str, ...] = Field(default=(), description="globs over `app/policy`; empty means all")
    count: int | None = Field(default=None, ge=1, description="at most this many objects")
    plan: Annotated[str, StringConstraints(pattern="^[0-9a-f]{12,64}$")] | None = Field(
        default=None, description="only for the plan whose hash starts so"
    )


class Suspension(Document):
    """Stops writes to one target; plans and drift reports go on."""

    reason: Annotated[str, StringConstraints(min_length=3)]
    by: Annotated[str, StringConstraints(min_length=1)]
    until: datetime


class DriftIgnore(Document):
    """A difference that is known and accepted for a while."""

    policies: tuple[str, ...] = Field(min_length=1, description="globs over `app/policy`")
    field: Literal["mode"]
    reason: Annotated[str, StringConstraints(min_length=10)]
    until: date


class Target(Document):
    """A named place to deploy to."""

    backend: Name = Field(description="backend kind: `local`, `agentcore`, `policy-api`, `noop`")
    url: str | None = Field(
        default=None, description="database of a `local` target, as an SQLAlchemy URL without credentials"
    )
    url_env: str | None = Field(default=None, description="environment variable that holds the URL instead")
    state: str | None = Field(
        default=None, description="database for journal, lease and inventory; default: beside the target"
    )
    about: str | None = None
    agentcore: AgentCoreTarget | None = Field(default=None, description="what a target of backend `agentcore` means")
    policy_api: PolicyApiTarget | None = Field(default=None, description="what a target of backend `policy-api` means")
    limits: Limits = Limits()
    rollout: Rollout | None = Field(
        default=None, description="stages before a policy decides; by default there are none"
    )
    drift: Literal["report", "heal", "heal-narrowing"] = Field(
        default="report", description="what `reconcile` does about changes made outside of git"
    )
    ignore_drift: tuple[DriftIgnore, ...] = ()
    suspend: Suspension | None = None
    plan_expires_hours: int = Field(default=24, ge=1, le=24 * 30)
    lease_seconds: int = Field(default=120, ge=10, le=3600)

    @model_validator(mode="after")
    def _block_of_its_backend(self) -> Self:
        for kind, block in {"agentcore": self.agentcore, "policy-api": self.policy_api}.items():
            if (block is not None) is not (self.backend == kind):
                word = kind.replace("-", "_")
                msg = f"`{word}:` belongs to targets of backend `{kind}`, and each of them needs it"
                raise ValueError(msg)
        return self


class RuleSettings(Document):
    """Level and options of one lint rule."""

    level: RuleLevel | None = None
    ignore: tuple[str, ...] = Field(default=(), description="globs over paths the rule does not look at")
    options: dict[str, int | str | bool | list[str]] = Field(default_factory=dict)


class LintSettings(Document):
    """How findings are filtered."""

    fail_on: Literal["error", "warning", "note"] = "error"
    rules: dict[str, RuleSettings] = Field(default_factory=dict)
    baseline: RepositoryPath = "bylaw-baseline.yaml"
    expires_within_days: int = Field(default=30, ge=0, description="when `@expires` counts as soon")


class Settings(Document):
    """The whole of `bylaw.yaml`."""

    version: Literal[1]
    owner: Annotated[str, StringConstraints(pattern=rf"^{OWNER}$", max_length=100)] = Field(
        description="this repository, as `org/repo`; part of every ownership mark"
    )
    targets: dict[Name, Target] = Field(default_factory=dict)
    lint: LintSettings = LintSettings()
    waivers: tuple[Waiver, ...] = ()
