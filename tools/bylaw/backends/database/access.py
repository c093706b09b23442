"""Transactions on one store's tables.

Reading never writes: a database that does not exist, or does not hold the tables yet, reads as an empty one. The first write makes
the file, its directory and the tables, inside its own transaction. Every wait is bounded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from bylaw.backends.database.component import Component
from bylaw.backends.database.errors import Translator
from bylaw.backends.database.files import make_file

WRITES: Final = "bylaw_writes"
"""The execution option of a connection that is going to write."""


class Database:
    """One component's share of a database. Safe to use from several threads; errors are those of `database.errors`."""

    def __init__(self, engine: Engine, component: Component, translator: Translator) -> None:
        self._engine = engine
        self._component = component
        self._translator = translator
        self._prepared = False

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open one read-only snapshot."""
        if not self._file_is_missing():
            with self._translator.translating(), self._engine.connect() as connection:
                if self.dialect == "postgresql":
                    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                self._prepared = self._prepared or self._component.is_prepared(connection)
                if self._prepared:
                    yield connection
                    return
        with self._component.empty() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open one transaction; it is committed at the end, and rolled back by any exception."""
        file = self._file()
        if file is not None:
            make_file(file)
        with (
            self._translator.translating(),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin() as transaction,
        ):
            if not self._prepared:
                self._component.prepare(connection)
            yield connection
            with self._translator.committing(connection):
                transaction.commit()
            self._prepared = True

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _file(self) -> Path | None:
        path = self._engine.url.database
        return Path(path) if self.dialect == "sqlite" and path else None

    def _file_is_missing(self) -> bool:
        file = self._file()
        return file is not None and not file.exists()
