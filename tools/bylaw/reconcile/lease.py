"""The right to write one target, kept up while it is needed: a lease that is about to end, or is lost, stops the next write."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bylaw.backends.state.interface import Lease, StateStore
from bylaw.model.errors import BylawError, ConflictError


@dataclass
class Hold:
    """A lease in use."""

    state: StateStore
    lease: Lease
    clock: Callable[[], datetime]
    ttl: timedelta
    margin: timedelta
    """How long one write may take."""
    beside: Sequence["Hold"] = ()
    """Leases of targets that wait for their turn, to be kept up meanwhile."""

    def renew(self) -> None:
        """Make sure that the lease outlives the next write.

        Raises:
            ConflictError: it is not ours any more, or too short.
            BackendError: the store of leases does not answer.
        """
        for other in self.beside:
            other.keep()
        self._prolong()
        if self.lease.expires - self.clock() <= self.margin:
            message = f"the lease of `{self.lease.target}` would end before the next write is done"
            raise ConflictError(message, help="raise `lease_seconds` of the target, and run again")

    def keep(self) -> None:
        """Prolong the lease when half of it is over; one that is lost is found out when its turn comes."""
        if self.lease.expires - self.clock() < self.ttl / 2:
            with suppress(BylawError):
                self._prolong()

    def _prolong(self) -> None:
        self.lease = self.state.renew(self.lease, self.clock(), self.ttl)


@contextmanager
def held(hold: Callable[[], Hold]) -> Iterator[Hold]:
    """Take a lease and give it back."""
    taken = hold()
    try:
        yield taken
    finally:
        with suppress(BylawError):  # the lease ends by itself; a failure to release must not hide the outcome
            taken.state.release(taken.lease)
