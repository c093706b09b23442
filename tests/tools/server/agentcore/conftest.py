"""A face with a database of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.server.agentcore import AgentCoreOptions
from tools.backends.agentcore.opening import OPENED
from tools.backends.postgresql import Server, postgresql_server
from tools.server.agentcore.faces import Face, serving

__all__ = ["postgresql_server"]


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/server.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, database: str) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return database
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


@pytest.fixture
def face(database: str) -> Iterator[Face]:
    with serving(database, AgentCoreOptions(semantic_findings=False)) as face:
        yield face
