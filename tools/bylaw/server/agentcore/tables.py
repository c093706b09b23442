"""The tables of the AgentCore face.

bylaw_agentcore_object   one row an object; `due` is set while it is on its way somewhere
bylaw_agentcore_token    the answer to each creation that bore a client token, to be given again
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

from bylaw.backends.database import Component, Key, Timestamp

METADATA: Final = MetaData()

OBJECT: Final = Table(
    "bylaw_agentcore_object",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("id", Key, nullable=False, unique=True),
    Column("parent", Key, nullable=False),
    Column("scope", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("due", Timestamp, index=True),
    Column("document", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("bylaw_agentcore_object_name", OBJECT.c.kind, OBJECT.c.scope, OBJECT.c.name, unique=True)
Index("bylaw_agentcore_object_listing", OBJECT.c.kind, OBJECT.c.parent, OBJECT.c.position)

TOKEN: Final = Table(
    "bylaw_agentcore_token",
    METADATA,
    Column("operation", Key, primary_key=True),
    Column("token", Key, primary_key=True),
    Column("request", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)

COMPONENT: Final = Component(name="agentcore face", version=1, metadata=METADATA, guards=())
