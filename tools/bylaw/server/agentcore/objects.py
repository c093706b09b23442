"""The objects of the face in one transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bylaw.model.digests import Digest
from bylaw.server.agentcore.kinds import FACTS, Held, Kind
from bylaw.server.agentcore.refusals import TOKEN_MISMATCH, Refusal, conflict, invalid, missing
from bylaw.server.agentcore.tables import OBJECT, TOKEN

_HELD: Final = TypeAdapter(Held)
_PER_PARENT: Final = frozenset({Kind.GENERATION, Kind.TARGET})
"""Kinds whose names are unique inside their parent only; those of all others are unique in the account."""


class Objects:
    """Reads, and where the transaction allows it writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, kind: Kind, object_id: str, parent: str | None = None) -> Held:
        """One object.

        Raises:
            Refusal: there is none of that id, or not below that parent.
        """
        held = self.find(kind, object_id)
        if held is None or (parent is not None and held.parent != parent):
            raise missing(FACTS[kind].what, object_id)
        return held

    def find(self, kind: Kind, object_id: str) -> Held | None:
        """One object, if it is there."""
        found = select(OBJECT).where(OBJECT.c.id == object_id, OBJECT.c.kind == kind)
        row = self._connection.execute(found).mappings().first()
        return _held(row) if row is not None else None

    def listed(self, kind: Kind, parent: str | None, after: int = 0, limit: int | None = None) -> tuple[Held, ...]:
        """Objects in the order of creation, those after one position; of all parents where none is named."""
        found = select(OBJECT).where(OBJECT.c.kind == kind, OBJECT.c.position > after).order_by(OBJECT.c.position)
        if parent is not None:
            found = found.where(OBJECT.c.parent == parent)
        return tuple(_held(row) for row in self._connection.execute(found.limit(limit)).mappings())

    def count(self, kind: Kind, parent: str) -> int:
        """How many there are below a parent."""
        found = select(func.count()).select_from(OBJECT).where(OBJECT.c.kind == kind, OBJECT.c.parent == parent)
        return int(self._connection.scalar(found) or 0)

    def due(self, now: datetime) -> tuple[Held, ...]:
        """What should have come to an end of its way by now, oldest first."""
        found = select(OBJECT).where(OBJECT.c.due <= now).order_by(OBJECT.c.due, OBJECT.c.position)
        return tuple(_held(row) for row in self._connection.execute(found).mappings())

    def add(self, held: Held) -> Held:
        """Keep a new object.

        Raises:
            Refusal: its name is taken.
        """
        scope = held.parent if held.kind in _PER_PARENT else ""
        taken = select(OBJECT.c.id).where(
            OBJECT.c.kind == held.kind, OBJECT.c.scope == scope, OBJECT.c.name == held.name
        )
        if self._connection.scalar(taken) is not None:
            raise self._taken(held)
        row = {"kind": held.kind, "id": held.id, "parent": held.parent, "scope": scope, "name": held.name}
        try:
            done = self._connection.execute(insert(OBJECT).values(**row, **_written(held)))
        except IntegrityError:
            raise self._taken(held) from None
        (position,) = done.inserted_primary_key or (0,)
        return replace(held, position=position)

    def put(self, held: Held) -> Held:
        """Keep a changed object.

        Raises:
            Refusal: somebody else changed it since it was read.
        """
        after = replace(held, revision=held.revision + 1)
        at = (OBJECT.c.id == held.id) & (OBJECT.c.revision == held.revision)
        if self._connection.execute(update(OBJECT).where(at).values(**_written(after))).rowcount != 1:
            raise conflict(f"{FACTS[held.kind].what} {held.id} is being changed by another request")
        return after

    def remove(self, held: Held) -> None:
        """Forget an object."""
        self._connection.execute(delete(OBJECT).where(OBJECT.c.id == held.id))

    def answered(self, operation: str, token: str, request: Digest) -> str | None:
        """The answer that was given to this very request before, if it bore the token.

        Raises:
            Refusal: the token stands for another request.
        """
        at = (TOKEN.c.operation == operation) & (TOKEN.c.token == token)
        row = self._connection.execute(select(TOKEN).where(at)).mappings().first()
        if row is None:
            return None
        if row["request"] != request:
            raise invalid("The client token was used for another request", TOKEN_MISMATCH)
        return str(row["answer"])

    def remember(self, operation: str, token: str, request: Digest, answer: str, at: datetime) -> None:
        """Keep an answer, to be given again."""
        row = {"operation": operation, "token": token, "request": request, "answer": answer, "created_at": at}
        self._connection.execute(insert(TOKEN).values(**row))

    def _taken(self, held: Held) -> Refusal:
        return conflict(f"{FACTS[held.kind].what} with name {held.name} already exists")


def _written(held: Held) -> dict[str, Any]:
    document = _HELD.dump_json(replace(held, position=0)).decode()
    return {"revision": held.revision, "due": held.change.due if held.change else None, "document": document}


def _held(row: Any) -> Held:  # noqa: ANN401 - a row of SQLAlchemy
    held: Held = _HELD.validate_json(row["document"])
    return replace(held, position=row["position"], revision=row["revision"])
