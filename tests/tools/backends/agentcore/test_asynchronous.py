"""Whatever is on its way is shown as pending until it is decided, and what failed with the service's reasons."""

import time

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.interface import BackendTransientError, Status
from bylaw.model.effects import Mode
from tools.backends.agentcore.service import refusal
from tools.backends.agentcore.wire import Wire
from tools.contracts.policies import ENGINE, desired


@pytest.mark.parametrize(
    ("status", "reasons", "expected", "detail"),
    [
        ("ACTIVE", ["of old"], Status.ACTIVE, ""),
        ("CREATING", [], Status.PENDING, "creating"),
        ("UPDATING", [], Status.PENDING, "updating"),
        ("DELETING", [], Status.PENDING, "deleting"),
        ("CREATE_FAILED", ["a", "b"], Status.FAILED, "create failed; a; b"),
        ("UPDATE_FAILED", [], Status.FAILED, "update failed"),
        ("DELETE_FAILED", ["a\n\x1b[2Jb"], Status.FAILED, "delete failed; a [2Jb"),
        ("HIBERNATING", [], Status.PENDING, "hibernating"),
    ],
)
def test_each_status_is_shown(
    wire: Wire, backend: AgentCoreBackend, status: str, reasons: list[str], expected: Status, detail: str
) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.service.policies[live.id].update(status=status, statusReasons=reasons)
    wire.service._left[live.id] = 100

    (found,) = backend.observe().objects

    assert (found.status, found.detail) == (expected, detail)
    assert backend.read(ENGINE, live.id) == found


def test_endless_reasons_are_cut(wire: Wire, backend: AgentCoreBackend) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.service.policies[live.id].update(status="CREATE_FAILED", statusReasons=["x" * 100_000] * 1000)

    (found,) = backend.observe().objects

    assert len(found.detail) == 1000


def test_a_slow_policy_is_answered_as_pending_and_arrives(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.create(ENGINE, desired("other"), "0")
    wire.service.pending_reads = 2

    created = backend.create(ENGINE, desired(), "1")
    seen = [next(live.status for live in backend.observe().objects if live.id == created.id) for _ in range(3)]

    assert created.status is Status.PENDING
    assert seen == [Status.PENDING, Status.ACTIVE, Status.ACTIVE]


def test_what_is_being_deleted_stays_until_it_is_gone(wire: Wire, backend: AgentCoreBackend) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.service.pending_reads = 2

    backend.delete(live)
    backend.delete(live)
    seen = [[found.status for found in backend.observe().objects] for _ in range(2)]

    assert seen == [[Status.PENDING], []]
    assert len(wire.sent("DeletePolicy")) == 1


def test_a_write_counts_although_the_look_after_it_fails(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("GetPolicy", refusal(500, "InternalServerException"))

    created = backend.create(ENGINE, desired(), "1")

    assert created.status is Status.PENDING
    assert [live.id for live in backend.observe().objects] == [created.id]


def test_a_version_changes_with_what_a_person_can_change(wire: Wire, backend: AgentCoreBackend) -> None:
    live = backend.create(ENGINE, desired(), "1")
    stored = wire.service.policies[live.id]
    versions = [live.version]
    for change in (
        {"updatedAt": "2027-01-01T00:00:00Z"},
        {"description": "other"},
        {"enforcementMode": "LOG_ONLY"},
        {"definition": {"cedar": {"statement": "forbid (principal, action, resource);"}}},
        {"definition": {"policy": {"statement": "forbid (principal, action, resource);"}}},
    ):
        stored.update(change)
        versions.extend(found.version for found in backend.observe().objects)

    assert len(set(versions)) == len(versions) == 6


def test_fractions_of_a_second_tell_versions_apart(wire: Wire, backend: AgentCoreBackend) -> None:
    live = backend.create(ENGINE, desired(), "1")
    versions = set()
    for at in ("2027-01-01T00:00:00.001Z", "2027-01-01T00:00:00.002Z", 1798761600.003):
        wire.service.policies[live.id]["updatedAt"] = at
        versions |= {found.version for found in backend.observe().objects}

    assert len(versions) == 3


def test_a_version_is_the_same_in_every_time_zone(backend: AgentCoreBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    backend.create(ENGINE, desired(), "1")
    seen = set()
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        seen.add(backend.observe().digest)
    monkeypatch.undo()
    time.tzset()

    assert len(seen) == 1


def test_an_absent_mode_is_the_services_default(wire: Wire, backend: AgentCoreBackend) -> None:
    live = backend.create(ENGINE, desired(mode=Mode.LOG_ONLY), "1")
    del wire.service.policies[live.id]["enforcementMode"]

    (found,) = backend.observe().objects

    assert found.mode is Mode.ACTIVE


def test_an_engine_that_vanishes_while_it_is_read_is_read_again(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.create(ENGINE, desired(), "1")
    wire.script("ListPolicies", refusal(404, "ResourceNotFoundException"))

    with pytest.raises(BackendTransientError, match="engine `refunds` went away while it was read"):
        backend.observe()
