"""A plan counts for the world it was made in; in any other, nothing is written."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bylaw.backends.interface import LiveEngine
from bylaw.backends.state.interface import Record, RecordKind
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import TargetId
from bylaw.reconcile.apply import apply
from bylaw.reconcile.plan import Plan
from bylaw.repository.documents.settings import Limits
from tools.reconcile.world import World, forbid, permit, staged, store

# Everything on the target that a plan is bound to; each is done by somebody else between plan and apply.
MOVES: dict[str, tuple[Callable[[World], object], str]] = {
    "text of ours": (lambda w: w.edit("keep", permit("mallory")), "observed state"),
    "text of a foreign object": (
        lambda w: w.store.edit_outside(w.foreign()[0].id, text=permit("mallory")),
        "observed state",
    ),
    "mode of ours": (lambda w: w.switch("keep", Mode.LOG_ONLY), "observed state"),
    "mode of a foreign object": (
        lambda w: w.store.edit_outside(w.foreign()[0].id, mode=Mode.LOG_ONLY),
        "observed state",
    ),
    "description of ours": (
        lambda w: w.store.edit_outside(w.object_of("keep").id, description="mine now"),
        "observed state",
    ),
    "description of a foreign object": (
        lambda w: w.store.edit_outside(w.foreign()[0].id, description="mine"),
        "observed state",
    ),
    "version alone": (lambda w: w.store.edit_outside(w.object_of("keep").id), "observed state"),
    "one object more": (lambda w: w.store.seed("desk", permit("mallory")), "observed state"),
    "one object less": (lambda w: w.remove("keep"), "observed state"),
    "one foreign object less": (lambda w: w.store.remove_outside(w.foreign()[0].id), "observed state"),
    "the schema": (lambda w: w.store.set_engine_outside(LiveEngine("desk", "entity Other;")), "observed state"),
    "a switch": (lambda w: w.store.set_engine_outside(LiveEngine("desk", None, (("mode", "off"),))), "observed state"),
    "an engine": (lambda w: w.store.set_engine_outside(LiveEngine("other", None)), "observed state"),
    "the branch": (lambda w: w.commit(keep=permit("keep"), new=forbid()), "commit"),
    "a policy in git": (lambda w: w.commit(keep=permit("keep"), new=forbid("other")), "bundles"),
    "the mode of a policy in git": (lambda w: w.commit(keep=permit("keep"), new=staged(forbid())), "bundles"),
    "a limit": (lambda w: w.configure(limits=Limits(max_deletes=999, max_updates=999, max_change_ratio=1)), "limits"),
    "what is done about drift": (lambda w: w.configure(drift="heal"), "changes"),
}


def planned() -> tuple[World, Plan]:
    world = World()
    world.commit(keep=permit("keep"), lost=permit("lost"))
    world.settled()
    world.remove("lost")
    world.store.seed("desk", permit("stranger"))
    world.commit(keep=permit("keep"), lost=permit("lost"), new=forbid())
    return world, world.plan()


@pytest.mark.parametrize("moved", MOVES)
def test_a_world_that_moved_is_refused_with_nothing_written(moved: str) -> None:
    world, approved = planned()
    move, component = MOVES[moved]
    move(world)

    with pytest.raises(ConflictError, match=f"stale: .*{component}"):
        world.apply(approved)

    assert world.log() == []
    assert world.memory.current_lease(world.target) is None


def test_an_approved_plan_is_applied_as_it_was_approved() -> None:
    world, approved = planned()

    report = world.apply(approved)

    assert report.plan.hash == approved.hash
    assert [(write.kind, write.engine) for write in world.log()] == [("create", "desk")]


@pytest.mark.parametrize("position", range(9))
def test_every_component_counts(position: int) -> None:
    world, approved = planned()
    components = list(approved.components)
    name, value = components[position]
    components[position] = (name, f"{value[:-1]}{'0' if value[-1] != '0' else '1'}")

    with pytest.raises(ConflictError, match=f"stale: {name}"):
        apply(world.given(), world.waivers, world.executor(), components)

    assert world.log() == []


def test_components_that_no_plan_has_are_refused() -> None:
    world, approved = planned()

    for components in ([*approved.components, ("more", "")], list(approved.components[1:]), []):
        with pytest.raises(ConflictError, match="is stale"):
            apply(world.given(), world.waivers, world.executor(), components)

    assert world.log() == []


def test_the_tool_version_and_the_target_are_part_of_the_plan() -> None:
    world, approved = planned()

    for given in (replace(world.given(), tool_version="2"), replace(world.given(), target=TargetId("other"))):
        with pytest.raises(ConflictError, match="is stale"):
            apply(given, world.waivers, world.executor(), approved.components)


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("change", ["text", "mode", "description"])
def test_an_object_that_moves_right_before_its_write_is_not_touched(change: str, transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    world.commit(old=permit("old"))
    world.settled()
    world.commit()
    edited = {"text": permit("mallory"), "mode": Mode.LOG_ONLY, "description": "mine now"}[change]

    def edit(records: list[Record]) -> None:
        if records[0].kind is RecordKind.INTENT:
            world.store.edit_outside(world.ours()[0].id, **{change: edited})  # type: ignore[arg-type]

    world.memory.on_append = edit  # type: ignore[assignment]

    with pytest.raises(ConflictError, match=r"`desk/old` changed on the target since it was planned"):
        world.apply()

    assert world.log() == []
    assert [record.kind for record in world.records()][-1] is RecordKind.END
