"""Writing what concerns whole engines, inside one transaction, and the audit trail that every write leaves."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select, update

from bylaw.backends.connection import Clock, IdFactory
from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.local.cards import CARD, CARDS
from bylaw.backends.local.reading import Reader
from bylaw.backends.local.records import Action, Engine, Origin, Policy, check_text, visible
from bylaw.backends.local.tables import AUDIT, ENGINE
from bylaw.model.digests import Digest, digest_json
from bylaw.model.errors import ConflictError

REUSED: Final = "token-reuse"
AGAIN: Final = "read the policy again and decide afresh"

# Made once: building a statement costs more than running it.
_NEW_ENGINE: Final = insert(ENGINE)
_NEW_AUDIT_ENTRY: Final = insert(AUDIT)
_TURN: Final = select(func.pg_advisory_xact_lock(int.from_bytes(b"audit")))


def token_reuse(token: str) -> ConflictError:
    """Say that a token stands for something else already; `code` tells this from other conflicts."""
    error = ConflictError(f"token `{token}` was used for other content", help="use a token of its own for each write")
    error.code = REUSED
    return error


class EngineWriter(Reader):
    """Changes engines."""

    def __init__(
        self, connection: Connection, clock: Clock, ids: IdFactory, origin: Origin, *, described: bool = False
    ) -> None:
        super().__init__(connection, described=described)
        self._clock = clock
        self._ids = ids
        self._origin = origin

    def open_engine(self, title: str, description: str, token: str) -> Engine:
        """Make an engine that is called `title`, under a name that never was in use.

        The same token and words again answer the engine that they made, for as long as it is open. A token that stands for other
        words, or a title that an open engine has, is a ConflictError.
        """
        check_text(title + description + token, f"engine `{visible(title)}`")
        self._demand_cards()
        request = digest_json([title, description])
        known = self._engine_receipt(token, request)
        if known is not None:
            return known
        self._check_title(title)
        now, name = self._clock(), self._ids()
        self._connection.execute(_NEW_ENGINE, {"name": name, "created_at": now, "updated_at": now})
        card = {"engine": name, "title": title, "description": description, "token": token, "request": request}
        self._connection.execute(insert(CARD), card)
        self._audit_write(Action.OPEN, now, name, None, None, None)
        return self._written_engine(name)

    def close_engine(self, name: str) -> None:
        """Close an open engine. Its policies have to be deleted before, else it is a ConflictError."""
        if self.engine(name) is None:
            raise ConflictError(f"engine `{name}` does not exist any more", help=AGAIN)
        if self.policies(engine=name, limit=1).items:
            raise ConflictError(f"engine `{name}` still holds policies", help="delete its policies first")
        self._demand_cards()
        now = self._clock()
        closed = {"closed_at": now, "token": None, "request": None}
        if self._connection.execute(update(CARD).where(CARD.c.engine == name).values(closed)).rowcount == 0:
            self._connection.execute(insert(CARD), {"engine": name, "title": name, "description": "", **closed})
        self._audit_write(Action.CLOSE, now, name, None, None, None)

    def _ensure_engine(self, name: str, now: datetime) -> None:
        """Make an engine, or open it again, unless it is open."""
        if self.engine(name) is not None:
            return
        if self._described:
            reopened = update(CARD).where(CARD.c.engine == name).values(closed_at=None)
            if self._connection.execute(reopened).rowcount:
                return
        self._connection.execute(_NEW_ENGINE, {"name": name, "created_at": now, "updated_at": now})

    def _demand_cards(self) -> None:
        if not self._described:
            CARDS.prepare(self._connection)
            self._described = True

    def _check_title(self, title: str) -> None:
        holder = next((engine for engine in self.engines() if title in {engine.title, engine.name}), None)
        if holder is not None:
            raise ConflictError(f"engine `{holder.name}` is called `{visible(title)}` already", help="use another name")

    def _engine_receipt(self, token: str, request: Digest) -> Engine | None:
        """Find the engine that a call with this token has made already."""
        row = self._connection.execute(select(CARD).where(CARD.c.token == token)).one_or_none()
        if row is None:
            return None
        if row.request != request:
            raise token_reuse(token)
        return self._written_engine(row.engine)

    def _written_engine(self, name: str) -> Engine:
        engine = self.engine(name)
        if engine is None:
            raise BackendTerminalError(
                f"engine `{name}` was written, but does not exist", help="restore the database from a backup"
            )
        return engine

    def _audit_write(
        self,
        action: Action,
        now: datetime,
        engine: str,
        policy_id: str | None,
        before: str | None,
        after: str | None,
        of: Policy | None = None,
    ) -> None:
        self.take_turn()
        self._connection.execute(
            _NEW_AUDIT_ENTRY,
            {
                "at": now,
                "actor": self._origin.actor,
                "run": self._origin.run,
                "action": action,
                "engine": engine,
                "policy_id": policy_id,
                "version": of.version if of else None,
                "mode": of.mode if of else None,
                "before_digest": before,
                "after_digest": after,
            },
        )

    def take_turn(self) -> None:
        """Wait for whoever has written to the audit trail and not committed: its numbers grow in the order of commits.

        SQLite has one writer at a time anyway.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_TURN)
