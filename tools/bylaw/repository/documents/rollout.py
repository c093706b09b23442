"""`rollout:` of a target in `bylaw.yaml`: the stages that a new or changed policy goes through before it decides requests."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from bylaw.repository.documents.base import Document, PolicyPath, RepositoryPath

StageMode = Literal["noop", "log_only", "active"]

STAGES: Final[tuple[StageMode, ...]] = ("noop", "log_only", "active")
"""In the order in which a policy passes them."""


class Stage(Document):
    """One step of a rollout, and what a policy must show before it leaves it."""

    mode: StageMode = Field(description="`noop`: not on the target yet; `log_only`: there, deciding nothing; `active`")
    dwell_hours: float = Field(default=0, ge=0, le=24 * 90, description="how long a policy stays at least")
    max_flips: int | None = Field(
        default=None,
        ge=0,
        description="decisions that the policy would have turned, at most; for `log_only`. Unknown counts as too many",
    )

    @property
    def dwell(self) -> timedelta:
        """As a duration."""
        return timedelta(hours=self.dwell_hours)

    @model_validator(mode="after")
    def _conditions_that_can_be_met(self) -> Self:
        if self.max_flips is not None and self.mode != "log_only":
            msg = "`max_flips` is for `log_only`: no other stage has decisions to compare"
            raise ValueError(msg)
        if self.dwell_hours and self.mode == "active":
            msg = "`active` is the end: nothing dwells there"
            raise ValueError(msg)
        return self


class Rollout(Document):
    """The stages of one target, and who counts decision flips."""

    stages: tuple[Stage, ...] = Field(description="from `noop` or `log_only` to `active`")
    flips: RepositoryPath | None = Field(
        default=None, description="file with counted decision flips; by default the backend is asked"
    )

    @model_validator(mode="after")
    def _from_first_to_last(self) -> Self:
        places = [STAGES.index(stage.mode) for stage in self.stages]
        if len(places) < 2 or places != sorted(set(places)) or self.stages[-1].mode != "active":
            msg = "`stages` go from `noop` over `log_only` to `active`, each at most once, and end there"
            raise ValueError(msg)
        return self


class CountedFlips(Document):
    """What was counted of one policy."""

    digest: Annotated[str, StringConstraints(pattern="^[0-9a-f]{12,64}$")] = Field(
        description="beginning of the content digest that was observed"
    )
    flips: int = Field(ge=0, description="decisions that would have been another one")


class FlipFile(Document):
    """A file of counted decision flips, written by whatever watches the gateway."""

    version: Literal[1]
    until: datetime = Field(description="the counts hold all decisions up to here")
    policies: dict[PolicyPath, CountedFlips] = Field(description="by `app/policy`")
