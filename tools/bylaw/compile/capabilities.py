"""What a target can hold, known before anything is planned, so that what it cannot hold is a compile error."""

from dataclasses import dataclass

from bylaw.model.effects import Mode


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of backend can do."""

    kind: str
    languages: frozenset[str]
    transactional: bool
    """Whether all writes inside `transaction()` become visible at once or not at all. Then a changed policy is an update (a new
    immutable version of one object); elsewhere it is a new object beside the old one."""
    modes: frozenset[Mode]
    max_policies: int | None = None
    """An engine's limit; none when unbounded."""
    max_statement_length: int | None = None
    """In characters of the deployed text."""
    min_statement_length: int | None = None
    max_engine_bytes: int | None = None
    """Of all statements of an engine together, in UTF-8."""
    max_schema_bytes: int | None = None
    """Of the schema that the policies of an engine are validated against, in UTF-8."""
    max_name_length: int | None = None
    """In characters of `app/policy`, where the store needs it whole."""
    manages_schema: bool = True
    """Whether the store keeps a schema for each engine."""
