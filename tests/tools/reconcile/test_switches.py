"""Enforcement is turned on by a plan, last of all and only where the target says how it shall be."""

import pytest

from bylaw.backends.interface import LiveEngine, Observed, Switches
from bylaw.backends.state.interface import RecordKind
from bylaw.model.errors import UnsafePlanError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.changes import ChangeKind, Phase
from tools.fakes.memory_backend import MemoryBackend
from tools.reconcile.mortality import outlive
from tools.reconcile.world import ENGINE, SideBySide, World, forbid, permit

OFF: Switches = (("attachment", "none"), ("mode", "none"))
LOG: Switches = (("attachment", "front"), ("mode", "LOG_ONLY"))
ON: Switches = (("attachment", "front"), ("mode", "ENFORCE"))


class Gateway(SideBySide):
    """A store in front of which a gateway stands."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: Switches | None = None
        self.held_at_switch: list[int] = []

    def wanted_switches(self, engine: str) -> Switches | None:
        del engine
        return self.wanted

    def put_switches(self, engine: str) -> LiveEngine:
        """Note how many policies were in force just then."""
        self.held_at_switch.append(len(self.observe().objects))
        assert self.wanted is not None
        made = LiveEngine(engine, None, self.wanted)
        self.set_engine_outside(made)
        return made


def gateway(wanted: Switches | None = ON, shown: Switches = OFF) -> tuple[World, Gateway]:
    store = Gateway()
    world = World(store=store)
    store.put_schema(ENGINE, None)
    store.set_engine_outside(LiveEngine(ENGINE, None, shown))
    world.switches = store.wanted = wanted
    world.commit(allow=permit(), deny=forbid())
    return world, store


def shown(observed: Observed) -> Switches:
    return next(engine.switches for engine in observed.engines if engine.name == ENGINE)


def test_enforcement_is_turned_on_when_everything_is_in_force() -> None:
    world, store = gateway()
    plan = world.plan()

    world.settled()

    assert [(c.kind, c.phase) for c in plan.changes][-1] == (ChangeKind.PUT_SWITCHES, Phase.SWITCH)
    assert store.held_at_switch == [2]
    assert shown(store.observe()) == ON
    assert world.plan().is_empty
    assert not world.plan().has_drift


def test_nothing_is_switched_that_is_not_ours_to_switch() -> None:
    world, store = gateway(wanted=None)

    world.settled()

    assert (store.held_at_switch, shown(store.observe())) == ([], OFF)


def test_another_mode_in_git_is_a_change_and_no_drift() -> None:
    world, store = gateway(wanted=LOG)
    world.settled()
    world.switches = store.wanted = ON

    plan = world.plan()
    world.settled()

    assert [change.kind for change in plan.changes] == [ChangeKind.PUT_SWITCHES]
    assert plan.engine_drift == ()
    assert shown(store.observe()) == ON


@pytest.mark.parametrize(("drift", "healed"), [("report", False), ("heal", True)])
def test_what_somebody_switched_is_drift_and_undone_where_the_target_heals(drift: str, healed: bool) -> None:  # noqa: FBT001
    world, store = gateway()
    world.settled()
    store.set_engine_outside(LiveEngine(ENGINE, None, LOG))
    world.configure(drift=drift)

    plan = world.plan()

    assert [(item.what, item.before, item.now, item.heal) for item in plan.engine_drift] == [
        ("mode", "ENFORCE", "LOG_ONLY", healed)
    ]
    if healed:
        world.settled()
        assert shown(store.observe()) == ON
    else:
        with pytest.raises(UnsafePlanError, match="was switched from"):
            world.apply()


def test_what_somebody_switched_as_git_wants_it_is_taken_over() -> None:
    world, store = gateway(wanted=LOG)
    world.settled()
    world.switches = store.wanted = ON
    store.set_engine_outside(LiveEngine(ENGINE, None, ON))

    report = world.apply()

    assert (report.exit_code, report.plan.changes, report.plan.engine_drift) == (ExitCode.OK, (), ())


def test_a_policy_that_fails_keeps_enforcement_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    world, store = gateway()

    def refuse(*_: object) -> None:
        raise UnsafePlanError("no")

    monkeypatch.setattr(store, "create", refuse)
    with pytest.raises(UnsafePlanError):
        world.apply()

    assert (store.held_at_switch, shown(store.observe())) == ([], OFF)


def test_a_run_that_died_before_the_switch_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    world, store = gateway()
    right = store.put_switches

    def die(engine: str) -> LiveEngine:
        del engine
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "put_switches", die)
    with pytest.raises(KeyboardInterrupt):
        world.apply()
    monkeypatch.setattr(store, "put_switches", right)
    outlive(world)

    assert world.apply().exit_code is ExitCode.OK
    assert shown(store.observe()) == ON


def test_a_backend_without_switches_says_so() -> None:
    world = World(store=MemoryBackend())
    world.switches = ON
    world.commit(allow=permit())

    report = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert any("has no switches to set" in problem for problem in report.problems)


def test_the_switch_is_journalled_before_it_is_made() -> None:
    world, _ = gateway()
    world.settled()

    intents = [record.change for record in world.records(RecordKind.INTENT)]

    assert intents[-1].startswith("put-switches desk ")
