"""Room for old and new side by side, counted before anything is written."""

from itertools import product
from typing import Any

import pytest

from bylaw.model.errors import UnsafePlanError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.changes import Phase
from tools.fakes.memory_backend import MemoryBackend
from tools.reconcile.world import World, forbid, permit


def crowded(limit: int, *, permits: int = 2, forbids: int = 1, foreign: int = 0, transactional: bool = False) -> World:
    """An engine of that size which holds so many."""
    world = World(store=MemoryBackend(max_policies=limit, transactional=transactional))
    for number in range(foreign):
        world.store.seed("desk", permit(f"foreign{number}"))
    world.waive("first_apply")
    policies = {f"p{n}": permit(f"p{n}") for n in range(permits)} | {f"f{n}": forbid(f"f{n}") for n in range(forbids)}
    world.commit(policies)
    return world.settled()


def rename(world: World, *, permits: int = 2, forbids: int = 1, new_permits: int = 2, new_forbids: int = 0) -> None:
    """Change so many permits and forbids."""
    policies = {f"p{n}": permit(f"{'new' if n < new_permits else ''}p{n}") for n in range(permits)}
    policies |= {f"f{n}": forbid(f"{'new' if n < new_forbids else ''}f{n}") for n in range(forbids)}
    world.commit(policies)


def violated(world: World) -> list[str]:
    return [violation.limit for violation in world.prepare().safety.violations]


def test_with_room_for_both_the_safe_order_is_taken() -> None:
    world = crowded(5)
    rename(world)

    assert violated(world) == []
    assert world.plan().revoke_first == frozenset()
    assert world.apply().exit_code is ExitCode.OK


def test_without_room_for_both_revoking_first_needs_a_waiver() -> None:
    world = crowded(4)
    rename(world)

    assert violated(world) == ["transient_deny"]
    with pytest.raises(UnsafePlanError, match="`desk` has no room for old and new permits at once") as refused:
        world.apply()
    assert world.log() == []
    assert "limit: transient_deny" in (refused.value.help or "")
    assert "policies: [desk/p0, desk/p1]" in (refused.value.help or "")


def test_with_the_waiver_old_permits_go_before_new_ones_come() -> None:
    world = crowded(4)
    rename(world, new_forbids=1)
    world.waive("transient_deny")

    report = world.apply()

    assert report.exit_code is ExitCode.OK, report.problems
    assert [Phase(result.change.phase) for result in report.results] == [
        Phase.ADD_FORBIDS,
        Phase.REMOVE_PERMITS,
        Phase.REMOVE_PERMITS,
        Phase.ADD_PERMITS,
        Phase.ADD_PERMITS,
        Phase.REMOVE_FORBIDS,
    ]
    assert world.apply().plan.is_empty


def test_what_fits_in_no_order_is_refused_and_nothing_lifts_it() -> None:
    world = crowded(3)
    rename(world, new_permits=0, new_forbids=1)
    world.waive("transient_deny")

    assert violated(world) == ["max_policies"]
    with pytest.raises(UnsafePlanError, match="engine `desk` would hold 4 policies on the way, limit 3") as refused:
        world.apply()
    assert refused.value.help == "no waiver lifts this: split the change, or make room on the target first"
    assert world.log() == []


def test_foreign_objects_take_room() -> None:
    world = crowded(6, foreign=2)
    rename(world)

    assert violated(world) == ["transient_deny"]


def test_removing_needs_no_room() -> None:
    world = crowded(3)
    world.store.capabilities = MemoryBackend(max_policies=1).capabilities
    world.commit(p0=permit("p0"))

    assert violated(world) == []
    assert world.apply().exit_code is ExitCode.OK


def test_a_transaction_needs_room_for_its_end_only() -> None:
    world = crowded(3, transactional=True)
    rename(world, new_forbids=1)
    assert violated(world) == []
    assert world.apply().exit_code is ExitCode.OK

    world.commit({f"p{n}": permit(f"p{n}") for n in range(4)})
    assert violated(world) == ["max_policies"]


def test_an_engine_without_a_limit_always_has_room() -> None:
    world = World()
    world.commit({f"p{n}": permit(f"p{n}") for n in range(50)})
    assert violated(world) == []


@pytest.mark.parametrize("limit", range(1, 9))
def test_a_plan_that_is_called_safe_fits(limit: int) -> None:
    """Whatever changes: with the waiver no write finds the engine full, and without need there is no violation."""
    for permits, forbids in product(range(3), repeat=2):
        if permits + forbids > limit:
            continue
        for new_permits, new_forbids in product(range(permits + 1), range(forbids + 1)):
            world = crowded(limit, permits=permits, forbids=forbids)
            counts: Any = {"permits": permits, "forbids": forbids}
            rename(world, new_permits=new_permits, new_forbids=new_forbids, **counts)
            found = violated(world)
            fits = permits + forbids + new_permits + new_forbids <= limit
            assert (found == []) == fits
            if found == ["transient_deny"]:
                world.waive("transient_deny")
            elif found:
                assert permits + forbids + new_forbids > limit
                continue
            assert world.apply().exit_code is ExitCode.OK
