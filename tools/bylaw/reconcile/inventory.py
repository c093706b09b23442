"""Whose objects stand on a target: ours by mark and name, foreign otherwise."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bylaw.backends.interface import LiveObject, Observed
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import PolicyRef, TargetId
from bylaw.reconcile.journal_facts import JournalFacts, read_journal

__all__ = ["Inventory", "JournalFacts", "read_journal", "take_inventory"]


@dataclass(frozen=True)
class Inventory:
    """The objects of a target, sorted by owner."""

    ours: Mapping[PolicyRef, tuple[LiveObject, ...]]
    """By policy; more than one object while a change of that policy is under way."""
    foreign: tuple[LiveObject, ...]

    @property
    def size(self) -> int:
        """How many policies are ours."""
        return len(self.ours)


def take_inventory(observed: Observed, owner: str, target: TargetId) -> Inventory:
    """Sort what was observed. An object is ours if and only if its mark names our repository and this target.

    Raises:
        InternalError: the backend lists one object twice; nothing can be planned on such a listing.
    """
    ours: dict[PolicyRef, list[LiveObject]] = {}
    foreign = []
    for live in sorted(observed.objects, key=lambda o: (o.engine, o.id)):
        mark = live.mark
        if mark is not None and mark.owner == owner and mark.target == target and live.digest is not None:
            ours.setdefault(mark.ref, []).append(live)
        else:
            foreign.append(live)
    _demand_unique(observed)
    return Inventory({ref: tuple(objects) for ref, objects in ours.items()}, tuple(foreign))


def _demand_unique(observed: Observed) -> None:
    seen = Counter((live.engine, live.id) for live in observed.objects)
    twice = [object_id for (_, object_id), count in seen.items() if count > 1]
    if twice:
        raise InternalError(f"the backend lists object `{twice[0]}` {seen.most_common(1)[0][1]} times")
