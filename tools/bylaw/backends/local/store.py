"""The embedded policy store, in words of the domain.

    store = open_store("sqlite:///policies.db", clock)
    with store.writing(Origin("ada")) as writer:                  # visible together, or not at all
        policy = writer.create_policy("refunds", draft, token="1")
    with store.reading() as reader:                               # one snapshot
        page = reader.policies(engine="refunds", limit=100)

Engines hold policies; a policy keeps every version it ever had, and one of them is in use as long as it lives. Every write is
audited in the transaction that makes it. A policy changed since it was read is a ConflictError: writers hand back its `revision`.
Errors of the database are those of `bylaw.backends.database.errors`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bylaw.backends.connection import Clock, IdFactory, random_id
from bylaw.backends.database import Database, open_database
from bylaw.backends.local.cards import CARDS
from bylaw.backends.local.reading import Reader
from bylaw.backends.local.records import Origin
from bylaw.backends.local.tables import COMPONENT
from bylaw.backends.local.writing import Writer


class Store:
    """One database of policies. Safe to use from several threads; a reader or writer belongs to one."""

    def __init__(self, database: Database, clock: Clock, ids: IdFactory) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._described = False
        self._commits = 0

    @property
    def commits(self) -> int:
        """How often something was written through this object; grows after the write is visible to others."""
        return self._commits

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open one snapshot. A store that has never been written reads as an empty one."""
        with self._database.reading() as connection:
            self._described = self._described or CARDS.is_prepared(connection)
            yield Reader(connection, described=self._described)

    @contextmanager
    def writing(self, origin: Origin) -> Iterator[Writer]:
        """Open one transaction; an exception undoes all of it."""
        with self._database.writing() as connection:
            described = self._described or CARDS.is_prepared(connection)
            yield Writer(connection, self._clock, self._ids, origin, described=described)
        self._commits += 1

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()


def open_store(url: str, clock: Clock, ids: IdFactory = random_id) -> Store:
    """Open the store at `url`; nothing is read or written yet."""
    return Store(open_database(url, COMPONENT), clock, ids)
