"""Reconcile again and again: one turn converges every target, or says truthfully why not.

A failure never ends the loop. The pause between turns is drawn around the interval, so that many reconcilers do not act at once; a
target that fails waits twice as long each time.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from bylaw.model.errors import BylawError
from bylaw.model.identifiers import TargetId
from bylaw.reconcile.drift import DriftItem
from bylaw.reconcile.engines import EngineDrift
from bylaw.reconcile.retry import Patience

JITTER = 0.2
"""The pause lies within this share of the interval on either side."""
MAX_BACKOFF = 8
"""A failing target is tried at least once in this many turns."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What one turn did to one target."""

    commit: str
    written: int
    drift: tuple[DriftItem, ...]
    engine_drift: tuple[EngineDrift, ...] = ()
    pending_deletes: int = 0
    complete: bool = True
    """Whether the target now is what the commit says."""


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """What is known of one target, for metrics and people."""

    target: TargetId
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    applied_commit: str = ""
    changes: int = 0
    """Writes since the loop began."""
    failures: int = 0
    """Failed turns in a row."""
    failures_total: int = 0
    drift: tuple[DriftItem, ...] = ()
    engine_drift: tuple[EngineDrift, ...] = ()
    pending_deletes: int = 0
    suspended: bool = False
    error: str = ""
    skip: int = 0
    """Turns left to sit out."""


@dataclass
class Loop:
    """A running loop. `turn` converges one target; `publish` is handed all statuses after each turn."""

    targets: Sequence[TargetId]
    turn: Callable[[TargetId], TurnResult]
    suspended: Callable[[TargetId], bool]
    publish: Callable[[Sequence[TargetStatus]], None]
    clock: Callable[[], datetime]
    patience: Patience
    stop: Callable[[], bool]
    statuses: dict[TargetId, TargetStatus] = field(default_factory=dict)

    def run(self, interval: float, turns: int | None = None) -> tuple[TargetStatus, ...]:
        """Take turns until told to stop, or `turns` times; `interval` in seconds."""
        taken = 0
        while not self.stop():
            for target in self.targets:
                if self.stop():
                    break
                self.statuses[target] = self._one(self.statuses.get(target, TargetStatus(target)))
            self._publish()
            taken += 1
            if self.stop() or (turns is not None and taken >= turns):
                break
            self.patience.sleep(interval * (1 - JITTER + 2 * JITTER * self.patience.draw()))
        return tuple(self.statuses.values())

    def _publish(self) -> None:
        with suppress(Exception):  # a full disk must not stop the enforcement; that metrics are old shows from outside
            self.publish(tuple(self.statuses[target] for target in self.targets if target in self.statuses))

    def _one(self, status: TargetStatus) -> TargetStatus:
        if status.skip > 0:
            return replace(status, skip=status.skip - 1)
        now = self.clock()
        try:
            result = self.turn(status.target)
        except BylawError as error:
            return self._failed(status, now, error.message)
        except Exception as error:  # noqa: BLE001 - a bug that one target shows must not leave the others alone
            return self._failed(status, now, f"internal error: {type(error).__name__}")
        return replace(
            status,
            last_attempt=now,
            last_success=self.clock() if result.complete else status.last_success,
            applied_commit=result.commit,
            changes=status.changes + result.written,
            failures=0,
            drift=result.drift,
            engine_drift=result.engine_drift,
            pending_deletes=result.pending_deletes,
            suspended=self._is_suspended(status),
            error="",
        )

    def _failed(self, status: TargetStatus, at: datetime, message: str) -> TargetStatus:
        failures = status.failures + 1
        return replace(
            status,
            last_attempt=at,
            failures=failures,
            failures_total=status.failures_total + 1,
            suspended=self._is_suspended(status),
            error=message,
            skip=min(2 ** (failures - 1), MAX_BACKOFF) - 1,
        )

    def _is_suspended(self, status: TargetStatus) -> bool:
        try:
            return self.suspended(status.target)
        except BylawError:
            return status.suspended
