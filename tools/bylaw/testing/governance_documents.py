"""Suites of `governance` apps: `tests/policies/<app>/**.yaml`, data only.

A test is an action that is asked about, or several with the time between them: what one of them spends, records or gets approved
counts for those that follow.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from bylaw.languages.governance.documents import ActionName, Amount, Tag
from bylaw.repository.documents.base import Document
from bylaw.testing.documents import Skip, Text

Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Duration = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(ms|s|m|h|d)$")]
Outcome = Literal["allow", "deny", "require_approval"]
KillTarget = Literal["agent", "run", "mission", "group", "tenant"]


class GovernanceExpect(Document):
    """What is expected of a decision, in parts."""

    decision: Outcome
    reason: str | None = Field(default=None, description="the reason code, such as BUDGET_EXCEEDED")
    policy: str | None = Field(default=None, description="the id of the policy that refuses or asks")
    rule: str | None = Field(default=None, description="its place in the policy, such as rate_limits.search_web")


class KillSwitchDocument(Document):
    """A switch that is on."""

    type: KillTarget
    id: Id


class Who(Document):
    """Whose action it is; what a test or an event leaves out, the suite says."""

    agent: Id | None = None
    run: Id | None = None
    session: Id | None = None
    group: Id | None = None
    mission: Id | None = None


class EventDocument(Who):
    """One action that is asked about."""

    action: ActionName
    cost_usd: Amount = 0
    arguments: dict[str, Any] = Field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    risk_level: str | None = None
    impact: str | None = Field(default="medium", description="`read` and `low` are no writes")
    after: Duration | None = Field(default=None, description="since the event before, as `30s` or `5m`")
    times: Annotated[int, Field(ge=1, le=10_000)] = Field(default=1, description="how often; the last counts")
    result: Any = Field(default=None, description="what it returned: evidence, where it succeeded")
    succeeded: bool | None = Field(default=None, description="whether it ran well; left out, where `result` is given")
    approval: Literal["approved", "rejected", "pending", "cancelled", "expired"] | None = Field(
        default=None, description="what somebody answered who was asked about exactly this call"
    )
    idempotency_key: Id | None = None
    dry_run: bool = False
    killed: tuple[KillSwitchDocument, ...] = ()
    expect: Outcome | GovernanceExpect | None = Field(
        default=None, description="of this event; the last has the test's"
    )


class GovernanceTest(Document):
    """One test: an event, or several."""

    name: Text
    about: str | None = None
    event: EventDocument | None = None
    events: tuple[EventDocument, ...] = Field(default=(), description="one after the other")
    expect: Outcome | GovernanceExpect = Field(description="of the last event")
    skip: Skip | None = None


class GovernanceSuiteDocument(Who):
    """A suite of a `governance` app."""

    suite: Text = Field(description="its name")
    about: str | None = None
    mode: Literal["fail_open", "fail_closed_writes", "fail_closed"] = Field(
        default="fail_closed_writes", description="what happens where no policy applies"
    )
    exceptions: tuple[str, ...] = Field(default=(), description="ids of exceptions that hold in this suite")
    tests: tuple[GovernanceTest, ...]
