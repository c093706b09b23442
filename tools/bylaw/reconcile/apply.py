"""Carrying out a plan: exactly what was reviewed, in the safe order, journalled before each call, and read back before it counts.

    lease → observe → plan again → compare with what was approved → safety → write, phase by phase → read back → inventory → end

Killed at any point, the next run observes and plans afresh; the journal tells it which unrecorded objects are its own. Whatever
happens, one finaliser records the end and gives the lease back, and no failure of its own hides the first.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from bylaw.backends.interface import Backend, BackendAmbiguousError, DesiredObject, LiveObject, Observed
from bylaw.backends.state.interface import Lease, StateStore
from bylaw.model.digests import digest_text
from bylaw.model.effects import Mode
from bylaw.model.errors import BackendError, BylawError, ConflictError, InternalError, UnsafePlanError
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import CommitId
from bylaw.reconcile.changes import Change, ChangeKind, Phase
from bylaw.reconcile.health import applied_state, differences
from bylaw.reconcile.inventory import JournalFacts, read_journal
from bylaw.reconcile.journal import Journal
from bylaw.reconcile.plan import Plan, PlanInput, make_plan
from bylaw.reconcile.retry import Patience, patiently
from bylaw.reconcile.safety import SafetyReport, check_safety
from bylaw.repository.documents.settings import Waiver


class Outcome(StrEnum):
    """What became of one change."""

    APPLIED = "applied"
    FAILED = "failed"
    NOT_TRIED = "not-tried"


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """One change with what became of it."""

    change: Change
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """How an apply ended."""

    plan: Plan
    safety: SafetyReport
    results: tuple[ChangeResult, ...]
    problems: tuple[str, ...] = ()
    """What stopped it, or what the read-back found."""

    @property
    def written(self) -> int:
        """How many changes took effect."""
        return sum(result.outcome is Outcome.APPLIED for result in self.results)

    @property
    def exit_code(self) -> ExitCode:
        """Success, or partial apply."""
        whole = not self.problems and all(result.outcome is Outcome.APPLIED for result in self.results)
        return ExitCode.OK if whole else ExitCode.PARTIAL_APPLY


@dataclass(frozen=True)
class Executor:
    """What an apply works with. Clock, names and waiting are passed in."""

    backend: Backend
    state: StateStore
    actor: str
    nonce: Callable[[], str]
    clock: Callable[[], datetime]
    patience: Patience
    stop: Callable[[], bool] = field(default=lambda: False)
    """Asked between writes: whether to end as soon as it is safe, which is at any point."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with its safety report, as made from what the target holds now."""

    plan: Plan
    safety: SafetyReport

    def demand_safe(self) -> None:
        """Refuse a plan that must not be applied.

        Raises:
            ConflictError: somebody changed a policy that git changed too, or forged our mark.
            UnsafePlanError: a limit is exceeded and not waived.
        """
        if self.plan.conflicts:
            refs = ", ".join(f"`{item.ref}`" for item in self.plan.conflicts[:5])
            message = f"{len(self.plan.conflicts)} policies on `{self.plan.target}` changed behind our back: {refs}"
            raise ConflictError(
                message, help="look at `bylaw drift`; `bylaw import` brings the change into git, or undo it there"
            )
        if self.safety.violations:
            first = self.safety.violations[0]
            raise UnsafePlanError(
                "; ".join(violation.message for violation in self.safety.violations),
                help=f"if this is right, add to `waivers` in `bylaw.yaml`:\n{first.waiver}",
            )


def prepare(given: PlanInput, waivers: Sequence[Waiver], executor: Executor) -> Prepared:
    """Observe and plan. Writes nothing."""
    observed = patiently(executor.backend.observe, executor.patience)
    facts = read_journal(executor.state.records(given.target), given.now)
    return _prepared(given, waivers, observed, executor.state, facts)


def _prepared(
    given: PlanInput, waivers: Sequence[Waiver], observed: Observed, state: StateStore, facts: JournalFacts
) -> Prepared:
    plan = make_plan(given, observed, state.applied(given.target), facts)
    safety = check_safety(plan, given.settings.limits, given.bundles, waivers, given.now.date(), facts.spent_waivers)
    return Prepared(plan, safety)


def apply(
    given: PlanInput, waivers: Sequence[Waiver], executor: Executor, approved: Sequence[tuple[str, str]] | None = None
) -> ApplyReport:
    """Plan again under the lease, compare with the components of the `approved` plan, and carry it out.

    Raises:
        ConflictError: the lease is held, the plan is stale, or policies changed behind our back; nothing was written.
        UnsafePlanError: a limit is exceeded; nothing was written.
    """
    ttl = timedelta(seconds=given.settings.lease_seconds)
    lease = executor.state.acquire(given.target, executor.actor, executor.nonce(), executor.clock(), ttl)
    try:
        prepared = prepare(given, waivers, executor)
        if approved is not None:
            _refuse_stale(prepared.plan, approved)
        prepared.demand_safe()
        return _Run(given, prepared, executor, lease, ttl).carry_out()
    finally:
        with suppress(BylawError):  # the lease ends by itself; a failure to release must not hide the outcome
            executor.state.release(lease)


def _refuse_stale(plan: Plan, approved: Sequence[tuple[str, str]]) -> None:
    before = dict(approved)
    differing = [name for name, value in plan.components if before.get(name) != value]
    if differing:
        message = f"the plan for `{plan.target}` is stale: {', '.join(differing)} changed since it was made"
        raise ConflictError(message, help="plan again and have the new plan reviewed")


@dataclass
class _Run:
    """One apply under a lease."""

    given: PlanInput
    prepared: Prepared
    executor: Executor
    lease: Lease
    ttl: timedelta
    results: list[ChangeResult] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        return self.prepared.plan

    def carry_out(self) -> ApplyReport:
        self.journal = Journal(self.executor.state, self.lease, self.executor.actor, self.executor.clock, self.plan)
        if not self.plan.is_empty:
            self._write()
        elif not self.plan.records_only and not self._must_record():
            return self._report()
        self._verify()
        return self._report()

    def _must_record(self) -> bool:
        applied = self.executor.state.applied(self.given.target)
        return applied is None or applied.commit != self.plan.commit or applied.bundles != self.plan.bundles

    def _write(self) -> None:
        self.journal.begin(self.prepared.safety)
        try:
            if self.plan.transactional:
                self._write_at_once()
            else:
                self._write_in_phases()
        except BylawError as error:
            self.problems.append(error.message)
            if not self._written():
                self._finish("failed")
                raise
        finally:
            tried = {result.change.id for result in self.results}
            self.results += [ChangeResult(c, Outcome.NOT_TRIED) for c in self.plan.changes if c.id not in tried]

    def _written(self) -> int:
        return sum(result.outcome is Outcome.APPLIED for result in self.results)

    def _write_at_once(self) -> None:
        """All changes become visible together, so a failure leaves nothing behind."""
        self.journal.intend(self.plan.changes)
        self._renew()
        with self.executor.backend.transaction():
            for change in self.plan.changes:
                self._perform(change)
        self.results += [ChangeResult(change, Outcome.APPLIED) for change in self.plan.changes]
        self.journal.result(self.plan.changes, Outcome.APPLIED)

    def _write_in_phases(self) -> None:
        for phase, changes in groupby(self.plan.changes, key=lambda change: change.phase):
            if not self._write_phase(tuple(changes)):
                return
            self.journal.phase(Phase(phase).name.lower())

    def _write_phase(self, changes: tuple[Change, ...]) -> bool:
        """Whether every change of the phase took effect; later phases rely on it."""
        for change in changes:
            if self.executor.stop():
                self.problems.append("stopped before the end, as asked")
                return False
            self._renew()
            self.journal.intend([change])
            try:
                self._attempt(change)
            except BylawError as error:
                self.results.append(ChangeResult(change, Outcome.FAILED, error.message))
                self.journal.result([change], Outcome.FAILED)
                self.problems.append(f"{change.kind} `{change.ref or change.engine}`: {error.message}")
                return False
            self.results.append(ChangeResult(change, Outcome.APPLIED))
            self.journal.result([change], Outcome.APPLIED)
        return True

    def _attempt(self, change: Change) -> None:
        """One write; after an answer that never came, look before doing anything else."""
        try:
            patiently(lambda: self._perform(change), self.executor.patience)
        except BackendAmbiguousError:
            if not self._took_effect(change):
                patiently(lambda: self._perform(change), self.executor.patience)

    def _took_effect(self, change: Change) -> bool:
        observed = patiently(self.executor.backend.observe, self.executor.patience)
        objects = {live.id: live for live in observed.objects}
        match change.kind:
            case ChangeKind.DELETE:
                return change.object_id not in objects
            case ChangeKind.CREATE:
                return any(_is(live, change) for live in observed.objects)
            case ChangeKind.SET_MODE:
                live = objects.get(change.object_id or "")
                return live is not None and change.after is not None and live.mode is change.after.mode
            case _:
                return False  # a schema or version is written again: both are idempotent

    def _perform(self, change: Change) -> None:
        backend = self.executor.backend
        if change.kind is ChangeKind.PUT_SCHEMA:
            backend.put_schema(change.engine, change.after.text if change.after else None)
            return
        if change.kind is ChangeKind.CREATE:
            self._check(change, backend.create(change.engine, self._desired(change), self._token(change)))
            return
        live = backend.read(change.engine, change.object_id or "")
        if change.kind is ChangeKind.DELETE:
            if live is not None:
                self._demand_unchanged(change, live)
                backend.delete(live)
            return
        if live is None:
            raise ConflictError(f"`{change.ref}` vanished from the target", help="plan again")
        self._demand_unchanged(change, live)
        if change.kind is ChangeKind.UPDATE:
            self._check(change, backend.update(live, self._desired(change), self._token(change)))
        else:
            backend.set_mode(live, change.after.mode if change.after else Mode.ACTIVE)

    def _desired(self, change: Change) -> DesiredObject:
        return next(item for item in self.plan.desired if item.ref == change.ref)

    def _token(self, change: Change) -> str:
        """The same change of the same plan always has the same token, so that a repeat is recognised."""
        return digest_text(f"{self.plan.hash} {change.id}")

    def _demand_unchanged(self, change: Change, live: LiveObject) -> None:
        if (
            change.before is None
            or live.digest != change.before.digest
            or live.mark is None
            or live.mark.ref != change.ref
        ):
            raise ConflictError(f"`{change.ref}` changed on the target since it was planned", help="plan again")

    def _check(self, change: Change, live: LiveObject) -> None:
        """Distrust: what came back must be what was sent."""
        if live.mark is None or live.mark.ref != change.ref:
            raise InternalError(f"the backend answered with another object than `{change.ref}`")

    def _renew(self) -> None:
        self.lease = self.executor.state.renew(self.lease, self.executor.clock(), self.ttl)

    def _verify(self) -> None:
        """Read everything back; move the inventory only to what was seen."""
        try:
            observed = patiently(self.executor.backend.observe, self.executor.patience)
            if not self.problems:
                self.problems += differences(self.plan, observed, self.given.owner)
            state = self.executor.state
            before = state.applied(self.given.target)
            now = self.executor.clock()
            whole = not self.problems
            commit = self.plan.commit if whole or before is None else CommitId(before.commit)
            state.set_applied(
                self.given.target, applied_state(self.plan, observed, self.given.owner, before, now, commit)
            )
            if whole:
                self.journal.verified(len(self.plan.desired))
        except BackendError as error:
            self.problems.append(f"cannot read the target back: {error.message}")
        self._finish("applied" if not self.problems else "partial")

    def _finish(self, outcome: str) -> None:
        with suppress(BylawError):
            self.journal.end(outcome, self._written())

    def _report(self) -> ApplyReport:
        return ApplyReport(self.plan, self.prepared.safety, tuple(self.results), tuple(self.problems))


def _is(live: LiveObject, change: Change) -> bool:
    after = change.after
    return after is not None and live.mark is not None and live.mark.ref == change.ref and live.digest == after.digest
