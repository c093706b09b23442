"""The embedded store: engines, policies with immutable versions and an audit trail, in SQLite or PostgreSQL."""

from bylaw.backends.local.backend import LocalBackend, open_local
from bylaw.backends.local.store import Store, open_store

__all__ = ["LocalBackend", "Store", "open_local", "open_store"]
