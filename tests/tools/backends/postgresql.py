"""A PostgreSQL server of the test run's own, on a Unix socket in a directory of its own; no port, no password, gone afterwards.

Skipped, with the reason, where the server or `psycopg` is not installed.
"""

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

_ICU = ("--locale-provider=icu", "--icu-locale=en")
"""A linguistic order by default, so that tests notice whatever relies on the database's own."""
_OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=50 -c shared_buffers=16MB"
_SECONDS = 60

Command = list[str | Path]


class Server:
    """A running server that makes databases."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """Make an empty database and answer its URL."""
        name = f"test_{next(self._numbers)}"
        self._execute(f"create database {name}")
        return self.url(name)

    def disconnect_all(self, url: str) -> None:
        """Break every connection to the database at `url`."""
        name = make_url(url).database
        self._execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name", name=name)

    def _execute(self, statement: str, **values: str | None) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement), values)
        engine.dispose()

    def url(self, database: str) -> str:
        """Answer the URL of a database, whether it exists or not."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._directory}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Start a server, and stop it at the end of the run."""
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="bylaw-postgresql-"))
    account = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if account:
        shutil.chown(directory, account)
    data = directory / "data"
    control: Command = [programs / "pg_ctl", "--pgdata", data, "--wait", "--timeout", str(_SECONDS)]
    try:
        _make_cluster(programs / "initdb", data, account)
        options = f"{_OPTIONS} -c unix_socket_directories='{directory}'"
        _run([*control, "--log", directory / "log", "--options", options, "start"], account)
        yield Server(directory)
        _run([*control, "--mode", "immediate", "stop"], account)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _programs() -> Path:
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed: pip install 'bylaw[postgresql]'")
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if all((place / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return place
    pytest.skip("PostgreSQL is not installed: no initdb on PATH or in /usr/lib/postgresql")


def _make_cluster(initdb: Path, data: Path, account: str | None) -> None:
    command: Command = [
        initdb,
        "--pgdata",
        data,
        "--username",
        "postgres",
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
        "--no-sync",
    ]
    try:
        _run([*command, "--locale", "C", *_ICU], account)
    except subprocess.CalledProcessError:  # before version 15, or built without ICU
        shutil.rmtree(data, ignore_errors=True)
        _run([*command, "--locale", "C"], account)


def _run(command: Command, account: str | None) -> None:
    subprocess.run(
        command,
        check=True,
        user=account,
        group=account,
        extra_groups=[] if account else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=2 * _SECONDS,
    )
