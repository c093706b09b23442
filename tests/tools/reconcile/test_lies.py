"""A backend that lies: no answer is believed without reading back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bylaw.backends.interface import (
    BackendTerminalError,
    LiveObject,
    Observed,
    Status,
)
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BackendError, InternalError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.apply import Outcome
from tools.fakes.faulty_backend import Fault
from tools.reconcile.failing import WRITES, Liar, eventful, faulty
from tools.reconcile.world import World, permit, store

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
