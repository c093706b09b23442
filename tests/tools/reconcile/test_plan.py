"""Planning: no side effects, and one hash for one world."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bylaw.backends.interface import Observed
from bylaw.compile.bundle import Bundle
from bylaw.model.effects import Mode
from bylaw.model.errors import InvalidInputError
from bylaw.model.identifiers import AppId
from bylaw.reconcile.changes import ChangeKind, Phase
from bylaw.reconcile.inventory import JournalFacts
from bylaw.reconcile.plan import make_plan
from tools.fakes.memory_backend import MemoryBackend
from tools.reconcile.world import World, bundled, forbid, permit, staged, store


class ReadOnly:
    """A backend that can be looked at and nothing else."""

    def __init__(self, store: MemoryBackend) -> None:
        self.capabilities = store.capabilities
        self.engine_of = store.engine_of
        self.observe = store.observe


class ReadOnlyState:
    """A memory that can be looked at and nothing else."""

    def __init__(self, world: World) -> None:
        self.records = world.memory.records
        self.applied = world.memory.applied


def busy_world() -> World:
    """A target with every kind of change and of drift before it."""
    world = World()
    world.commit(
        keep=permit("keep"), change=permit("old"), go=forbid("go"), edited=permit("edited"), mode=staged(permit("mode"))
    )
    world.settled()
    world.store.seed("desk", permit("stranger"))
    world.edit("edited", permit("mallory"))
    world.commit(
        keep=permit("keep"), change=permit("new"), edited=permit("edited"), mode=permit("mode"), come=forbid("come")
    )
    return world


def test_planning_needs_nothing_that_writes() -> None:
    world = busy_world()
    before = world.store.observe(), world.records()
    world.backend = ReadOnly(world.store)  # type: ignore[assignment]
    world.state = ReadOnlyState(world)  # type: ignore[assignment]

    plan = world.plan()

    assert not plan.is_empty
    assert (world.store.observe(), world.records()) == before


def test_planning_the_same_world_again_gives_the_same_hash() -> None:
    world = busy_world()

    first = world.plan()
    world.clock.advance()

    assert world.plan().hash == first.hash


def test_the_hash_does_not_depend_on_the_order_of_a_listing() -> None:
    world = busy_world()
    observed = world.store.observe()
    facts = world.plan().hash
    random = Random(7)  # noqa: S311 - not a secret

    for _ in range(20):
        objects, engines = list(observed.objects), list(observed.engines)
        random.shuffle(objects)
        random.shuffle(engines)
        shuffled = Observed(tuple(engines), tuple(objects))
        world.store.observe = lambda shuffled=shuffled: shuffled  # type: ignore[method-assign,misc]
        assert world.plan().hash == facts


def test_the_hash_does_not_depend_on_the_order_of_bundles() -> None:
    world = World()
    bundles = [
        Bundle(AppId(app), world.target, "cedar", None, (bundled("allow", permit(app), AppId(app)),))
        for app in ("desk", "mail", "docs")
    ]
    hashes = set()
    for order in permutations(bundles):
        world.want(*order)
        hashes.add(replace(world.plan(), commit=world.head).components[5:])
    assert len(hashes) == 1


SCRIPT = """
from tools.reconcile.test_plan import busy_world
print(busy_world().plan().hash)
"""


def test_the_hash_does_not_depend_on_the_machine(root: Path) -> None:
    hashes = set()
    for seed, zone, locale in [("1", "UTC", "C"), ("2", "Asia/Kathmandu", "tr_TR.UTF-8")]:
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": locale,
            "PYTHONPATH": f"{root}/tools:{root}/tests",
        }
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        hashes.add(run.stdout)
    assert hashes == {f"{busy_world().plan().hash}\n"}


CHANGES: dict[str, tuple[Callable[[World], object], str]] = {
    "a forbid comes": (lambda w: w.commit(one=permit(), two=forbid()), "create add-forbids"),
    "a permit comes": (lambda w: w.commit(one=permit(), two=permit("bob")), "create add-permits"),
    "a permit goes": (lambda w: w.commit(), "delete remove-permits"),
    "a permit changes": (lambda w: w.commit(one=permit("bob")), "create add-permits, delete remove-permits"),
    "a permit becomes a forbid": (lambda w: w.commit(one=forbid()), "create add-forbids, delete remove-permits"),
    "a permit is staged": (lambda w: w.commit(one=staged(permit())), "set-mode remove-permits"),
    "the schema changes": (lambda w: w.commit(schema="entity User;", one=permit()), "put-schema schema"),
}


@pytest.mark.parametrize("story", CHANGES)
def test_each_change_gets_its_phase(story: str) -> None:
    world = World()
    world.commit(one=permit())
    world.settled()
    change, expected = CHANGES[story]

    change(world)

    shown = [f"{c.kind} {Phase(c.phase).name.lower().replace('_', '-')}" for c in world.plan().changes]
    assert ", ".join(shown) == expected


@pytest.mark.parametrize(
    ("effect", "mode", "phase"),
    [
        (permit, Mode.ACTIVE, Phase.ADD_PERMITS),
        (permit, Mode.LOG_ONLY, Phase.REMOVE_PERMITS),
        (forbid, Mode.ACTIVE, Phase.ADD_FORBIDS),
        (forbid, Mode.LOG_ONLY, Phase.REMOVE_FORBIDS),
    ],
)
def test_a_mode_is_a_write_with_a_phase(effect: Callable[[], str], mode: Mode, phase: Phase) -> None:
    world = World()
    on, off = effect(), staged(effect())
    world.commit(one=off if mode is Mode.ACTIVE else on)
    world.settled()

    world.commit(one=on if mode is Mode.ACTIVE else off)

    assert [(c.kind, c.phase) for c in world.plan().changes] == [(ChangeKind.SET_MODE, phase)]


def test_a_transactional_target_gets_new_versions_of_its_objects() -> None:
    world = World(store=store(transactional=True))
    world.commit(one=permit("ada"))
    world.settled()
    before = world.object_of("one").id
    world.commit(one=permit("bob"))

    assert world.plan().count(ChangeKind.UPDATE) == 1
    world.apply()

    assert world.object_of("one").id == before


def test_apps_of_one_engine_cannot_want_different_schemas() -> None:
    world = World()
    world.store.engine_of = lambda _: "shared"  # type: ignore[method-assign,assignment]
    world.want(
        Bundle(AppId("desk"), world.target, "cedar", "entity User;", ()),
        Bundle(AppId("mail"), world.target, "cedar", "entity Group;", ()),
    )

    with pytest.raises(InvalidInputError, match="`mail` shares engine `shared`"):
        world.plan()


def test_a_policy_in_another_engine_than_its_app_lives_in_moves_there() -> None:
    world = World()
    world.commit(one=permit())
    world.settled()
    world.store.engine_of = lambda _: "elsewhere"  # type: ignore[method-assign,assignment]

    report = world.apply()

    assert report.problems == ()
    assert [live.engine for live in world.ours()] == ["elsewhere"]
    assert world.plan().is_empty


def test_authors_take_no_part_in_the_hash() -> None:
    world = World()
    world.commit(one=permit())
    given = world.given()
    facts: Any = (world.store.observe(), None, JournalFacts())

    assert make_plan(given, *facts).hash == make_plan(replace(given, authors={"a" * 40: "ada"}), *facts).hash
