"""Triggers that keep rows from being changed, whoever holds the connection.

A guard is a pair of statement lists, one for each dialect.
"""

from dataclasses import dataclass

from sqlalchemy import Column, Table


@dataclass(frozen=True, slots=True)
class Guard:
    """What the database itself refuses."""

    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]

    def statements(self, dialect: str) -> tuple[str, ...]:
        """Give what has to be run once, after the table is made."""
        return self.sqlite if dialect == "sqlite" else self.postgresql


def append_only(table: Table) -> Guard:
    """Refuse to change or remove any row of `table`."""
    return _guard(table, allowed_update=None)


def frozen_but(table: Table, column: Column[object]) -> Guard:
    """Refuse to remove any row of `table`, or to change it but for setting `column`, once, from null."""
    others = [other.name for other in table.columns if other is not column]
    allowed = " and ".join(
        [
            f"old.{column.name} is null",
            f"new.{column.name} is not null",
            *(f"new.{name} {{same}} old.{name}" for name in others),
        ]
    )
    return _guard(table, allowed_update=allowed)


def _guard(table: Table, *, allowed_update: str | None) -> Guard:
    message = f"rows of {table.name} cannot be changed"
    refuse = f"begin raise exception '{message}' using errcode = 'restrict_violation'; end"
    function = f"create function {table.name}_refuse() returns trigger language plpgsql as $$ {refuse} $$"
    keys = " and ".join(f"{key.name} = new.{key.name}" for key in table.primary_key)
    replaces = f"exists (select 1 from {table.name} where {keys})"  # noqa: S608 - names of ours
    return Guard(
        sqlite=(
            _sqlite_trigger(table.name, "update", f"not ({allowed_update})" if allowed_update else "true", message),
            _sqlite_trigger(table.name, "delete", "true", message),
            _sqlite_trigger(table.name, "insert", replaces, message),  # `insert or replace` fires no delete trigger
        ),
        postgresql=(
            function,
            _postgresql_trigger(table.name, "update", f"not ({allowed_update})" if allowed_update else "true"),
            _postgresql_trigger(table.name, "delete", "true"),
            _postgresql_trigger(table.name, "truncate", None),
        ),
    )


def _sqlite_trigger(table: str, event: str, when: str, message: str) -> str:
    same = when.replace("{same}", "is")
    body = f"begin select raise(abort, '{message}'); end"
    return f"create trigger {table}_no_{event} before {event} on {table} when {same} {body}"


def _postgresql_trigger(table: str, event: str, when: str | None) -> str:
    """Refuse rows of which `when` holds; without it, the statement."""
    scope = f"row when ({when.replace('{same}', 'is not distinct from')})" if when else "statement"
    return f"create trigger {table}_no_{event} before {event} on {table} for each {scope} execute function {table}_refuse()"
