"""From a URL to a database. The URL may hold a password, so no message repeats it."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bylaw.backends.database.access import WRITES, Database
from bylaw.backends.database.component import Component
from bylaw.backends.database.errors import Translator
from bylaw.model.errors import UsageError

DEFAULT_WAIT: Final = 5.0
"""Seconds to wait for a lock or a connection."""

_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_FORMS: Final = "write `sqlite:///path/to/file.db` or `postgresql://host/database`"


def open_database(url: str, component: Component, *, wait: float = DEFAULT_WAIT) -> Database:
    """Make a database ready to be used; nothing is connected to yet.

    `wait` is in seconds and bounds the wait for a lock. A URL that cannot be used, or whose driver is not installed, is a
    UsageError.
    """
    parsed = _parse(url)
    dialect = parsed.get_backend_name()
    shown = URL.create(dialect, host=parsed.host, port=parsed.port, database=parsed.database).render_as_string()
    engine = _make_engine(parsed, wait)
    if dialect == "sqlite":
        event.listen(engine, "begin", _begin)
    event.listen(engine, "connect", _Setup(dialect, wait))
    secret = str(parsed.password) if parsed.password else None
    return Database(engine, component, Translator(shown, secret))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError("database url is not valid", help=_FORMS) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise UsageError(f"database kind `{parsed.drivername}` is not supported", help=_FORMS)
    if driver.startswith("sqlite") and (not _is_plain_file(parsed.database) or parsed.host or parsed.query):
        raise UsageError("sqlite database url has to name a file and nothing else", help=_FORMS)
    return parsed.set(drivername=driver)


def _is_plain_file(database: str | None) -> bool:
    return bool(database) and not str(database).startswith((":memory:", "file:"))


def _make_engine(url: URL, wait: float) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    arguments = {"timeout": wait} if sqlite else {"connect_timeout": max(2, round(wait)), "application_name": "bylaw"}
    try:
        return create_engine(
            url, connect_args=arguments, hide_parameters=True, pool_pre_ping=not sqlite, pool_timeout=max(wait, 1.0)
        )
    except ModuleNotFoundError as error:
        raise UsageError(
            f"postgresql databases need the package `{error.name}`", help="run `pip install 'bylaw[postgresql]'`"
        ) from error


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...

    def close(self) -> object: ...


@dataclass(frozen=True)
class _Setup:
    """Sets every new connection up. Without slots, since listeners are weakly referenced."""

    dialect: str
    wait: float

    def __call__(self, connection: Any, record: object) -> None:  # noqa: ANN401 - whatever the driver calls a connection
        del record
        cursor: _Cursor = connection.cursor()
        milliseconds = max(round(self.wait * 1000), 1)
        if self.dialect == "sqlite":
            connection.isolation_level = None  # we say BEGIN ourselves
            # FULL: what the journal holds has to outlive a loss of power.
            for setting in (f"busy_timeout={milliseconds}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                cursor.execute(f"PRAGMA {setting}")
        else:
            cursor.execute(f"SET lock_timeout = {milliseconds}")
            connection.commit()
        cursor.close()


def _begin(connection: Connection) -> None:
    """Take SQLite's write lock at the start, since a reader that turns writer cannot wait for it."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
