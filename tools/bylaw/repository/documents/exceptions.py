"""The file form of an exception: `policies/<app>/exceptions/<name>.yaml`."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from bylaw.repository.documents.base import Document, PolicyPath

Named = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Stage = Literal[
    "denied_actions", "allowed_actions", "rate_limits", "budgets", "approvals", "evidence", "arguments", "grounding"
]


class ExceptionDocument(Document):
    """An exception from one policy, for somebody, until a time or for a number of uses."""

    policy: PolicyPath = Field(description="the id of the policy; all others still hold")
    reason: Annotated[str, StringConstraints(min_length=10, max_length=1000)] = Field(description="why it is needed")
    approver: Annotated[str, StringConstraints(min_length=3, max_length=255)] = Field(description="who agreed to it")
    agent: Named | None = Field(default=None, description="an agent's id; in Cedar, the principal")
    run: Named | None = Field(default=None, description="a run's id; not in Cedar")
    actions: tuple[Named, ...] | None = Field(default=None, min_length=1, description="none: all")
    rules: tuple[Stage, ...] | None = Field(default=None, min_length=1, description="none: all; not in Cedar")
    expires_at: AwareDatetime | None = Field(default=None, description="RFC 3339 with an offset")
    max_uses: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(default=None, description="not in Cedar")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.agent is None and self.run is None:
            msg = "an exception is for an `agent` or a `run`"
            raise ValueError(msg)
        if self.expires_at is None and self.max_uses is None:
            msg = "an exception ends: give `expires_at` or `max_uses`"
            raise ValueError(msg)
        return self
