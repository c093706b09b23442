"""What a managed policy store must answer, so that `reconcile` can bring it to what a commit says.

A backend is opened for one target. It holds one or more *engines* (sets of policies that decide together); which engine an app
lives in is the backend's mapping. The reconciler trusts nothing: it reads back what it wrote, and asserts what it is told.

Every method may raise:
    BackendTerminalError     retrying is useless: refused content, missing permission, exhausted quota
    BackendNotReadyError     a dependency is still pending; poll
    BackendTransientError    throttled, dropped connection, server error; retry with back-off
    BackendAmbiguousError    the request was sent and nothing is known of its fate; read back first
    ConflictError            the object is not at the expected version, or its name is held by a foreign one
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Protocol, runtime_checkable

from bylaw.compile.capabilities import Capabilities
from bylaw.model.digests import Digest, digest_json, digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BackendError
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.model.marks import Mark

__all__ = [
    "Backend",
    "BackendAmbiguousError",
    "BackendNotReadyError",
    "BackendTerminalError",
    "BackendTransientError",
    "Capabilities",
    "CountsFlips",
    "DesiredObject",
    "LiveEngine",
    "LiveObject",
    "Observed",
    "Status",
    "Switched",
    "Switches",
]


class BackendTerminalError(BackendError):
    """Retrying is useless: refused content, missing permission, exhausted quota."""

    code = "backend-terminal"


class BackendNotReadyError(BackendError):
    """A dependency is still pending; poll with a deadline of its own."""

    code = "backend-not-ready"


class BackendTransientError(BackendError):
    """Throttled, dropped connection or server error; retry with back-off."""

    code = "backend-transient"


class BackendAmbiguousError(BackendError):
    """The request was sent and its fate is unknown; read back before anything else."""

    code = "backend-ambiguous"


class Status(StrEnum):
    """Whether an object is in force."""

    ACTIVE = "active"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DesiredObject:
    """What one policy shall be on the target."""

    ref: PolicyRef
    effect: Effect
    mode: Mode
    language: str
    text: str
    digest: Digest
    description: str
    mark: Mark
    author: str = ""
    """Who wrote the commit; recorded, never compared."""
    commit: str = ""
    source: str = ""
    """Where it stands in the repository, as `path:line:column`; for messages."""


@dataclass(frozen=True, slots=True)
class LiveObject:
    """One policy object as the store has it."""

    id: str
    """The store's own id."""
    engine: str
    language: str
    text: str
    digest: Digest | None
    """Of the canonical form of `text`; none where we cannot read it (such an object is foreign)."""
    effect: Effect | None
    mode: Mode
    status: Status
    mark: Mark | None
    version: str
    """Changes whenever the object changes; handed back as the expected version."""
    detail: str = ""
    """Why it is not active, in the store's words."""


@dataclass(frozen=True, slots=True)
class LiveEngine:
    """One engine of the target."""

    name: str
    schema: str | None
    switches: "Switches" = ()
    """What turns enforcement on: attachment, mode."""


@dataclass(frozen=True)
class Observed:
    """Everything on the target, ours and foreign, in a stable order."""

    engines: tuple[LiveEngine, ...]
    objects: tuple[LiveObject, ...]

    @cached_property
    def digest(self) -> Digest:
        """Changes when anything on the target changes that could bear on a plan."""
        return digest_json(
            {
                "engines": [
                    [e.name, digest_text(e.schema) if e.schema is not None else None, e.switches]
                    for e in sorted(self.engines, key=lambda e: e.name)
                ],
                "objects": [
                    [o.engine, o.id, digest_text(o.text), o.mode, o.status, str(o.mark) if o.mark else None, o.version]
                    for o in sorted(self.objects, key=lambda o: (o.engine, o.id))
                ],
            }
        )


class Backend(Protocol):
    """One target's store."""

    @property
    def capabilities(self) -> Capabilities:
        """What this store can do."""

    def engine_of(self, app: AppId) -> str:
        """The engine in which the policies of `app` live."""

    def observe(self) -> Observed:
        """Read everything, all pages of it. An incomplete listing raises; it never comes back short."""

    def read(self, engine: str, object_id: str) -> LiveObject | None:
        """Read one object afresh; none when it does not exist."""

    def put_schema(self, engine: str, schema: str | None) -> None:
        """Set the schema of `engine`, creating the engine where the backend manages engines."""

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        """Create an object. Repeating a call with the same `token` and content returns the same object."""

    def update(self, live: LiveObject, desired: DesiredObject, token: str) -> LiveObject:
        """Give an object a new immutable version. Only inside `transaction()` of a transactional backend, or where nothing but
        metadata (mark, description) changes."""

    def set_mode(self, live: LiveObject, mode: Mode) -> LiveObject:
        """Bring an object into or out of force."""

    def delete(self, live: LiveObject) -> None:
        """Remove an object at the version we have seen. Deleting what is already gone is no error."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make the writes inside visible together where `capabilities.transactional`; else do nothing."""

    def close(self) -> None:
        """Give the connection back."""


Switches = tuple[tuple[str, str], ...]
"""Enforcement switches as sorted name and value."""


@runtime_checkable
class Switched(Protocol):
    """A backend that sets the switches of its engines, where a target says how they shall be."""

    def wanted_switches(self, engine: str) -> Switches | None:
        """How the switches of `engine` shall be; none where that is not ours to say."""

    def put_switches(self, engine: str) -> LiveEngine:
        """Set them, and answer the engine with them."""


@runtime_checkable
class CountsFlips(Protocol):
    """A backend that is told how its policies in `log_only` would have decided."""

    def count_flips(self, live: LiveObject, since: datetime, until: datetime) -> int | None:
        """How many decisions `live` would have turned from `since` on, at least up to `until`; none where that cannot be told."""
