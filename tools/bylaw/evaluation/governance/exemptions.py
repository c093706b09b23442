"""Exceptions from a policy: for an agent or a run, in some stages, until a time or for a number of uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bylaw.evaluation.governance.decisions import Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.state import State

EXEMPTIBLE = frozenset(
    {
        Stage.DENIED,
        Stage.ALLOWED,
        Stage.RATES,
        Stage.BUDGETS,
        Stage.APPROVALS,
        Stage.EVIDENCE,
        Stage.ARGUMENTS,
        Stage.GROUNDING,
    }
)
"""What a rule of an exception can name; nothing sets aside kill switches, a missing policy, personal data or loops."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """One exception that was not revoked.

    Raises:
        ValueError: it is for no agent and no run, has no end, or names a stage that cannot be set aside.
    """

    id: str
    policy: str
    """The id of the policy; the rules of others still apply."""
    agent_id: str | None = None
    run_id: str | None = None
    actions: frozenset[str] | None = None
    """None: all."""
    rules: frozenset[Stage] | None = None
    """None: all that can be set aside."""
    expires_at_ms: int | None = None
    max_uses: int | None = None

    def __post_init__(self) -> None:
        if self.agent_id is None and self.run_id is None:
            raise ValueError("an exception names an agent or a run")
        if self.expires_at_ms is None and self.max_uses is None:
            raise ValueError("an exception ends at a time or after a number of uses")
        if self.rules is not None and not self.rules <= EXEMPTIBLE:
            raise ValueError("an exception names a stage that cannot be set aside")

    def covers(self, stage: Stage) -> bool:
        """Whether it sets that stage of its policy aside."""
        return stage in EXEMPTIBLE if self.rules is None else stage in self.rules

    def is_about(self, event: GovernanceEvent, state: State) -> bool:
        """Whether it is for that event, and has not ended."""
        return (
            (self.agent_id is None or self.agent_id == event.agent_id)
            and (self.run_id is None or self.run_id == event.run_id)
            and (self.actions is None or event.action in self.actions)
            and (self.expires_at_ms is None or event.timestamp_ms < self.expires_at_ms)
            and (self.max_uses is None or (state.uses.get(self.id) or 0) < self.max_uses)
        )


class Exemptions:
    """All exceptions; where several cover a stage, the first of them is the one that is used."""

    def __init__(self, exemptions: Iterable[Exemption]) -> None:
        found: dict[str, tuple[Exemption, ...]] = {}
        for one in exemptions:
            found[one.policy] = (*found.get(one.policy, ()), one)
        self._by_policy: Mapping[str, tuple[Exemption, ...]] = found

    def find(self, policy: str, stage: Stage, event: GovernanceEvent, state: State) -> Exemption | None:
        """The one that sets a stage of a policy aside for an event; none where that stage stands."""
        candidates = self._by_policy.get(policy, ())
        return next((one for one in candidates if one.covers(stage) and one.is_about(event, state)), None)


def count(applied: Iterable[Exemption], state: State) -> State:
    """The state in which each of these was used once more."""
    for one in applied:
        state = state.with_uses(one.id, (state.uses.get(one.id) or 0) + 1)
    return state
