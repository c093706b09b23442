"""The faulty backend without faults is a backend; with them, each goes wrong in its own way."""

from collections.abc import Iterator

import pytest

from bylaw.backends.interface import (
    Backend,
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    BackendTransientError,
    Status,
)
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from tools.backends.test_memory_backend import MemoryOutsider
from tools.contracts.backend_contract import BackendContract, Outsider, SideBySideContract, TransactionalContract
from tools.contracts.policies import ENGINE, desired
from tools.fakes.faulty_backend import Fault, FaultyBackend, Killed
from tools.fakes.memory_backend import MemoryBackend

INSTEAD: dict[Fault, type[BaseException]] = {
    Fault.TERMINAL: BackendTerminalError,
    Fault.CONFLICT: ConflictError,
    Fault.NOT_READY: BackendNotReadyError,
    Fault.TRANSIENT: BackendTransientError,
    Fault.AMBIGUOUS_LOST: BackendAmbiguousError,
    Fault.KILLED_BEFORE: Killed,
}
AFTERWARDS: dict[Fault, type[BaseException]] = {
    Fault.AMBIGUOUS_DONE: BackendAmbiguousError,
    Fault.KILLED_AFTER: Killed,
}


class TestFaultyBackendWithoutFaults(BackendContract, SideBySideContract):
    @pytest.fixture
    def inner(self) -> MemoryBackend:
        return MemoryBackend()

    @pytest.fixture
    def backend(self, inner: MemoryBackend) -> Iterator[Backend]:
        backend = FaultyBackend(inner)
        yield backend
        backend.close()

    @pytest.fixture
    def outsider(self, inner: MemoryBackend) -> Outsider:
        return MemoryOutsider(inner)


class TestTransactionalFaultyBackendWithoutFaults(BackendContract, TransactionalContract):
    @pytest.fixture
    def inner(self) -> MemoryBackend:
        return MemoryBackend(transactional=True)

    @pytest.fixture
    def backend(self, inner: MemoryBackend) -> Iterator[Backend]:
        backend = FaultyBackend(inner)
        yield backend
        backend.close()

    @pytest.fixture
    def outsider(self, inner: MemoryBackend) -> Outsider:
        return MemoryOutsider(inner)


@pytest.mark.parametrize(("fault", "error"), INSTEAD.items())
def test_a_refused_write_is_not_done(fault: Fault, error: type[BaseException]) -> None:
    backend = FaultyBackend(MemoryBackend(), {2: fault})
    created = backend.create(ENGINE, desired(), "1")

    with pytest.raises(error):
        backend.delete(created)

    assert backend.observe().objects == (created,)
    assert backend.writes == 2


@pytest.mark.parametrize(("fault", "error"), AFTERWARDS.items())
def test_an_unanswered_write_is_done(fault: Fault, error: type[BaseException]) -> None:
    backend = FaultyBackend(MemoryBackend(), {1: fault})

    with pytest.raises(error):
        backend.create(ENGINE, desired(), "1")

    assert [live.text for live in backend.observe().objects] == [desired().text]
    assert backend.create(ENGINE, desired(), "1") == backend.observe().objects[0]


def test_a_fault_strikes_every_kind_of_write() -> None:
    backend = FaultyBackend(MemoryBackend(transactional=True), dict.fromkeys((2, 3, 4, 5, 6), Fault.TRANSIENT))
    created = backend.create(ENGINE, desired(), "1")

    with pytest.raises(BackendTransientError):
        backend.put_schema(ENGINE, "entity User;")
    with pytest.raises(BackendTransientError):
        backend.update(created, desired(description="other"), "2")
    with pytest.raises(BackendTransientError):
        backend.set_mode(created, Mode.LOG_ONLY)
    with pytest.raises(BackendTransientError):
        backend.delete(created)
    with pytest.raises(BackendTransientError):
        backend.create(ENGINE, desired("other"), "3")

    assert backend.observe().objects == (created,)


def test_a_pending_object_becomes_active_after_some_reads() -> None:
    backend = FaultyBackend(MemoryBackend(), {1: Fault.PENDING}, settle_reads=2)

    created = backend.create(ENGINE, desired(), "1")

    seen = [created, *(backend.observe().objects[0] for _ in range(3))]
    assert [live.status for live in seen] == [Status.PENDING, Status.PENDING, Status.PENDING, Status.ACTIVE]


def test_an_object_that_fails_later_stays_failed_until_it_is_written_again() -> None:
    backend = FaultyBackend(MemoryBackend(), {1: Fault.FAILS_LATER}, settle_reads=1)
    created = backend.create(ENGINE, desired(), "1")

    seen = [backend.read(ENGINE, created.id) for _ in range(3)]
    backend.delete(created)

    assert [(live.status, live.detail) for live in seen if live] == [
        (Status.PENDING, ""),
        (Status.FAILED, "validation failed"),
        (Status.FAILED, "validation failed"),
    ]
    assert backend.observe().objects == ()


def test_a_hidden_create_shows_after_some_reads() -> None:
    backend = FaultyBackend(MemoryBackend(), {1: Fault.HIDDEN}, settle_reads=2)

    created = backend.create(ENGINE, desired(), "1")

    assert [backend.read(ENGINE, created.id) for _ in range(3)] == [None, None, created]


def test_a_hidden_change_shows_the_state_before_for_some_reads() -> None:
    backend = FaultyBackend(MemoryBackend(), {2: Fault.HIDDEN}, settle_reads=1)
    before = backend.create(ENGINE, desired(), "1")

    after = backend.set_mode(before, Mode.LOG_ONLY)

    assert [backend.observe().objects for _ in range(2)] == [(before,), (after,)]


def test_a_hidden_delete_goes_on_to_be_listed_for_some_reads() -> None:
    backend = FaultyBackend(MemoryBackend(), {2: Fault.HIDDEN}, settle_reads=1)
    created = backend.create(ENGINE, desired(), "1")

    backend.delete(created)

    assert [backend.observe().objects for _ in range(2)] == [(created,), ()]


def test_altered_text_is_stored_and_shown_with_its_own_digest() -> None:
    backend = FaultyBackend(MemoryBackend(), {1: Fault.ALTERED})

    created = backend.create(ENGINE, desired(), "1")

    assert created.text == f"{desired().text} altered"
    assert created.digest != desired().digest
    assert backend.observe().objects == (created,)


def test_an_object_that_is_gone_behind_its_haze_is_gone() -> None:
    inner = MemoryBackend()
    backend = FaultyBackend(inner, {1: Fault.PENDING})
    created = backend.create(ENGINE, desired(), "1")

    inner.remove_outside(created.id)

    assert backend.read(ENGINE, created.id) is None


def test_what_a_roll_back_undoes_has_no_after_effects() -> None:
    backend = FaultyBackend(MemoryBackend(transactional=True), {2: Fault.HIDDEN, 3: Fault.KILLED_AFTER})
    created = backend.create(ENGINE, desired(), "1")

    def change_and_die() -> None:
        with backend.transaction():
            backend.delete(backend.set_mode(created, Mode.LOG_ONLY))

    with pytest.raises(Killed):
        change_and_die()

    assert backend.observe().objects == (created,)
