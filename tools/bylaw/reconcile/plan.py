"""The plan: an ordered list of changes, bound to the commit, the target, the bundles and the observed state by one hash.

Planning writes nothing. The hash holds no time, so that planning the same world again gives the same hash; `apply` does just
that and compares. Waivers are not part of it: a waiver may name the plan it is for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bylaw.backends.interface import Capabilities, DesiredObject, LiveObject, Observed, Switches
from bylaw.backends.state.interface import Applied
from bylaw.compile.bundle import Bundle
from bylaw.model.digests import Digest, digest_json
from bylaw.model.identifiers import AppId, CommitId, PolicyRef, TargetId
from bylaw.reconcile.changes import Change, ChangeKind, sort_key
from bylaw.reconcile.comparing import Comparison, Terms, compare
from bylaw.reconcile.desired import bundles_digest, desired_objects
from bylaw.reconcile.drift import DriftItem
from bylaw.reconcile.engines import EngineDrift, engine_drift, schema_changes, switch_changes, wanted_schemas
from bylaw.reconcile.headroom import Overfull, headroom
from bylaw.reconcile.inventory import Inventory, take_inventory
from bylaw.reconcile.journal_facts import EngineFacts, JournalFacts
from bylaw.reconcile.rollout import CountFlips, Position, Staging, Surveyed, stage
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
    count_flips: CountFlips = field(default=lambda *_: None)
    wanted_switches: Callable[[str], Switches | None] = field(default=lambda _: None)

    @property
    def drift_setting(self) -> str:
        """What is done about drift."""
        return {True: "heal", False: "report", None: self.settings.drift}[self.heal]


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
    """Whether the target was never verified to hold what a commit says, as far as we remember."""
    records_only: bool
    """Whether the target is as desired but our memory of it is not."""
    first: bool = False
    """Whether no apply to the target ever began, as far as we remember."""
    engine_drift: tuple[EngineDrift, ...] = ()
    """Schemas and switches that were changed outside of git."""
    revoke_first: frozenset[str] = frozenset()
    """Engines without room for old and new side by side: their old permits go before the new ones come."""
    overfull: tuple[Overfull, ...] = ()
    """Engines that the plan does not fit into."""
    known_engines: Mapping[str, EngineFacts] = field(default_factory=dict)
    """Schemas and switches as they were last verified."""
    positions: tuple[Position, ...] = ()
    """Policies on their way through the stages of a rollout."""

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
            ("changes", changes_digest(change.identity for change in self.changes)),
        )

    @cached_property
    def hash(self) -> Digest:
        """SHA-256 over the canonical JSON of the components."""
        return components_digest(self.components)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written to the target."""
        return not self.changes

    @property
    def has_drift(self) -> bool:
        """Whether anything was changed outside of git: a policy, a schema or a switch, and no rule ignores that."""
        return bool(self.engine_drift) or any(item.ignored is None for item in self.drift)

    @property
    def conflicts(self) -> tuple[DriftItem, ...]:
        """Policies that changed outside of git in another way than git changed them, or that claim to be ours without a record."""
        return tuple(item for item in self.drift if item.kind.is_conflict)

    @cached_property
    def wanted(self) -> Mapping[PolicyRef, DesiredObject]:
        """What shall stand there, by policy."""
        return {item.ref: item for item in self.desired}

    @cached_property
    def left_alone(self) -> frozenset[PolicyRef]:
        """Drifted policies that the plan does not touch."""
        touched = {change.ref for change in self.changes}
        return frozenset(item.ref for item in self.drift if item.ref not in touched)

    def count(self, kind: ChangeKind) -> int:
        """How many changes of `kind` there are."""
        return sum(1 for change in self.changes if change.kind is kind)


def changes_digest(identities: Iterable[Iterable[str | int | None]]) -> Digest:
    """The digest of changes in their order."""
    return digest_json([list(identity) for identity in identities])


def components_digest(components: Iterable[tuple[str, str]]) -> Digest:
    """The hash of a plan with these components."""
    return digest_json([list(pair) for pair in components])


def make_plan(given: PlanInput, observed: Observed, applied: Applied | None, journal: JournalFacts) -> Plan:
    """Plan from what was observed, what was last applied, and what the journal says.

    Raises:
        InternalError: what the backend answered cannot be true.
        InvalidInputError: two apps want different schemas of one engine.
    """
    inventory = take_inventory(observed, given.owner, given.target)
    staging = _staging(given, inventory, applied, journal)
    desired = staging.desired
    engines = _engines(given, inventory, desired)
    compared = _compare(given, inventory, desired, applied, journal, engines)
    heal = given.drift_setting == "heal"
    schemas = wanted_schemas(given.bundles, engines) if given.capabilities.manages_schema else {}
    switches = {name: found for name in set(engines.values()) if (found := given.wanted_switches(name)) is not None}
    changes = [
        *schema_changes(schemas, observed, journal, heal=heal),
        *compared.changes,
        *switch_changes(switches, observed, journal, heal=heal),
    ]
    room = headroom(observed, changes, given.capabilities.max_policies, transactional=given.capabilities.transactional)
    switched = tuple(engine_drift(schemas, switches, observed, journal, heal=heal))
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
        changes=tuple(sorted(changes, key=lambda change: sort_key(change, room.revoke_first))),
        drift=compared.drift,
        foreign=tuple(_foreign(inventory.foreign)),
        desired=desired,
        inventory=inventory,
        unrecorded=applied is None,
        records_only=not changes
        and (compared.converged or bool(journal.intended) or bool(switched) or _moved(staging.positions, journal)),
        first=applied is None and not journal.begun,
        engine_drift=switched,
        revoke_first=room.revoke_first,
        overfull=room.overfull,
        known_engines=journal.engines,
        positions=staging.positions,
    )


def _staging(given: PlanInput, inventory: Inventory, applied: Applied | None, journal: JournalFacts) -> Staging:
    desired = desired_objects(given.bundles, given.owner, given.target, given.authors)
    rollout = given.settings.rollout
    if rollout is None:
        return Staging(desired)
    return stage(desired, rollout, Surveyed(inventory.ours, applied, journal, given.count_flips, given.now))


def _moved(positions: Iterable[Position], journal: JournalFacts) -> bool:
    """Whether some policy came into another stage, or arrived, without a write."""
    return {str(item.ref): item.transit for item in positions} != journal.transits


def _engines(given: PlanInput, inventory: Inventory, desired: Iterable[DesiredObject]) -> Mapping[str, str]:
    """The engine of each app that has a bundle or objects."""
    apps = {bundle.app for bundle in given.bundles}
    apps |= {ref.app for ref in inventory.ours} | {item.ref.app for item in desired}
    return {app: given.engine_of(app) for app in apps}


def _compare(
    given: PlanInput,
    inventory: Inventory,
    desired: Iterable[DesiredObject],
    applied: Applied | None,
    journal: JournalFacts,
    engines: Mapping[str, str],
) -> Comparison:
    rows = defaultdict(list)
    for row in applied.objects if applied else ():
        rows[PolicyRef.parse(row.ref)].append(row)
    terms = Terms(
        journal=journal,
        engine_of=lambda app: engines[app],
        transactional=given.capabilities.transactional,
        ignore=given.settings.ignore_drift,
        setting=given.drift_setting,
        today=given.now.date(),
        unrecorded=applied is None,
    )
    return compare(inventory.ours, {item.ref: item for item in desired}, rows, terms)


def _foreign(objects: Iterable[LiveObject]) -> Iterator[ForeignObject]:
    for live in objects:
        yield ForeignObject(live.id, live.engine, live.effect or "unreadable", str(live.mark) if live.mark else None)
