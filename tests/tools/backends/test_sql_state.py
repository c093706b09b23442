"""The state in a database."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bylaw.backends.database import open_database
from bylaw.backends.interface import BackendTransientError
from bylaw.backends.state.interface import Lease
from bylaw.backends.state.sql import SqlState, open_state
from bylaw.backends.state.tables import COMPONENT
from bylaw.model.errors import ConflictError
from tools.backends.opening import local_backend
from tools.backends.postgresql import Server
from tools.contracts.policies import ENGINE, desired
from tools.contracts.state_contract import PROD, TTL, StateContract, applied, record
from tools.fakes.clock import EPOCH


@pytest.fixture
def state(url: str) -> Iterator[SqlState]:
    state = open_state(url)
    yield state
    state.close()


class TestSqlState(StateContract):
    """On each database."""

    @pytest.fixture(params=["sqlite", "postgresql"])
    def unreachable(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlState]:
        if request.param == "sqlite":
            directory = tmp_path / "a-directory.db"
            directory.mkdir()
            state = open_state(f"sqlite:///{directory}")
        else:
            server: Server = request.getfixturevalue("postgresql_server")
            state = open_state(server.url("no_such_database"))
        yield state
        state.close()


@pytest.mark.parametrize(
    "statement", ["update bylaw_state_journal set actor = 'eve'", "delete from bylaw_state_journal where number = 1"]
)
def test_the_journal_cannot_be_changed(url: str, state: SqlState, statement: str) -> None:
    state.append([record(), record()])
    before = state.records(PROD)
    database = open_database(url, COMPONENT)

    with pytest.raises(ConflictError), database.writing() as connection:
        connection.execute(text(statement))

    assert state.records(PROD) == before
    database.close()


def test_another_process_sees_what_was_appended(url: str, state: SqlState) -> None:
    state.append([record()])
    state.set_applied(PROD, applied("refunds/a"))
    lease = state.acquire(PROD, "ada", "n1", EPOCH, TTL)

    other = open_state(url)

    assert (len(other.records(PROD)), other.applied(PROD), other.current_lease(PROD)) == (
        1,
        applied("refunds/a"),
        lease,
    )
    other.close()


def test_of_many_that_want_a_target_one_gets_it(url: str) -> None:
    states = [open_state(url) for _ in range(6)]
    together = threading.Barrier(len(states))
    won: list[Lease] = []
    lost: list[ConflictError] = []

    def compete(state: SqlState, name: str) -> None:
        together.wait()
        try:
            won.append(state.acquire(PROD, name, name, EPOCH, TTL))
        except ConflictError as error:
            lost.append(error)

    threads = [threading.Thread(target=compete, args=(state, f"n{n}")) for n, state in enumerate(states)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(lost)) == (1, 5)
    assert states[0].current_lease(PROD) == won[0]
    for state in states:
        state.close()


def test_state_and_policies_share_a_database(url: str, state: SqlState) -> None:
    backend = local_backend(url)

    state.append([record()])
    with backend.transaction():
        created = backend.create(ENGINE, desired(), "1")
    state.append([record()])

    assert backend.observe().objects == (created,)
    assert len(state.records(PROD)) == 2
    backend.close()


def test_appending_while_policies_are_being_written_is_transient(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bylaw.db"
    backend, state = local_backend(url), SqlState(open_database(url, COMPONENT, wait=0.01))
    state.append([record()])

    with backend.transaction(), pytest.raises(BackendTransientError, match="database is locked"):
        state.append([record()])

    assert len(state.records(PROD)) == 1
    backend.close()
    state.close()


def test_a_lease_does_not_outlive_its_time_by_a_microsecond(state: SqlState) -> None:
    tick = timedelta(microseconds=1)
    lease = state.acquire(PROD, "ada", "n1", EPOCH + tick, TTL)

    with pytest.raises(ConflictError):
        state.acquire(PROD, "bob", "n2", lease.expires - tick, TTL)

    assert state.acquire(PROD, "bob", "n2", lease.expires, TTL).fence == lease.fence + 1
