"""Journal, leases and inventories in memory.

`on_append` runs after records are in: raise there to die after that very record. While `unreachable` is set every call
fails, as it does when the database is gone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bylaw.backends.state.interface import Applied, Lease, Record
from bylaw.model.errors import BackendError, ConflictError
from bylaw.model.identifiers import TargetId


def _ignore(records: Sequence[Record]) -> None:
    del records


class MemoryState:
    """Implements `bylaw.backends.state.interface.StateStore`."""

    def __init__(self) -> None:
        self.unreachable = False
        self.on_append: Callable[[Sequence[Record]], None] = _ignore
        self._journal: list[Record] = []
        self._leases: dict[TargetId, Lease] = {}
        self._fences: dict[TargetId, int] = {}
        self._applied: dict[TargetId, Applied] = {}

    def acquire(self, target: TargetId, holder: str, nonce: str, now: datetime, ttl: timedelta) -> Lease:
        """Take a lease that is free, expired, or bears the same nonce."""
        self._check_reachable()
        held = self._leases.get(target)
        if held is not None and held.expires > now and held.nonce != nonce:
            raise ConflictError(f"`{target}` is held by `{held.holder}` until {held.expires.isoformat()}")
        self._fences[target] = self._fences.get(target, 0) + 1
        self._leases[target] = Lease(target, holder, nonce, self._fences[target], now + ttl)
        return self._leases[target]

    def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        """Prolong a lease that is ours and not expired."""
        self._check_reachable()
        held = self._leases.get(lease.target)
        if held is None or (held.nonce, held.fence) != (lease.nonce, lease.fence) or held.expires <= now:
            raise ConflictError(f"the lease of `{lease.target}` is not ours any more")
        self._leases[lease.target] = replace(held, expires=now + ttl)
        return self._leases[lease.target]

    def release(self, lease: Lease) -> None:
        """Give back a lease, if it is ours."""
        self._check_reachable()
        held = self._leases.get(lease.target)
        if held is not None and (held.nonce, held.fence) == (lease.nonce, lease.fence):
            del self._leases[lease.target]

    def current_lease(self, target: TargetId) -> Lease | None:
        """Who holds the target, expired or not."""
        self._check_reachable()
        return self._leases.get(target)

    def break_lease(self, target: TargetId, nonce: str) -> None:
        """Remove a lease by its nonce."""
        self._check_reachable()
        held = self._leases.get(target)
        if held is None or held.nonce != nonce:
            raise ConflictError(f"`{target}` is not held under nonce `{nonce}`")
        del self._leases[target]

    def append(self, records: Sequence[Record]) -> None:
        """Give the records their numbers and keep them."""
        self._check_reachable()
        first = len(self._journal) + 1
        numbered = [replace(record, number=number) for number, record in enumerate(records, first)]
        self._journal.extend(numbered)
        self.on_append(numbered)

    def records(self, target: TargetId, *, run: str | None = None) -> tuple[Record, ...]:
        """Read the journal of a target, or of one of its runs."""
        self._check_reachable()
        return tuple(r for r in self._journal if r.target == target and run in (None, r.run))

    def applied(self, target: TargetId) -> Applied | None:
        """Answer what was last verified."""
        self._check_reachable()
        return self._applied.get(target)

    def set_applied(self, target: TargetId, applied: Applied) -> None:
        """Replace the inventory."""
        self._check_reachable()
        self._applied[target] = applied

    def close(self) -> None:
        """Nothing to give back."""

    def _check_reachable(self) -> None:
        if self.unreachable:
            raise BackendError("cannot reach the state store")
