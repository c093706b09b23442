"""What a database's failures mean to us. Messages name the database without user, password or parameters.

BackendTransientError    locked for too long, not reachable, out of connections
BackendAmbiguousError    the connection broke while a transaction was being committed
ConflictError            a constraint was violated: somebody else wrote at the same time
BackendTerminalError     everything else the database refuses
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bylaw.backends.interface import BackendAmbiguousError, BackendTerminalError, BackendTransientError
from bylaw.model.errors import BylawError, ConflictError

_REFUSALS = ("authentication failed", "does not exist", "pg_hba.conf")
"""Words of a PostgreSQL server that turns a connection away for good; such an error has no code."""

_TRANSIENT_CLASSES = ("08", "40", "53", "57")
"""Connection, roll-back by the server, resources, cancelled or shut down."""


@dataclass(frozen=True, slots=True)
class Translator:
    """Turns errors of the driver into ours."""

    shown: str
    """The URL as people may see it."""
    secret: str | None = field(repr=False)
    """What must not be repeated from the driver's words."""

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Translate whatever a driver raises inside."""
        try:
            yield
        except PoolTimeoutError as error:
            raise BackendTransientError(f"database `{self.shown}` has no free connection") from error
        except DBAPIError as error:
            raise self._translated(error) from error

    @contextmanager
    def committing(self, connection: Connection) -> Iterator[None]:
        """Tell a commit that failed from one of unknown fate.

        The connection is thrown away either way: SQLite keeps a transaction open that it could not commit.
        """
        try:
            yield
        except DBAPIError as error:
            connection.invalidate(error)
            if not error.connection_invalidated:
                raise
            raise BackendAmbiguousError(
                f"connection to database `{self.shown}` broke during a commit", help="read back before trying again"
            ) from error

    def _translated(self, error: DBAPIError) -> BylawError:
        words = self._words(error)
        if isinstance(error, IntegrityError):
            return ConflictError(
                f"database `{self.shown}` was changed by somebody else at the same time: {words}", help="try again"
            )
        message = f"cannot use database `{self.shown}`: {words}"
        if _is_transient(error, words):
            return BackendTransientError(message, help="try again when it is reachable and nobody else writes")
        return BackendTerminalError(message)

    def _words(self, error: DBAPIError) -> str:
        """Take the driver's own first line."""
        first = str(error.orig).strip().partition("\n")[0]
        return first.replace(self.secret, "***") if self.secret else first


def _is_transient(error: DBAPIError, words: str) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # it never got so far as to speak with the server, or lost it
        return not any(sign in words for sign in _REFUSALS)
    return error.connection_invalidated or state[:2] in _TRANSIENT_CLASSES or state == "55P03"
