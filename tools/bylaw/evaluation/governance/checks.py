"""What a stage is to the evaluator: a question, compiled for one policy and one action, that refuses or has nothing to say."""

from typing import Protocol

from bylaw.evaluation.governance.decisions import PolicyLabel, Refusal, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.state import State


class Check(Protocol):
    """Looks, and changes nothing."""

    @property
    def stage(self) -> Stage:
        """Which stage it belongs to."""

    @property
    def policy(self) -> PolicyLabel:
        """Whose rule it is."""

    def look(self, event: GovernanceEvent, state: State) -> Refusal | None:
        """Why the event is refused; none where this rule lets it pass."""


class Recorder(Protocol):
    """Records what an allowed event uses up."""

    def record(self, event: GovernanceEvent, state: State) -> State:
        """The state after the event."""
