"""A process that dies at a chosen step: before or after any call that changes something on the target or in the memory.

Once dead it stays dead: what `finally` clauses would still do, a killed process does not.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from bylaw.backends.interface import Backend, Capabilities, DesiredObject, LiveObject, Observed
from bylaw.backends.state.interface import Applied, Lease, Record, StateStore
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import AppId, TargetId
from tools.fakes.faulty_backend import Killed

T = TypeVar("T")


@dataclass
class Fate:
    """Counts the steps of a process; it dies when `last` of them are taken."""

    last: int | None = None
    taken: int = 0
    dead: bool = False

    def step(self) -> None:
        self.live()
        if self.last is not None and self.taken >= self.last:
            self.dead = True
            raise Killed
        self.taken += 1

    def live(self) -> None:
        if self.dead:
            raise Killed

    def around(self, act: Callable[[], T]) -> T:
        """A call that changes something: it may be the last, and it may be that nothing comes after it."""
        self.step()
        answer = act()
        self.step()
        return answer


class MortalBackend:
    """Implements `Backend`."""

    def __init__(self, inner: Backend, fate: Fate) -> None:
        self.inner, self.fate = inner, fate

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    def engine_of(self, app: AppId) -> str:
        return self.inner.engine_of(app)

    def observe(self) -> Observed:
        self.fate.live()
        return self.inner.observe()

    def read(self, engine: str, object_id: str) -> LiveObject | None:
        self.fate.live()
        return self.inner.read(engine, object_id)

    def put_schema(self, engine: str, schema: str | None) -> None:
        self.fate.around(lambda: self.inner.put_schema(engine, schema))

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        return self.fate.around(lambda: self.inner.create(engine, desired, token))

    def update(self, live: LiveObject, desired: DesiredObject, token: str) -> LiveObject:
        return self.fate.around(lambda: self.inner.update(live, desired, token))

    def set_mode(self, live: LiveObject, mode: Mode) -> LiveObject:
        return self.fate.around(lambda: self.inner.set_mode(live, mode))

    def delete(self, live: LiveObject) -> None:
        self.fate.around(lambda: self.inner.delete(live))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.fate.step()
        with self.inner.transaction():
            yield
            self.fate.step()
        self.fate.step()

    def close(self) -> None:
        self.inner.close()


class MortalState:
    """Implements `StateStore`."""

    def __init__(self, inner: StateStore, fate: Fate) -> None:
        self.inner, self.fate = inner, fate

    def acquire(self, target: TargetId, holder: str, nonce: str, now: datetime, ttl: timedelta) -> Lease:
        return self.fate.around(lambda: self.inner.acquire(target, holder, nonce, now, ttl))

    def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        self.fate.live()
        return self.inner.renew(lease, now, ttl)

    def release(self, lease: Lease) -> None:
        self.fate.around(lambda: self.inner.release(lease))

    def current_lease(self, target: TargetId) -> Lease | None:
        return self.inner.current_lease(target)

    def break_lease(self, target: TargetId, nonce: str) -> None:
        self.inner.break_lease(target, nonce)

    def append(self, records: Sequence[Record]) -> None:
        self.fate.around(lambda: self.inner.append(records))

    def records(self, target: TargetId, *, run: str | None = None) -> tuple[Record, ...]:
        self.fate.live()
        return self.inner.records(target, run=run)

    def applied(self, target: TargetId) -> Applied | None:
        self.fate.live()
        return self.inner.applied(target)

    def set_applied(self, target: TargetId, applied: Applied) -> None:
        self.fate.around(lambda: self.inner.set_applied(target, applied))

    def close(self) -> None:
        self.inner.close()


def run_mortal(world: Any, last: int | None, backend: Backend | None = None) -> Fate:
    """Apply in a process that dies after so many steps; answers its fate. The world is not mortal afterwards."""
    fate = Fate(last)
    world.backend, world.state = MortalBackend(backend or world.store, fate), MortalState(world.memory, fate)
    try:
        world.apply()
    except Killed:
        pass
    finally:
        world.backend, world.state = world.store, world.memory
    return fate


def outlive(world: Any) -> None:
    """Wait until the lease of the dead is over; until then nobody writes."""
    lease = world.memory.current_lease(world.target)
    if lease is not None:
        before = world.log()
        with pytest.raises(ConflictError, match="is held by"):
            world.apply()
        assert world.log() == before
        world.clock.advance(lease.expires - world.clock())
