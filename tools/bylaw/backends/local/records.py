"""What the local store takes and answers. Times are aware, in UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from bylaw.backends.interface import BackendTerminalError
from bylaw.model.digests import Digest, digest_json
from bylaw.model.effects import Effect, Mode

Item = TypeVar("Item")

MAX_PAGE = 1000
MAX_NAME_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose behalf a write is made."""

    actor: str
    run: str = ""
    """What the write is part of, in the caller's words."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a policy shall be."""

    name: str
    """Unique among the live policies of its engine."""
    language: str
    effect: Effect
    mode: Mode
    text: str
    description: str = ""
    author: str = ""
    commit: str = ""

    def request(self, place: str) -> Digest:
        """Digest all that a repeated call has to have in common with the first; `place` is the engine or the policy."""
        return digest_json([place, self.name, self.language, self.effect, self.mode, self.text, self.description])

    def check(self) -> None:
        """Refuse what no database could give back unchanged, by BackendTerminalError."""
        if not 0 < len(self.name) <= MAX_NAME_LENGTH:
            raise BackendTerminalError(f"policy name has {len(self.name)} characters, it needs 1 to {MAX_NAME_LENGTH}")
        for value in (self.name, self.language, self.text, self.description, self.author, self.commit):
            check_text(value, f"policy `{visible(self.name)}`")


def check_text(value: str, what: str) -> None:
    """Refuse a null character or half of a surrogate pair, by BackendTerminalError."""
    if "\0" in value or not _is_unicode(value):
        raise BackendTerminalError(
            f"{what} holds a character that cannot be stored", help="remove null characters and lone surrogates"
        )


def visible(text: str) -> str:
    """Write what cannot be printed as escapes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Engine:
    """A set of policies that decide together."""

    name: str
    schema: str | None
    schema_digest: str | None
    created_at: datetime
    updated_at: datetime
    title: str | None = None
    """What people call it; none where nobody has said."""
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A live policy with its version in use."""

    id: str
    engine: str
    name: str
    mode: Mode
    description: str
    revision: int
    """Grows with every change; what optimistic writers hand back."""
    version: int
    language: str
    effect: Effect
    text: str
    sha256: str
    """Of the text, taken when it was written."""
    author: str
    commit: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`; open when none."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """One thing that a policy said."""

    policy_id: str
    number: int
    language: str
    effect: Effect
    text: str
    sha256: str
    author: str
    commit: str
    created_at: datetime
    retired_at: datetime | None
    """When the next version took over, or the policy was deleted; none while in use."""
    in_force: tuple[Period, ...]
    """When it decided requests: in use, and not `log_only`."""


class Action(StrEnum):
    """What the audit trail tells apart."""

    OPEN = "open"
    CLOSE = "close"
    SCHEMA = "schema"
    CREATE = "create"
    UPDATE = "update"
    MODE = "mode"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One write. `version`, `mode` and `after` say what is the case after it; none once the policy is gone."""

    number: int
    at: datetime
    actor: str
    run: str
    action: Action
    engine: str
    policy_id: str | None
    version: int | None
    mode: Mode | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing by age was left: the last item's age and key (of an engine its name, of a policy its id)."""

    created_at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Part of a listing. To go on, ask for what comes after the last item."""

    items: tuple[Item, ...]
    more: bool
