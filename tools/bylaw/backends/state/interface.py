"""What a reconciler remembers between runs, off the runner: an append-only journal, a lease per target, the last applied state.

Times are aware `datetime` values in UTC and are always passed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bylaw.model.identifiers import TargetId


class RecordKind(StrEnum):
    """The steps of one apply, in order."""

    PLAN = "plan"
    INTENT = "intent"
    """Durable before the call is made."""
    RESULT = "result"
    VERIFIED = "verified"
    PHASE = "phase"
    WAIVER = "waiver"
    END = "end"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal. `detail` is a JSON object as text; it never holds a secret."""

    target: TargetId
    kind: RecordKind
    run: str
    """Names one apply: fence counter and plan hash."""
    at: datetime
    actor: str
    commit: str
    change: str = ""
    detail: str = "{}"
    number: int = 0
    """Given by the store when the record is appended."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one target until `expires`."""

    target: TargetId
    holder: str
    nonce: str
    fence: int
    """Grows with every acquisition: a write that bears an older fence is refused."""
    expires: datetime


@dataclass(frozen=True, slots=True)
class AppliedObject:
    """One row of the inventory: a policy of ours as we last verified it on the target."""

    ref: str
    object_id: str
    engine: str
    effect: str
    mode: str
    digest: str
    text: str
    first_commit: str
    last_commit: str
    pending_delete: bool = False
    """A delete that failed: still ours, to be deleted by the next run."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What the target was last verified to hold."""

    commit: str
    bundles: str
    """The digest over all bundles of the target."""
    at: datetime
    objects: tuple[AppliedObject, ...]


class StateStore(Protocol):
    """Journal, lease and inventory. Unreachable means no write: every method raises BackendError then."""

    def acquire(self, target: TargetId, holder: str, nonce: str, now: datetime, ttl: timedelta) -> Lease:
        """Take the lease of `target`.

        Raises:
            ConflictError: somebody else holds an unexpired lease (the message names holder and expiry).
        """

    def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        """Prolong a lease that is still ours, or raise ConflictError."""

    def release(self, lease: Lease) -> None:
        """Give the lease back; a lease that is no longer ours is left alone."""

    def current_lease(self, target: TargetId) -> Lease | None:
        """Who holds the target, expired or not."""

    def break_lease(self, target: TargetId, nonce: str) -> None:
        """Remove a lease by its nonce, or raise ConflictError."""

    def append(self, records: Sequence[Record]) -> None:
        """Add to the journal, durably, before returning."""

    def records(self, target: TargetId, *, run: str | None = None) -> tuple[Record, ...]:
        """The journal of `target` in order."""

    def applied(self, target: TargetId) -> Applied | None:
        """What was last verified on `target`."""

    def set_applied(self, target: TargetId, applied: Applied) -> None:
        """Replace the inventory of `target`, atomically."""

    def close(self) -> None:
        """Give the connection back."""
