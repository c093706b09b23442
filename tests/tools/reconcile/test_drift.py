"""What somebody else did to the target, apart from what git wants: told exactly, healed within bounds, ignored only by name."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from bylaw.backends.interface import LiveEngine
from bylaw.backends.state.interface import RecordKind
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError, UnsafePlanError
from bylaw.reconcile.drift import DriftClass, DriftSeverity, State, classify, severity_of
from bylaw.repository.documents.settings import DriftIgnore
from tools.reconcile.world import FREE, TODAY, Staged, Wanted, World, forbid, permit, staged, store

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases/drift.yaml").read_text(encoding="utf-8"))
NAMES = [case["name"] for case in CASES]
SETTINGS = ["report", "heal-narrowing", "heal"]
OTHER = permit("somebody-else")


def text_of(side: str, effect: str) -> str:
    return (forbid if effect == "forbid" else permit)(side.split(maxsplit=1)[0])


def wanted(side: str, effect: str) -> dict[str, Wanted]:
    """The policies of a commit that holds this side; another policy keeps the target from being empty."""
    text = text_of(side, effect)
    ours: dict[str, Wanted] = {} if side == "-" else {"one": staged(text) if "staged" in side else text}
    return {**ours, "other": OTHER}


def put(world: World, side: str, effect: str) -> None:
    """Make the target hold this side, as somebody with a console would."""
    for live in world.ours():
        if live.mark and live.mark.ref.policy == "one":
            if side == "-":
                world.store.remove_outside(live.id)
            else:
                mode = Mode.LOG_ONLY if "staged" in side else Mode.ACTIVE
                world.store.edit_outside(live.id, text=text_of(side, effect), mode=mode)
            return
    if side != "-":
        world.forge("one", text_of(side, effect), mode=Mode.LOG_ONLY if "staged" in side else Mode.ACTIVE)


def crash(world: World, side: str, effect: str) -> None:
    """Leave the intent of an apply behind that wanted this side and died before its write."""
    world.commit(wanted(side, effect))
    intents = 0

    def die(records: Any) -> None:
        nonlocal intents
        intents += sum(record.kind is RecordKind.INTENT for record in records)
        if intents:
            raise KeyboardInterrupt

    world.memory.on_append = die
    with pytest.raises(KeyboardInterrupt):
        world.apply()
    world.memory.on_append = lambda _: None


def staged_case(case: dict[str, Any], setting: str, *, transactional: bool) -> World:
    world = World(store=store(transactional=transactional))
    world.configure(drift=setting)
    effect = case.get("effect", "permit")
    world.commit(wanted(case["applied"], effect))
    world.settled()
    if "crashed" in case:
        crash(world, case["crashed"], effect)
    put(world, case["observed"], effect)
    world.commit(wanted(case["desired"], effect))
    return world


def shown(world: World) -> str:
    for live in world.ours():
        if live.mark and live.mark.ref.policy == "one":
            version = live.text.split('"')[1]
            return f"{version} staged" if live.mode is Mode.LOG_ONLY else version
    return "-"


@pytest.mark.parametrize("transactional", [False, True], ids=["one-by-one", "transactional"])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_cell_of_the_table(case: dict[str, Any], setting: str, transactional: bool) -> None:  # noqa: FBT001
    world = staged_case(case, setting, transactional=transactional)
    before = shown(world)
    plan = world.plan()
    expected = case[setting]

    told = [item for item in plan.drift if item.ref.policy == "one"]
    if DriftClass(case["class"]).is_drift:
        assert [(item.kind, item.severity) for item in told] == [(case["class"], case["severity"])]
        assert told[0].heal == (expected not in ("nothing", "refused") and case["applied"] == case["desired"])
    else:
        assert told == []

    if expected == "refused":
        with pytest.raises(ConflictError, match="changed behind our back: `desk/one`"):
            world.apply()
        assert (shown(world), world.log()) == (before, [])
        return
    report = world.apply()
    assert report.problems == ()
    assert shown(world) == (before if expected == "nothing" else expected)
    assert (world.log() == []) == (expected == "nothing")
    assert world.plan().is_empty


def test_the_table_has_every_class() -> None:
    assert {case["class"] for case in CASES} == set(DriftClass)


def sides() -> Iterator[State]:
    values = [None, *product(("v1", "v2", "v3"), Mode)]
    for applied, observed, desired in product(values, repeat=3):
        yield State(applied, observed, desired)


def test_classes_depend_only_on_which_sides_are_equal() -> None:
    for state in sides():
        for intended in (False, True):
            kind = classify(state, intended=intended)
            in_sync = state.applied == state.observed == state.desired
            assert (kind is DriftClass.IN_SYNC) == in_sync
            if state.observed == state.applied:
                assert not kind.is_drift
            if state.observed == state.desired:
                assert not kind.is_drift
            if intended:
                assert not kind.is_drift
            elif len({state.applied, state.observed, state.desired}) == 3 and state.observed is not None:
                assert kind.is_conflict


@pytest.mark.parametrize("effect", [*Effect, None])
def test_severity_says_who_is_hurt(effect: Effect | None) -> None:
    on, off, other = ("v1", Mode.ACTIVE), ("v1", Mode.LOG_ONLY), ("v2", Mode.ACTIVE)
    gone = DriftSeverity.OUTAGE if effect is Effect.PERMIT else DriftSeverity.CRITICAL
    come = DriftSeverity.OUTAGE if effect is Effect.FORBID else DriftSeverity.CRITICAL
    for absent in (off, None):
        assert severity_of(effect, on, absent) is gone
        assert severity_of(effect, absent, on) is come
    assert severity_of(effect, on, other) is DriftSeverity.CRITICAL
    assert severity_of(effect, off, None) is DriftSeverity.NOTICE


def test_drift_is_told_with_both_texts() -> None:
    world = World()
    world.commit(one=permit("ada"))
    world.settled()
    world.edit("one", permit("mallory"))

    (item,) = world.plan().drift

    assert (item.applied_text, item.observed_text) == (permit("ada"), permit("mallory"))
    assert item.message == "`desk/one` was changed on the target"


def test_drift_is_told_apart_from_what_git_wants() -> None:
    world = World()
    world.commit(one=permit("ada"), two=permit("bob"))
    world.settled()
    world.edit("one", permit("mallory"))
    world.commit(one=permit("ada"), two=permit("carol"))

    plan = world.plan()
    world.apply(plan)

    assert [str(item.ref) for item in plan.drift] == ["desk/one"]
    assert {str(change.ref) for change in plan.changes} == {"desk/two"}
    assert world.texts() == {"desk/one": permit("mallory"), "desk/two": permit("carol")}
    assert [str(item.ref) for item in world.plan().drift] == ["desk/one"]


def test_what_an_old_apply_wrote_is_drift_when_it_comes_back() -> None:
    world = World(store=store(transactional=True))
    world.commit(one=permit("old"))
    world.settled()
    world.commit(one=permit("new"))
    world.settled()
    world.edit("one", permit("old"))

    assert [item.kind for item in world.plan().drift] == [DriftClass.CHANGED_OUTSIDE]
    assert world.plan().is_empty


def test_a_forged_object_beside_one_of_ours_is_a_conflict() -> None:
    world = World()
    world.commit(one=permit("ada"))
    world.settled()
    forged = world.forge("one", permit("mallory"))

    (item,) = world.plan(heal=True).drift
    assert (item.kind, item.observed_text) == (DriftClass.UNRECORDED, permit("mallory"))
    with pytest.raises(ConflictError):
        world.apply(heal=True)
    assert world.store.read("desk", forged.id) == forged


# Healing.


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("heal", [True, False])
def test_the_command_line_overrides_the_setting(setting: str, heal: bool) -> None:  # noqa: FBT001
    world = World()
    world.configure(drift=setting)
    world.commit(one=permit("ada"))
    world.settled()
    world.edit("one", permit("mallory"))

    world.apply(heal=heal)

    assert world.texts() == {"desk/one": permit("ada" if heal else "mallory")}


@pytest.mark.parametrize("transactional", [False, True])
def test_healing_ends_after_three_heals_in_a_day(transactional: bool) -> None:  # noqa: FBT001
    world = World(store=store(transactional=transactional))
    world.configure(drift="heal")
    world.commit(one=permit("ada"), two=permit("bob"))
    world.settled()
    healed = 0
    for _ in range(10):
        world.edit("one", permit("mallory"))
        healed += world.apply().plan.changes != ()
        world.clock.advance(timedelta(minutes=5))

    assert healed == 3
    (item,) = world.plan().drift
    assert not item.heal
    assert item.message.endswith("healed 3 times in a day, a person must look")
    world.edit("two", permit("mallory"))
    world.apply()
    assert world.texts() == {"desk/one": permit("mallory"), "desk/two": permit("bob")}


def test_healing_starts_again_after_a_day() -> None:
    world = World()
    world.configure(drift="heal")
    world.commit(one=permit("ada"))
    world.settled()
    for _ in range(3):
        world.edit("one", permit("mallory"))
        world.apply()
    world.edit("one", permit("mallory"))
    assert world.plan().is_empty

    world.clock.advance(timedelta(hours=24))
    world.apply()

    assert world.texts() == {"desk/one": permit("ada")}


def test_two_reconcilers_that_fight_end_in_a_few_writes() -> None:
    """A second repository that bears our name wants something else, and heals too."""
    ours = World()
    ours.configure(drift="heal")
    theirs = World(store=ours.store)
    theirs.configure(drift="heal")
    for world, who in ((ours, "ada"), (theirs, "mallory")):
        world.memory = ours.memory if world is ours else world.memory
        world.commit(one=permit(who))
    ours.settled()
    for turn in range(50):
        world = (ours, theirs)[turn % 2]
        with suppress(ConflictError, UnsafePlanError):
            world.apply()
        world.clock.advance(timedelta(minutes=1))

    assert len(ours.log()) <= 20


def test_healing_is_within_the_limits() -> None:
    world = World()
    world.configure(drift="heal")
    world.commit({f"p{n}": permit(f"p{n}") for n in range(10)})
    world.settled()
    for number in range(10):
        world.edit(f"p{number}", permit("mallory"))
    world.limit()

    with pytest.raises(UnsafePlanError, match="10 of 10 policies change or go, limit 30%"):
        world.apply()

    assert world.log() == []


# Ignoring.


def rule(**other: Any) -> DriftIgnore:
    values = {"policies": ("desk/one",), "field": "mode", "reason": "being soaked until Friday", "until": TODAY}
    return DriftIgnore.model_validate({**values, **other})


IGNORES: dict[str, tuple[dict[str, Any], bool]] = {
    "by name": ({}, True),
    "by glob": ({"policies": ("desk/*",)}, True),
    "expired": ({"until": TODAY - timedelta(days=1)}, False),
    "another policy": ({"policies": ("desk/two", "mail/*")}, False),
}


@pytest.mark.parametrize("story", IGNORES)
def test_drift_is_ignored_only_within_the_scope_and_time_of_a_rule(story: str) -> None:
    values, is_ignored = IGNORES[story]
    world = World()
    world.configure(drift="heal", ignore_drift=(rule(**values),))
    world.commit(one=permit("ada"))
    world.settled()
    world.switch("one", Mode.LOG_ONLY)

    (item,) = world.plan().drift
    world.apply()

    assert item.ignored == ("being soaked until Friday" if is_ignored else None)
    assert world.object_of("one").mode is (Mode.LOG_ONLY if is_ignored else Mode.ACTIVE)


@pytest.mark.parametrize("act", ["edit", "remove", "forge"])
def test_no_rule_hides_changed_or_missing_content(act: str) -> None:
    world = World()
    world.configure(ignore_drift=(rule(policies=("*",)),))
    world.commit(one=permit("ada"))
    world.settled()
    if act == "edit":
        world.edit("one", permit("mallory"))
    elif act == "remove":
        world.remove("one")
    else:
        world.forge("two", permit("mallory"))

    assert [item.ignored for item in world.plan().drift] == [None]


# Switches and schemas.


def test_a_flipped_switch_is_critical_and_stops_every_apply() -> None:
    world = World()
    world.store.set_engine_outside(LiveEngine("desk", None, (("attached", "yes"), ("mode", "enforce"))))
    world.commit(one=permit("ada"))
    world.settled()

    for switches in ((("attached", "yes"), ("mode", "log")), (("attached", "no"), ("mode", "enforce")), ()):
        world.store.set_engine_outside(LiveEngine("desk", None, switches))
        for wanted_text in (permit("ada"), permit("bob")):
            world.commit(one=wanted_text)
            drift = world.plan().engine_drift
            assert {item.severity for item in drift} == {DriftSeverity.CRITICAL}
            with pytest.raises(UnsafePlanError, match="of engine `desk` was switched from"):
                world.apply()

    assert world.log() == []


def test_a_switch_that_a_person_calls_right_is_remembered() -> None:
    world = World()
    world.store.set_engine_outside(LiveEngine("desk", None, (("mode", "enforce"),)))
    world.commit(one=permit("ada"))
    world.settled()
    world.store.set_engine_outside(LiveEngine("desk", None, (("mode", "log"),)))
    world.waive("switch_change")

    assert world.apply().problems == ()
    assert world.plan().engine_drift == ()

    world.store.set_engine_outside(LiveEngine("desk", None, (("mode", "enforce"),)))
    with pytest.raises(UnsafePlanError, match="`mode` of engine `desk` was switched from `log` to `enforce`"):
        world.apply()


@pytest.mark.parametrize("heal", [True, False])
def test_a_schema_that_was_changed_outside_is_drift(heal: bool) -> None:  # noqa: FBT001
    world = World()
    world.commit(schema="entity User;", one=permit("ada"))
    world.settled()
    world.store.set_engine_outside(LiveEngine("desk", "entity Mallory;"))
    world.commit(schema="entity User;", one=permit("bob"))

    (item,) = world.plan(heal=heal).engine_drift
    report = world.apply(heal=heal)

    assert item.message == "the schema of engine `desk` was changed on the target"
    assert report.problems == ()
    assert world.store.observe().engines[0].schema == ("entity User;" if heal else "entity Mallory;")
    assert world.texts() == {"desk/one": permit("bob")}
    assert bool(world.plan().engine_drift) is not heal


def test_a_schema_that_git_changes_is_no_drift() -> None:
    world = World()
    world.commit(schema="entity User;", one=permit("ada"))
    world.settled()
    world.commit(schema="entity User, Group;", one=permit("ada"))

    assert world.plan().engine_drift == ()
    assert world.apply().problems == ()
    assert world.store.observe().engines[0].schema == "entity User, Group;"


def test_staged_text_is_what_the_table_means_by_it() -> None:
    assert wanted("v1 staged", "permit")["one"] == Staged(permit("v1"))
    assert FREE.max_deletes == 1000
