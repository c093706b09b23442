"""Reading the local store, inside one snapshot or transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, tuple_

from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.local.cards import ALL_ENGINES, DESCRIBED_ENGINES, ENGINES, ONE_ENGINE
from bylaw.backends.local.history import periods
from bylaw.backends.local.records import (
    MAX_PAGE,
    Action,
    AuditEntry,
    Engine,
    Item,
    Page,
    Period,
    Place,
    Policy,
    Version,
)
from bylaw.backends.local.tables import AUDIT, ENGINE, POLICY, VERSION
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import UsageError

_P: Final = POLICY.c
_V: Final = VERSION.c

# An outer join: a live policy without a version in use means damage, and must not just be missing from a listing.
_LIVE: Final = (
    select(
        _P.id,
        _P.engine,
        _P.name,
        _P.mode,
        _P.description,
        _P.revision,
        _V.number,
        _V.language,
        _V.effect,
        _V.text,
        _V.sha256,
        _V.author,
        _V.commit_id,
        _P.created_at,
        _P.updated_at,
    )
    .select_from(POLICY.outerjoin(VERSION, (_V.policy_id == _P.id) & _V.retired_at.is_(None)))
    .where(_P.deleted_at.is_(None))
)

# Made once: building a statement costs more than running it.
_LAST_WRITE: Final = select(func.max(AUDIT.c.number))
_TOUCHED: Final = select(AUDIT.c.engine).distinct().where(AUDIT.c.number > bindparam("after"))
_BY_ID: Final = _LIVE.where(_P.id == bindparam("id"))
_BY_NAME: Final = _LIVE.where(_P.engine == bindparam("engine"), _P.name == bindparam("name"))


class Reader:
    """Answers questions about one state of the store."""

    def __init__(self, connection: Connection, *, described: bool = False) -> None:
        self._connection = connection
        self._described = described
        """Whether the database has the table of engine cards."""

    def engine(self, name: str) -> Engine | None:
        """One engine, or none; a closed one is none."""
        row = self._connection.execute(ONE_ENGINE[self._described], {"name": name}).one_or_none()
        return None if row is None else Engine(*row)

    def engines(self) -> tuple[Engine, ...]:
        """All open engines, by name."""
        return tuple(Engine(*row) for row in self._connection.execute(ALL_ENGINES[self._described]))

    def engines_by_age(self, *, after: Place | None = None, limit: int = MAX_PAGE) -> Page[Engine]:
        """The open engines after a place, the oldest first; at most `limit` of them."""
        query = DESCRIBED_ENGINES if self._described else ENGINES
        aged = _aged(query, ENGINE.c.created_at, ENGINE.c.name, after).limit(_checked(limit) + 1)
        return _page([Engine(*row) for row in self._connection.execute(aged)], limit)

    def policy(self, policy_id: str) -> Policy | None:
        """One live policy, or none."""
        return self._one(_BY_ID, {"id": policy_id})

    def find(self, engine: str, name: str) -> Policy | None:
        """The live policy of that name, or none."""
        return self._one(_BY_NAME, {"engine": engine, "name": name})

    def policies(self, *, engine: str | None = None, after: str = "", limit: int = MAX_PAGE) -> Page[Policy]:
        """The live policies with an id after `after`, by id; at most `limit` of them."""
        query = _LIVE.where(_P.id > after).order_by(_P.id).limit(_checked(limit) + 1)
        if engine is not None:
            query = query.where(_P.engine == engine)
        return _page([_policy(row) for row in self._connection.execute(query)], limit)

    def policies_by_age(self, engine: str, *, after: Place | None = None, limit: int = MAX_PAGE) -> Page[Policy]:
        """The live policies of an engine after a place, the oldest first; at most `limit` of them."""
        query = _aged(_LIVE.where(_P.engine == engine), _P.created_at, _P.id, after).limit(_checked(limit) + 1)
        return _page([_policy(row) for row in self._connection.execute(query)], limit)

    def policies_of(self, engine: str) -> tuple[Policy, ...]:
        """All live policies of an engine, by id."""
        return tuple(map(_policy, self._connection.execute(_LIVE.where(_P.engine == engine).order_by(_P.id))))

    def last_write(self) -> int:
        """The number of the last entry of the audit trail, 0 before the first. Numbers grow in the order of commits."""
        return self._connection.scalar(_LAST_WRITE) or 0

    def touched(self, after: int) -> frozenset[str]:
        """The engines that were written to after entry number `after` of the audit trail."""
        return frozenset(self._connection.scalars(_TOUCHED, {"after": after}))

    def all_policies(self) -> tuple[Policy, ...]:
        """All live policies of all engines, by engine and id."""
        rows = self._connection.execute(_LIVE.order_by(_P.engine, _P.id))
        return tuple(map(_policy, rows))

    def versions(self, policy_id: str) -> tuple[Version, ...]:
        """Everything that a policy, live or deleted, has said; oldest first."""
        in_force = periods(self._audit(select(AUDIT).where(AUDIT.c.policy_id == policy_id).order_by(AUDIT.c.number)))
        rows = self._connection.execute(select(VERSION).where(_V.policy_id == policy_id).order_by(_V.number))
        return tuple(_version(row, in_force) for row in rows)

    def history(self, engine: str, name: str) -> tuple[Version, ...]:
        """The versions of every policy that has gone by that name, the oldest policy first; numbers start again with each."""
        ids = select(_P.id).where(_P.engine == engine, _P.name == name).order_by(_P.created_at, _P.id)
        return tuple(
            version for policy_id in self._connection.scalars(ids).all() for version in self.versions(policy_id)
        )

    def audit(
        self, *, engine: str | None = None, policy_id: str | None = None, after: int = 0, limit: int = MAX_PAGE
    ) -> Page[AuditEntry]:
        """The audit trail after entry number `after`, oldest first; at most `limit` entries."""
        query = select(AUDIT).where(AUDIT.c.number > after).order_by(AUDIT.c.number).limit(_checked(limit) + 1)
        if engine is not None:
            query = query.where(AUDIT.c.engine == engine)
        if policy_id is not None:
            query = query.where(AUDIT.c.policy_id == policy_id)
        return _page(self._audit(query), limit)

    def _one(self, query: Select[Any], parameters: Mapping[str, str]) -> Policy | None:
        row = self._connection.execute(query, parameters).one_or_none()
        return None if row is None else _policy(row)

    def _audit(self, query: Select[Any]) -> list[AuditEntry]:
        return [_audit_entry(row) for row in self._connection.execute(query)]


def _checked(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE:
        raise UsageError(f"page of {limit} items, at least 1 and at most {MAX_PAGE} are possible")
    return limit


def _aged(query: Select[Any], born: ColumnElement[Any], key: ColumnElement[Any], after: Place | None) -> Select[Any]:
    """Order by age, and by key among equals, beginning after a place."""
    if after is not None:
        query = query.where(tuple_(born, key) > tuple_(bindparam(None, after.created_at, born.type), after.key))
    return query.order_by(born, key)


def _page(items: Sequence[Item], limit: int) -> Page[Item]:
    """Cut off the one item that was read to see whether there is more."""
    return Page(tuple(items[:limit]), more=len(items) > limit)


def _policy(row: Sequence[Any]) -> Policy:
    policy_id, engine, name, mode, description, revision, number, language, effect, *rest = row
    if number is None:
        raise BackendTerminalError(
            f"policy `{name}` of engine `{engine}` has no version in use", help="restore the database from a backup"
        )
    return Policy(policy_id, engine, name, Mode(mode), description, revision, number, language, Effect(effect), *rest)


def _version(row: Sequence[Any], in_force: Mapping[int, tuple[Period, ...]]) -> Version:
    policy_id, number, language, effect, text, sha256, author, commit, created_at, retired_at = row
    return Version(
        policy_id=policy_id,
        number=number,
        language=language,
        effect=Effect(effect),
        text=text,
        sha256=sha256,
        author=author,
        commit=commit,
        created_at=created_at,
        retired_at=retired_at,
        in_force=in_force.get(number, ()),
    )


def _audit_entry(row: Sequence[Any]) -> AuditEntry:
    number, at, actor, run, action, engine, policy_id, version, mode, before, after = row
    mode = None if mode is None else Mode(mode)
    return AuditEntry(number, at, actor, run, Action(action), engine, policy_id, version, mode, before, after)
