"""Never faster than the service allows: a token bucket for each kind of operation, at the documented rates.

The rates hold for an account, not for us alone; a target may be given less. Answers of "too fast" still come, and are the
reconciler's to wait out.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

Monotonic = Callable[[], float]
"""Seconds that never go backwards."""

Sleep = Callable[[float], None]

ENGINE_SHARE: Final = 5
"""Engines take a fifth of the writes that policies take: 1 and 5 a second."""


class Lane(StrEnum):
    """What the service counts together."""

    ENGINE_READ = "engine-read"
    ENGINE_WRITE = "engine-write"
    POLICY_READ = "policy-read"
    POLICY_LIST = "policy-list"
    POLICY_CREATE = "policy-create"
    POLICY_UPDATE = "policy-update"
    POLICY_DELETE = "policy-delete"
    GATEWAY_READ = "gateway-read"
    GATEWAY_WRITE = "gateway-write"


_READS: Final = frozenset({Lane.ENGINE_READ, Lane.POLICY_READ, Lane.POLICY_LIST, Lane.GATEWAY_READ})
_SLOW: Final = frozenset({Lane.ENGINE_WRITE, Lane.GATEWAY_WRITE})


@dataclass(frozen=True, slots=True)
class Timing:
    """Where time comes from; tests hand in their own."""

    monotonic: Monotonic = time.monotonic
    sleep: Sleep = time.sleep


class TokenBucket:
    """Lets `rate` calls a second through, at most `burst` of them at once."""

    def __init__(self, rate: float, burst: float, timing: Timing) -> None:
        self._rate = rate
        self._burst = burst
        self._timing = timing
        self._held = burst
        self._at = timing.monotonic()

    def take(self) -> None:
        """Sleep until a call is due. Never sleeps longer than one call takes at this rate."""
        self._refill()
        if self._held < 1:
            self._timing.sleep((1 - self._held) / self._rate)
            self._refill()
        self._held = max(self._held - 1, 0)

    def drain(self) -> None:
        """Somebody else uses the account too: start again from nothing."""
        self._refill()
        self._held = 0

    def _refill(self) -> None:
        now = self._timing.monotonic()
        self._held = min(self._burst, self._held + max(now - self._at, 0) * self._rate)
        self._at = now


def buckets(reads_per_second: float, writes_per_second: float, timing: Timing) -> Mapping[Lane, TokenBucket]:
    """One bucket a lane. Reads may come in a burst of a second's worth; writes are spaced evenly, so that no window of the
    service's, however it counts, holds more than its rate."""
    return MappingProxyType(
        {
            lane: TokenBucket(reads_per_second, max(reads_per_second, 1), timing)
            if lane in _READS
            else TokenBucket(writes_per_second / (ENGINE_SHARE if lane in _SLOW else 1), 1, timing)
            for lane in Lane
        }
    )
