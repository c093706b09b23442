"""The tables of the reconciler's memory.

bylaw_state_lease       one row a target, kept for ever so that its fence only ever grows; no nonce means free
bylaw_state_journal     rows are only ever added; triggers see to it
bylaw_state_applied     what each target was last verified to hold ...
bylaw_state_inventory   ... and its objects, in their order
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

from bylaw.backends.database import Component, Key, Timestamp, append_only

METADATA: Final = MetaData()

LEASE: Final = Table(
    "bylaw_state_lease",
    METADATA,
    Column("target", Key, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("nonce", Text),
    Column("fence", Integer, nullable=False),
    Column("expires", Timestamp, nullable=False),
)

JOURNAL: Final = Table(
    "bylaw_state_journal",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("target", Key, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("run", Key, nullable=False, index=True),
    Column("at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("commit_id", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)

APPLIED: Final = Table(
    "bylaw_state_applied",
    METADATA,
    Column("target", Key, primary_key=True),
    Column("commit_id", Text, nullable=False),
    Column("bundles", Text, nullable=False),
    Column("at", Timestamp, nullable=False),
)

INVENTORY: Final = Table(
    "bylaw_state_inventory",
    METADATA,
    Column("target", Key, ForeignKey(APPLIED.c.target), nullable=False),
    Column("position", Integer, nullable=False),
    Column("ref", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("effect", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("first_commit", Text, nullable=False),
    Column("last_commit", Text, nullable=False),
    Column("pending_delete", Boolean, nullable=False),
    PrimaryKeyConstraint("target", "position"),
)

COMPONENT: Final = Component(name="state", version=1, metadata=METADATA, guards=(append_only(JOURNAL),))
