"""Whose objects are changed: those that bear our mark and name this target, and no others, whatever happens."""

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bylaw.model.digests import digest_text
from bylaw.model.effects import Mode
from bylaw.model.errors import BylawError, ConflictError
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import TargetId
from bylaw.model.marks import Mark
from bylaw.reconcile.changes import ChangeKind
from bylaw.reconcile.inventory import take_inventory
from tools.fakes.faulty_backend import Fault, FaultyBackend
from tools.fakes.memory_backend import MemoryBackend
from tools.reconcile.world import OWNER, PROD, World, forbid, permit, ref, staged, store

FOREIGN: dict[str, Callable[[str], str]] = {
    "no mark": lambda _: "written by hand",
    "no description": lambda _: "",
    "another repository": lambda text: str(Mark.of("other/policies", PROD, ref("one"), digest_text(text))),
    "another target": lambda text: str(Mark.of(OWNER, TargetId("stage"), ref("one"), digest_text(text))),
    "a mark that is not the last line": lambda text: f"{Mark.of(OWNER, PROD, ref('one'), digest_text(text))}\nand more",
    "a mark of another format": lambda text: str(Mark.of(OWNER, PROD, ref("one"), digest_text(text))).replace(
        " 1 ", " 2 "
    ),
}


def seed_foreign(world: World) -> list[object]:
    """One object of each kind that is not ours, and one with our mark that nobody can read."""
    for number, describe in enumerate(FOREIGN.values()):
        text = permit(f"foreign{number}")
        world.store.seed("desk", text, description=describe(text), mode=list(Mode)[number % 2])
    world.store.seed("desk", "???", description=str(Mark.of(OWNER, PROD, ref("one"), digest_text("other"))))
    world.store.seed("elsewhere", forbid("foreign"))
    return list(world.store.observe().objects)


def foreign_now(world: World, seeded: list[object]) -> list[object]:
    ids = {getattr(live, "id", None) for live in seeded}
    return [live for live in world.store.observe().objects if live.id in ids]


@pytest.mark.parametrize("transactional", [False, True])
def test_only_a_mark_that_names_us_and_this_target_makes_an_object_ours(transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    seeded = seed_foreign(world)
    world.forge("mine", permit())

    inventory = take_inventory(world.store.observe(), OWNER, PROD)

    assert list(inventory.ours) == [ref("mine")]
    assert sorted(live.id for live in inventory.foreign) == sorted(getattr(live, "id", "") for live in seeded)


def faulty_apply(world: World) -> None:
    world.commit(one=permit("bob"), two=forbid())
    for position in range(1, 8):
        world.backend = FaultyBackend(world.store, {position: Fault.AMBIGUOUS_DONE, position + 2: Fault.TERMINAL})
        with suppress(BylawError):
            world.apply()


SCENARIOS: dict[str, Callable[[World], object]] = {
    "apply": lambda w: w.apply(),
    "apply again": lambda w: (w.apply(), w.apply()),
    "change": lambda w: (w.commit(one=permit("bob"), two=forbid()), w.apply()),
    "delete": lambda w: (w.apply(), w.commit(), w.apply()),
    "stage": lambda w: (w.commit(one=staged(permit())), w.apply()),
    "heal": lambda w: (w.apply(), w.store.edit_outside(w.object_of("one").id, text=permit("x")), w.apply(heal=True)),
    "fail": faulty_apply,
}


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_foreign_objects_survive_byte_for_byte(scenario: str, transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    seeded = seed_foreign(world)
    world.waive("first_apply")
    world.commit(one=permit("ada"))

    SCENARIOS[scenario](world)

    assert foreign_now(world, seeded) == seeded


def test_foreign_objects_are_told() -> None:
    world = World()
    world.store.seed("desk", permit("foreign"))
    world.store.seed("desk", "???")
    world.commit(one=permit())

    assert [(item.engine, item.effect, item.mark) for item in world.plan().foreign] == [
        ("desk", "permit", None),
        ("desk", "unreadable", None),
    ]


def test_a_name_that_a_foreign_object_holds_is_a_conflict_with_nothing_written() -> None:
    world = World(store=MemoryBackend())
    world.store.seed("desk", permit("foreign"), name=world.store.name_of(ref("one"), digest_text(permit())))
    world.waive("first_apply")
    world.commit(one=permit())
    world.store.put_schema("desk", None)
    world.store.log.clear()

    with pytest.raises(ConflictError, match="is held by object") as caught:
        world.apply()

    assert caught.value.exit_code is ExitCode.CONFLICT
    assert world.log() == []


def test_two_targets_in_one_store_leave_each_other_alone() -> None:
    world = World()
    other = World(store=world.store, target=TargetId("stage"))
    for each in (world, other):
        each.waive("first_apply")
    other.store.name_of = lambda wanted, digest: f"{wanted}@{digest[:12]}-{len(world.store.observe().objects)}"  # type: ignore[method-assign,assignment]
    world.commit(one=permit("ada"))
    other.commit(one=permit("ada"), two=permit("bob"))
    world.apply()
    other.apply()
    world.commit()

    assert world.apply().problems == ()
    assert world.texts() == {}
    assert other.texts() == {"desk/one": permit("ada"), "desk/two": permit("bob")}
    assert other.plan().is_empty


# Moves.


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "area/a", "area/b"]), st.sampled_from("xyz"), min_size=1),
        min_size=2,
        max_size=4,
    )
)
def test_a_moved_policy_is_never_gone_and_never_owned_twice(states: list[dict[str, str]]) -> None:
    """The same texts under other names: what stands in both is there after every single write."""
    world = World()
    texts = [{name: permit(who) for name, who in state.items()} for state in states]
    world.commit(texts[0])
    world.settled()
    for before, after in pairwise(texts):
        constant = set(before.values()) & set(after.values())

        def look(_: object, constant: set[str] = constant) -> None:
            assert constant <= {live.text for live in world.ours()}

        world.store.on_visible = look
        world.commit(after)
        assert world.apply().problems == ()
        assert world.texts() == {f"desk/{name}": text for name, text in after.items()}


def test_a_move_is_a_create_and_then_a_delete() -> None:
    world = World()
    world.commit(one=permit())
    world.settled()
    world.commit({"area/one": permit()})

    assert [(change.kind, str(change.ref)) for change in world.plan().changes] == [
        (ChangeKind.CREATE, "desk/area/one"),
        (ChangeKind.DELETE, "desk/one"),
    ]
