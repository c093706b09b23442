"""One apply under a lease: write, read back, record. Killed at any point, the next run observes and plans afresh."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from bylaw.backends.interface import Backend, BackendNotReadyError, BackendTerminalError, LiveObject, Observed, Status
from bylaw.backends.state.interface import StateStore
from bylaw.model.errors import BylawError, ConflictError, PartialApplyError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.changes import Change, ChangeKind, Phase, step_of
from bylaw.reconcile.engines import SCHEMA, facts_of
from bylaw.reconcile.health import differences, partial_state, pending, verified_state
from bylaw.reconcile.inventory import Inventory, take_inventory
from bylaw.reconcile.journal import Journal
from bylaw.reconcile.journal_facts import EngineFacts
from bylaw.reconcile.lease import Hold
from bylaw.reconcile.plan import Plan, PlanInput
from bylaw.reconcile.retry import Patience, patiently
from bylaw.reconcile.safety import SafetyReport
from bylaw.reconcile.writing import Writer

WRITE_TIMEOUT = timedelta(seconds=5)
"""How long one write may take: with less left of the lease, nothing is sent."""


class StoppedError(ConflictError):
    """The run was asked to end, or overtaken, before it was done. Any point is safe."""

    code = "stopped"


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
    def pending_deletes(self) -> int:
        """How many objects of ours should be gone and are not."""
        return sum(r.change.kind is ChangeKind.DELETE and r.outcome is not Outcome.APPLIED for r in self.results)

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
    """Asked before every write and while waiting: whether to end as soon as it is safe, which is at any point."""
    superseded: Callable[[], bool] = field(default=lambda: False)
    """Asked between phases: whether a newer commit waits, so that finishing this one is of no use."""


@dataclass
class Run:
    """One apply under a lease."""

    given: PlanInput
    plan: Plan
    safety: SafetyReport
    executor: Executor
    hold: Hold
    outcomes: dict[str, ChangeResult] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    cause: BylawError | None = None
    """The first failure of a write."""

    def __post_init__(self) -> None:
        executor = self.executor
        self.journal = Journal(executor.state, self.hold.lease, executor.actor, executor.clock, self.plan)
        self.writer = Writer(self.plan, executor.backend, executor.patience, self._beat)

    def carry_out(self) -> ApplyReport:
        """Write, read back, record.

        Raises:
            PartialApplyError: a bug of ours ended it after the first write.
            BylawError: nothing took effect, and this is why.
        """
        if not (self.plan.changes or self.plan.records_only or self._must_record()):
            return self._report()
        self.journal.begin(self.safety)
        try:
            self._write()
            self._verify()
        except BylawError as error:
            if not self.writer.touched:
                self._remember_failures()
                self._finish("failed")
                raise
            self._note(error)
        except BaseException as error:
            self._finish("broken off")
            if self.writer.touched and isinstance(error, Exception):
                message = f"a bug of ours ended the apply to `{self.plan.target}` halfway: {type(error).__name__}"
                raise PartialApplyError(message, help="run again: it goes on from here; and report the bug") from error
            raise
        self._finish("partial" if self.problems else "applied")
        return self._report()

    def _must_record(self) -> bool:
        applied = self.executor.state.applied(self.given.target)
        return applied is None or applied.commit != self.plan.commit or applied.bundles != self.plan.bundles

    def _beat(self) -> None:
        if self.executor.stop():
            raise StoppedError("stopped before the end, as asked", help="run again: it goes on from here")
        self.hold.renew()

    # Writing.

    def _write(self) -> None:
        try:
            if self.plan.changes and self.plan.transactional:
                self._write_at_once()
            elif self.plan.changes:
                self._write_in_steps()
        except BylawError as error:
            self.cause = self.cause or error
            if self.writer.touched:
                self._note(error)
        # A failure before anything took effect is the caller's to see as it is.
        if self.cause is not None and not self.writer.touched:
            raise self.cause

    def _note(self, error: BylawError) -> None:
        if error.message not in self.problems:
            self.problems.append(error.message)

    def _write_at_once(self) -> None:
        """All changes become visible together, so a failure leaves nothing behind."""
        self.journal.intend(self.plan.changes)
        try:
            self.writer.write_at_once()
        except BylawError as error:
            done = self.writer.done() if self.writer.touched else frozenset()
            for change in self.plan.changes:
                if change.id in done:
                    self._outcome(change, Outcome.APPLIED)
                else:
                    self._outcome(change, Outcome.FAILED, error.message)
            raise
        for change in self.plan.changes:
            self._outcome(change, Outcome.APPLIED)
        self.journal.result(self.plan.changes, Outcome.APPLIED)

    def _write_in_steps(self) -> None:
        self._await_decided()
        steps = groupby(self.plan.changes, key=lambda change: step_of(change, self.plan.revoke_first))
        for number, (_, changes) in enumerate(steps):
            if number and self.executor.superseded():
                raise StoppedError("a newer commit waits", help="apply the newer commit")
            if not self._write_step(tuple(changes)):
                return

    def _write_step(self, changes: Sequence[Change]) -> bool:
        """Whether every change of the step took effect; later steps rely on it."""
        for change in changes:
            self._beat()
            self.journal.intend([change])
            try:
                self.writer.write(change)
            except StoppedError:
                raise
            except BylawError as error:
                self._failed(change, error)
                # One object that cannot be removed must not keep all others alive; otherwise the first failure ends the step.
                if not (change.phase.removes and isinstance(error, BackendTerminalError)):
                    return False
            else:
                self._outcome(change, Outcome.APPLIED)
                self.journal.result([change], Outcome.APPLIED)
        return self._barrier(changes)

    def _barrier(self, changes: Sequence[Change]) -> bool:
        """Nothing of the next step before everything of this one is in force."""
        done = [change for change in changes if self.outcomes[change.id].outcome is Outcome.APPLIED]
        try:
            self.writer.settle(done)
        except StoppedError:
            raise
        except BylawError as error:
            wrong = self.writer.problems(done)
            for change in done:
                if change.id in wrong:
                    self._failed(change, wrong[change.id])
            if not wrong:
                self._note(error)
            return False
        if len(done) < len(changes):
            return False
        self.journal.phase("+".join(sorted({Phase(change.phase).name.lower() for change in changes})))
        return True

    def _failed(self, change: Change, error: BylawError) -> None:
        self.cause = self.cause or error
        self._outcome(change, Outcome.FAILED, error.message)
        self.problems.append(f"{change.kind} `{change.subject}`: {error.message}")
        self.journal.result([change], Outcome.FAILED)

    def _outcome(self, change: Change, outcome: Outcome, message: str = "") -> None:
        self.outcomes[change.id] = ChangeResult(change, outcome, message)

    # Reading back.

    def _await_decided(self) -> None:
        """What an earlier run left pending must be in force, or have failed, before anything relies on it."""
        decided = self._decided()
        before = {(live.engine, live.id): live for ours in self.plan.inventory.ours.values() for live in ours}
        now = {(live.engine, live.id): live for ours in decided.ours.values() for live in ours}
        for key, live in before.items():
            found = now.get(key)
            if found is None or (found.digest, found.mode) != (live.digest, live.mode) or _failed_since(live, found):
                raise ConflictError(f"object `{live.id}` changed since it was planned", help="plan again")

    def _decided(self) -> Inventory:
        def look() -> Inventory:
            self._beat()
            inventory = self._inventory(self.executor.backend.observe())
            waiting = next(pending(inventory), None)
            if waiting is not None:
                raise BackendNotReadyError(f"object `{waiting.id}` is not in force yet")
            return inventory

        return patiently(look, self.executor.patience)

    def _inventory(self, observed: Observed) -> Inventory:
        return take_inventory(observed, self.given.owner, self.given.target)

    def _verify(self) -> None:
        """Read everything back; move the inventory only to what was seen, and only while the target is ours to write."""
        if self.plan.is_empty:
            self._decided()
        observed = self.writer.observe()
        inventory = self._inventory(observed)
        if not self.problems:
            self.problems += differences(self.plan, observed, inventory)
        if self.problems and not self.writer.touched:
            raise ConflictError("; ".join(self.problems), help="the target changed meanwhile: run again")
        self.hold.renew()
        if self.problems:
            self._record_partial(inventory)
            return
        state, now = self.executor.state, self.executor.clock()
        before = state.applied(self.given.target)
        state.set_applied(self.given.target, verified_state(self.plan, inventory, before, now))
        self.journal.verified(self._engines(observed), {b.app: b.protected for b in self.given.bundles})

    def _record_partial(self, inventory: Inventory) -> None:
        state = self.executor.state
        before = state.applied(self.given.target)
        if before is not None:
            failed = {(change.engine, change.object_id or "") for change in self._failed_deletes()}
            partial = partial_state(self.plan, inventory, before, self.executor.clock(), failed)
            state.set_applied(self.given.target, partial)

    def _remember_failures(self) -> None:
        """A delete that failed is pending, even where it was the only write."""
        if self._failed_deletes():
            with suppress(BylawError):
                inventory = self._inventory(self.writer.observe())
                self.hold.renew()
                self._record_partial(inventory)

    def _failed_deletes(self) -> list[Change]:
        return [
            result.change
            for result in self.outcomes.values()
            if result.change.kind is ChangeKind.DELETE and result.outcome is Outcome.FAILED
        ]

    def _engines(self, observed: Observed) -> dict[str, EngineFacts]:
        """What to remember of the engines. A schema whose drift was left alone is remembered as it was: it stays drift."""
        facts = facts_of(observed.engines)
        for item in self.plan.engine_drift:
            if item.what == SCHEMA and not item.heal and item.engine in facts:
                known = self.plan.known_engines[item.engine]
                facts[item.engine] = EngineFacts(known.schema, facts[item.engine].switches)
        return facts

    def _finish(self, outcome: str) -> None:
        try:
            self.journal.end(outcome, self._report().written)
        except BylawError as error:
            if outcome == "applied":
                self._note(error)

    def _report(self) -> ApplyReport:
        not_tried = (ChangeResult(c, Outcome.NOT_TRIED) for c in self.plan.changes if c.id not in self.outcomes)
        order = {change.id: number for number, change in enumerate(self.plan.changes)}
        results = sorted([*self.outcomes.values(), *not_tried], key=lambda result: order[result.change.id])
        return ApplyReport(self.plan, self.safety, tuple(results), tuple(self.problems))


def _failed_since(before: LiveObject, now: LiveObject) -> bool:
    return now.status is Status.FAILED and before.status is not Status.FAILED
