"""One question to the policies: may this action run now? With the facts that come with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bylaw.model.exact import Json

NOTHING = Decimal(0)


class TargetType(StrEnum):
    """What a kill switch stops, in the order in which they are asked."""

    AGENT = "agent"
    RUN = "run"
    MISSION = "mission"
    GROUP = "group"
    TENANT = "tenant"


class KillSwitch(NamedTuple):
    """A switch that is on."""

    type: TargetType
    id: str


class Outcome(NamedTuple):
    """How the action went where it ran, as it is recorded as evidence."""

    succeeded: bool
    """What failed is no evidence."""
    result: Json = None
    """Null where only the name was recorded."""


@dataclass(frozen=True, slots=True)
class GovernanceEvent:
    """One request for a decision; times are milliseconds since 1970, and do not decrease from event to event."""

    action: str
    timestamp_ms: int
    agent_id: str
    cost_usd: Decimal = NOTHING
    arguments: Mapping[str, Json] = field(default_factory=dict)
    """All of them, by name."""
    tags: tuple[str, ...] = ()
    risk_level: str | None = None
    impact: str | None = "medium"
    run_id: str | None = None
    session_id: str | None = None
    group_id: str | None = None
    mission_id: str | None = None
    approval_id: str | None = None
    idempotency_key: str | None = None
    dry_run: bool = False
    kill_switches: tuple[KillSwitch, ...] = ()
    """Those that are on; which of them are about this event is for the evaluator to say."""
    kill_switches_known: bool = True
    """False where they could not be read."""
    outcome: Outcome | None = None
    """None where the action does not record evidence, or has yet to run."""

    @property
    def group(self) -> str | None:
        """The group; clients report it under the name of the mission when they report at all."""
        return self.mission_id if self.group_id is None else self.group_id


def writes(impact: str | None) -> bool:
    """Whether an action of that declared impact counts as a write: all but what is known to read does."""
    return (impact or "medium") not in {"read", "low"}
