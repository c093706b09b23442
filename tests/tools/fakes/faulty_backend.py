"""A backend that misbehaves at chosen writes, around one that does not.

    backend = FaultyBackend(MemoryBackend(), {3: Fault.AMBIGUOUS_DONE})    # the third write of the run times out, yet is done

Writes are counted from 1 as they are attempted, whether they succeed or not; a repeated call counts again. `faults` may be changed
at any time. Nothing here sleeps: what takes time elsewhere takes `settle_reads` reads here.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

from bylaw.backends.connection import ContentReader
from bylaw.backends.interface import (
    Backend,
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    BackendTransientError,
    Capabilities,
    DesiredObject,
    LiveObject,
    Observed,
    Status,
)
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import AppId
from tools.fakes.tiny_language import read_tiny


class Killed(BaseException):
    """The process dies here; nothing may catch it but the test."""


class Fault(StrEnum):
    """What goes wrong at a write."""

    TERMINAL = "terminal"
    """Refused, nothing done; so are the next three."""
    CONFLICT = "conflict"
    NOT_READY = "not-ready"
    TRANSIENT = "transient"
    AMBIGUOUS_LOST = "ambiguous-lost"
    """Timed out, nothing done."""
    AMBIGUOUS_DONE = "ambiguous-done"
    """Timed out, but done."""
    KILLED_BEFORE = "killed-before"
    KILLED_AFTER = "killed-after"
    PENDING = "pending"
    """Done, but pending for some reads."""
    HIDDEN = "hidden"
    """Done, but reads go on to show the state before for a while."""
    FAILS_LATER = "fails-later"
    """Accepted and pending for some reads, then failed."""
    ALTERED = "altered"
    """Done, but with another text than was asked for."""


_INSTEAD: Mapping[Fault, Callable[[], BaseException]] = {
    Fault.TERMINAL: lambda: BackendTerminalError("the write was refused"),
    Fault.CONFLICT: lambda: ConflictError("somebody else was faster"),
    Fault.NOT_READY: lambda: BackendNotReadyError("the engine is still being made"),
    Fault.TRANSIENT: lambda: BackendTransientError("too many requests"),
    Fault.AMBIGUOUS_LOST: lambda: BackendAmbiguousError("no answer in time"),
    Fault.KILLED_BEFORE: Killed,
}
_AFTERWARDS: Mapping[Fault, Callable[[], BaseException]] = {
    Fault.AMBIGUOUS_DONE: lambda: BackendAmbiguousError("no answer in time"),
    Fault.KILLED_AFTER: Killed,
}


def _strike(errors: Mapping[Fault, Callable[[], BaseException]], fault: Fault | None) -> None:
    error = errors.get(fault) if fault is not None else None
    if error is not None:
        raise error()


@dataclass(slots=True)
class _Haze:
    """What stands between an object and its readers."""

    fault: Fault
    before: LiveObject | None
    reads_left: int


def _altered(text: str) -> str:
    return f"{text} altered"


class FaultyBackend:
    """Implements `Backend` over `inner`; without faults it is `inner`."""

    def __init__(
        self,
        inner: Backend,
        faults: Mapping[int, Fault] | None = None,
        *,
        settle_reads: int = 2,
        alter: Callable[[str], str] = _altered,
        reader: ContentReader = read_tiny,
    ) -> None:
        self.inner = inner
        self.faults = dict(faults or {})
        self.writes = 0
        """How many were attempted so far."""
        self._settle_reads = settle_reads
        self._alter = alter
        self._reader = reader
        self._hazes: dict[str, _Haze] = {}

    @property
    def capabilities(self) -> Capabilities:
        """Answer those of the backend inside."""
        return self.inner.capabilities

    def engine_of(self, app: AppId) -> str:
        """Answer as the backend inside."""
        return self.inner.engine_of(app)

    def observe(self) -> Observed:
        """Read everything, through the haze; each call is one read of each object."""
        observed = self.inner.observe()
        objects = {live.id: live for live in observed.objects}
        for object_id in list(self._hazes):
            shown = self._look(object_id, objects.pop(object_id, None))
            if shown is not None:
                objects[object_id] = shown
        return Observed(observed.engines, tuple(sorted(objects.values(), key=lambda live: (live.engine, live.id))))

    def read(self, engine: str, object_id: str) -> LiveObject | None:
        """Read one object through the haze."""
        shown = self._look(object_id, self.inner.read(engine, object_id))
        return shown if shown is not None and shown.engine == engine else None

    def put_schema(self, engine: str, schema: str | None) -> None:
        """Count as a write."""
        with self._write():
            self.inner.put_schema(engine, schema)

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        """Count as a write."""
        with self._write() as fault:
            return self._settle(fault, None, self.inner.create(engine, desired, token))

    def update(self, live: LiveObject, desired: DesiredObject, token: str) -> LiveObject:
        """Count as a write."""
        with self._write() as fault:
            return self._settle(fault, live, self.inner.update(live, desired, token))

    def set_mode(self, live: LiveObject, mode: Mode) -> LiveObject:
        """Count as a write."""
        with self._write() as fault:
            return self._settle(fault, live, self.inner.set_mode(live, mode))

    def delete(self, live: LiveObject) -> None:
        """Count as a write; what is hidden goes on to be shown for a while."""
        with self._write() as fault:
            self.inner.delete(live)
            self._hazes.pop(live.id, None)
            if fault in (Fault.HIDDEN, Fault.PENDING):
                self._hazes[live.id] = _Haze(Fault.HIDDEN, live, self._settle_reads)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Use that of the backend inside; a roll-back clears the haze of its writes."""
        before = dict(self._hazes)
        try:
            with self.inner.transaction():
                yield
        except BaseException:
            if self.capabilities.transactional:
                self._hazes = before
            raise

    def close(self) -> None:
        """Close the backend inside."""
        self.inner.close()

    @contextmanager
    def _write(self) -> Iterator[Fault | None]:
        self.writes += 1
        fault = self.faults.get(self.writes)
        _strike(_INSTEAD, fault)
        yield fault
        _strike(_AFTERWARDS, fault)

    def _settle(self, fault: Fault | None, before: LiveObject | None, after: LiveObject) -> LiveObject:
        self._hazes.pop(after.id, None)
        if fault not in (Fault.PENDING, Fault.HIDDEN, Fault.FAILS_LATER, Fault.ALTERED):
            return after
        haze = _Haze(fault, before, self._settle_reads)
        self._hazes[after.id] = haze
        return after if fault is Fault.HIDDEN else self._show(haze, after) or after

    def _look(self, object_id: str, live: LiveObject | None) -> LiveObject | None:
        haze = self._hazes.get(object_id)
        if haze is None:
            return live
        shown = self._show(haze, live)
        haze.reads_left = max(haze.reads_left - 1, 0)
        return shown

    def _show(self, haze: _Haze, live: LiveObject | None) -> LiveObject | None:
        waiting = haze.reads_left > 0
        if haze.fault is Fault.HIDDEN:
            return haze.before if waiting else live
        if live is None:
            return None
        if haze.fault is Fault.ALTERED:
            text = self._alter(live.text)
            effect, digest = self._reader(live.language, text) or (None, None)
            return replace(live, text=text, effect=effect, digest=digest)
        if waiting:
            return replace(live, status=Status.PENDING)
        if haze.fault is Fault.FAILS_LATER:
            return replace(live, status=Status.FAILED, detail="validation failed")
        return live
