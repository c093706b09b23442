"""Several targets: all are leased, planned and found safe before the first write to any."""

from datetime import timedelta

import pytest

from bylaw.backends.state.interface import RecordKind
from bylaw.model.errors import BackendError, ConflictError, UnsafePlanError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.apply import apply_all, exit_code_of
from bylaw.repository.documents.settings import Suspension
from tools.fakes.clock import EPOCH
from tools.fakes.faulty_backend import Fault, FaultyBackend
from tools.reconcile.world import World, permit, second_target


def fleet(count: int = 3) -> list[World]:
    first = World()
    worlds = [first, *(second_target(first, f"prod-{number}") for number in range(2, count + 1))]
    for world in worlds:
        world.commit(allow=permit("old"), more=permit("more"))
        world.settled()
        world.commit(allow=permit("new"), more=permit("more"))
    return worlds


def untouched(worlds: list[World]) -> bool:
    return all(world.log() == [] for world in worlds)


def test_all_targets_are_written_one_after_the_other() -> None:
    worlds = fleet()

    results = apply_all([world.unit() for world in worlds])

    assert [result.target for result in results] == ["prod", "prod-2", "prod-3"]
    assert exit_code_of(results) is ExitCode.OK
    assert all(world.texts()["desk/allow"] == permit("new") for world in worlds)
    assert all(world.memory.current_lease(world.target) is None for world in worlds)


@pytest.mark.parametrize("position", range(3))
def test_one_unsafe_target_keeps_all_from_being_written(position: int) -> None:
    worlds = fleet()
    worlds[position].limit(max_updates=0)

    with pytest.raises(UnsafePlanError, match="1 update, limit 0"):
        apply_all([world.unit() for world in worlds])

    assert untouched(worlds)
    assert all(world.memory.current_lease(world.target) is None for world in worlds)


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("reason", ["held", "conflict", "suspended", "unreachable", "stale"])
def test_one_target_that_is_refused_keeps_all_from_being_written(position: int, reason: str) -> None:
    worlds = fleet()
    world = worlds[position]
    units = [each.unit() for each in worlds]
    if reason == "held":
        world.memory.acquire(world.target, "bob", "theirs", world.clock(), timedelta(seconds=60))
    elif reason == "conflict":
        world.edit("allow", permit("mallory"))
    elif reason == "suspended":
        world.configure(suspend=Suspension(reason="incident", by="ada", until=EPOCH + timedelta(hours=1)))
        units[position] = world.unit()
    elif reason == "unreachable":

        def gone() -> None:
            raise BackendError("cannot reach it")

        world.store.observe = gone  # type: ignore[method-assign,assignment]
    else:
        given = units[position]
        units[position] = type(given)(given.given, given.waivers, given.executor, [("commit", "0" * 40)])

    with pytest.raises((ConflictError, UnsafePlanError, BackendError)):
        apply_all(units)

    assert untouched(worlds)


def test_all_refusals_are_told_at_once() -> None:
    worlds = fleet()
    worlds[0].limit(max_updates=0)
    worlds[1].edit("allow", permit("mallory"))
    worlds[2].limit(max_updates=0)

    with pytest.raises(UnsafePlanError) as refused:
        apply_all([world.unit() for world in worlds])

    assert refused.value.message.count("1 update, limit 0") == 2
    assert "on `prod-2` changed behind our back" in refused.value.message
    assert "limit: max_updates" in (refused.value.help or "")
    assert "`bylaw drift`" in (refused.value.help or "")


def test_the_first_target_that_fails_is_the_last_that_is_tried() -> None:
    worlds = fleet()
    worlds[1].backend = FaultyBackend(worlds[1].store, {2: Fault.TERMINAL})

    results = apply_all([world.unit() for world in worlds])

    assert [result.exit_code for result in results] == [ExitCode.OK, ExitCode.PARTIAL_APPLY, ExitCode.PARTIAL_APPLY]
    assert results[2].report is None
    assert results[2].error is None
    assert worlds[2].log() == []
    assert exit_code_of(results) is ExitCode.PARTIAL_APPLY


def test_a_target_that_moves_while_it_waits_is_not_written() -> None:
    worlds = fleet()

    def move(_: object) -> None:
        worlds[1].store.seed("desk", permit("stranger"))

    worlds[0].store.on_visible = move
    results = apply_all([world.unit() for world in worlds])

    assert isinstance(results[1].error, ConflictError)
    assert "stale: observed state" in results[1].error.message
    assert worlds[1].log() == worlds[2].log() == []
    assert exit_code_of(results) is ExitCode.PARTIAL_APPLY


def test_leases_of_targets_that_wait_are_kept_up() -> None:
    worlds = fleet(2)
    slow = FaultyBackend(worlds[0].store, {1: Fault.PENDING}, settle_reads=100)
    worlds[0].backend = slow

    results = apply_all([world.unit() for world in worlds])

    assert sum(worlds[0].clock.slept) > worlds[0].settings.lease_seconds
    assert exit_code_of(results) is ExitCode.OK


def test_a_lease_that_is_lost_while_waiting_stops_that_target_only() -> None:
    worlds = fleet(2)

    def steal(_: object) -> None:
        lease = worlds[1].memory.current_lease(worlds[1].target)
        if lease is not None and lease.holder != "bob":
            worlds[1].memory.break_lease(worlds[1].target, lease.nonce)
            worlds[1].memory.acquire(worlds[1].target, "bob", "theirs", worlds[1].clock(), timedelta(seconds=600))

    worlds[0].store.on_visible = steal
    results = apply_all([world.unit() for world in worlds])

    assert results[0].exit_code is ExitCode.OK
    assert isinstance(results[1].error, ConflictError)
    assert worlds[1].log() == []


def test_nothing_written_anywhere_is_told_by_its_own_code() -> None:
    worlds = fleet(2)
    for world in worlds:
        world.settled()
    worlds[1].commit(allow=permit("newest"), more=permit("more"))
    worlds[1].backend = FaultyBackend(worlds[1].store, {1: Fault.CONFLICT})

    results = apply_all([world.unit() for world in worlds])

    assert exit_code_of(results) is ExitCode.CONFLICT


def test_no_targets_is_fine() -> None:
    assert apply_all([]) == ()
    assert exit_code_of(()) is ExitCode.OK


def test_each_target_keeps_a_journal_of_its_own() -> None:
    worlds = fleet(2)
    apply_all([world.unit() for world in worlds])

    for world in worlds:
        assert {record.target for record in world.records()} == {world.target}
        assert world.records()[-1].kind is RecordKind.END
