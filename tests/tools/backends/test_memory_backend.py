"""The reference backend goes through the contract it is the reference of, in both of its kinds."""

from dataclasses import replace

import pytest

from bylaw.backends.interface import BackendTerminalError, LiveEngine
from bylaw.model.effects import Mode
from bylaw.model.errors import InternalError
from tools.contracts.backend_contract import (
    BackendContract,
    BoundedContract,
    Outsider,
    SideBySideContract,
    TransactionalContract,
)
from tools.contracts.policies import ENGINE, desired, statement
from tools.fakes.memory_backend import MemoryBackend, Write, WriteKind


class MemoryOutsider:
    """Implements `Outsider`."""

    def __init__(self, backend: MemoryBackend) -> None:
        self._backend = backend

    def add(self, engine: str, text: str, description: str = "") -> str:
        return self._backend.seed(engine, text, description=description).id

    def edit(self, object_id: str, text: str) -> None:
        self._backend.edit_outside(object_id, text=text)


class TestMemoryBackend(BackendContract, SideBySideContract, BoundedContract):
    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return MemoryBackend(max_statement_length=10_000)

    @pytest.fixture
    def outsider(self, backend: MemoryBackend) -> Outsider:
        return MemoryOutsider(backend)

    def test_content_is_not_edited_in_place(self, backend: MemoryBackend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        with pytest.raises(InternalError):
            backend.update(created, desired(text=statement(2)), "2")
        with pytest.raises(InternalError):
            backend.update(created, desired(mode=Mode.LOG_ONLY), "3")

        assert backend.observe().objects == (created,)

    def test_a_full_engine_takes_no_more(self) -> None:
        backend = MemoryBackend(max_policies=2)
        backend.seed(ENGINE, statement(1))
        backend.create(ENGINE, desired("one"), "1")

        with pytest.raises(BackendTerminalError, match="2 policies, limit 2"):
            backend.create(ENGINE, desired("two"), "2")

        assert backend.create("elsewhere", desired("two"), "2").engine == "elsewhere"

    def test_every_write_is_logged_and_shown_as_it_becomes_visible(self, backend: MemoryBackend) -> None:
        shown: list[tuple[Write, ...]] = []
        backend.on_visible = shown.append

        created = backend.create(ENGINE, desired(), "1")
        backend.create(ENGINE, desired(), "1")
        silent = backend.set_mode(created, Mode.LOG_ONLY)
        backend.put_schema(ENGINE, "entity User;")
        backend.delete(silent)
        backend.delete(silent)

        kinds = [WriteKind.CREATE, WriteKind.MODE, WriteKind.SCHEMA, WriteKind.DELETE]
        assert [write.kind for write in backend.log] == kinds
        assert shown == [(write,) for write in backend.log]

    def test_what_outsiders_do_is_not_logged(self, backend: MemoryBackend) -> None:
        foreign = backend.seed(ENGINE, statement(1))
        backend.edit_outside(foreign.id, mode=Mode.LOG_ONLY, description="changed")
        backend.remove_outside(foreign.id)
        backend.set_engine_outside(LiveEngine(ENGINE, None, (("mode", "enforce"),)))

        assert backend.log == []
        assert backend.observe().engines == (LiveEngine(ENGINE, None, (("mode", "enforce"),)),)


class TestTransactionalMemoryBackend(BackendContract, TransactionalContract):
    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return MemoryBackend(transactional=True)

    @pytest.fixture
    def outsider(self, backend: MemoryBackend) -> Outsider:
        return MemoryOutsider(backend)

    def test_the_writes_of_a_transaction_are_shown_together(self, backend: MemoryBackend) -> None:
        shown: list[tuple[Write, ...]] = []
        backend.on_visible = shown.append

        with backend.transaction():
            backend.create(ENGINE, desired("one"), "1")
            backend.create(ENGINE, desired("two"), "2")

        assert shown == [tuple(backend.log)]
        assert len(backend.log) == 2

    def test_writes_that_were_undone_are_not_logged(self, backend: MemoryBackend) -> None:
        def fail() -> None:
            with backend.transaction():
                backend.create(ENGINE, desired(), "1")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert backend.log == []

    def test_an_object_may_be_deleted_in_the_transaction_that_changed_it(self, backend: MemoryBackend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        with backend.transaction():
            backend.delete(backend.update(created, replace(desired(), description="other"), "2"))

        assert backend.observe().objects == ()
