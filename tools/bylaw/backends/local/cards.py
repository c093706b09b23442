"""What an engine is called and whether it was closed: facts that only managed engines have.

The table is made by the first write that needs it, so that a database which only a reconciler uses never gets it.
"""

from typing import Final

from sqlalchemy import Column, Index, MetaData, String, Table, Text, bindparam, select

from bylaw.backends.database import Component, Key, Timestamp
from bylaw.backends.local.tables import ENGINE

METADATA: Final = MetaData()

CARD: Final = Table(
    "bylaw_engine_card",
    METADATA,
    Column("engine", Key, primary_key=True),
    Column("title", Key, nullable=False),
    Column("description", Text, nullable=False),
    Column("token", Key, unique=True),
    Column("request", String(64)),
    Column("closed_at", Timestamp),
)
_OPEN: Final = CARD.c.closed_at.is_(None)
Index("bylaw_engine_card_title", CARD.c.title, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)

CARDS: Final = Component(name="engine cards", version=1, metadata=METADATA, guards=())

ENGINES: Final = select(ENGINE)
"""Engines of a database without cards."""
DESCRIBED_ENGINES: Final = (
    select(ENGINE, CARD.c.title, CARD.c.description)
    .select_from(ENGINE.outerjoin(CARD, CARD.c.engine == ENGINE.c.name))
    .where(_OPEN)
)
"""Engines that are open, those without a card among them."""

# Made once: building a statement costs more than running it.
ONE_ENGINE: Final = {
    False: ENGINES.where(ENGINE.c.name == bindparam("name")),
    True: DESCRIBED_ENGINES.where(ENGINE.c.name == bindparam("name")),
}
ALL_ENGINES: Final = {
    False: ENGINES.order_by(ENGINE.c.name),
    True: DESCRIBED_ENGINES.order_by(ENGINE.c.name),
}
