"""A backend that fails, lies, or answers late: what is believed, what is tried again, and what is told."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendTerminalError,
    BackendTransientError,
    DesiredObject,
    LiveObject,
    Observed,
    Status,
)
from bylaw.backends.state.interface import RecordKind
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BackendError, BylawError, ConflictError, InternalError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.apply import ApplyReport, Outcome
from bylaw.reconcile.changes import ChangeKind, Phase
from bylaw.reconcile.retry import MAX_TRIES, READY_DEADLINE
from tools.fakes.faulty_backend import Fault, FaultyBackend
from tools.fakes.memory_backend import WriteKind
from tools.reconcile.world import World, forbid, permit, ref, staged, store

# One write in each phase, in this order.
WRITES = ["schema", "add forbid", "add permit", "remove permit", "remove forbid"]
TERMINAL = [Fault.TERMINAL, Fault.CONFLICT]
PASSING = [Fault.NOT_READY, Fault.TRANSIENT, Fault.AMBIGUOUS_LOST, Fault.AMBIGUOUS_DONE]
LATE = [Fault.PENDING, Fault.HIDDEN]


def eventful(*, transactional: bool = False) -> World:
    """A commit with one write in each phase."""
    world = World(store=store(transactional=transactional))
    world.commit(deny=forbid("old"), allow=permit("old"))
    world.settled()
    world.commit(schema="entity User;", deny=forbid("new"), allow=permit("new"))
    return world


def faulty(world: World, faults: dict[int, Fault], **options: Any) -> FaultyBackend:
    backend = FaultyBackend(world.store, faults, **options)
    world.backend = backend
    return backend


def outcomes(report: ApplyReport) -> list[Outcome]:
    return [result.outcome for result in report.results]


def converges(world: World) -> None:
    """A run without faults ends as git wants, and the one after it is empty."""
    world.backend = world.store
    report = world.apply()
    assert report.problems == ()
    assert world.texts() == {"desk/deny": forbid("new"), "desk/allow": permit("new")}
    assert world.apply().plan.is_empty


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


# Answering late: the barrier between phases.


@pytest.mark.parametrize("position", [2, 3], ids=["forbid", "permit"])
@pytest.mark.parametrize("fault", LATE)
def test_nothing_is_removed_before_what_replaces_it_is_in_force(position: int, fault: Fault) -> None:
    world = eventful()
    backend = faulty(world, {position: fault}, settle_reads=5)
    seen: list[tuple[str, bool]] = []

    def look(writes: Any) -> None:
        shown = {(live.text, live.status) for live in backend.observe().objects}
        settled = (forbid("new"), Status.ACTIVE) in shown and (permit("new"), Status.ACTIVE) in shown
        seen.extend((write.kind, settled) for write in writes)

    world.store.on_visible = look
    assert world.apply().exit_code is ExitCode.OK

    assert [settled for kind, settled in seen if kind is WriteKind.DELETE] == [True, True]


@pytest.mark.parametrize("position", range(2, 5))
def test_something_that_stays_pending_ends_the_apply_in_the_end(position: int) -> None:
    world = eventful()
    faulty(world, {position: Fault.PENDING}, settle_reads=10_000)

    report = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert sum(world.clock.slept) >= READY_DEADLINE
    assert outcomes(report)[position:] == [Outcome.NOT_TRIED] * (5 - position)
    converges(world)


def test_a_policy_that_fails_later_fails_the_change_and_its_remains_are_cleared_away() -> None:
    world = eventful()
    backend = faulty(world, {2: Fault.FAILS_LATER})

    report = world.apply()

    assert outcomes(report)[1] is Outcome.FAILED
    assert "failed: validation failed" in report.results[1].message
    assert len(world.log()) == 2
    plan = world.plan()
    assert (plan.changes[0].kind, plan.changes[0].phase) == (ChangeKind.DELETE, Phase.CLEAN_UP)
    assert not plan.conflicts
    backend.faults.clear()
    assert world.apply().problems == ()
    converges(world)


def test_what_an_earlier_run_left_pending_is_waited_for_before_anything_relies_on_it() -> None:
    world = eventful()
    backend = faulty(world, {2: Fault.PENDING, 3: Fault.TERMINAL}, settle_reads=400)
    world.apply()
    backend.faults.clear()
    backend._hazes.popitem()[1].reads_left = 0
    assert world.apply().exit_code is ExitCode.OK


def test_a_policy_that_is_pending_is_not_recorded_before_it_is_in_force() -> None:
    world = World()
    world.commit(allow=permit())
    backend = faulty(world, {2: Fault.PENDING}, settle_reads=1000)
    assert world.apply().exit_code is ExitCode.PARTIAL_APPLY
    for haze in backend._hazes.values():
        haze.reads_left = 3

    report = world.apply()

    assert report.exit_code is ExitCode.OK
    assert report.plan.records_only
    assert report.written == 0
    assert world.memory.applied(world.target) is not None


def test_a_policy_that_goes_out_of_force_by_itself_is_drift_and_healed() -> None:
    world = World()
    world.commit(allow=permit(), deny=forbid())
    world.settled()
    liar = Liar(world.store)
    broken = world.object_of("deny").id

    def fail(observed: Observed) -> Observed:
        objects = (replace(o, status=Status.FAILED) if o.id == broken else o for o in observed.objects)
        return replace(observed, objects=tuple(objects))

    liar.observe_lie = fail
    world.backend = liar

    (item,) = world.plan().drift
    assert (str(item.ref), item.kind, item.severity) == ("desk/deny", "deleted-outside", "critical")
    assert [(change.kind, change.object_id) for change in world.plan(heal=True).changes] == [
        (ChangeKind.DELETE, broken),
        (ChangeKind.CREATE, None),
    ]
    assert world.apply(heal=True).exit_code is ExitCode.OK
    assert world.texts() == {"desk/allow": permit(), "desk/deny": forbid()}


@pytest.mark.parametrize("drift", ["report", "heal"])
def test_a_forbid_that_failed_is_made_again_and_never_taken_for_applied(drift: str) -> None:
    world = World()
    world.configure(drift=drift)
    world.commit(allow=permit())
    world.settled()
    world.commit(allow=permit(), deny=forbid())
    backend = faulty(world, {1: Fault.FAILS_LATER})
    assert world.apply().exit_code is ExitCode.PARTIAL_APPLY
    applied = world.memory.applied(world.target)
    assert applied is not None
    assert [row.ref for row in applied.objects] == ["desk/allow"]

    backend.faults.clear()
    report = world.apply()

    assert [(result.change.kind, result.change.ref) for result in report.results] == [
        (ChangeKind.DELETE, ref("deny")),
        (ChangeKind.CREATE, ref("deny")),
    ]
    assert report.plan.drift == ()
    assert report.exit_code is ExitCode.OK
    assert world.texts() == {"desk/allow": permit(), "desk/deny": forbid()}


def test_a_policy_that_was_pending_and_then_failed_is_made_again() -> None:
    world = World()
    world.commit(allow=permit())
    world.settled()
    world.commit(allow=permit(), deny=forbid())
    backend = faulty(world, {1: Fault.FAILS_LATER}, settle_reads=300)
    assert world.apply().exit_code is ExitCode.PARTIAL_APPLY
    backend.faults.clear()
    for haze in backend._hazes.values():
        haze.reads_left = 0

    plan = world.plan()
    assert plan.drift == ()
    assert [change.kind for change in plan.changes] == [ChangeKind.DELETE, ChangeKind.CREATE]
    assert world.apply().exit_code is ExitCode.OK
    assert world.texts() == {"desk/allow": permit(), "desk/deny": forbid()}


@pytest.mark.parametrize("position", range(1, 6), ids=WRITES)
def test_after_a_lost_answer_the_target_is_read_before_anything_is_sent_again(position: int) -> None:
    world = eventful()
    backend = faulty(world, {position: Fault.AMBIGUOUS_DONE})

    assert world.apply().exit_code is ExitCode.OK
    assert backend.writes == len(WRITES), "nothing was sent twice"


def test_an_object_that_fails_while_it_is_waited_for_stops_the_run_before_it_writes() -> None:
    world = World()
    world.commit(allow=permit("old"), deny=forbid("old"))
    world.settled()
    world.commit(allow=permit("new"), deny=forbid("new"))
    backend = faulty(world, {1: Fault.FAILS_LATER}, settle_reads=300)
    assert world.apply().exit_code is ExitCode.PARTIAL_APPLY
    for haze in backend._hazes.values():
        haze.reads_left = 2
    world.store.log.clear()

    with pytest.raises(ConflictError, match="changed since it was planned"):
        world.apply()

    assert world.log() == []
    backend._hazes.clear()
    converges(world)


# Lying.


@pytest.mark.parametrize("transactional", [False, True])
def test_a_backend_that_alters_text_is_found_out(transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    world.commit(allow=permit())
    faulty(world, {2: Fault.ALTERED})

    if transactional:
        with pytest.raises(BackendTerminalError, match="does not hold the text we wrote"):
            world.apply()
        assert world.log() == []
    else:
        report = world.apply()
        assert report.exit_code is ExitCode.PARTIAL_APPLY
        assert "does not hold the text we wrote" in report.problems[0]
    assert world.memory.applied(world.target) is None


class Liar(FaultyBackend):
    """Passes every answer through a lie."""

    create_lie: Callable[[LiveObject], LiveObject] = staticmethod(lambda live: live)
    observe_lie: Callable[[Observed], Observed] = staticmethod(lambda observed: observed)

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        return self.create_lie(super().create(engine, desired, token))

    def observe(self) -> Observed:
        return self.observe_lie(super().observe())


CREATE_LIES: dict[str, Callable[[LiveObject], LiveObject]] = {
    "another policy": lambda live: replace(live, mark=live.mark and live.mark._replace(ref=("desk", "other"))),  # type: ignore[arg-type]
    "no mark": lambda live: replace(live, mark=None),
    "another engine": lambda live: replace(live, engine="elsewhere"),
    "an object that was there": lambda live: replace(live, id="p000001"),
}


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("lie", CREATE_LIES)
def test_an_answer_with_another_object_is_not_believed(lie: str, transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    world.commit(old=permit("old"))
    world.settled()
    world.commit(old=permit("old"), new=permit("new"))
    liar = Liar(world.store)
    liar.create_lie = CREATE_LIES[lie]
    world.backend = liar

    if transactional:
        with pytest.raises(InternalError, match="answered with another object than `desk/new`"):
            world.apply()
        assert world.log() == []
    else:
        report = world.apply()
        assert report.exit_code is ExitCode.PARTIAL_APPLY
        assert "answered with another object than `desk/new`" in report.problems[0]


OBJECT_LIES: dict[str, Callable[[LiveObject], LiveObject]] = {
    "another effect": lambda live: replace(live, effect=Effect.FORBID),
    "another mode": lambda live: replace(live, mode=Mode.LOG_ONLY),
    "another text": lambda live: replace(live, digest=live.digest and live.digest[::-1]),  # type: ignore[arg-type]
    "failed": lambda live: replace(live, status=Status.FAILED, detail="no"),
    "another policy": lambda live: replace(live, mark=live.mark and live.mark._replace(ref=("desk", "other"))),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("lie", OBJECT_LIES)
def test_a_listing_that_differs_from_what_was_written_is_a_problem(lie: str) -> None:
    world = World()
    world.commit(new=permit("new"))
    liar = Liar(world.store)
    liar.observe_lie = lambda observed: replace(observed, objects=tuple(map(OBJECT_LIES[lie], observed.objects)))
    world.backend = liar

    report = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert report.results[-1].outcome is Outcome.FAILED
    assert world.memory.applied(world.target) is None


def test_a_listing_with_one_object_twice_is_refused() -> None:
    world = World()
    world.commit(one=permit(), two=permit("bob"))
    world.settled()
    liar = Liar(world.store)
    liar.observe_lie = lambda observed: replace(observed, objects=(*observed.objects, observed.objects[1]))
    world.backend = liar

    with pytest.raises(InternalError, match="lists object `p000002` 2 times"):
        world.plan()


def test_a_listing_that_breaks_off_never_becomes_a_plan() -> None:
    world = World()
    world.commit(one=permit(), two=permit("bob"))
    world.settled()

    def broken(_: Observed) -> Observed:
        raise BackendError("the second page did not come")

    liar = Liar(world.store)
    liar.observe_lie = broken
    world.backend = liar

    with pytest.raises(BackendError, match="second page"):
        world.plan()


def test_somebody_who_writes_meanwhile_is_found_by_reading_back() -> None:
    world = eventful()
    done: list[Any] = []

    def meddle(writes: Any) -> None:
        done.extend(writes)
        if len(done) == len(WRITES):
            world.edit("allow", permit("mallory"))

    world.store.on_visible = meddle
    report = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert report.problems == ("`desk/allow` does not hold the text we wrote",)
    assert [str(item.ref) for item in world.plan().drift] == ["desk/allow"]


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
