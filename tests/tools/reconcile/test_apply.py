"""Applying a plan: what is written, in which order, and what is refused before the first write."""

import pytest

from bylaw.model.exit_codes import ExitCode
from tools.reconcile.world import World, forbid, permit, store


@pytest.fixture(params=[False, True], ids=["one-by-one", "transactional"])
def world(request: pytest.FixtureRequest) -> World:
    return World(store=store(transactional=request.param))


def test_applying_brings_the_target_to_what_the_commit_says(world: World) -> None:
    world.commit(allow=permit(), deny=forbid())

    report = world.apply()

    assert report.exit_code is ExitCode.OK
    assert report.problems == ()
    assert world.texts() == {"desk/allow": permit(), "desk/deny": forbid()}


def test_a_second_run_is_empty(world: World) -> None:
    world.commit(allow=permit(), deny=forbid())
    world.settled()

    report = world.apply()

    assert report.plan.is_empty
    assert world.log() == []


def test_a_change_replaces_the_object(world: World) -> None:
    world.commit(allow=permit("ada"))
    world.settled()
    world.commit(allow=permit("bob"))

    report = world.apply()

    assert report.exit_code is ExitCode.OK, report.problems
    assert world.texts() == {"desk/allow": permit("bob")}
    assert world.apply().plan.is_empty
