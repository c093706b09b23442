"""Fixtures of the backend tests."""

from pathlib import Path

import pytest

from tools.backends.postgresql import Server, postgresql_server

__all__ = ["postgresql_server", "url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Answer the URL of a database that holds nothing yet, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store/bylaw.db"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()
