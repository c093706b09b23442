"""The state in a database: SQLite, and PostgreSQL where it is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.backends.state.sql import SqlState, open_state
from tools.backends.postgresql import Server
from tools.contracts.state_contract import StateContract


class TestStateOnSqlite(StateContract):
    @pytest.fixture
    def state(self, tmp_path: Path) -> Iterator[SqlState]:
        state = open_state(f"sqlite:///{tmp_path}/state/bylaw.db")
        yield state
        state.close()

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Iterator[SqlState]:
        directory = tmp_path / "a-directory.db"
        directory.mkdir()
        state = open_state(f"sqlite:///{directory}")
        yield state
        state.close()


class TestStateOnPostgresql(StateContract):
    @pytest.fixture
    def state(self, postgresql_server: Server) -> Iterator[SqlState]:
        state = open_state(postgresql_server.new_database())
        yield state
        state.close()

    @pytest.fixture
    def unreachable(self, postgresql_server: Server) -> Iterator[SqlState]:
        state = open_state(postgresql_server.url("no_such_database"))
        yield state
        state.close()
