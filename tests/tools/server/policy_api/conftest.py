"""A server with the Policy API, over a store of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.backends.postgresql import Server, postgresql_server
from tools.server.policy_api.client import Api
from tools.server.policy_api.starting import served

__all__ = ["postgresql_server"]


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The URL of a database that does not exist yet."""
    return f"sqlite:///{tmp_path}/store/serve.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, sqlite: str) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


@pytest.fixture
def api(sqlite: str) -> Iterator[Api]:
    """A server without keys."""
    with served(sqlite) as api:
        yield api


@pytest.fixture
def either(url: str) -> Iterator[Api]:
    """The same, on each kind of database."""
    with served(url) as api:
        yield api
