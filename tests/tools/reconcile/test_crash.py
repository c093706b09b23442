"""Killed at any point, the next run converges, loses nothing, and repeats nothing."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bylaw.backends.state.interface import RecordKind
from bylaw.model.effects import Mode
from bylaw.model.exit_codes import ExitCode
from tools.fakes.faulty_backend import Fault, FaultyBackend, Killed
from tools.fakes.memory_backend import Write
from tools.reconcile.mortality import outlive, run_mortal
from tools.reconcile.world import Wanted, World, forbid, permit, staged, store

Scene = Callable[[World], dict[str, Wanted]]


def first(world: World) -> dict[str, Wanted]:
    """Nothing is there yet."""
    wanted: dict[str, Wanted] = {"allow": permit(), "deny": forbid(), "soak": staged(permit("soak"))}
    world.commit(wanted, schema="entity User;")
    return wanted


def first_in_use(world: World) -> dict[str, Wanted]:
    """The first apply to a store that others use, and that holds objects of ours nobody remembers."""
    world.store.seed("desk", permit("foreign"))
    world.forge("allow", permit("before"))
    world.forge("gone", forbid("gone"))
    world.waive("first_apply")
    return first(world)


def change(world: World) -> dict[str, Wanted]:
    """Everything changes, in every way."""
    world.store.seed("desk", permit("foreign"))
    world.waive("first_apply")
    world.commit(allow=permit("a"), deny=forbid("a"), go=permit("go"), lift=forbid("lift"), flip=permit("flip"),
                 soak=staged(permit("soak")), retire=forbid("retire"))  # fmt: skip
    world.settled()
    wanted: dict[str, Wanted] = {
        "allow": permit("b"),
        "deny": forbid("b"),
        "flip": forbid("flip"),
        "soak": permit("soak"),
        "retire": staged(forbid("retire")),
        "area/go": permit("go"),
        "new": permit("new"),
    }
    world.commit(wanted, schema="entity User;")
    return wanted


def waived(world: World) -> dict[str, Wanted]:
    """Over every limit, with waivers that count once."""
    before: dict[str, Wanted] = {f"p{n}": forbid(f"p{n}") for n in range(5)}
    world.commit({**before, "allow": permit()}, protected=["p0"])
    world.settled()
    world.limit(max_deletes=0, max_updates=0, max_change_ratio=0.0)
    world.commit(allow=permit("new"))
    for limit in ("max_deletes", "max_updates", "max_change_ratio", "protected", "forbid_removals"):
        world.waive(limit, **({"plan": world.plan().hash[:12]} if limit == "max_deletes" else {}))
    return {"allow": permit("new")}


def heal(world: World) -> dict[str, Wanted]:
    """Git wants nothing new; the console changed everything."""
    world.configure(drift="heal")
    forbids: dict[str, Wanted] = {name: forbid(name) for name in ("edited", "removed", "silenced")}
    wanted = {**forbids, "allow": permit()}
    world.commit(wanted)
    world.settled()
    world.edit("edited", permit("mallory"))
    world.edit("allow", permit("mallory"))
    world.remove("removed")
    world.switch("silenced", Mode.LOG_ONLY)
    return wanted


SCENES: dict[str, Scene] = {scene.__name__: scene for scene in (first, first_in_use, change, waived, heal)}


def shown(world: World) -> dict[str, Wanted]:
    texts = {str(live.mark.ref): live for live in world.ours() if live.mark}
    assert len(texts) == len(world.ours()), "no policy stands twice"
    return {
        ref.removeprefix("desk/"): live.text if live.mode is Mode.ACTIVE else staged(live.text)
        for ref, live in texts.items()
    }


def repeated(log: list[Write]) -> list[Write]:
    return [write for write, count in Counter(log).items() if count > 1]


def prepared(scene: str, *, transactional: bool) -> tuple[World, dict[str, Wanted]]:
    world = World(store=store(transactional=transactional))
    wanted = SCENES[scene](world)
    world.store.log.clear()
    return world, wanted


@pytest.mark.parametrize("transactional", [False, True], ids=["one-by-one", "transactional"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_run_after_a_crash_converges_and_repeats_nothing(scene: str, transactional: bool) -> None:  # noqa: FBT001
    whole, _ = prepared(scene, transactional=transactional)
    steps = run_mortal(whole, None).taken
    assert steps > 10
    for last in range(steps):
        world, wanted = prepared(scene, transactional=transactional)
        foreign = world.foreign()
        assert run_mortal(world, last).dead
        outlive(world)

        report = world.apply()

        assert report.exit_code is ExitCode.OK, (last, report.problems)
        assert shown(world) == wanted
        assert world.foreign() == foreign
        assert repeated(world.log()) == [], last
        assert len(world.log()) == len(whole.log()), last
        applied = world.memory.applied(world.target)
        assert applied is not None
        assert applied.commit == world.head
        assert {row.ref for row in applied.objects} == {f"desk/{name}" for name in wanted}
        second = world.apply()
        assert second.plan.is_empty
        assert not second.plan.records_only
        assert second.plan.drift == ()
        assert len(world.log()) == len(whole.log())


@pytest.mark.parametrize("transactional", [False, True], ids=["one-by-one", "transactional"])
@pytest.mark.parametrize("scene", ["first", "change", "heal"])
@pytest.mark.parametrize("then", ["newer", "back", "empty"])
@pytest.mark.parametrize("part", [pytest.param(part, marks=pytest.mark.deep if part else ()) for part in range(4)])
def test_a_crash_and_another_commit_converge(scene: str, then: str, transactional: bool, part: int) -> None:  # noqa: FBT001
    whole, _ = prepared(scene, transactional=transactional)
    held = shown(whole)
    steps = run_mortal(whole, None).taken
    for last in range(part, steps, 4):
        world, wanted = prepared(scene, transactional=transactional)
        run_mortal(world, last)
        outlive(world)
        newer: dict[str, Wanted] = dict.fromkeys(wanted, permit("newer"))
        others = {
            "newer": {**newer, "newest": forbid("newest")},
            "back": wanted if scene == "heal" else held,
            "empty": {},
        }
        other = others[then]
        world.commit(other)
        if scene == "heal":
            world.apply(heal=True) if not world.plan(heal=True).conflicts else _by_hand(world, other)
        else:
            report = world.apply()
            assert report.exit_code is ExitCode.OK, (last, report.problems)
        assert shown(world) == other, last
        assert world.plan().is_empty


def _by_hand(world: World, wanted: dict[str, Wanted]) -> None:
    """What the console changed and git changed too, a person puts right: by removing what is in the way."""
    for item in world.plan(heal=True).conflicts:
        for live in world.ours():
            if live.mark and live.mark.ref == item.ref and live.text == item.observed_text:
                world.store.remove_outside(live.id)
    del wanted
    assert world.apply(heal=True).exit_code is ExitCode.OK


@pytest.mark.parametrize("transactional", [False, True], ids=["one-by-one", "transactional"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_run_that_dies_again_and_again_ends(scene: str, transactional: bool) -> None:  # noqa: FBT001
    """Every run gets a little further than the one before, however soon it dies."""
    whole, wanted = prepared(scene, transactional=transactional)
    steps = run_mortal(whole, None).taken
    for life in range(steps // 3, steps, 3):
        world, _ = prepared(scene, transactional=transactional)
        for _ in range(40):
            fate = run_mortal(world, life)
            if not fate.dead:
                break
            lease = world.memory.current_lease(world.target)
            if lease is not None:
                world.clock.advance(lease.expires - world.clock())
            if scene == "heal":
                world.clock.advance(timedelta(days=1))  # a run that died counts as a heal, and three a day are enough
        if fate.dead and transactional:
            continue  # a transaction needs one life that is long enough
        world.apply()
        assert shown(world) == wanted
        assert repeated(world.log()) == []


def test_a_waiver_of_a_run_that_died_counts_for_its_commit_only() -> None:
    whole, _ = prepared("waived", transactional=False)
    steps = run_mortal(whole, None).taken
    world, _ = prepared("waived", transactional=False)
    run_mortal(world, steps // 2)
    outlive(world)
    assert 0 < len(world.log()) < len(whole.log())

    assert world.prepare().safety.is_safe
    world.commit(allow=permit("newer"))
    assert not world.prepare().safety.is_safe


def test_a_heal_that_died_counts_as_one() -> None:
    world, _ = prepared("heal", transactional=False)
    steps = run_mortal(prepared("heal", transactional=False)[0], None).taken
    run_mortal(world, steps - 8)
    outlive(world)
    world.apply()

    for _ in range(2):
        world.edit("allow", permit("mallory"))
        world.apply()
    assert shown(world)["allow"] == permit()


def test_a_journal_without_an_end_is_that_of_a_run_that_died() -> None:
    world, _ = prepared("change", transactional=False)
    run_mortal(world, 20)
    assert world.records()[-1].kind is not RecordKind.END


def test_a_create_that_the_listing_does_not_show_yet_is_recognised_and_not_repeated() -> None:
    """The process dies right after its first write, and the next one does not see what it wrote."""
    world, wanted = prepared("first", transactional=False)
    world.store.put_schema("desk", "entity User;")
    backend = FaultyBackend(world.store, {1: Fault.HIDDEN}, settle_reads=3)
    world.backend = backend

    def die(records: Any) -> None:
        if records[0].kind is RecordKind.RESULT:
            raise Killed

    world.memory.on_append = die
    with pytest.raises(Killed):
        world.apply()
    world.memory.on_append = lambda _: None
    assert len(world.ours()) == 1
    assert backend.observe().objects == ()
    hashes = {json.loads(record.detail)["hash"] for record in world.records(RecordKind.PLAN)}

    report = world.apply()

    assert hashes == {report.plan.hash}
    assert report.exit_code is ExitCode.OK
    assert shown(world) == wanted
    assert repeated(world.log()) == []
