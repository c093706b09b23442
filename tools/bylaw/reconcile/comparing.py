"""Policy by policy: what is remembered, what is there, what is wanted; and the changes and the drift that follow."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bylaw.backends.interface import DesiredObject, LiveObject, Status
from bylaw.backends.state.interface import AppliedObject
from bylaw.model.digests import digest_text
from bylaw.model.effects import Mode
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.reconcile.changes import Change, ChangeKind, Content, Phase, phase_of_addition, phase_of_removal
from bylaw.reconcile.drift import (
    MAX_HEALS_A_DAY,
    DriftClass,
    DriftItem,
    Memory,
    State,
    chosen,
    classify,
    ignored_by,
    may_heal,
    memory_of,
    severity_of,
    state_of,
    unaccounted,
)
from bylaw.reconcile.journal_facts import JournalFacts
from bylaw.repository.documents.settings import DriftIgnore


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing all policies comes to."""

    changes: tuple[Change, ...]
    drift: tuple[DriftItem, ...]
    converged: bool
    """Whether some policy is as desired without our having recorded it."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One policy that is not in sync."""

    ref: PolicyRef
    kind: DriftClass
    state: State
    live: tuple[LiveObject, ...]
    shown: LiveObject | None
    """The object that stands for the policy, or the one that should not be there."""
    wanted: DesiredObject | None
    row: AppliedObject | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What all policies of one plan are judged by."""

    journal: JournalFacts
    engine_of: Callable[[AppId], str]
    transactional: bool
    ignore: tuple[DriftIgnore, ...]
    setting: str
    """The target's `drift`."""
    today: date
    unrecorded: bool
    """Whether nothing was ever verified there, so that whatever bears our mark is taken for ours."""


def compare(
    ours: Mapping[PolicyRef, tuple[LiveObject, ...]],
    desired: Mapping[PolicyRef, DesiredObject],
    rows: Mapping[PolicyRef, Sequence[AppliedObject]],
    terms: Terms,
) -> Comparison:
    """Compare all policies."""
    meant: dict[str, set[str]] = defaultdict(set)
    for subject, digest in terms.journal.intended:
        meant[subject].add(digest)
    comparer = _Comparer(terms)
    for ref in sorted({*ours, *desired, *rows}):
        memory = memory_of(rows.get(ref, ()), meant.get(str(ref), ()))
        comparer.policy(ref, ours.get(ref, ()), desired.get(ref), memory)
    return Comparison(tuple(comparer.changes), tuple(comparer.drift), comparer.converged)


@dataclass
class _Comparer:
    terms: Terms
    changes: list[Change] = field(default_factory=list)
    drift: list[DriftItem] = field(default_factory=list)
    converged: bool = False

    def policy(
        self, ref: PolicyRef, live: tuple[LiveObject, ...], wanted: DesiredObject | None, memory: Memory
    ) -> None:
        """Take one policy in."""
        engine = self.terms.engine_of(ref.app) if live or wanted else ""
        stands = chosen(memory, live, wanted, engine)
        state = state_of(memory, stands, wanted)
        kind = classify(state, intended=memory.explains(stands))
        strangers = unaccounted(memory, live, wanted) if len(live) > 1 else ()
        if strangers:
            edited = all(item.id in memory.ids for item in strangers)
            kind, stands = DriftClass.CHANGED_OUTSIDE if edited else DriftClass.UNRECORDED, strangers[0]
        elif kind is DriftClass.IN_SYNC and _is_alone(stands, live, engine):
            return
        self.converged |= kind is DriftClass.CONVERGED
        self._case(_Case(ref, kind, state, live, stands, wanted, memory.row), engine)

    def _case(self, case: _Case, engine: str) -> None:
        heals = False
        if case.kind.is_drift and not (self.terms.unrecorded and case.kind is DriftClass.UNRECORDED):
            item = self._drift_item(case)
            self.drift.append(item)
            heals = item.heal
            if not heals and not _changes_anyway(case):
                return
        self.changes.extend(_changes(case, engine, transactional=self.terms.transactional, heals=heals))

    def _drift_item(self, case: _Case) -> DriftItem:
        kind, ref, state = case.kind, case.ref, case.state
        effect = case.wanted.effect if case.wanted else case.shown.effect if case.shown else None
        ignored = ignored_by(self.terms.ignore, kind, ref, self.terms.today)
        heals = self.terms.journal.heals.get(str(ref), 0)
        observed = (case.shown.digest or "", case.shown.mode) if case.shown else None
        usual = None if kind is DriftClass.UNRECORDED else state.applied
        return DriftItem(
            kind=kind,
            severity=severity_of(effect, usual, observed),
            ref=ref,
            effect=effect,
            message=_message(kind, ref, heals),
            applied_text=case.row.text if case.row else None,
            observed_text=case.shown.text if case.shown else None,
            ignored=ignored.reason if ignored else None,
            heal=ignored is None
            and not _changes_anyway(case)
            and may_heal(kind, effect, state.desired, self.terms.setting, heals),
        )


def _is_alone(stands: LiveObject | None, live: tuple[LiveObject, ...], engine: str) -> bool:
    """Whether nothing else of the policy is on the target, and it is where it belongs."""
    return not live if stands is None else len(live) == 1 and stands.engine == engine


def _changes_anyway(case: _Case) -> bool:
    """Git wants something else than was last applied, and the drift does not stand in its way: the object is simply gone."""
    return case.kind is DriftClass.DELETED_OUTSIDE and case.state.applied != case.state.desired


def _message(kind: DriftClass, ref: PolicyRef, heals: int) -> str:
    told = {
        DriftClass.CHANGED_OUTSIDE: f"`{ref}` was changed on the target",
        DriftClass.DELETED_OUTSIDE: f"`{ref}` is gone from the target",
        DriftClass.MODE_CHANGED_OUTSIDE: f"`{ref}` was brought into another mode on the target",
        DriftClass.CONFLICT: f"`{ref}` was changed both in git and on the target",
        DriftClass.UNRECORDED: f"`{ref}` bears our mark but was never applied by us",
    }[kind]
    return f"{told}; healed {heals} times in a day, a person must look" if heals >= MAX_HEALS_A_DAY else told


def _changes(case: _Case, engine: str, *, transactional: bool, heals: bool) -> Iterator[Change]:
    """What takes the objects of one policy to what is wanted of it."""
    ref, live, wanted = case.ref, case.live, case.wanted
    if wanted is None:
        yield from (_delete(ref, item, heals=heals) for item in live)
        return
    after = Content(wanted.digest, wanted.effect, wanted.mode, wanted.text)
    usable = [item for item in live if item.engine == engine and item.status is not Status.FAILED]
    alike = [item for item in usable if item.digest == wanted.digest]
    kept = min(alike, key=lambda item: (item.mode is not wanted.mode, item.id), default=None)
    if kept is not None:
        if kept.mode is not wanted.mode:
            yield _set_mode(ref, kept, after, heals=heals)
    elif transactional and usable:
        kept = usable[0]
        phase = phase_of_addition(wanted.effect)
        yield Change(ChangeKind.UPDATE, phase, engine, ref, kept.id, content_of(kept), after, heals)
    else:
        yield Change(ChangeKind.CREATE, phase_of_addition(wanted.effect), engine, ref, None, None, after, heals)
    yield from (_delete(ref, item, heals=heals) for item in live if item is not kept)


def _delete(ref: PolicyRef, live: LiveObject, *, heals: bool) -> Change:
    phase = Phase.CLEAN_UP if live.status is Status.FAILED else phase_of_removal(live.effect)
    return Change(ChangeKind.DELETE, phase, live.engine, ref, live.id, content_of(live), None, heals)


def _set_mode(ref: PolicyRef, live: LiveObject, after: Content, *, heals: bool) -> Change:
    comes = after.mode is Mode.ACTIVE
    phase = phase_of_addition(live.effect) if comes else phase_of_removal(live.effect)
    return Change(ChangeKind.SET_MODE, phase, live.engine, ref, live.id, content_of(live), after, heals)


def content_of(live: LiveObject) -> Content:
    """What an object holds."""
    return Content(live.digest or digest_text(live.text), live.effect, live.mode, live.text)
