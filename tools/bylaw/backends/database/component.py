"""The tables of one store inside a database, and which version of them the database holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, insert, inspect, select, text
from sqlalchemy.pool import StaticPool

from bylaw.backends.database.columns import Key
from bylaw.backends.database.guards import Guard
from bylaw.backends.interface import BackendTerminalError

_PREPARATION_LOCK: Final = int.from_bytes(b"bylaw")

_COMPONENTS: Final = Table(
    "bylaw_component",
    MetaData(),
    Column("name", Key, primary_key=True),
    Column("version", Integer, nullable=False),
)


@dataclass(frozen=True)
class Component:
    """Tables that belong together and are made together. `version` grows when they change."""

    name: str
    version: int
    metadata: MetaData
    guards: tuple[Guard, ...]

    def is_prepared(self, connection: Connection) -> bool:
        """Whether the tables are there, in the version that we know; another version raises BackendTerminalError."""
        if not inspect(connection).has_table(_COMPONENTS.name):
            return False
        found = connection.scalar(select(_COMPONENTS.c.version).where(_COMPONENTS.c.name == self.name))
        if found not in (None, self.version):
            raise BackendTerminalError(
                f"database holds version {found} of the {self.name} tables, this program knows version {self.version}",
                help="use the version of bylaw that wrote it",
            )
        return found is not None

    def prepare(self, connection: Connection) -> None:
        """Make the tables unless they are there; at most one process at a time does so."""
        if self.is_prepared(connection):
            return
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _PREPARATION_LOCK})
            if self.is_prepared(connection):  # by whoever held the lock until now
                return
        _COMPONENTS.create(connection, checkfirst=True)
        self._make_tables(connection)
        connection.execute(insert(_COMPONENTS).values(name=self.name, version=self.version))

    @contextmanager
    def empty(self) -> Iterator[Connection]:
        """Open a database in memory that holds the tables and nothing in them."""
        engine = create_engine("sqlite://", poolclass=StaticPool)
        with engine.connect() as connection:
            self._make_tables(connection)
            yield connection
        engine.dispose()

    def _make_tables(self, connection: Connection) -> None:
        self.metadata.create_all(connection)
        for guard in self.guards:
            for statement in guard.statements(connection.dialect.name):
                connection.exec_driver_sql(statement)
