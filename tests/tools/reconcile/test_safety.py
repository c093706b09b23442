"""Limits and waivers: how much one plan may change, and what lifts a limit."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bylaw.backends.state.interface import RecordKind
from bylaw.compile.bundle import Bundle
from bylaw.model.effects import Mode
from bylaw.model.errors import UnsafePlanError
from bylaw.model.identifiers import AppId
from bylaw.reconcile.safety import Violation
from bylaw.repository.documents.settings import Limits, Waiver
from tools.reconcile.world import TODAY, World, bundled, forbid, permit, staged, store, waiver_from

SIZES = [1, 2, 9, 10, 11]
LOOSE: dict[str, Any] = {"max_deletes": 1000, "max_updates": 1000, "max_change_ratio": 1.0, "forbid_removals": 1000}


def names(count: int) -> list[str]:
    return [f"p{number:02}" for number in range(count)]


def store_of(count: int, text: Callable[[str], str] = permit) -> World:
    """A target with so many policies of ours."""
    world = World()
    world.commit({name: text(name) for name in names(count)})
    return world.settled()


def deleted(world: World, size: int, count: int, text: Callable[[str], str] = permit) -> World:
    world.commit({name: text(name) for name in names(size)[count:]})
    return world


def changed(world: World, size: int, count: int) -> World:
    world.commit({name: permit("new" if number < count else name) for number, name in enumerate(names(size))})
    return world


def violated(world: World) -> set[str]:
    return {violation.limit for violation in world.prepare().safety.violations}


# Each limit, at stores of every size that matters.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("limit", [0, 1, 5, 10])
def test_deletes_are_limited_absolutely(size: int, limit: int) -> None:
    for count in range(1, size + 1):
        world = deleted(store_of(size), size, count)
        world.limit(**{**LOOSE, "max_deletes": limit, "never_empty": False})
        assert violated(world) == ({"max_deletes"} if count > limit else set())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("limit", [0, 1, 5])
def test_updates_are_limited_absolutely(size: int, limit: int) -> None:
    for count in range(1, size + 1):
        world = changed(store_of(size), size, count)
        world.limit(**{**LOOSE, "max_updates": limit})
        assert violated(world) == ({"max_updates"} if count > limit else set())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", [0.0, 0.1, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("act", [deleted, changed])
def test_changes_are_limited_relatively_and_one_is_always_within(
    size: int, ratio: float, act: Callable[[World, int, int], World]
) -> None:
    for count in range(1, size + 1):
        world = act(store_of(size), size, count)
        world.limit(**{**LOOSE, "max_change_ratio": ratio, "never_empty": False})
        over = count > 1 and count > Fraction(str(ratio)) * size
        assert violated(world) == ({"max_change_ratio"} if over else set())


def test_a_ratio_is_exact() -> None:
    world = changed(store_of(100), 100, 29)
    world.limit(**{**LOOSE, "max_change_ratio": 0.29})

    assert violated(world) == set()


def test_the_usual_limits_stop_a_commit_that_lost_its_policies() -> None:
    world = deleted(store_of(11), 11, 11)
    world.limit()

    assert violated(world) == {"max_deletes", "max_change_ratio", "never_empty"}


@pytest.mark.parametrize("size", SIZES)
def test_a_target_is_never_emptied(size: int) -> None:
    world = deleted(store_of(size), size, size)
    world.limit(**LOOSE)

    assert violated(world) == {"never_empty"}


@pytest.mark.parametrize("left", [forbid(), staged(permit())])
def test_the_last_permit_in_force_counts_as_emptying(left: Any) -> None:
    world = store_of(1)
    world.commit({"p00": left})
    world.limit(**LOOSE)

    assert violated(world) == {"never_empty"}


def test_a_target_that_held_nothing_may_stay_empty() -> None:
    world = World()
    world.commit()
    world.limit(**LOOSE)
    assert violated(world) == set()


PROTECTED_HITS: dict[str, dict[str, Any]] = {
    "deleted": {},
    "out of force": {"core": staged(forbid("core"))},
    "on the other side": {"core": permit("core")},
    "moved": {"area/core": forbid("core")},
}


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("hit", PROTECTED_HITS)
def test_a_protected_policy_makes_the_plan_unsafe(hit: str, transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    world.commit(core=forbid("core"), other=permit(), protected=["co*"])
    world.settled()

    world.commit({**PROTECTED_HITS[hit], "other": permit()}, protected=["co*"])
    world.limit(**LOOSE)

    assert violated(world) == {"protected"}


def test_a_protected_policy_may_change_its_text() -> None:
    world = World()
    world.commit(core=forbid("core"), other=permit(), protected=["core"])
    world.settled()
    world.commit(core=forbid("better"), other=permit(), protected=["core"])
    world.limit(**LOOSE)

    assert violated(world) == set()


def test_a_protected_policy_that_is_staged_is_not_deleted_either() -> None:
    world = World()
    world.commit(core=staged(forbid("core")), other=permit(), protected=["core"])
    world.settled()
    world.commit(other=permit(), protected=["core"])
    world.limit(**LOOSE)

    assert violated(world) == {"protected"}


@pytest.mark.parametrize("gone", ["protection", "app"])
def test_a_commit_cannot_take_away_the_protection_from_itself(gone: str) -> None:
    world = World()
    world.commit(core=forbid("core"), other=permit(), protected=["core"])
    world.settled()

    if gone == "protection":
        world.commit(other=permit())
    else:
        other = AppId("mail")
        world.want(Bundle(other, world.target, "cedar", None, (bundled("allow", permit(), other),)))
    world.limit(**LOOSE)

    assert "protected" in violated(world)


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_forbids_that_go_are_counted(limit: int) -> None:
    for count in range(4):
        world = deleted(store_of(4, forbid), 4, count, forbid)
        world.limit(**{**LOOSE, "forbid_removals": limit, "never_empty": False})
        assert violated(world) == ({"forbid_removals"} if count > limit else set())


FORBID_LOSSES: dict[str, tuple[dict[str, Any], bool]] = {
    "deleted": ({}, True),
    "staged": ({"deny": staged(forbid())}, True),
    "turned into a permit": ({"deny": permit()}, True),
    "moved and changed": ({"area/deny": forbid("other")}, True),
    "moved and staged": ({"area/deny": staged(forbid())}, True),
    "changed": ({"deny": forbid("other")}, False),
    "moved": ({"area/deny": forbid()}, False),
    "kept": ({"deny": forbid()}, False),
}


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("loss", FORBID_LOSSES)
def test_a_forbid_is_lost_by_meaning_and_not_by_object(loss: str, transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    world.commit(deny=forbid(), allow=permit("bob"))
    world.settled()
    after, is_lost = FORBID_LOSSES[loss]

    world.commit({**after, "allow": permit("bob")})
    world.limit(**{**LOOSE, "forbid_removals": 0})

    assert violated(world) == ({"forbid_removals"} if is_lost else set())


@pytest.mark.parametrize(("foreign", "ours"), [(1, 0), (0, 1), (2, 3)])
def test_the_first_apply_to_a_store_in_use_needs_a_waiver(foreign: int, ours: int) -> None:
    world = World()
    for number in range(foreign):
        world.store.seed("desk", permit(f"foreign{number}"))
    for number in range(ours):
        world.forge(f"old{number}", permit(f"ours{number}"))
    world.commit(new=permit())
    world.limit(**LOOSE)

    assert violated(world) == {"first_apply"}
    with pytest.raises(UnsafePlanError, match=rf"{foreign} foreign objects? and {ours} with our mark"):
        world.apply()
    world.waive("first_apply")
    assert world.apply().problems == ()
    assert set(world.texts()) == {"desk/new"}
    assert len(world.foreign()) == foreign


def test_the_first_apply_to_an_empty_store_needs_no_waiver() -> None:
    world = World()
    world.commit(new=permit())
    assert violated(world) == set()


# Waivers.


def unsafe() -> World:
    """Three deletes where none is allowed."""
    world = deleted(store_of(11), 11, 3)
    world.limit(**{**LOOSE, "max_deletes": 0})
    return world


def test_a_waiver_lifts_its_limit() -> None:
    world = unsafe()
    waiver = world.waive("max_deletes")

    report = world.apply()

    assert [used for _, used in report.safety.waived] == [waiver]
    assert len(world.texts()) == 8


NO_HELP: dict[str, dict[str, Any]] = {
    "another limit": {"limit": "max_updates"},
    "another target": {"target": "stage"},
    "expired": {"until": TODAY - timedelta(days=1)},
    "fewer objects": {"count": 2},
    "other policies": {"policies": ("desk/p00", "desk/p01")},
    "another app": {"policies": ("mail/*",)},
    "another plan": {"plan": "0123456789ab"},
}


@pytest.mark.parametrize("story", NO_HELP)
def test_a_waiver_lifts_nothing_else(story: str) -> None:
    world = unsafe()
    waiver = world.waive(**{"limit": "max_deletes", **NO_HELP[story]})

    with pytest.raises(UnsafePlanError, match="3 deletes, limit 0"):
        world.apply()

    assert world.log() == []
    assert world.prepare().safety.unused == ((waiver,) if waiver.target == world.target else ())


HELPS: dict[str, dict[str, Any]] = {
    "its last day": {"until": TODAY},
    "as many objects": {"count": 3},
    "these policies": {"policies": ("desk/p00", "desk/p01", "desk/p02")},
    "a glob": {"policies": ("desk/p0*",)},
    "globs together": {"policies": ("desk/p00", "desk/p0[12]")},
}


@pytest.mark.parametrize("story", HELPS)
def test_a_waiver_counts_on(story: str) -> None:
    world = unsafe()
    world.waive("max_deletes", **HELPS[story])

    assert world.prepare().safety.is_safe


def test_a_waiver_may_name_its_plan() -> None:
    world = unsafe()
    world.waive("max_deletes", plan=world.plan().hash[:12])

    assert world.apply().problems == ()


def test_a_waiver_is_used_up_once() -> None:
    world = unsafe()
    waiver = world.waive("max_deletes")
    world.settled()
    deleted(world, 11, 4)

    with pytest.raises(UnsafePlanError, match="1 delete, limit 0"):
        world.apply()

    assert world.prepare().safety.unused == (waiver,)
    assert [record.actor for record in world.records(RecordKind.WAIVER)] == ["ada"]


def test_a_waiver_that_was_not_needed_is_not_used_up() -> None:
    world = store_of(11)
    waiver = world.waive("max_deletes")
    changed(world, 11, 1)
    world.limit(**{**LOOSE, "max_deletes": 0})
    report = world.apply()

    assert report.safety.unused == (waiver,)
    assert world.records(RecordKind.WAIVER) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_waiver_that_a_refusal_shows_lifts_it(size: int) -> None:
    world = deleted(store_of(size, forbid), size, size, forbid)
    world.limit(max_deletes=0, max_updates=0, max_change_ratio=0)
    with pytest.raises(UnsafePlanError) as refused:
        world.apply()

    for violation in world.prepare().safety.violations:
        assert violation.waiver in (refused.value.help or "")
        world.waivers.append(Waiver.model_validate(waiver_from(violation.waiver)))

    assert world.apply().problems == ()
    assert world.texts() == {}


def test_a_refusal_says_number_limit_and_where_the_limit_stands() -> None:
    world = unsafe()

    (violation,) = world.prepare().safety.violations

    assert violation.message == "3 deletes, limit 0 (targets.prod.limits.max_deletes)"
    assert violation.policies == ("desk/p00", "desk/p01", "desk/p02")


def test_what_no_waiver_lifts_shows_none() -> None:
    assert Violation("max_policies", "too many", (), "prod", can_be_waived=False).waiver == ""


# All of it at once.


@given(
    before=st.dictionaries(st.sampled_from(names(11)), st.sampled_from("pfs"), max_size=11),
    after=st.dictionaries(st.sampled_from(names(11)), st.sampled_from("pfsPF"), max_size=11),
    limits=st.fixed_dictionaries(
        {
            "max_deletes": st.integers(0, 4),
            "max_updates": st.integers(0, 4),
            "max_change_ratio": st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0]),
            "never_empty": st.booleans(),
            "forbid_removals": st.integers(0, 2),
        }
    ),
)
def test_no_plan_over_a_limit_reaches_the_target(before: Any, after: Any, limits: Any) -> None:
    texts: dict[str, Any] = {"s": staged(permit("s")), "P": permit("other"), "F": forbid("other")}
    world = World()
    world.commit({name: texts.get(kind) or {"p": permit, "f": forbid}[kind](name) for name, kind in before.items()})
    world.settled()
    held = {str(live.mark.ref): (live.text, live.mode) for live in world.ours() if live.mark}
    world.commit({name: texts.get(kind) or {"p": permit, "f": forbid}[kind](name) for name, kind in after.items()})
    world.limit(**limits)
    try:
        world.apply()
    except UnsafePlanError:
        assert world.log() == []
        return
    now = {str(live.mark.ref): (live.text, live.mode) for live in world.ours() if live.mark}
    gone = [name for name in held if name not in now]
    other = [name for name in held if name in now and held[name] != now[name]]
    bounds = Limits.model_validate(limits)
    assert len(gone) <= bounds.max_deletes
    assert len(other) <= bounds.max_updates
    touched = len(gone) + len(other)
    assert touched <= 1 or touched <= Fraction(str(bounds.max_change_ratio)) * len(held)
    lost = [n for n in held if held[n][0].startswith("forbid") and held[n][1] is Mode.ACTIVE]
    lost = [n for n in lost if n not in now or not now[n][0].startswith("forbid") or now[n][1] is not Mode.ACTIVE]
    assert len(lost) <= bounds.forbid_removals
    permits = [n for n in held if held[n][0].startswith("permit") and held[n][1] is Mode.ACTIVE]
    assert not (bounds.never_empty and permits) or any(
        t.startswith("permit") and m is Mode.ACTIVE for t, m in now.values()
    )
