"""A backend that answers late: nothing is relied on before it is in force, and what failed was never applied."""

import re
from dataclasses import replace
from typing import Any

import pytest

from bylaw.backends.interface import (
    Observed,
    Status,
)
from bylaw.model.errors import ConflictError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.apply import Outcome
from bylaw.reconcile.changes import ChangeKind, Phase
from bylaw.reconcile.retry import READY_DEADLINE
from tools.fakes.faulty_backend import Fault
from tools.fakes.memory_backend import WriteKind
from tools.reconcile.failing import LATE, WRITES, Liar, converges, eventful, faulty, outcomes
from tools.reconcile.world import World, forbid, permit, ref

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
    assert re.search(r"failed: validation failed \(policies/desk/\w+\.cedar:1:1\)", report.results[1].message)
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
