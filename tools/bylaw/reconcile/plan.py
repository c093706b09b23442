"""The plan: an ordered list of changes, bound to the commit, the target, the bundles and the observed state by one hash.

Planning writes nothing. The hash holds no time, so that planning the same world again gives the same hash; `apply` does just
that and compares. Waivers are not part of it: a waiver may name the plan it is for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bylaw.backends.interface import Capabilities, DesiredObject, LiveObject, Observed, Status
from bylaw.backends.state.interface import Applied, AppliedObject
from bylaw.compile.bundle import Bundle
from bylaw.model.digests import Digest, digest_json, digest_text
from bylaw.model.effects import Mode
from bylaw.model.identifiers import AppId, CommitId, PolicyRef, TargetId
from bylaw.reconcile.changes import Change, ChangeKind, Content, Phase, phase_of_addition, phase_of_removal
from bylaw.reconcile.desired import bundles_digest, desired_objects
from bylaw.reconcile.drift import (
    DriftClass,
    DriftItem,
    State,
    classify,
    ignored_by,
    may_heal,
    severity_of,
    state_of,
    was_intended,
)
from bylaw.reconcile.inventory import Inventory, JournalFacts, take_inventory
from bylaw.repository.documents.settings import Target

FORMAT = 1


@dataclass(frozen=True)
class PlanInput:
    """Everything a plan is made from."""

    target: TargetId
    owner: str
    commit: CommitId
    bundles: tuple[Bundle, ...]
    settings: Target
    capabilities: Capabilities
    engine_of: Callable[[AppId], str]
    tool_version: str
    now: datetime
    authors: Mapping[str, str] = field(default_factory=dict)
    heal: bool | None = None
    """Overrides the target's `drift` setting: heal everything that may be healed, or nothing."""


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """An object of somebody else. It is never touched, and it still decides requests."""

    id: str
    engine: str
    effect: str
    mark: str | None


@dataclass(frozen=True)
class Plan:
    """What an apply will do."""

    target: TargetId
    backend: str
    transactional: bool
    commit: CommitId
    applied_commit: str | None
    bundles: Digest
    observed: Digest
    tool_version: str
    limits: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    drift: tuple[DriftItem, ...]
    foreign: tuple[ForeignObject, ...]
    desired: tuple[DesiredObject, ...]
    inventory: Inventory
    unrecorded: bool
    """Whether the target was never applied to, as far as we remember."""
    records_only: bool
    """Whether the target is as desired but our memory of it is not."""

    @cached_property
    def components(self) -> tuple[tuple[str, str], ...]:
        """What the hash is made of, by name: a stale plan is told by the one that differs."""
        return (
            ("format", str(FORMAT)),
            ("tool version", self.tool_version),
            ("target", f"{self.target} ({self.backend})"),
            ("commit", self.commit),
            ("last applied commit", self.applied_commit or "none"),
            ("bundles", self.bundles),
            ("observed state", self.observed),
            ("limits", digest_json(list(self.limits))),
            ("changes", digest_json([[c.id, c.phase, c.before.digest if c.before else None] for c in self.changes])),
        )

    @cached_property
    def hash(self) -> Digest:
        """SHA-256 over the canonical JSON of the components."""
        return digest_json([list(pair) for pair in self.components])

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written to the target."""
        return not self.changes

    @property
    def conflicts(self) -> tuple[DriftItem, ...]:
        """Policies that changed outside of git in another way than git changed them, or that claim to be ours without a record."""
        return tuple(
            item
            for item in self.drift
            if item.kind in {DriftClass.CONFLICT, DriftClass.UNRECORDED} and not self.unrecorded
        )

    def count(self, kind: ChangeKind) -> int:
        """How many changes of `kind` there are."""
        return sum(1 for change in self.changes if change.kind is kind)


def make_plan(given: PlanInput, observed: Observed, applied: Applied | None, journal: JournalFacts) -> Plan:
    """Plan from what was observed, what was last applied, and what the journal says."""
    inventory = take_inventory(observed, given.owner, given.target)
    desired = desired_objects(given.bundles, given.owner, given.target, given.authors)
    builder = _Builder(
        given, inventory, _by_ref(applied), {item.ref: item for item in desired}, journal, applied is None
    )
    builder.build()
    changes = [*_schema_changes(given, observed), *builder.changes]
    return Plan(
        target=given.target,
        backend=given.capabilities.kind,
        transactional=given.capabilities.transactional,
        commit=given.commit,
        applied_commit=applied.commit if applied else None,
        bundles=bundles_digest(given.bundles),
        observed=observed.digest,
        tool_version=given.tool_version,
        limits=tuple((name, str(value)) for name, value in given.settings.limits.model_dump().items()),
        changes=tuple(sorted(changes, key=lambda change: change.sort_key)),
        drift=tuple(builder.drift),
        foreign=tuple(_foreign(inventory.foreign)),
        desired=desired,
        inventory=inventory,
        unrecorded=applied is None,
        records_only=not changes and builder.needs_record,
    )


def _by_ref(applied: Applied | None) -> dict[PolicyRef, AppliedObject]:
    return {PolicyRef.parse(item.ref): item for item in applied.objects} if applied else {}


def _foreign(objects: Iterable[LiveObject]) -> Iterator[ForeignObject]:
    for live in objects:
        yield ForeignObject(live.id, live.engine, live.effect or "unreadable", str(live.mark) if live.mark else None)


def _schema_changes(given: PlanInput, observed: Observed) -> Iterator[Change]:
    if not given.capabilities.manages_schema:
        return
    live = {engine.name: engine.schema for engine in observed.engines}
    for bundle in given.bundles:
        engine = given.engine_of(bundle.app)
        before, after = live.get(engine), bundle.schema
        if engine not in live or before != after:
            yield Change(ChangeKind.PUT_SCHEMA, Phase.SCHEMA, engine, None, None, _schema(before), _schema(after))


def _schema(text: str | None) -> Content | None:
    return None if text is None else Content(digest_text(text), None, Mode.ACTIVE, text)


@dataclass
class _Builder:
    """Collects the changes and drift of one plan, policy by policy."""

    given: PlanInput
    inventory: Inventory
    applied: Mapping[PolicyRef, AppliedObject]
    desired: Mapping[PolicyRef, DesiredObject]
    journal: JournalFacts
    unrecorded: bool
    changes: list[Change] = field(default_factory=list)
    drift: list[DriftItem] = field(default_factory=list)
    needs_record: bool = False

    def build(self) -> None:
        for ref in sorted({*self.inventory.ours, *self.desired, *self.applied}):
            live, wanted = self.inventory.ours.get(ref, ()), self.desired.get(ref)
            state = state_of(self.applied.get(ref), live, wanted)
            kind = classify(state, intended=was_intended(self.journal, ref, live))
            if kind is DriftClass.IN_SYNC and len(live) <= 1:
                continue
            if kind is DriftClass.CONVERGED:
                self.needs_record = True
            self._policy(ref, kind, live, wanted, state)

    def _policy(
        self, ref: PolicyRef, kind: DriftClass, live: tuple[LiveObject, ...], wanted: DesiredObject | None, state: State
    ) -> None:
        heals = False
        if kind.is_drift and not (self.unrecorded and kind is DriftClass.UNRECORDED):
            item = self._drift_item(ref, kind, live, wanted)
            self.drift.append(item)
            heals = item.heal
            if not heals and not self._changes_anyway(kind, state):
                return
        engine = self.given.engine_of(ref.app)
        self.changes.extend(
            _changes(ref, engine, live, wanted, transactional=self.given.capabilities.transactional, heals=heals)
        )

    @staticmethod
    def _changes_anyway(kind: DriftClass, state: State) -> bool:
        """Git wants something else than was last applied, and the drift does not stand in its way: the object is simply gone."""
        return kind is DriftClass.DELETED_OUTSIDE and state.applied != state.desired

    def _drift_item(
        self, ref: PolicyRef, kind: DriftClass, live: tuple[LiveObject, ...], wanted: DesiredObject | None
    ) -> DriftItem:
        applied = self.applied.get(ref)
        effect = wanted.effect if wanted else live[0].effect if live else None
        ignored = ignored_by(self.given.settings.ignore_drift, kind, ref, self.given.now.date())
        setting = {True: "heal", False: "report", None: self.given.settings.drift}[self.given.heal]
        heals = self.journal.heals.get(str(ref), 0)
        return DriftItem(
            kind=kind,
            severity=severity_of(kind, effect),
            ref=ref,
            effect=effect,
            message=_drift_message(kind, ref, heals),
            applied_text=applied.text if applied else None,
            observed_text=live[0].text if live else None,
            ignored=ignored.reason if ignored else None,
            heal=ignored is None and may_heal(kind, effect, setting, heals),
        )


def _drift_message(kind: DriftClass, ref: PolicyRef, heals: int) -> str:
    told = {
        DriftClass.CHANGED_OUTSIDE: f"`{ref}` was changed on the target",
        DriftClass.DELETED_OUTSIDE: f"`{ref}` is gone from the target",
        DriftClass.MODE_CHANGED_OUTSIDE: f"`{ref}` was brought into another mode on the target",
        DriftClass.CONFLICT: f"`{ref}` was changed both in git and on the target",
        DriftClass.UNRECORDED: f"`{ref}` bears our mark but was never applied by us",
    }[kind]
    return f"{told}; healed {heals} times in a day, a person must look" if heals > 2 else told


def _changes(
    ref: PolicyRef,
    engine: str,
    live: tuple[LiveObject, ...],
    wanted: DesiredObject | None,
    *,
    transactional: bool,
    heals: bool,
) -> Iterator[Change]:
    """What takes the objects of one policy to what is wanted of it."""
    if wanted is None:
        yield from (_delete(ref, item, heals=heals) for item in live)
        return
    after = Content(wanted.digest, wanted.effect, wanted.mode, wanted.text)
    kept = next((item for item in live if item.digest == wanted.digest and item.status is not Status.FAILED), None)
    if kept is not None:
        if kept.mode is not wanted.mode:
            yield _set_mode(ref, kept, after, heals=heals)
    elif transactional and live:
        kept = live[0]
        yield Change(
            ChangeKind.UPDATE, phase_of_addition(wanted.effect), kept.engine, ref, kept.id, _content(kept), after, heals
        )
    else:
        yield Change(ChangeKind.CREATE, phase_of_addition(wanted.effect), engine, ref, None, None, after, heals)
    yield from (_delete(ref, item, heals=heals) for item in live if item is not kept)


def _delete(ref: PolicyRef, live: LiveObject, *, heals: bool) -> Change:
    return Change(
        ChangeKind.DELETE, phase_of_removal(live.effect), live.engine, ref, live.id, _content(live), None, heals
    )


def _set_mode(ref: PolicyRef, live: LiveObject, after: Content, *, heals: bool) -> Change:
    comes = after.mode is Mode.ACTIVE
    phase = phase_of_addition(live.effect) if comes else phase_of_removal(live.effect)
    return Change(ChangeKind.SET_MODE, phase, live.engine, ref, live.id, _content(live), after, heals)


def _content(live: LiveObject) -> Content:
    return Content(live.digest or digest_text(live.text), live.effect, live.mode, live.text)
