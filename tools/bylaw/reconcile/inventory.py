"""Whose objects stand on a target: ours by mark and name, foreign otherwise. And what the journal says of ours."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bylaw.backends.interface import LiveObject, Observed
from bylaw.backends.state.interface import Record, RecordKind
from bylaw.model.digests import SHORT
from bylaw.model.identifiers import PolicyRef, TargetId

HEAL_WINDOW = timedelta(hours=24)


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
    """Sort what was observed. An object is ours if and only if its mark names our repository and this target."""
    ours: dict[PolicyRef, list[LiveObject]] = {}
    foreign = []
    for live in sorted(observed.objects, key=lambda o: (o.engine, o.id)):
        mark = live.mark
        if mark is not None and mark.owner == owner and mark.target == target and live.digest is not None:
            ours.setdefault(mark.ref, []).append(live)
        else:
            foreign.append(live)
    return Inventory({ref: tuple(objects) for ref, objects in ours.items()}, tuple(foreign))


@dataclass(frozen=True)
class JournalFacts:
    """What earlier runs recorded, as far as a plan must know it."""

    intended: frozenset[tuple[str, str]] = frozenset()
    """Policy and short digest of everything an apply meant to write: an unrecorded object of ours among these was interrupted, not
    forged."""
    heals: Mapping[str, int] = field(default_factory=dict)
    """How often each policy was healed within the last day."""
    spent_waivers: frozenset[str] = frozenset()
    """Digests of waivers that an earlier apply used up."""


def read_journal(records: Iterable[Record], now: datetime) -> JournalFacts:
    """The facts in a journal."""
    intended: set[tuple[str, str]] = set()
    heals: dict[str, int] = {}
    spent: set[str] = set()
    for record in records:
        detail = json.loads(record.detail)
        if record.kind is RecordKind.INTENT:
            intended.add((detail.get("policy", ""), detail.get("after", "")[:SHORT]))
            if detail.get("heals") and now - record.at < HEAL_WINDOW:
                heals[detail["policy"]] = heals.get(detail["policy"], 0) + 1
        elif record.kind is RecordKind.WAIVER:
            spent.add(detail["waiver"])
    return JournalFacts(frozenset(intended), heals, frozenset(spent))
