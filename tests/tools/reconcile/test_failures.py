"""A backend that fails: what ends an apply, what is tried again, and what is told."""

from contextlib import suppress
from typing import Any

import pytest

from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendTerminalError,
    BackendTransientError,
)
from bylaw.backends.state.interface import RecordKind
from bylaw.model.effects import Mode
from bylaw.model.errors import BackendError, BylawError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.apply import Outcome
from bylaw.reconcile.retry import MAX_TRIES
from tools.fakes.faulty_backend import Fault, FaultyBackend
from tools.reconcile.failing import LATE, PASSING, TERMINAL, WRITES, converges, eventful, faulty, outcomes
from tools.reconcile.world import World, forbid, permit, staged, store

# Failing for good.


@pytest.mark.parametrize("fault", TERMINAL)
@pytest.mark.parametrize("position", range(1, 6), ids=WRITES)
def test_the_first_failure_ends_the_apply_and_later_phases_do_not_run(position: int, fault: Fault) -> None:
    world = eventful()
    faulty(world, {position: fault})

    if position == 1:
        with pytest.raises(BylawError, match=r"refused|faster") as caught:
            world.apply()
        assert caught.value.exit_code in (ExitCode.INTERNAL_ERROR, ExitCode.CONFLICT)
        assert world.log() == []
    else:
        report = world.apply()
        assert report.exit_code is ExitCode.PARTIAL_APPLY
        applied, rest = [Outcome.APPLIED] * (position - 1), [Outcome.NOT_TRIED] * (5 - position)
        assert outcomes(report) == [*applied, Outcome.FAILED, *rest]
        assert report.results[position - 1].message in report.problems[0]
        assert report.written == len(world.log()) == position - 1

    assert world.records()[-1].kind is RecordKind.END
    assert world.memory.current_lease(world.target) is None
    converges(world)


@pytest.mark.parametrize("position", range(1, 6), ids=WRITES)
def test_a_transaction_that_fails_leaves_nothing_behind(position: int) -> None:
    world = World(store=store(transactional=True))
    names = [f"p{number}" for number in range(5)]
    world.commit({name: permit(name) for name in names})
    before = world.store.observe()
    faulty(world, {position: Fault.TERMINAL})

    with pytest.raises(BackendTerminalError):
        world.apply()

    assert world.store.observe() == before
    assert world.memory.applied(world.target) is None


def test_attempted_and_applied_commit_are_told_apart() -> None:
    world = eventful()
    before = world.memory.applied(world.target)
    faulty(world, {3: Fault.TERMINAL})
    world.apply()

    after = world.memory.applied(world.target)

    assert before is not None
    assert after is not None
    assert (after.commit, after.bundles) == (before.commit, before.bundles)
    assert {record.commit for record in world.records(RecordKind.PLAN)} == {before.commit, world.head}


def test_a_first_apply_that_fails_halfway_records_no_applied_commit() -> None:
    world = World()
    world.commit(allow=permit(), deny=forbid())
    faulty(world, {2: Fault.TERMINAL})

    assert world.apply().exit_code is ExitCode.PARTIAL_APPLY

    assert world.memory.applied(world.target) is None
    world.backend = world.store
    assert world.apply().problems == ()


# Deletes that fail.


def test_a_failed_delete_is_remembered_and_tried_again() -> None:
    world = World()
    world.commit(keep=permit("keep"), go=permit("go"))
    world.settled()
    world.commit(keep=permit("keep"))
    backend = faulty(world, {1: Fault.TERMINAL, 2: Fault.TERMINAL})

    for _ in range(2):
        with pytest.raises(BackendTerminalError):
            world.apply()
        applied = world.memory.applied(world.target)
        assert applied is not None
        assert {row.ref: row.pending_delete for row in applied.objects} == {"desk/go": True, "desk/keep": False}
    backend.faults.clear()
    report = world.apply()

    assert outcomes(report) == [Outcome.APPLIED]
    assert world.texts() == {"desk/keep": permit("keep")}


def test_a_delete_that_fails_among_others_is_pending_and_the_others_go() -> None:
    world = World()
    world.commit(keep=permit("keep"), one=permit("one"), two=permit("two"), three=permit("three"))
    world.settled()
    world.commit(keep=permit("keep"), new=permit("new"))
    faulty(world, {3: Fault.TERMINAL})

    report = world.apply()

    assert outcomes(report) == [Outcome.APPLIED, Outcome.APPLIED, Outcome.FAILED, Outcome.APPLIED]
    assert report.pending_deletes == 1
    applied = world.memory.applied(world.target)
    assert applied is not None
    failed = str(report.results[2].change.ref)
    assert [row.ref for row in applied.objects if row.pending_delete] == [failed]
    assert world.plan().drift == ()
    world.commit(keep=permit("keep"))
    report = world.apply()
    assert {str(result.change.ref) for result in report.results} == {failed, "desk/new"}
    assert report.problems == ()
    assert world.texts() == {"desk/keep": permit("keep")}
    after = world.memory.applied(world.target)
    assert after is not None
    assert not any(row.pending_delete for row in after.objects)


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_a_pending_delete_of_a_changed_policy_is_no_drift(tries: int) -> None:
    world = World()
    world.commit(allow=permit("old"))
    world.settled()
    world.commit(allow=permit("new"))
    backend = faulty(world, {2: Fault.TERMINAL})
    assert world.apply().exit_code is ExitCode.PARTIAL_APPLY
    for number in range(tries - 1):
        world.commit(allow=permit(f"newer{number}"))
        backend.faults = {backend.writes + 2: Fault.TERMINAL}
        world.apply()
        assert world.plan().drift == ()

    backend.faults.clear()
    assert world.apply().problems == ()
    assert len(world.ours()) == 1
    assert world.plan().is_empty


# Failing for a while.


@pytest.mark.parametrize("fault", [*PASSING, *LATE])
@pytest.mark.parametrize("position", range(1, 6), ids=WRITES)
def test_what_passes_is_waited_for(position: int, fault: Fault) -> None:
    world = eventful()
    faulty(world, {position: fault})

    report = world.apply()

    assert report.exit_code is ExitCode.OK, report.problems
    assert world.texts() == {"desk/deny": forbid("new"), "desk/allow": permit("new")}
    assert len(world.log()) == len(WRITES)


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("position", [1, 3, 5])
def test_a_transaction_is_repeated_whole(position: int, fault: Fault) -> None:
    world = eventful(transactional=True)
    faulty(world, {position: fault})

    report = world.apply()

    assert report.exit_code is ExitCode.OK, report.problems
    assert world.texts() == {"desk/deny": forbid("new"), "desk/allow": permit("new")}


def test_transient_failures_are_not_retried_for_ever() -> None:
    world = eventful()
    faulty(world, dict.fromkeys(range(1, 100), Fault.TRANSIENT))

    with pytest.raises(BackendTransientError):
        world.apply()

    assert len(world.clock.slept) == MAX_TRIES - 1
    assert world.log() == []


def test_a_write_whose_answer_never_comes_is_sent_a_few_times_and_told_as_partial() -> None:
    world = eventful()
    backend = faulty(world, dict.fromkeys(range(1, 100), Fault.AMBIGUOUS_LOST))

    report = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert report.results[0].outcome is Outcome.FAILED
    assert backend.writes == 3


class LosesTheAnswerOfTheCommit(FaultyBackend):
    """A transaction that commits, or does not, and never says so."""

    commits = True

    def transaction(self) -> Any:
        outer = super().transaction()
        commits, backend = self.commits, self

        class Lost:
            def __enter__(self) -> None:
                outer.__enter__()

            def __exit__(self, *error: Any) -> None:
                if error[0] is None and not commits:
                    error = (RuntimeError, RuntimeError(), None)
                with suppress(RuntimeError):
                    outer.__exit__(*error)
                if error[0] in (None, RuntimeError) and backend.inner is not None:
                    raise BackendAmbiguousError("no answer in time")

        return Lost()


@pytest.mark.parametrize("commits", [True, False])
def test_a_transaction_whose_answer_is_lost_is_read_back(commits: bool) -> None:  # noqa: FBT001
    world = eventful(transactional=True)
    backend = LosesTheAnswerOfTheCommit(world.store)
    backend.commits = commits
    world.backend = backend

    report = world.apply()

    if commits:
        assert report.exit_code is ExitCode.OK
        assert len(world.log()) == 3
    else:
        assert report.exit_code is ExitCode.PARTIAL_APPLY
        assert set(outcomes(report)) == {Outcome.FAILED}
        assert world.log() == []
    converges(world)


# Telling.


def test_each_change_is_told_with_what_became_of_it() -> None:
    world = eventful()
    faulty(world, {4: Fault.TERMINAL})

    report = world.apply()

    told = [(result.change.kind, result.outcome, bool(result.message)) for result in report.results]
    assert told == [
        ("put-schema", Outcome.APPLIED, False),
        ("create", Outcome.APPLIED, False),
        ("create", Outcome.APPLIED, False),
        ("delete", Outcome.FAILED, True),
        ("delete", Outcome.NOT_TRIED, False),
    ]
    assert report.written == 3


def test_the_journal_tells_each_step_before_and_after() -> None:
    world = eventful()
    started = len(world.records())
    world.apply()

    kinds = [record.kind for record in world.records()][started:]
    step = [RecordKind.INTENT, RecordKind.RESULT, RecordKind.PHASE]

    assert kinds == [RecordKind.PLAN, *step * 5, RecordKind.VERIFIED, RecordKind.END]
    assert len({record.run for record in world.records()[started:]}) == 1


def test_a_memory_that_is_gone_stops_everything() -> None:
    world = eventful()
    world.memory.unreachable = True

    with pytest.raises(BackendError, match="cannot reach the state store"):
        world.apply()

    assert world.log() == []


@pytest.mark.parametrize("after", range(1, 12))
def test_a_memory_that_goes_away_stops_the_next_write(after: int) -> None:
    world = eventful()
    appended = 0

    def go(_: Any) -> None:
        nonlocal appended
        appended += 1
        world.memory.unreachable = appended >= after
        if world.memory.unreachable:
            raise BackendError("cannot reach the state store")

    world.memory.on_append = go
    try:
        report = world.apply()
    except BackendError:
        assert world.log() == []
    else:
        assert report.exit_code is ExitCode.PARTIAL_APPLY
        assert "cannot reach the state store" in " ".join(report.problems)
        assert 0 < len(world.log()) <= (after + 1) // 3 + 1
    world.memory.unreachable = False
    world.memory.on_append = lambda _: None
    world.clock.advance(world.memory.current_lease(world.target).expires - world.clock())  # type: ignore[union-attr]
    converges(world)


def test_staged_policies_are_verified_in_their_mode() -> None:
    world = World()
    world.commit(allow=staged(permit()))

    assert world.apply().exit_code is ExitCode.OK
    assert world.object_of("allow").mode is Mode.LOG_ONLY
