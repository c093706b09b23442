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

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from bylaw.backends.interface import DesiredObject, LiveObject, Status
from bylaw.backends.state.interface import AppliedObject
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import PolicyRef
from bylaw.reconcile.inventory import JournalFacts
from bylaw.repository.documents.settings import DriftIgnore

MAX_HEALS_A_DAY = 3
"""A policy that was healed this often is fought over: healing stops and a person must look."""


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


class DriftSeverity(StrEnum):
    """How bad a drift is."""

    CRITICAL = "critical"
    """A restriction is gone or weakened."""
    OUTAGE = "outage"
    """A grant is gone."""
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class State:
    """The three sides of one policy. A side is content digest and mode; none where the policy does not exist there."""

    applied: tuple[str, Mode] | None
    observed: tuple[str, Mode] | None
    desired: tuple[str, Mode] | None


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


def classify(state: State, *, intended: bool) -> DriftClass:
    """The class of one policy; `intended` tells that the journal meant to write what is observed."""
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
        return DriftClass.DELETED_OUTSIDE if applied == desired or desired is not None else DriftClass.CONVERGED
    if applied != desired:
        return DriftClass.CONFLICT
    return DriftClass.MODE_CHANGED_OUTSIDE if applied[0] == observed[0] else DriftClass.CHANGED_OUTSIDE


def severity_of(kind: DriftClass, effect: Effect | None) -> DriftSeverity:
    """How bad drift of this class is for a policy of this effect."""
    if kind is DriftClass.UNRECORDED:
        return DriftSeverity.CRITICAL if effect is not Effect.FORBID else DriftSeverity.NOTICE
    if effect is Effect.PERMIT:
        return DriftSeverity.OUTAGE if kind is DriftClass.DELETED_OUTSIDE else DriftSeverity.CRITICAL
    return DriftSeverity.CRITICAL


def may_heal(kind: DriftClass, effect: Effect | None, policy: str, heals_so_far: int) -> bool:
    """Whether drift may be undone without a person, under the target's `drift` setting."""
    if heals_so_far >= MAX_HEALS_A_DAY or kind in {DriftClass.CONFLICT, DriftClass.UNRECORDED}:
        return False
    if policy == "heal":
        return True
    # Bringing a forbid back can only narrow; a permit, or content that changed, may widen as well.
    narrows = effect is Effect.FORBID and kind in {DriftClass.DELETED_OUTSIDE, DriftClass.MODE_CHANGED_OUTSIDE}
    return policy == "heal-narrowing" and narrows


def ignored_by(rules: tuple[DriftIgnore, ...], kind: DriftClass, ref: PolicyRef, today: date) -> DriftIgnore | None:
    """The unexpired rule that covers this drift. Rules ignore fields, never a missing policy or changed content."""
    if kind is not DriftClass.MODE_CHANGED_OUTSIDE:
        return None
    for rule in rules:
        if rule.field == "mode" and today <= rule.until and any(fnmatchcase(str(ref), glob) for glob in rule.policies):
            return rule
    return None


def state_of(applied: AppliedObject | None, observed: tuple[LiveObject, ...], desired: DesiredObject | None) -> State:
    """The three sides of one policy. Of several objects the one that is as desired counts, else the one last applied, else the
    first."""
    wanted = {desired.digest} if desired else set()
    known = {applied.digest} if applied else set()
    live = [item for item in observed if item.status is not Status.FAILED]
    ranked = sorted(live, key=lambda item: (item.digest not in wanted, item.digest not in known, item.id))
    return State(
        (applied.digest, Mode(applied.mode)) if applied and not applied.pending_delete else None,
        (ranked[0].digest or "", ranked[0].mode) if ranked else None,
        (desired.digest, desired.mode) if desired else None,
    )


def was_intended(journal: JournalFacts, ref: PolicyRef, observed: tuple[LiveObject, ...]) -> bool:
    """Whether every object of this policy is one that an apply meant to write."""
    return bool(observed) and all((str(ref), (item.digest or "")[:12]) in journal.intended for item in observed)
