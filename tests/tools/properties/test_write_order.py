"""Between the first write and the last, nothing is allowed that neither end allows, and nothing denied that both ends allow.

Every prefix of every plan is put to the Cedar engine. The same harness finds what is wrong with the other orders: one that finds
nothing anywhere would prove nothing.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bylaw.model.effects import Mode
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.changes import Change, step_of
from bylaw.reconcile.plan import Plan
from tools.fakes.memory_backend import MemoryBackend
from tools.reconcile.universe import POLICIES, REQUESTS, allowed, dice, some_policies, too_narrow, too_wide
from tools.reconcile.world import Wanted, World, staged

NAMES = ["p0", "p1", "p2", "p3"]
TEXTS = st.sampled_from(POLICIES)
WANTED = st.one_of(TEXTS, TEXTS, TEXTS.map(staged))
SETS = st.dictionaries(st.sampled_from(NAMES), WANTED, max_size=4)
PAIRS = 3000


def in_force(world: World) -> frozenset[str]:
    return frozenset(live.text for live in world.store.observe().objects if live.mode is Mode.ACTIVE)


def between(before: dict[str, Any], after: dict[str, Any], foreign: list[str], **store: Any) -> World:
    """A world that holds `before` and wants `after`."""
    world = World(store=MemoryBackend(**store))
    for text in foreign:
        world.store.seed("desk", text)
    world.waive("first_apply")
    world.commit(before)
    world.settled()
    world.commit(after)
    return world


def prefixes(plan: Plan, start: World, random: Random) -> Iterator[frozenset[str]]:
    """What is in force after each write of a plan, with the writes of each step in any order."""
    objects = {live.id: live.text for live in start.store.observe().objects if live.mode is Mode.ACTIVE}
    for _, step in groupby(plan.changes, key=lambda change: step_of(change, plan.revoke_first)):
        writes = list(step)
        random.shuffle(writes)
        for change in writes:
            _write(objects, change)
            yield frozenset(objects.values())


def _write(objects: dict[str, str], change: Change) -> None:
    key = change.object_id or change.id
    if change.after is not None and change.after.mode is Mode.ACTIVE:
        objects[key] = change.after.text
    else:
        objects.pop(key, None)


@given(before=SETS, after=SETS, foreign=st.lists(TEXTS, max_size=2), seed=st.integers(0, 9))
def test_no_prefix_of_a_plan_is_wider_or_narrower_than_its_ends(
    before: dict[str, Wanted], after: dict[str, Wanted], foreign: list[str], seed: int
) -> None:
    world = between(before, after, foreign)
    plan, old = world.plan(), allowed(in_force(world))
    states = list(prefixes(plan, world, dice(seed)))
    world.apply()
    new = allowed(in_force(world))

    assert (states or [in_force(world)])[-1] == in_force(world)
    for state in states:
        assert not too_wide(old, new, allowed(state))
        assert not too_narrow(old, new, allowed(state))


@given(before=SETS, after=SETS, foreign=st.lists(TEXTS, max_size=2))
def test_no_write_of_an_apply_opens_or_shuts_more_than_its_ends(
    before: dict[str, Wanted], after: dict[str, Wanted], foreign: list[str]
) -> None:
    world = between(before, after, foreign)
    old = allowed(in_force(world))
    seen: list[frozenset[str]] = []
    world.store.on_visible = lambda _: seen.append(in_force(world))

    assert world.apply().exit_code is ExitCode.OK

    new = allowed(in_force(world))
    wanted = frozenset(text for text in after.values() if isinstance(text, str))
    assert in_force(world) == wanted | frozenset(foreign)
    for state in seen:
        assert not too_wide(old, new, allowed(state))
        assert not too_narrow(old, new, allowed(state))


@given(before=SETS, after=SETS)
def test_a_transaction_shows_nothing_in_between(before: dict[str, Wanted], after: dict[str, Wanted]) -> None:
    world = between(before, after, [], transactional=True)
    old = allowed(in_force(world))
    seen: list[frozenset[str]] = []
    world.store.on_visible = lambda _: seen.append(in_force(world))
    world.apply()

    assert all(allowed(state) in (old, allowed(in_force(world))) for state in seen)
    assert len(seen) <= 1


@given(before=SETS, after=SETS, limit=st.integers(1, 8))
def test_revoking_first_denies_for_a_while_and_never_allows(
    before: dict[str, Wanted], after: dict[str, Wanted], limit: int
) -> None:
    world = between(before, after, [])
    world.store.capabilities = MemoryBackend(max_policies=max(limit, len(before))).capabilities
    world.waive("transient_deny")
    plan, old = world.plan(), allowed(in_force(world))
    states = [allowed(state) for state in prefixes(plan, world, dice(limit))]
    wanted = frozenset(text for text in after.values() if isinstance(text, str))
    for state in states:
        assert not too_wide(old, allowed(wanted), state)
        assert plan.revoke_first or not too_narrow(old, allowed(wanted), state)


# The other orders. A policy set is a mapping of names to texts; an order is a list of writes, of which each gives the text of one
# object, or takes the object away.

Policies = dict[str, str]
Write = tuple[str, str | None]


def _is_permit(text: str) -> bool:
    return text.startswith("permit")


def _added(old: Policies, new: Policies, kind: bool) -> list[Write]:  # noqa: FBT001 - permits or forbids
    return [(f"new {n}", t) for n, t in sorted(new.items()) if old.get(n) != t and _is_permit(t) is kind]


def _removed(old: Policies, new: Policies, kind: bool) -> list[Write]:  # noqa: FBT001
    return [(f"old {n}", None) for n, t in sorted(old.items()) if new.get(n) != t and _is_permit(t) is kind]


def ours(old: Policies, new: Policies) -> list[Write]:
    return [
        *_added(old, new, False),
        *_added(old, new, True),
        *_removed(old, new, True),
        *_removed(old, new, False),
    ]


def revoke_first(old: Policies, new: Policies) -> list[Write]:
    return [
        *_added(old, new, False),
        *_removed(old, new, True),
        *_added(old, new, True),
        *_removed(old, new, False),
    ]


def _in_place(old: Policies, new: Policies, kind: bool) -> list[Write]:  # noqa: FBT001
    """Our order, with changed policies of one effect edited where they stand."""
    edited = {n for n in old if n in new and old[n] != new[n] and _is_permit(old[n]) is _is_permit(new[n]) is kind}
    writes: list[Write] = []
    for name, text in ours(old, new):
        age, _, policy = name.partition(" ")
        if policy in edited:
            writes += [(f"old {policy}", text)] if age == "new" else []
        else:
            writes.append((name, text))
    return writes


def permits_in_place(old: Policies, new: Policies) -> list[Write]:
    return _in_place(old, new, kind=True)


def forbids_in_place(old: Policies, new: Policies) -> list[Write]:
    return _in_place(old, new, kind=False)


def permits_before_forbids(old: Policies, new: Policies) -> list[Write]:
    return [
        *_added(old, new, True),
        *_added(old, new, False),
        *_removed(old, new, True),
        *_removed(old, new, False),
    ]


def deletes_then_creates(old: Policies, new: Policies) -> list[Write]:
    return [
        *_removed(old, new, False),
        *_removed(old, new, True),
        *_added(old, new, True),
        *_added(old, new, False),
    ]


Order = Callable[[Policies, Policies], list[Write]]
TABLE: list[tuple[Order, bool, bool]] = [
    # order                  allows too much, denies too much
    (ours, False, False),
    (revoke_first, False, True),
    (permits_in_place, False, True),
    (forbids_in_place, True, False),
    (permits_before_forbids, True, False),
    (deletes_then_creates, True, True),
]


def faults(order: Order, pairs: int) -> Iterator[tuple[bool, bool]]:
    """For random pairs of policy sets: whether the order allows too much on its way, and whether it denies too much."""
    random = dice(20260302)
    for _ in range(pairs):
        old, new = some_policies(random), some_policies(random)
        ends = allowed(frozenset(old.values())), allowed(frozenset(new.values()))
        objects = {f"old {name}": text for name, text in old.items()}
        states = []
        for name, text in order(old, new):
            if text is None:
                del objects[name]
            else:
                objects[name] = text
            states.append(allowed(frozenset(objects.values())))
        assert set(objects.values()) == set(new.values()), "every order arrives"
        yield any(too_wide(*ends, state) for state in states), any(too_narrow(*ends, state) for state in states)


@pytest.mark.parametrize(("order", "wide", "narrow"), TABLE, ids=[order.__name__ for order, _, _ in TABLE])
def test_the_harness_tells_a_good_order_from_bad_ones(order: Order, wide: bool, narrow: bool) -> None:  # noqa: FBT001
    found = (False, False)
    for number, fault in enumerate(faults(order, 5000)):
        found = (found[0] or fault[0], found[1] or fault[1])
        if number >= PAIRS and found == (wide, narrow):
            break

    assert found == (wide, narrow)


@pytest.mark.deep
@pytest.mark.parametrize(("order", "wide", "narrow"), TABLE, ids=[order.__name__ for order, _, _ in TABLE])
def test_the_harness_tells_them_apart_over_many_pairs(order: Order, wide: bool, narrow: bool) -> None:  # noqa: FBT001
    found = list(faults(order, 20_000))
    assert (any(fault[0] for fault in found), any(fault[1] for fault in found)) == (wide, narrow)


def test_the_plan_of_the_reconciler_is_our_order() -> None:
    """The order of the table is the one that plans have, so that what holds for one holds for the other."""
    random = dice(7)
    for _ in range(100):
        old, new = some_policies(random), some_policies(random)
        plan = between(dict(old), dict(new), []).plan()
        planned = [
            (f"old {change.ref.policy}", None)
            if change.after is None
            else (f"new {change.ref.policy}", change.after.text)
            for change in plan.changes
            if change.ref is not None
        ]
        assert planned == ours(old, new)


def test_the_universe_is_not_trivial() -> None:
    assert len({allowed(frozenset([text])) for text in POLICIES}) > len(REQUESTS)
    assert allowed(frozenset([POLICIES[0]])) == frozenset(range(len(REQUESTS)))


@pytest.mark.deep
@settings(max_examples=20_000, deadline=None)
@given(before=SETS, after=SETS, foreign=st.lists(TEXTS, max_size=2), seed=st.integers(0, 99))
def test_no_prefix_of_a_plan_is_wider_or_narrower_over_many_plans(
    before: dict[str, Wanted], after: dict[str, Wanted], foreign: list[str], seed: int
) -> None:
    test_no_prefix_of_a_plan_is_wider_or_narrower_than_its_ends.hypothesis.inner_test(before, after, foreign, seed)  # type: ignore[attr-defined]
