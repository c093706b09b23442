"""What every store of journal, leases and inventories does.

class TestMine(StateContract):
    @pytest.fixture
    def state(self) -> Iterator[StateStore]: ...            # empty
    @pytest.fixture
    def unreachable(self) -> Iterator[StateStore]: ...      # its database is gone
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bylaw.backends.state.interface import Applied, AppliedObject, Record, RecordKind, StateStore
from bylaw.model.errors import BackendError, ConflictError
from bylaw.model.identifiers import TargetId
from tools.fakes.clock import EPOCH

PROD, STAGE = TargetId("prod"), TargetId("stage")
TTL = timedelta(seconds=120)
TICK = timedelta(microseconds=1)


def record(kind: RecordKind = RecordKind.INTENT, run: str = "1-abc", **other: object) -> Record:
    """A line of the journal of `prod`; `other` replaces fields."""
    base = Record(
        target=PROD, kind=kind, run=run, at=EPOCH, actor="ada", commit="a" * 40, change="c1", detail='{"n":1}'
    )
    return replace(base, **other)  # type: ignore[arg-type]


def applied(*refs: str, commit: str = "a" * 40, at: datetime = EPOCH) -> Applied:
    """An inventory of some policies."""
    objects = tuple(
        AppliedObject(
            ref=ref,
            object_id=f"id-{ref}",
            engine="refunds",
            effect="permit",
            mode="active",
            digest="d" * 64,
            text=f"permit '{ref}' -- Grüße 🦆",
            first_commit="f" * 40,
            last_commit=commit,
            pending_delete=ref.endswith("gone"),
        )
        for ref in refs
    )
    return Applied(commit=commit, bundles="b" * 64, at=at, objects=objects)


EVERY_CALL: dict[str, Callable[[StateStore], object]] = {
    "acquire": lambda state: state.acquire(PROD, "ada", "n1", EPOCH, TTL),
    "append": lambda state: state.append([record()]),
    "set_applied": lambda state: state.set_applied(PROD, applied()),
    "records": lambda state: state.records(PROD),
    "applied": lambda state: state.applied(PROD),
    "current_lease": lambda state: state.current_lease(PROD),
    "break_lease": lambda state: state.break_lease(PROD, "n1"),
}


class StateContract:
    """Holds for every state store."""

    # The lease.

    def test_nobody_holds_a_new_target(self, state: StateStore) -> None:
        assert state.current_lease(PROD) is None

    def test_a_free_target_can_be_held(self, state: StateStore) -> None:
        lease = state.acquire(PROD, "ada@ci", "n1", EPOCH, TTL)

        assert (lease.target, lease.holder, lease.nonce, lease.expires) == (PROD, "ada@ci", "n1", EPOCH + TTL)
        assert state.current_lease(PROD) == lease

    def test_a_held_target_is_refused_by_name_and_expiry(self, state: StateStore) -> None:
        lease = state.acquire(PROD, "ada@ci", "n1", EPOCH, TTL)

        with pytest.raises(ConflictError) as refusal:
            state.acquire(PROD, "bob@laptop", "n2", EPOCH + TTL - TICK, TTL)

        assert "`ada@ci`" in refusal.value.message
        assert lease.expires.isoformat() in refusal.value.message
        assert state.current_lease(PROD) == lease

    def test_targets_are_held_apart(self, state: StateStore) -> None:
        first = state.acquire(PROD, "ada", "n1", EPOCH, TTL)
        second = state.acquire(STAGE, "bob", "n2", EPOCH, TTL)

        assert (state.current_lease(PROD), state.current_lease(STAGE)) == (first, second)

    def test_an_expired_lease_can_be_taken_over(self, state: StateStore) -> None:
        old = state.acquire(PROD, "ada", "n1", EPOCH, TTL)

        new = state.acquire(PROD, "bob", "n2", old.expires, TTL)

        assert (new.holder, new.fence > old.fence) == ("bob", True)
        assert state.current_lease(PROD) == new

    def test_an_expired_lease_is_still_shown(self, state: StateStore) -> None:
        lease = state.acquire(PROD, "ada", "n1", EPOCH, timedelta(0))

        assert state.current_lease(PROD) == lease

    def test_the_fence_grows_with_every_acquisition(self, state: StateStore) -> None:
        first = state.acquire(PROD, "ada", "n1", EPOCH, TTL)
        state.release(first)
        second = state.acquire(PROD, "ada", "n2", EPOCH, TTL)
        state.break_lease(PROD, "n2")
        third = state.acquire(PROD, "ada", "n3", EPOCH, TTL)
        fourth = state.acquire(PROD, "bob", "n4", third.expires, TTL)

        assert first.fence < second.fence < third.fence < fourth.fence

    def test_the_same_nonce_may_acquire_again(self, state: StateStore) -> None:
        first = state.acquire(PROD, "ada", "n1", EPOCH, TTL)

        again = state.acquire(PROD, "ada", "n1", EPOCH + TTL / 2, TTL)

        assert (again.nonce, again.fence > first.fence) == ("n1", True)

    def test_a_lease_can_be_prolonged(self, state: StateStore) -> None:
        lease = state.acquire(PROD, "ada", "n1", EPOCH, TTL)

        renewed = state.renew(lease, EPOCH + TTL / 2, TTL)

        assert renewed == replace(lease, expires=EPOCH + TTL / 2 + TTL)
        assert state.current_lease(PROD) == renewed

    def test_an_expired_lease_cannot_be_prolonged(self, state: StateStore) -> None:
        lease = state.acquire(PROD, "ada", "n1", EPOCH, TTL)

        with pytest.raises(ConflictError):
            state.renew(lease, lease.expires, TTL)

        assert state.current_lease(PROD) == lease

    def test_a_lease_that_was_taken_over_cannot_be_prolonged(self, state: StateStore) -> None:
        lost = state.acquire(PROD, "ada", "n1", EPOCH, TTL)
        held = state.acquire(PROD, "bob", "n2", lost.expires, TTL)

        with pytest.raises(ConflictError):
            state.renew(lost, lost.expires, TTL)

        assert state.current_lease(PROD) == held

    def test_an_older_fence_of_the_same_nonce_cannot_prolong(self, state: StateStore) -> None:
        old = state.acquire(PROD, "ada", "n1", EPOCH, TTL)
        state.acquire(PROD, "ada", "n1", EPOCH, TTL)

        with pytest.raises(ConflictError):
            state.renew(old, EPOCH, TTL)

    def test_a_released_target_is_free(self, state: StateStore) -> None:
        state.release(state.acquire(PROD, "ada", "n1", EPOCH, TTL))

        assert state.current_lease(PROD) is None
        assert state.acquire(PROD, "bob", "n2", EPOCH, TTL).holder == "bob"

    def test_releasing_what_is_not_ours_any_more_leaves_it_alone(self, state: StateStore) -> None:
        lost = state.acquire(PROD, "ada", "n1", EPOCH, TTL)
        held = state.acquire(PROD, "bob", "n2", lost.expires, TTL)

        state.release(lost)

        assert state.current_lease(PROD) == held

    def test_a_lease_is_broken_by_its_nonce(self, state: StateStore) -> None:
        state.acquire(PROD, "ada", "n1", EPOCH, TTL)

        state.break_lease(PROD, "n1")

        assert state.current_lease(PROD) is None

    def test_a_lease_is_not_broken_by_another_nonce(self, state: StateStore) -> None:
        held = state.acquire(PROD, "ada", "n1", EPOCH, TTL)

        with pytest.raises(ConflictError):
            state.break_lease(PROD, "n2")

        assert state.current_lease(PROD) == held

    def test_there_is_nothing_to_break_on_a_free_target(self, state: StateStore) -> None:
        with pytest.raises(ConflictError):
            state.break_lease(PROD, "n1")

    def test_a_broken_lease_cannot_be_prolonged(self, state: StateStore) -> None:
        lease = state.acquire(PROD, "ada", "n1", EPOCH, TTL)
        state.break_lease(PROD, "n1")

        with pytest.raises(ConflictError):
            state.renew(lease, EPOCH, TTL)

    # The journal.

    def test_a_new_journal_is_empty(self, state: StateStore) -> None:
        assert state.records(PROD) == ()

    def test_records_come_back_in_order_with_their_numbers(self, state: StateStore) -> None:
        kinds = [RecordKind.PLAN, RecordKind.INTENT, RecordKind.RESULT, RecordKind.VERIFIED, RecordKind.END]

        state.append([record(kind) for kind in kinds[:2]])
        state.append([record(kind) for kind in kinds[2:]])

        found = state.records(PROD)
        assert [line.kind for line in found] == kinds
        assert sorted({line.number for line in found}) == [line.number for line in found]
        assert [replace(line, number=0) for line in found] == [record(kind) for kind in kinds]

    def test_records_hold_difficult_text(self, state: StateStore) -> None:
        line = record(detail='{"message":"Grüße \'; -- 🦆 %s"}', actor="O'Brien", change="refunds/limits/cap \u202e")

        state.append([line])

        assert [replace(found, number=0) for found in state.records(PROD)] == [line]

    def test_records_are_kept_by_target_and_run(self, state: StateStore) -> None:
        state.append([record(run="1-a"), record(run="2-b"), record(run="1-a", target=STAGE), record(run="1-a")])

        assert [line.run for line in state.records(PROD)] == ["1-a", "2-b", "1-a"]
        assert [line.run for line in state.records(PROD, run="1-a")] == ["1-a", "1-a"]
        assert [line.target for line in state.records(STAGE)] == [STAGE]
        assert state.records(PROD, run="3-c") == ()

    def test_appending_nothing_changes_nothing(self, state: StateStore) -> None:
        state.append([])

        assert state.records(PROD) == ()

    def test_times_keep_their_instant_and_come_back_in_utc(self, state: StateStore) -> None:
        kathmandu = timezone(timedelta(hours=5, minutes=45))
        at = EPOCH.astimezone(kathmandu) + timedelta(microseconds=123_456)

        state.append([record(at=at)])

        (found,) = state.records(PROD)
        assert found.at == at

    # The inventory.

    def test_nothing_is_applied_to_a_new_target(self, state: StateStore) -> None:
        assert state.applied(PROD) is None

    def test_an_inventory_comes_back_in_its_order(self, state: StateStore) -> None:
        inventory = applied("refunds/zebra", "refunds/apple", "refunds/apple", "refunds/gone")

        state.set_applied(PROD, inventory)

        assert state.applied(PROD) == inventory

    def test_an_inventory_replaces_the_one_before(self, state: StateStore) -> None:
        state.set_applied(PROD, applied("refunds/a", "refunds/b"))
        later = applied("refunds/b", commit="c" * 40, at=EPOCH + TTL)

        state.set_applied(PROD, later)

        assert state.applied(PROD) == later

    def test_an_empty_inventory_is_not_none(self, state: StateStore) -> None:
        state.set_applied(PROD, applied())

        assert state.applied(PROD) == applied()

    def test_inventories_are_kept_by_target(self, state: StateStore) -> None:
        state.set_applied(PROD, applied("refunds/a"))
        state.set_applied(STAGE, applied("refunds/b"))

        assert (state.applied(PROD), state.applied(STAGE)) == (applied("refunds/a"), applied("refunds/b"))

    # Trouble.

    @pytest.mark.parametrize("call", EVERY_CALL.values(), ids=EVERY_CALL)
    def test_an_unreachable_store_is_a_backend_error(
        self, unreachable: StateStore, call: Callable[[StateStore], object]
    ) -> None:
        with pytest.raises(BackendError):
            call(unreachable)
