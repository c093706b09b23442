"""Whatever git, the console, other teams, crashes and clocks do, in whatever order.

After every single write: objects of others are as they were, and nothing is wider or narrower than the two ends of the run. After
every run that was let finish: the next one is empty. In the end: the target is what git says.
"""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bylaw.backends.interface import LiveObject
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.plan import Plan
from tools.properties.test_write_order import in_force, prefixes
from tools.reconcile.mortality import run_mortal
from tools.reconcile.universe import POLICIES, Allowed, allowed, dice, too_narrow, too_wide
from tools.reconcile.world import World, staged, store

NAMES = st.sampled_from(["p0", "p1", "area/p0"])
TEXTS = st.sampled_from(POLICIES)
WANTED = st.dictionaries(NAMES, TEXTS | TEXTS.map(staged), max_size=3)
PICKS = st.integers(0, 20)
A_DAY = timedelta(hours=25)


class Machine(RuleBasedStateMachine):
    """One target and everybody who has to do with it."""

    @initialize(transactional=st.booleans(), drift=st.sampled_from(["report", "heal", "heal-narrowing"]), wanted=WANTED)
    def open(self, transactional: bool, drift: str, wanted: dict[str, Any]) -> None:  # noqa: FBT001
        self.world = World(store=store(transactional=transactional))
        self.world.configure(drift=drift)
        self.world.waive("first_apply", until=date(2099, 1, 1))
        self.world.store.on_visible = self.look
        self.ends: tuple[Allowed, Allowed] | None = None
        self.foreign: dict[str, LiveObject] = {}
        self.approved: Plan | None = None
        self.wanted = wanted
        self.world.commit(wanted)

    # What is true after every single write.

    def look(self, _: Any) -> None:
        self.foreign_objects_survive()
        if self.ends is not None:
            now = allowed(in_force(self.world))
            assert not too_wide(*self.ends, now)
            assert not too_narrow(*self.ends, now)

    @invariant()
    def foreign_objects_survive(self) -> None:
        if hasattr(self, "world"):
            assert {live.id: live for live in self.world.foreign()} == self.foreign

    # Git.

    @rule(wanted=WANTED)
    def commit(self, wanted: dict[str, Any]) -> None:
        self.wanted = wanted
        self.world.commit(wanted)

    # The console, and other teams.

    def ours(self, pick: int) -> LiveObject | None:
        objects = self.world.ours()
        return objects[pick % len(objects)] if objects else None

    @rule(pick=PICKS, text=TEXTS)
    def edit_outside(self, pick: int, text: str) -> None:
        live = self.ours(pick)
        if live is not None:
            self.world.store.edit_outside(live.id, text=text)

    @rule(pick=PICKS, mode=st.sampled_from(Mode))
    def switch_outside(self, pick: int, mode: Mode) -> None:
        live = self.ours(pick)
        if live is not None:
            self.world.store.edit_outside(live.id, mode=mode)

    @rule(pick=PICKS)
    def delete_outside(self, pick: int) -> None:
        live = self.ours(pick)
        if live is not None:
            self.world.store.remove_outside(live.id)

    @rule(name=NAMES, text=TEXTS)
    def forge(self, name: str, text: str) -> None:
        self.world.forge(name, text)

    @rule(text=TEXTS)
    def add_foreign(self, text: str) -> None:
        live = self.world.store.seed("desk", text)
        self.foreign[live.id] = live

    @precondition(lambda self: self.foreign)
    @rule(pick=PICKS, text=TEXTS)
    def edit_foreign(self, pick: int, text: str) -> None:
        object_id = sorted(self.foreign)[pick % len(self.foreign)]
        self.foreign[object_id] = self.world.store.edit_outside(object_id, text=text)

    # The reconciler.

    @rule()
    def plan(self) -> None:
        before = self.world.store.observe(), len(self.world.records())
        self.approved = self.world.plan()
        assert (self.world.store.observe(), len(self.world.records())) == before
        assert self.world.plan().hash == self.approved.hash

    def begin(self, plan: Plan) -> None:
        """Two ends: what is allowed now, and what will be when the plan is carried out."""
        states = [in_force(self.world), *prefixes(plan, self.world, dice(0))]
        self.ends = allowed(states[0]), allowed(states[-1])

    @rule(heal=st.sampled_from([None, True, False]))
    def apply(self, heal: bool | None) -> None:  # noqa: FBT001
        plan = self.world.plan(heal=heal)
        self.begin(plan)
        writes = len(self.world.log())
        try:
            report = self.world.apply(heal=heal)
        except ConflictError:
            assert plan.conflicts or self.world.memory.current_lease(self.world.target)
            assert len(self.world.log()) == writes
            return
        finally:
            self.ends = None
        assert report.exit_code is ExitCode.OK, report.problems
        assert report.plan.hash == plan.hash
        self.second_run_is_empty(heal)

    def second_run_is_empty(self, heal: bool | None) -> None:  # noqa: FBT001
        plan, writes = self.world.plan(heal=heal), len(self.world.log())
        assert plan.is_empty
        assert not plan.records_only
        self.world.apply(heal=heal)
        assert len(self.world.log()) == writes
        drifted = {str(item.ref) for item in plan.drift}
        assert self.shown(drifted) == {f"desk/{n}": w for n, w in self.wanted.items() if f"desk/{n}" not in drifted}

    def shown(self, besides: set[str]) -> dict[str, Any]:
        objects = {str(live.mark.ref): live for live in self.world.ours() if live.mark}
        return {
            ref: live.text if live.mode is Mode.ACTIVE else staged(live.text)
            for ref, live in objects.items()
            if ref not in besides
        }

    @precondition(lambda self: self.approved is not None)
    @rule()
    def apply_what_was_approved(self) -> None:
        approved, now = self.approved, self.world.plan()
        assert approved is not None
        self.begin(now)
        writes = len(self.world.log())
        try:
            report = self.world.apply(approved)
        except ConflictError:
            held = self.world.memory.current_lease(self.world.target)
            assert now.conflicts or held or now.hash != approved.hash
            assert len(self.world.log()) == writes
        else:
            assert report.plan.hash == approved.hash == now.hash
            assert report.exit_code is ExitCode.OK
        finally:
            self.ends = None

    @rule(last=st.integers(0, 60))
    def crash(self, last: int) -> None:
        self.begin(self.world.plan())
        with suppress(ConflictError):
            run_mortal(self.world, last)
        self.ends = None

    @rule(number=st.integers(1, 4))
    def steal_lock(self, number: int) -> None:
        """Somebody breaks the lease in the middle of a run and takes it."""
        world, seen = self.world, len(self.world.log())

        def look(writes: Any) -> None:
            self.look(writes)
            lease = world.memory.current_lease(world.target)
            if len(world.log()) == seen + number and lease is not None:
                world.memory.break_lease(world.target, lease.nonce)
                world.memory.acquire(world.target, "bob", "theirs", world.clock(), timedelta(seconds=60))

        self.begin(world.plan())
        world.store.on_visible = look
        try:
            report = world.apply()
        except ConflictError:
            assert len(world.log()) == seen
        else:
            stolen = world.memory.current_lease(world.target) is not None
            if not world.backend.capabilities.transactional:
                assert len(world.log()) <= seen + number or not stolen
            assert stolen == (report.exit_code is ExitCode.PARTIAL_APPLY)
        finally:
            world.store.on_visible = self.look
            self.ends = None

    @rule(seconds=st.sampled_from([1, 60, 200, 7200, 90_000]))
    def pass_time(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    def teardown(self) -> None:
        """In the end the target is what git says, once a person has removed what nobody can explain."""
        if not hasattr(self, "world"):
            return
        self.world.clock.advance(A_DAY)
        for item in self.world.plan(heal=True).conflicts:
            for live in self.world.ours():
                if live.mark and live.mark.ref == item.ref:
                    self.world.store.remove_outside(live.id)
        self.apply(heal=True)
        assert self.shown(set()) == {f"desk/{name}": wanted for name, wanted in self.wanted.items()}
        self.foreign_objects_survive()


def test_anything_in_any_order() -> None:
    run_state_machine_as_test(Machine, settings=settings(max_examples=150, stateful_step_count=15, deadline=None))


@pytest.mark.deep
def test_anything_in_any_order_for_long() -> None:
    run_state_machine_as_test(Machine, settings=settings(max_examples=3000, stateful_step_count=40, deadline=None))
