"""One way to open a database by URL, for every store that lives in one: SQLite in a file, or PostgreSQL.

database = open_database("sqlite:///policies.db", COMPONENT)
with database.writing() as connection:      # one transaction: all of it, or nothing
    connection.execute(...)
with database.reading() as connection:      # one snapshot
    connection.execute(...)
"""

from bylaw.backends.database.access import Database
from bylaw.backends.database.columns import Key, Timestamp
from bylaw.backends.database.component import Component
from bylaw.backends.database.guards import append_only, frozen_but
from bylaw.backends.database.opening import open_database

__all__ = ["Component", "Database", "Key", "Timestamp", "append_only", "frozen_but", "open_database"]
