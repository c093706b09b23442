"""A new or changed policy is observed before it decides, and what it replaces decides until then."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.backends.state.interface import RecordKind
from bylaw.model.effects import Mode
from bylaw.model.errors import UsageError
from bylaw.reconcile.rollout import Position
from bylaw.repository.documents.rollout import Rollout
from tools.reconcile.mortality import outlive, run_mortal
from tools.reconcile.world import FREE, World, forbid, permit, staged, store

HOUR = timedelta(hours=1)
STAGES = (
    {"mode": "noop", "dwell_hours": 1},
    {"mode": "log_only", "dwell_hours": 24, "max_flips": 2},
    {"mode": "active"},
)
KINDS = pytest.mark.parametrize("kind", ["side by side", "transactional"])


def rolling(*stages: dict[str, object], kind: str = "side by side") -> World:
    world = World(store=store(transactional=kind == "transactional"))
    world.configure(limits=FREE, rollout=Rollout.model_validate({"stages": stages or STAGES}, strict=False))
    return world


def in_mode(world: World, mode: Mode) -> dict[str, str]:
    return {str(live.mark.ref): live.text for live in world.ours() if live.mark and live.mode is mode}


def active(world: World) -> dict[str, str]:
    return in_mode(world, Mode.ACTIVE)


def observed(world: World) -> dict[str, str]:
    return in_mode(world, Mode.LOG_ONLY)


def position(world: World, name: str = "allow") -> Position:
    (found,) = (item for item in world.plan().positions if item.ref.policy == name)
    return found


def pass_through(world: World) -> None:
    """Every stage, one after the other."""
    for hours in (0, 1, 24):
        world.clock.advance(hours * HOUR)
        world.flips = 0
        world.settled()
    assert world.plan().positions == ()


@KINDS
def test_a_new_policy_comes_in_three_steps_and_no_sooner(kind: str) -> None:
    world = rolling(kind=kind)
    world.commit(allow=permit(), deny=forbid())

    world.settled()
    assert world.texts() == {}
    assert position(world).stage.mode == "noop"
    world.clock.advance(HOUR - timedelta(seconds=1))
    assert world.settled().texts() == {}

    world.clock.advance(timedelta(seconds=1))
    world.settled()
    assert observed(world) == {"desk/allow": permit(), "desk/deny": forbid()}
    assert active(world) == {}

    world.flips = 2
    world.clock.advance(24 * HOUR)
    world.settled()
    assert active(world) == {"desk/allow": permit(), "desk/deny": forbid()}
    assert world.plan().positions == ()
    assert world.plan().is_empty


@KINDS
def test_what_a_changed_policy_replaces_decides_until_the_change_does(kind: str) -> None:
    world = rolling(kind=kind)
    world.commit(allow=permit("a"))
    pass_through(world)
    world.commit(allow=permit("b"))

    world.settled()
    assert (active(world), observed(world)) == ({"desk/allow": permit("a")}, {})
    world.clock.advance(HOUR)
    world.settled()
    assert (active(world), observed(world)) == ({"desk/allow": permit("a")}, {"desk/rollout/allow": permit("b")})
    assert world.plan().is_empty
    world.flips = 0
    world.clock.advance(24 * HOUR)
    world.settled()
    assert (active(world), observed(world)) == ({"desk/allow": permit("b")}, {})


FLIPS = {
    "unknown": (None, "its decision flips up to 2026-03-03 10:00 UTC are not known"),
    "too many": (3, "3 decision flips, at most 2"),
}


@pytest.mark.parametrize("what", FLIPS)
def test_a_policy_that_would_have_turned_decisions_is_not_promoted(what: str) -> None:
    flips, told = FLIPS[what]
    world = rolling()
    world.commit(allow=permit())
    world.settled()
    world.clock.advance(HOUR)
    world.settled()
    world.clock.advance(100 * HOUR)
    world.flips = flips

    world.settled()

    assert active(world) == {}
    assert (position(world).waits_for, position(world).flips) == (told, flips)


def test_a_stage_is_told_with_what_it_waits_for() -> None:
    world = rolling()
    world.commit(allow=permit())
    assert position(world).waits_for == ""
    world.settled()

    assert position(world).waits_for == "dwells until 2026-03-02 10:00 UTC"


def test_one_stage_a_run_even_where_nothing_dwells() -> None:
    world = rolling({"mode": "noop"}, {"mode": "log_only"}, {"mode": "active"})
    world.commit(allow=permit())
    seen = []
    for _ in range(4):
        world.settled()
        seen.append((set(active(world)), set(observed(world))))

    assert seen == [(set(), set()), (set(), {"desk/allow"}), ({"desk/allow"}, set()), ({"desk/allow"}, set())]


def test_a_change_of_the_change_begins_anew_and_the_old_policy_goes_on() -> None:
    world = rolling()
    world.commit(allow=permit("a"))
    pass_through(world)
    world.commit(allow=permit("b"))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()

    world.commit(allow=permit("c"))
    world.clock.advance(100 * HOUR)
    world.flips = 0
    world.settled()

    assert (active(world), observed(world)) == ({"desk/allow": permit("a")}, {})
    pass_through(world)
    assert (active(world), observed(world)) == ({"desk/allow": permit("c")}, {})


def test_a_change_that_git_takes_back_leaves_at_once() -> None:
    world = rolling()
    world.commit(allow=permit("a"))
    pass_through(world)
    world.commit(allow=permit("b"))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()

    world.commit(allow=permit("a"))
    world.settled()

    assert (active(world), observed(world)) == ({"desk/allow": permit("a")}, {})
    assert world.plan().positions == ()


@KINDS
def test_a_policy_that_leaves_git_leaves_the_target_with_its_candidate(kind: str) -> None:
    world = rolling(kind=kind)
    world.commit(allow=permit("a"), other=permit("o"))
    pass_through(world)
    world.commit(allow=permit("b"), other=permit("o"))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()

    world.commit(other=permit("o"))
    world.settled()

    assert world.texts() == {"desk/other": permit("o")}


def test_what_git_wants_in_log_only_ends_there() -> None:
    world = rolling()
    world.commit(allow=staged(permit()))
    world.settled()
    world.clock.advance(HOUR)

    world.settled()

    assert observed(world) == {"desk/allow": permit()}
    assert world.plan().positions == ()


def test_a_promotion_in_git_is_observed_first_too() -> None:
    world = rolling()
    world.commit(allow=staged(permit()))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()
    world.commit(allow=permit())
    world.settled()
    assert (position(world).stage.mode, active(world)) == ("log_only", {})
    world.flips = 0
    world.clock.advance(24 * HOUR)

    world.settled()

    assert active(world) == {"desk/allow": permit()}


def test_taking_a_policy_out_of_force_needs_no_stage() -> None:
    world = rolling()
    world.commit(allow=permit())
    pass_through(world)
    world.commit(allow=staged(permit()))

    world.settled()

    assert observed(world) == {"desk/allow": permit()}


def test_what_was_in_force_before_there_were_stages_stays_in_force() -> None:
    world = World()
    world.commit(allow=permit())
    world.settled()
    world.configure(rollout=Rollout.model_validate({"stages": STAGES}, strict=False))

    assert world.plan().is_empty
    assert world.plan().positions == ()


def test_without_stages_candidates_go_and_changes_come_at_once() -> None:
    world = rolling()
    world.commit(allow=permit("a"))
    pass_through(world)
    world.commit(allow=permit("b"))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()

    world.configure(rollout=None)
    world.settled()

    assert world.texts() == {"desk/allow": permit("b")}


def test_a_candidate_that_somebody_puts_in_force_is_drift() -> None:
    world = rolling()
    world.commit(allow=permit("a"))
    pass_through(world)
    world.commit(allow=permit("b"))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()
    world.switch("rollout/allow", Mode.ACTIVE)

    plan = world.plan()

    assert [str(item.ref) for item in plan.drift] == ["desk/rollout/allow"]
    assert position(world).waits_for == "it is not in log_only on the target"


def test_a_new_policy_that_somebody_puts_in_force_is_drift() -> None:
    world = rolling()
    world.commit(allow=permit("a"))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()
    world.switch("allow", Mode.ACTIVE)

    assert [str(item.ref) for item in world.plan().drift] == ["desk/allow"]


def test_what_is_only_observed_counts_for_no_limit_on_deletions() -> None:
    world = rolling()
    many = {f"p{number}": permit(str(number)) for number in range(8)}
    world.commit(many)
    pass_through(world)
    world.commit({name: text.replace("action,", 'action == Action::"read",') for name, text in many.items()})
    world.settled()
    world.clock.advance(HOUR)
    world.settled()
    world.limit(max_change_ratio=1)
    world.commit(many)

    prepared = world.prepare()

    assert prepared.plan.count(prepared.plan.changes[0].kind) == 8
    assert prepared.safety.is_safe


@pytest.mark.parametrize("name", ["rollout/x", "x" * 195])
def test_an_id_that_leaves_no_room_for_a_candidate_is_refused(name: str) -> None:
    world = rolling()
    world.commit({name: permit()})

    with pytest.raises(UsageError, match="cannot be rolled out in stages"):
        world.plan()


def promoting(kind: str) -> World:
    """About to bring two changed policies and a new one into force."""
    world = rolling(kind=kind)
    world.commit(allow=permit("a"), deny=forbid("a"))
    pass_through(world)
    world.commit(allow=permit("b"), deny=forbid("b"), extra=permit("c"))
    world.settled()
    world.clock.advance(HOUR)
    world.settled()
    world.flips = 0
    world.clock.advance(24 * HOUR)
    return world


@KINDS
def test_a_promotion_that_is_killed_anywhere_is_finished_by_the_next_run_and_repeats_nothing(kind: str) -> None:
    whole = promoting(kind)
    steps = run_mortal(whole, None).taken
    assert steps > 10
    for last in range(steps):
        world = promoting(kind)
        assert run_mortal(world, last).dead
        outlive(world)

        world.apply()

        assert active(world) == {"desk/allow": permit("b"), "desk/deny": forbid("b"), "desk/extra": permit("c")}
        assert observed(world) == {}, last
        assert Counter(world.log()) == Counter(whole.log()), last
        assert world.plan().is_empty
        assert world.plan().positions == ()


ACTS = st.lists(st.sampled_from(["a", "b", "c", "none", "hour", "day", "run", "run", "flips", "calm"]), max_size=25)


@settings(deadline=None, max_examples=60)
@given(ACTS, st.sampled_from(["side by side", "transactional"]))
def test_nothing_decides_that_was_not_observed_long_enough(acts: list[str], kind: str) -> None:
    world = rolling(kind=kind)
    world.commit()
    since: dict[str, object] = {}
    for act in acts:
        if act in {"a", "b", "c"}:
            world.commit(allow=permit(act))
        elif act == "none":
            world.commit()
        elif act in {"hour", "day"}:
            world.clock.advance(HOUR if act == "hour" else 24 * HOUR)
        elif act in {"flips", "calm"}:
            world.flips = 3 if act == "flips" else 0
        else:
            before = set(active(world).values())
            world.settled()
            seen = set(observed(world).values())
            since = {text: since.get(text, world.clock()) for text in seen | set(active(world).values())}
            for text in set(active(world).values()) - before:
                assert world.clock() - since[text] >= 24 * HOUR  # type: ignore[operator]
                assert world.flips == 0
            assert len(active(world)) <= 1
            assert world.plan().is_empty or world.plan().positions


def test_the_journal_remembers_where_policies_are() -> None:
    world = rolling()
    world.commit(allow=permit())
    world.settled()

    (record,) = world.records(RecordKind.VERIFIED)

    assert '"transits":{"desk/allow":["' in record.detail
