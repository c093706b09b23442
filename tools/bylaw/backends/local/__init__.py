"""The embedded store: engines, policies with immutable versions and an audit trail, in SQLite or PostgreSQL."""
