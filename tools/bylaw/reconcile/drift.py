"""Drift against intended change: last applied (L), observed (O) and desired (D) content of each policy, three ways.

L = O = D      in sync
L = O ≠ D      intended change                     planned
L = D ≠ O      drift                               reported, healed where the target says so
L ≠ O = D      converged elsewhere                 recorded, no write
all differ     conflict                            refused
O absent, L = D  deleted outside                   as drift; a missing forbid is critical
O, no L, our mark  interrupted, or forged          interrupted if the journal meant to write it, else conflict
O, no mark     foreign                             reported, never touched
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from bylaw.backends.interface import DesiredObject, LiveObject, Status
from bylaw.backends.state.interface import AppliedObject
from bylaw.model.digests import SHORT
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import PolicyRef
from bylaw.reconcile.journal_facts import GONE
from bylaw.repository.documents.settings import DriftIgnore

MAX_HEALS_A_DAY = 3
"""A policy that was healed this often is fought over: healing stops and a person must look."""

Side = tuple[str, Mode] | None
"""Content digest and mode of a policy; none where it does not exist."""


class DriftClass(StrEnum):
    """What stands between last applied, observed and desired."""

    IN_SYNC = "in-sync"
    INTENDED = "intended"
    CHANGED_OUTSIDE = "changed-outside"
    DELETED_OUTSIDE = "deleted-outside"
    MODE_CHANGED_OUTSIDE = "mode-changed-outside"
    CONVERGED = "converged-elsewhere"
    INTERRUPTED = "interrupted"
    CONFLICT = "conflict"
    UNRECORDED = "unrecorded"

    @property
    def is_drift(self) -> bool:
        """Whether somebody else than git changed the target."""
        return self in {
            self.CHANGED_OUTSIDE,
            self.DELETED_OUTSIDE,
            self.MODE_CHANGED_OUTSIDE,
            self.CONFLICT,
            self.UNRECORDED,
        }

    @property
    def is_conflict(self) -> bool:
        """Whether no plan can be right before a person has looked."""
        return self in {self.CONFLICT, self.UNRECORDED}


class DriftSeverity(StrEnum):
    """How bad a drift is."""

    CRITICAL = "critical"
    """A restriction is gone or weakened, or a grant came or changed."""
    OUTAGE = "outage"
    """A grant is gone, or a restriction came."""
    NOTICE = "notice"
    """Nothing that decides is different."""


@dataclass(frozen=True, slots=True)
class State:
    """The three sides of one policy."""

    applied: Side
    observed: Side
    desired: Side


@dataclass(frozen=True, slots=True)
class DriftItem:
    """One policy that is not as it was last applied."""

    kind: DriftClass
    severity: DriftSeverity
    ref: PolicyRef
    effect: Effect | None
    message: str
    applied_text: str | None
    observed_text: str | None
    ignored: str | None = None
    """The reason of the rule that ignores it."""
    heal: bool = False
    """Whether this plan undoes it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one policy: the inventory's row, and what unfinished runs wrote, or meant to write or delete."""

    row: AppliedObject | None = None
    meant: frozenset[str] = frozenset()
    """Short digests; the empty one stands for an object that was to be deleted."""
    ids: frozenset[str] = frozenset()
    """The store's ids of all objects of the policy that are recorded."""

    def explains(self, observed: LiveObject | None) -> bool:
        """Whether an unfinished run may have left the policy so."""
        return (_short(observed.digest) if observed else GONE) in self.meant

    def knows(self, observed: LiveObject) -> bool:
        """Whether the content is ours for certain."""
        return self.explains(observed) or (self.row is not None and self.row.digest == observed.digest)


def memory_of(rows: Iterable[AppliedObject], meant: Iterable[str]) -> Memory:
    """What rows of the inventory and intents of the journal say of one policy."""
    known = list(rows)
    row = next((item for item in known if not item.pending_delete), None)
    others = {_short(item.digest) for item in known if item is not row}
    return Memory(row, frozenset(meant) | others, frozenset(item.object_id for item in known))


def _short(digest: str | None) -> str:
    return (digest or "?")[:SHORT]


def classify(state: State, *, intended: bool) -> DriftClass:
    """The class of one policy; `intended` tells that an unfinished run meant to bring about what is observed."""
    applied, observed, desired = state.applied, state.observed, state.desired
    if applied == observed:
        return DriftClass.IN_SYNC if observed == desired else DriftClass.INTENDED
    if observed == desired:
        return DriftClass.CONVERGED
    if intended:
        return DriftClass.INTERRUPTED
    if applied is None:
        return DriftClass.UNRECORDED
    if observed is None:
        return DriftClass.DELETED_OUTSIDE
    if applied != desired:
        return DriftClass.CONFLICT
    return DriftClass.MODE_CHANGED_OUTSIDE if applied[0] == observed[0] else DriftClass.CHANGED_OUTSIDE


def severity_of(effect: Effect | None, usual: Side, observed: Side) -> DriftSeverity:
    """How bad it is that a policy of this effect is `observed` instead of what is `usual`."""
    was, now = _in_force(usual), _in_force(observed)
    if not was and not now:
        return DriftSeverity.NOTICE
    if effect is None or (was and now):
        return DriftSeverity.CRITICAL
    grants = (effect is Effect.PERMIT) is now
    return DriftSeverity.CRITICAL if grants else DriftSeverity.OUTAGE


def _in_force(side: Side) -> bool:
    return side is not None and side[1] is Mode.ACTIVE


def may_heal(kind: DriftClass, effect: Effect | None, desired: Side, policy: str, heals_so_far: int) -> bool:
    """Whether drift may be undone without a person, under the target's `drift` setting."""
    if heals_so_far >= MAX_HEALS_A_DAY or kind.is_conflict or not kind.is_drift:
        return False
    return policy == "heal" or (policy == "heal-narrowing" and _narrows(kind, effect, desired))


def _narrows(kind: DriftClass, effect: Effect | None, desired: Side) -> bool:
    """Whether undoing can only narrow. Bringing a forbid back does, and taking a permit out of force; where content changed, nobody
    knows without comparing meanings."""
    if kind not in {DriftClass.DELETED_OUTSIDE, DriftClass.MODE_CHANGED_OUTSIDE}:
        return False
    if effect is Effect.FORBID:
        return _in_force(desired)
    return effect is Effect.PERMIT and kind is DriftClass.MODE_CHANGED_OUTSIDE and not _in_force(desired)


def ignored_by(rules: tuple[DriftIgnore, ...], kind: DriftClass, ref: PolicyRef, today: date) -> DriftIgnore | None:
    """The unexpired rule that covers this drift. Rules ignore fields, never a missing policy or changed content."""
    if kind is not DriftClass.MODE_CHANGED_OUTSIDE:
        return None
    for rule in rules:
        if today <= rule.until and any(fnmatchcase(str(ref), glob) for glob in rule.policies):
            return rule
    return None


def chosen(
    memory: Memory, observed: tuple[LiveObject, ...], desired: DesiredObject | None, engine: str
) -> LiveObject | None:
    """The object that stands for a policy: the one that is as desired, else the one last applied, else the first."""
    wanted = (desired.digest, desired.mode) if desired else (None, None)
    known = memory.row.digest if memory.row else None
    return min(
        (item for item in observed if item.status is not Status.FAILED),
        key=lambda item: (
            item.digest != wanted[0],
            item.engine != engine,
            item.mode is not wanted[1],
            item.digest != known,
            item.id,
        ),
        default=None,
    )


def state_of(memory: Memory, observed: LiveObject | None, desired: DesiredObject | None) -> State:
    """The three sides of one policy, of which `observed` stands for what is there."""
    row = memory.row
    return State(
        (row.digest, Mode(row.mode)) if row else None,
        (observed.digest or "", observed.mode) if observed else None,
        (desired.digest, desired.mode) if desired else None,
    )


def unaccounted(
    memory: Memory, observed: tuple[LiveObject, ...], desired: DesiredObject | None
) -> tuple[LiveObject, ...]:
    """Objects that bear our mark and hold what we neither wrote, nor meant to write, nor want."""
    wanted = desired.digest if desired else None
    return tuple(
        item
        for item in observed
        if item.status is not Status.FAILED and item.digest != wanted and not memory.knows(item)
    )
