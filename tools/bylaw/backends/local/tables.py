"""The tables of the local store.

    bylaw_engine           one row an engine, with its schema
    bylaw_policy           one row a policy object, live or deleted; `revision` grows with every change of it
    bylaw_policy_version   what a policy said and says. Rows are only ever added; `retired_at` is set once, when the next
                           version takes over or the policy is deleted. The version in use is the one that is not retired
    bylaw_policy_token     which request an idempotency token stands for, while the object lives
    bylaw_audit            who did what, and when. Rows are only ever added

The database itself enforces the two *only ever added*, by triggers.
"""

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from bylaw.backends.database import Component, Key, Timestamp, append_only, frozen_but

METADATA: Final = MetaData()

ENGINE: Final = Table(
    "bylaw_engine",
    METADATA,
    Column("name", Key, primary_key=True),
    Column("schema_text", Text),
    Column("schema_digest", String(64)),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
)

POLICY: Final = Table(
    "bylaw_policy",
    METADATA,
    Column("id", Key, primary_key=True),
    Column("engine", Key, ForeignKey(ENGINE.c.name), nullable=False),
    Column("name", Key, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("description", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("deleted_at", Timestamp),
    CheckConstraint("mode in ('active', 'log_only')", name="bylaw_policy_mode"),
)
_LIVE: Final = POLICY.c.deleted_at.is_(None)
Index("bylaw_policy_live_name", POLICY.c.engine, POLICY.c.name, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)

VERSION: Final = Table(
    "bylaw_policy_version",
    METADATA,
    Column("policy_id", Key, ForeignKey(POLICY.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("language", String(32), nullable=False),
    Column("effect", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("commit_id", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("retired_at", Timestamp),
    PrimaryKeyConstraint("policy_id", "number"),
    CheckConstraint("effect in ('permit', 'forbid')", name="bylaw_policy_version_effect"),
)
_IN_USE: Final = VERSION.c.retired_at.is_(None)
Index("bylaw_policy_version_in_use", VERSION.c.policy_id, unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE)

TOKEN: Final = Table(
    "bylaw_policy_token",
    METADATA,
    Column("token", Key, primary_key=True),
    Column("request", String(64), nullable=False),
    Column("policy_id", Key, ForeignKey(POLICY.c.id), nullable=False, index=True),
    Column("created_at", Timestamp, nullable=False),
)

AUDIT: Final = Table(
    "bylaw_audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("action", String(16), nullable=False),
    Column("engine", Key, nullable=False),
    Column("policy_id", Key, index=True),
    Column("version", Integer),
    Column("mode", String(16)),
    Column("before_digest", String(64)),
    Column("after_digest", String(64)),
    sqlite_autoincrement=True,
)

COMPONENT: Final = Component(
    name="local store",
    version=1,
    metadata=METADATA,
    guards=(append_only(AUDIT), frozen_but(VERSION, VERSION.c.retired_at)),
)
