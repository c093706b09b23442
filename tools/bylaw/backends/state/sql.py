"""The reconciler's memory in SQLite or PostgreSQL; it may share a database with the local store.

Each call is one transaction. What `append` and `set_applied` were given is durable when they return. Unreachable, locked for too
long or damaged: BackendError, and nothing was written.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Executable, bindparam, delete, insert, or_, select, update

from bylaw.backends.database import Database, open_database
from bylaw.backends.state.interface import Applied, AppliedObject, Lease, Record, RecordKind
from bylaw.backends.state.tables import APPLIED, COMPONENT, INVENTORY, JOURNAL, LEASE
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import TargetId

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

_RECORDS: Final = select(JOURNAL).where(JOURNAL.c.target == bindparam("target")).order_by(JOURNAL.c.number)
_OBJECTS: Final = select(INVENTORY).where(INVENTORY.c.target == bindparam("target")).order_by(INVENTORY.c.position)


class SqlState:
    """Implements `bylaw.backends.state.interface.StateStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, target: TargetId, holder: str, nonce: str, now: datetime, ttl: timedelta) -> Lease:
        """Take a lease that is free, expired, or bears the same nonce, in one statement; else ConflictError."""
        expires = now + ttl
        with self._database.writing() as connection:
            fence = connection.scalar(self._acquisition(target, holder, nonce, now, expires))
            held = None if fence is not None else _lease(connection, target)
        if fence is None:
            shown = f"`{held.holder}` until {held.expires.isoformat()}" if held else "somebody else"
            raise ConflictError(
                f"target `{target}` is held by {shown}",
                help="wait, or break the lease if its holder is certain to be gone",
            )
        return Lease(target, holder, nonce, fence, expires)

    def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        """Prolong a lease that is ours and has not expired; else ConflictError."""
        expires = now + ttl
        renewal = update(LEASE).where(*_is(lease), LEASE.c.expires > now).values(expires=expires)
        with self._database.writing() as connection:
            if connection.execute(renewal).rowcount != 1:
                raise ConflictError(
                    f"the lease of target `{lease.target}` is not ours any more", help="stop writing and plan again"
                )
        return Lease(lease.target, lease.holder, lease.nonce, lease.fence, expires)

    def release(self, lease: Lease) -> None:
        """Give back a lease, if it is ours; the fence stays."""
        with self._database.writing() as connection:
            connection.execute(update(LEASE).where(*_is(lease)).values(nonce=None))

    def current_lease(self, target: TargetId) -> Lease | None:
        """Answer who holds the target, expired or not."""
        with self._database.reading() as connection:
            return _lease(connection, target)

    def break_lease(self, target: TargetId, nonce: str) -> None:
        """Remove a lease by its nonce; another nonce, or none, is a ConflictError."""
        breaking = update(LEASE).where(LEASE.c.target == target, LEASE.c.nonce == nonce).values(nonce=None)
        with self._database.writing() as connection:
            if connection.execute(breaking).rowcount != 1:
                raise ConflictError(
                    f"target `{target}` is not held under nonce `{nonce}`",
                    help="look up the present lease and its nonce",
                )

    def append(self, records: Sequence[Record]) -> None:
        """Add all records to the journal, or none."""
        if not records:
            return
        with self._database.writing() as connection:
            connection.execute(insert(JOURNAL), [_journal_row(record) for record in records])

    def records(self, target: TargetId, *, run: str | None = None) -> tuple[Record, ...]:
        """Read the journal of a target, or of one of its runs, in order."""
        query = _RECORDS if run is None else _RECORDS.where(JOURNAL.c.run == run)
        with self._database.reading() as connection:
            return tuple(_record(row) for row in connection.execute(query, {"target": target}))

    def applied(self, target: TargetId) -> Applied | None:
        """Answer what was last verified."""
        with self._database.reading() as connection:
            row = connection.execute(select(APPLIED).where(APPLIED.c.target == target)).one_or_none()
            if row is None:
                return None
            objects = tuple(_object(found) for found in connection.execute(_OBJECTS, {"target": target}))
        return Applied(row.commit_id, row.bundles, row.at, objects)

    def set_applied(self, target: TargetId, applied: Applied) -> None:
        """Replace the inventory of a target."""
        row = {"target": target, "commit_id": applied.commit, "bundles": applied.bundles, "at": applied.at}
        objects = [_inventory_row(target, position, item) for position, item in enumerate(applied.objects)]
        with self._database.writing() as connection:
            connection.execute(delete(INVENTORY).where(INVENTORY.c.target == target))
            connection.execute(delete(APPLIED).where(APPLIED.c.target == target))
            connection.execute(insert(APPLIED), row)
            if objects:
                connection.execute(insert(INVENTORY), objects)

    def close(self) -> None:
        """Give the database back."""
        self._database.close()

    def _acquisition(self, target: TargetId, holder: str, nonce: str, now: datetime, expires: datetime) -> Executable:
        """Compose the compare-and-set; it answers the new fence, or nothing when somebody else holds the target."""
        new = {"holder": holder, "nonce": nonce, "expires": expires}
        free = or_(LEASE.c.nonce.is_(None), LEASE.c.nonce == nonce, LEASE.c.expires <= now)
        return (
            _insert_lease(self._database.dialect)
            .values(target=target, fence=1, **new)
            .on_conflict_do_update(
                index_elements=[LEASE.c.target], set_={**new, "fence": LEASE.c.fence + 1}, where=free
            )
            .returning(LEASE.c.fence)
        )


def _insert_lease(dialect: str) -> "sqlite.Insert | postgresql.Insert":
    # One of the two is loaded, not both: PostgreSQL's drags a whole asynchronous driver in.
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(LEASE)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert(LEASE)


def open_state(url: str) -> SqlState:
    """Open the memory at `url`; nothing is read or written yet. A URL that cannot be used is a UsageError."""
    return SqlState(open_database(url, COMPONENT))


def _is(lease: Lease) -> tuple[Any, ...]:
    return (LEASE.c.target == lease.target, LEASE.c.nonce == lease.nonce, LEASE.c.fence == lease.fence)


def _lease(connection: Connection, target: TargetId) -> Lease | None:
    held = select(LEASE).where(LEASE.c.target == target, LEASE.c.nonce.is_not(None))
    row = connection.execute(held).one_or_none()
    return None if row is None else Lease(target, row.holder, row.nonce, row.fence, row.expires)


def _journal_row(record: Record) -> dict[str, object]:
    return {
        "target": record.target,
        "kind": record.kind,
        "run": record.run,
        "at": record.at,
        "actor": record.actor,
        "commit_id": record.commit,
        "change": record.change,
        "detail": record.detail,
    }


def _record(row: Sequence[Any]) -> Record:
    number, target, kind, run, at, actor, commit, change, detail = row
    return Record(
        target=TargetId(target),
        kind=RecordKind(kind),
        run=run,
        at=at,
        actor=actor,
        commit=commit,
        change=change,
        detail=detail,
        number=number,
    )


def _inventory_row(target: TargetId, position: int, item: AppliedObject) -> dict[str, object]:
    return {
        "target": target,
        "position": position,
        "ref": item.ref,
        "object_id": item.object_id,
        "engine": item.engine,
        "effect": item.effect,
        "mode": item.mode,
        "digest": item.digest,
        "text": item.text,
        "first_commit": item.first_commit,
        "last_commit": item.last_commit,
        "pending_delete": item.pending_delete,
    }


def _object(row: Sequence[Any]) -> AppliedObject:
    _target, _position, *facts = row
    return AppliedObject(*facts)
