"""One writer per target, and none while the target is suspended or the run was told to stop."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bylaw.backends.state.interface import RecordKind
from bylaw.model.errors import BackendError, ConflictError, UnsafePlanError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.apply import Outcome, StoppedError
from bylaw.repository.documents.settings import Suspension
from tools.fakes.clock import EPOCH
from tools.fakes.faulty_backend import Fault, FaultyBackend
from tools.reconcile.world import World, forbid, permit, store

TTL = timedelta(seconds=120)


def ready(*, transactional: bool = False) -> World:
    world = World(store=store(transactional=transactional))
    world.commit(deny=forbid("old"), allow=permit("old"))
    world.settled()
    world.commit(deny=forbid("new"), allow=permit("new"))
    return world


def on_write(world: World, number: int, act: Callable[[], object]) -> None:
    """Act once so many writes are visible."""
    seen: list[Any] = []

    def look(writes: Any) -> None:
        seen.extend(writes)
        if len(seen) == number:
            act()

    world.store.on_visible = look


# The lease.


def test_a_target_that_somebody_else_holds_is_not_written() -> None:
    world = ready()
    world.memory.acquire(world.target, "bob", "theirs", world.clock(), TTL)

    with pytest.raises(ConflictError, match="`prod` is held by `bob` until"):
        world.apply()

    assert world.log() == []


def test_planning_does_not_need_the_lease() -> None:
    world = ready()
    world.memory.acquire(world.target, "bob", "theirs", world.clock(), TTL)

    assert not world.plan().is_empty


def test_a_lease_that_ended_is_free() -> None:
    world = ready()
    world.memory.acquire(world.target, "bob", "theirs", world.clock(), TTL)
    world.clock.advance(TTL)

    assert world.apply().problems == ()


def test_the_lease_is_held_from_observing_to_the_end_and_given_back() -> None:
    world = ready()
    held: list[bool] = []
    observe = world.store.observe

    def watched() -> Any:
        held.append(world.memory.current_lease(world.target) is not None)
        return observe()

    world.store.observe = watched  # type: ignore[method-assign]
    world.apply()

    assert len(held) > 2
    assert all(held)
    assert world.memory.current_lease(world.target) is None


def test_the_lease_is_given_back_after_a_refusal() -> None:
    world = ready()
    world.limit(max_updates=0)

    with pytest.raises(UnsafePlanError):
        world.apply()

    assert world.memory.current_lease(world.target) is None


@pytest.mark.parametrize("number", range(1, 4))
def test_a_lease_that_is_stolen_stops_the_next_write(number: int) -> None:
    world = ready()

    def steal() -> None:
        lease = world.memory.current_lease(world.target)
        assert lease is not None
        world.memory.break_lease(world.target, lease.nonce)
        world.memory.acquire(world.target, "bob", "theirs", world.clock(), TTL)

    before = world.memory.applied(world.target)
    on_write(world, number, steal)
    report = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert len(world.log()) == number
    assert "not ours any more" in report.problems[0]
    assert world.memory.applied(world.target) == before, "whoever holds the target moves the inventory"
    lease = world.memory.current_lease(world.target)
    assert lease is not None
    assert lease.holder == "bob"


def test_a_lease_that_ends_during_a_write_stops_the_next_one() -> None:
    world = ready()
    on_write(world, 2, lambda: world.clock.advance(TTL))

    report = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert len(world.log()) == 2


@pytest.mark.parametrize("transactional", [False, True])
def test_nothing_is_sent_when_too_little_of_the_lease_is_left(transactional: bool) -> None:  # noqa: FBT001
    """The store answers a renewal so late that it has nearly ended again."""
    world = ready(transactional=transactional)
    renew = world.memory.renew

    def slow(*arguments: Any) -> Any:
        lease = renew(*arguments)
        world.clock.advance(TTL - timedelta(seconds=5))
        return lease

    world.memory.renew = slow  # type: ignore[method-assign,assignment]

    with pytest.raises(ConflictError, match="would end before the next write is done"):
        world.apply()

    assert world.log() == []


def test_the_lease_is_kept_up_while_waiting() -> None:
    world = ready()
    world.backend = FaultyBackend(world.store, {1: Fault.PENDING}, settle_reads=100)

    assert world.apply().exit_code is ExitCode.OK
    assert sum(world.clock.slept) > TTL.total_seconds()


def test_a_store_of_leases_that_does_not_answer_means_no_write() -> None:
    world = ready()

    def gone(*_: Any) -> Any:
        raise BackendError("cannot reach the state store")

    world.memory.renew = gone  # type: ignore[method-assign,assignment]
    with pytest.raises(BackendError):
        world.apply()
    assert world.log() == []


def test_a_lease_that_cannot_be_given_back_does_not_hide_the_outcome() -> None:
    world = ready()

    def gone(*_: Any) -> Any:
        raise BackendError("cannot reach the state store")

    world.memory.release = gone  # type: ignore[method-assign,assignment]
    assert world.apply().exit_code is ExitCode.OK


def test_each_run_has_a_fence_of_its_own() -> None:
    world = ready()
    world.apply()

    fences = [record.run.partition("-")[0] for record in world.records(RecordKind.PLAN)]

    assert fences == ["1", "2"]


# Suspension.


def suspended(until: datetime) -> World:
    world = ready()
    world.configure(suspend=Suspension(reason="incident 12", by="ada", until=until))
    return world


@pytest.mark.parametrize("until", [EPOCH + timedelta(seconds=1), datetime(2026, 3, 2, 9, 0, 1)])  # noqa: DTZ001
def test_a_suspended_target_is_planned_and_not_written(until: datetime) -> None:
    world = suspended(until)
    assert not world.plan().is_empty

    with pytest.raises(UnsafePlanError) as refused:
        world.apply()

    assert refused.value.message.startswith("`prod` is suspended until 2026-03-02 09:00")
    assert refused.value.message.endswith("by ada: incident 12")
    assert "`bylaw resume prod`" in (refused.value.help or "")
    assert world.log() == []
    assert world.records(RecordKind.PLAN) == world.records(RecordKind.PLAN)[:1]


def test_a_suspension_ends_by_itself() -> None:
    world = suspended(EPOCH + timedelta(hours=1))
    world.clock.advance(timedelta(hours=1))

    assert world.apply().exit_code is ExitCode.OK


def test_drift_is_told_during_a_suspension() -> None:
    world = ready()
    world.edit("allow", permit("mallory"))
    world.configure(suspend=Suspension(reason="incident", by="ada", until=datetime(2030, 1, 1, tzinfo=UTC)))

    assert [str(item.ref) for item in world.plan().drift] == ["desk/allow"]


# Stopping.


@pytest.mark.parametrize("transactional", [False, True])
def test_a_run_that_is_told_to_stop_before_it_began_writes_nothing(transactional: bool) -> None:  # noqa: FBT001
    world = ready(transactional=transactional)
    world.stop = True

    with pytest.raises(StoppedError, match="stopped before the end, as asked"):
        world.apply()

    assert world.log() == []


@pytest.mark.parametrize("number", range(1, 4))
def test_a_run_that_is_told_to_stop_ends_after_the_write_in_flight(number: int) -> None:
    world = ready()
    on_write(world, number, lambda: setattr(world, "stop", True))

    report = world.apply()

    assert len(world.log()) == report.written == number
    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert report.problems == ("stopped before the end, as asked",)
    assert [result.outcome for result in report.results][number:] == [Outcome.NOT_TRIED] * (4 - number)
    assert world.records()[-1].kind is RecordKind.END
    world.stop = False
    assert world.apply().exit_code is ExitCode.OK
    assert world.texts() == {"desk/deny": forbid("new"), "desk/allow": permit("new")}


def test_a_transaction_that_began_is_finished() -> None:
    world = ready(transactional=True)
    on_write(world, 1, lambda: setattr(world, "stop", True))

    assert world.apply().exit_code is ExitCode.OK


def test_a_run_that_waits_can_be_stopped() -> None:
    world = ready()
    world.backend = FaultyBackend(world.store, {1: Fault.PENDING}, settle_reads=10_000)
    sleep = world.clock.sleep

    def asleep(seconds: float) -> None:
        sleep(seconds)
        world.stop = len(world.clock.slept) > 3

    world.clock.sleep = asleep  # type: ignore[method-assign]

    assert world.apply().problems == ("stopped before the end, as asked",)
    assert len(world.clock.slept) == 4


@pytest.mark.parametrize("number", range(1, 4))
def test_a_newer_commit_ends_the_run_at_the_next_phase(number: int) -> None:
    world = ready()
    on_write(world, number, lambda: setattr(world, "newer", True))

    report = world.apply()

    assert report.problems == ("a newer commit waits",)
    assert report.written == number
    world.newer = False
    world.commit(deny=forbid("newest"), allow=permit("newest"))
    assert world.apply().exit_code is ExitCode.OK
    assert world.texts() == {"desk/deny": forbid("newest"), "desk/allow": permit("newest")}


def test_a_newer_commit_does_not_part_a_phase() -> None:
    world = World()
    world.commit(one=permit("one"), two=permit("two"), three=forbid("three"))
    world.store.put_schema("desk", None)
    world.store.log.clear()
    on_write(world, 2, lambda: setattr(world, "newer", True))

    assert world.apply().exit_code is ExitCode.OK, "the last phase is finished"
