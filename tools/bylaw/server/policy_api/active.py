"""The set that decides now, of each engine: swapped whole, and never older than it may be.

A write through this process's store is seen by the next request. What others write to the same database is seen within the poll
interval: one read of one number tells whether anything was written. While the database cannot be read, or an engine holds what
cannot be evaluated, the last good set goes on deciding for a while, and is told to be stale; then there are no decisions.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bylaw.backends.connection import Clock
from bylaw.backends.local.reading import Reader
from bylaw.backends.local.store import Store
from bylaw.model.errors import BylawError
from bylaw.server.policy_api.compiled import CompiledSet, compile_engine

MAX_ENGINES: Final = 64
"""Kept compiled at a time; one more drops the one used longest ago."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The set of one engine, and how far it can be trusted. Times are on the monotonic clock but for `at`."""

    compiled: CompiledSet
    stamp: int
    """The state of the store that `compiled` is true of; it may be newer than what it was read at."""
    at: datetime
    """When it was read."""
    good: float
    """When it was last known to be what the store holds."""
    checked: float
    """When the store was last asked, or tried to be."""
    commits: int
    """How much this process had written by then."""
    error: BylawError | None = None
    """Why the store could not be read, or what it holds not be taken."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds on age, in seconds."""

    poll: float
    stale: float


class ActiveSets:
    """Keeps the compiled sets of a store current. Used from one event loop."""

    def __init__(self, store: Store, clock: Clock, monotonic: Callable[[], float], patience: Patience) -> None:
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._patience = patience
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = asyncio.Lock()

    async def current(self, engine: str) -> CompiledSet | None:
        """Answer the set that decides now; none where there is no such engine.

        Raises:
            BylawError: there is none that could be trusted.
        """
        loaded = await self.loaded(engine)
        if loaded is None:
            return None
        if loaded.error is not None and loaded.checked - loaded.good > self._patience.stale:
            raise loaded.error
        return loaded.compiled

    async def loaded(self, engine: str) -> Loaded | None:
        """Answer the set with what is known about it; none where there is no such engine.

        Raises:
            BylawError: there never was a set that could be trusted.
        """
        return self._fresh(engine) or await self._refresh(engine)

    def _fresh(self, engine: str) -> Loaded | None:
        loaded = self._loaded.get(engine)
        if loaded is None or loaded.commits != self._store.commits:
            return None
        return loaded if self._monotonic() - loaded.checked < self._patience.poll else None

    async def _refresh(self, engine: str) -> Loaded | None:
        async with self._lock:
            fresh = self._fresh(engine)
            if fresh is not None:  # whoever held the lock has done it
                return fresh
            known, commits, began = self._loaded.get(engine), self._store.commits, self._monotonic()
            try:
                loaded = await asyncio.to_thread(self._load, engine, known, began, commits)
            except BylawError as error:
                if known is None:
                    raise
                loaded = replace(known, checked=began, commits=commits, error=error)
            self._keep(engine, loaded)
            return loaded

    def _load(self, engine: str, known: Loaded | None, began: float, commits: int) -> Loaded | None:
        """Read what the store holds now; runs in a thread of its own."""
        with self._store.reading() as reader:
            stamp = reader.last_write()
            if known is not None and known.error is None and _is_unchanged(reader, engine, known, stamp):
                return replace(known, stamp=stamp, good=began, checked=began, commits=commits)
            compiled = compile_engine(reader, engine, known.compiled.units if known is not None else {})
        if compiled is None:
            return None
        return Loaded(compiled, stamp, self._clock(), good=began, checked=began, commits=commits)

    def _keep(self, engine: str, loaded: Loaded | None) -> None:
        if loaded is None:
            self._loaded.pop(engine, None)
            return
        self._loaded[engine] = loaded
        self._loaded.move_to_end(engine)
        if len(self._loaded) > MAX_ENGINES:
            self._loaded.popitem(last=False)


def _is_unchanged(reader: Reader, engine: str, known: Loaded, stamp: int) -> bool:
    return stamp == known.stamp or (stamp > known.stamp and engine not in reader.touched(known.stamp))
