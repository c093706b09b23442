"""Carrying out a plan: exactly what was reviewed, in the safe order, journalled before each call, and read back before it counts.

    lease → observe → plan again → compare with what was approved → safety → write, step by step → read back → inventory → end

Killed at any point, the next run observes and plans afresh; the journal tells it which unrecorded objects are its own. Whatever
happens, one finaliser records the end and gives the lease back, and no failure of its own hides the first.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

from bylaw.model.errors import BackendError, BylawError, ConflictError, InternalError, UnsafePlanError
from bylaw.model.exit_codes import ExitCode, worst
from bylaw.model.identifiers import TargetId
from bylaw.reconcile.inventory import JournalFacts, read_journal
from bylaw.reconcile.lease import Hold, held
from bylaw.reconcile.plan import Plan, PlanInput, make_plan
from bylaw.reconcile.retry import patiently
from bylaw.reconcile.run import (
    WRITE_TIMEOUT,
    ApplyReport,
    ChangeResult,
    Executor,
    Outcome,
    Run,
    StoppedError,
)
from bylaw.reconcile.safety import SafetyReport, check_safety, suspension
from bylaw.repository.documents.settings import Waiver

__all__ = [
    "ApplyReport",
    "ChangeResult",
    "Executor",
    "JournalFacts",
    "Outcome",
    "Prepared",
    "StoppedError",
    "TargetResult",
    "Unit",
    "apply",
    "apply_all",
    "prepare",
]

Components = Sequence[tuple[str, str]]


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
            count = len(self.plan.conflicts)
            subject = "a policy" if count == 1 else f"{count} policies"
            message = f"{subject} on `{self.plan.target}` changed behind our back: {refs}"
            raise ConflictError(
                message, help="look at `bylaw drift`; `bylaw import` brings the change into git, or undo it there"
            )
        if self.safety.violations:
            message = "; ".join(violation.message for violation in self.safety.violations)
            raise UnsafePlanError(message, help=self.safety.help)


@dataclass(frozen=True)
class Unit:
    """One target's share of an apply to several."""

    given: PlanInput
    waivers: Sequence[Waiver]
    executor: Executor
    approved: Components | None = None


@dataclass(frozen=True, slots=True)
class TargetResult:
    """What became of one target. Neither report nor error: it was not tried, because an earlier one failed."""

    target: TargetId
    report: ApplyReport | None = None
    error: BylawError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """As if it were the only target."""
        if self.error is not None:
            return self.error.exit_code
        return self.report.exit_code if self.report else ExitCode.PARTIAL_APPLY


def prepare(given: PlanInput, waivers: Sequence[Waiver], executor: Executor) -> Prepared:
    """Observe and plan. Writes nothing."""
    observed = patiently(executor.backend.observe, executor.patience)
    facts = read_journal(executor.state.records(given.target), given.now)
    plan = make_plan(given, observed, executor.state.applied(given.target), facts)
    safety = check_safety(plan, given.settings.limits, given.bundles, waivers, given.now.date(), facts)
    return Prepared(plan, safety)


def apply(
    given: PlanInput, waivers: Sequence[Waiver], executor: Executor, approved: Components | None = None
) -> ApplyReport:
    """Plan again under the lease, compare with the components of the `approved` plan, and carry it out.

    Raises:
        ConflictError: the lease is held, the plan is stale, or policies changed behind our back; nothing was written.
        UnsafePlanError: a limit is exceeded, or the target is suspended; nothing was written.
        BackendError: the first write failed and had no effect.
    """
    unit = Unit(given, waivers, executor, approved)
    _refuse_suspended(unit)
    with held(lambda: _hold(unit)) as hold:
        return _carry_out(unit, _prepare_safely(unit), hold)


def apply_all(units: Sequence[Unit]) -> tuple[TargetResult, ...]:
    """Apply to several targets. Every one is leased, planned and found safe before the first write to any; then they are written
    one after the other, and the first that fails is the last that was tried.

    Raises:
        ConflictError, UnsafePlanError, BackendError: some target was refused; nothing was written to any.
    """
    with ExitStack() as stack:
        refused: list[BylawError] = []
        ready: list[tuple[Unit, Prepared, Hold]] = []
        for unit in units:
            try:
                _refuse_suspended(unit)
                hold = stack.enter_context(held(lambda unit=unit: _hold(unit)))  # type: ignore[misc]
                ready.append((unit, _prepare_safely(unit), hold))
            except BylawError as error:
                refused.append(error)
        if refused:
            raise _together(refused)
        return _one_after_the_other(ready)


def exit_code_of(results: Sequence[TargetResult]) -> ExitCode:
    """The one code for all targets: partial as soon as one was written and not all are done."""
    codes = [result.exit_code for result in results]
    written = any(result.report is not None and result.report.written for result in results)
    whole = all(code is ExitCode.OK for code in codes)
    return ExitCode.PARTIAL_APPLY if written and not whole else worst(codes)


def _one_after_the_other(ready: Sequence[tuple[Unit, Prepared, Hold]]) -> tuple[TargetResult, ...]:
    results: list[TargetResult] = []
    for number, (unit, prepared, hold) in enumerate(ready):
        target = unit.given.target
        if results and results[-1].exit_code is not ExitCode.OK:
            results.append(TargetResult(target))
            continue
        hold.beside = [later for _, _, later in ready[number + 1 :]]
        try:
            # Time has passed since the first look at all but the first: what was found safe then must still be what is there.
            again = prepared if number == 0 else _prepare_safely(replace(unit, approved=prepared.plan.components))
            results.append(TargetResult(target, report=_carry_out(unit, again, hold)))
        except BylawError as error:
            results.append(TargetResult(target, error=error))
    return tuple(results)


def _together(errors: Sequence[BylawError]) -> BylawError:
    """Several refusals as one, of the kind whose exit code counts."""
    code = worst([error.exit_code for error in errors])
    first = next(error for error in errors if error.exit_code is code)
    if len(errors) == 1:
        return first
    kind = next((k for k in (UnsafePlanError, ConflictError, BackendError) if isinstance(first, k)), InternalError)
    helps = list(dict.fromkeys(error.help for error in errors if error.help))
    return kind("; ".join(error.message for error in errors), help="\n".join(helps) or None)


def _hold(unit: Unit) -> Hold:
    executor, target = unit.executor, unit.given.target
    ttl = timedelta(seconds=unit.given.settings.lease_seconds)
    lease = executor.state.acquire(target, executor.actor, executor.nonce(), executor.clock(), ttl)
    return Hold(executor.state, lease, executor.clock, ttl, WRITE_TIMEOUT)


def _prepare_safely(unit: Unit) -> Prepared:
    prepared = prepare(unit.given, unit.waivers, unit.executor)
    if unit.approved is not None:
        _refuse_stale(prepared.plan, unit.approved)
    prepared.demand_safe()
    return prepared


def _carry_out(unit: Unit, prepared: Prepared, hold: Hold) -> ApplyReport:
    return Run(unit.given, prepared.plan, prepared.safety, unit.executor, hold).carry_out()


def _refuse_suspended(unit: Unit) -> None:
    suspended = suspension(unit.given.settings, unit.executor.clock())
    if suspended is not None:
        target = unit.given.target
        message = (
            f"`{target}` is suspended until {suspended.until:%Y-%m-%d %H:%M %Z} by {suspended.by}: {suspended.reason}"
        )
        raise UnsafePlanError(message, help=f"`bylaw resume {target}` ends the suspension")


def _refuse_stale(plan: Plan, approved: Components) -> None:
    before = dict(approved)
    differing = [name for name, value in plan.components if before.get(name) != value]
    if tuple(map(tuple, approved)) != plan.components:
        message = f"the plan for `{plan.target}` is stale: {', '.join(differing) or 'format'} changed since it was made"
        raise ConflictError(message, help="plan again and have the new plan reviewed")
