"""Which policies an event falls under."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from bylaw.evaluation.governance.decisions import PolicyLabel
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.languages.governance.model import Governance, Scope

Found: TypeAlias = tuple[tuple[int, ...], ...]
"""Positions of policies, by scope."""


class GovernancePolicy(NamedTuple):
    """A document with its identity; policies are given in the order in which they were created."""

    label: PolicyLabel
    document: Governance


class Applicability:
    """Finds the policies of an event in constant time."""

    def __init__(self, policies: Sequence[GovernancePolicy]) -> None:
        tables: dict[Scope, dict[str | None, tuple[int, ...]]] = {scope: {} for scope in Scope}
        for place, policy in enumerate(policies):
            scope = policy.document.scope
            target = None if scope is Scope.GLOBAL else policy.document.target_id
            if scope is Scope.GLOBAL or target is not None:
                tables[scope][target] = (*tables[scope].get(target, ()), place)
        self._everybody = tables[Scope.GLOBAL].get(None, ())
        self._groups = tables[Scope.GROUP]
        self._missions = tables[Scope.MISSION]
        self._agents = tables[Scope.AGENT]
        self._runs = tables[Scope.RUN]

    def of(self, event: GovernanceEvent) -> Found:
        """The positions of those that are about the event, broadest scope first; the ids that are absent match none."""
        return (
            self._everybody,
            self._groups.get(event.group, ()) if self._groups else (),
            self._missions.get(event.mission_id, ()) if self._missions else (),
            self._agents.get(event.agent_id, ()) if self._agents else (),
            self._runs.get(event.run_id, ()) if self._runs else (),
        )
