"""Counts of calls within a sliding minute. Whoever decides owns the state; the clock is the requests'."""

import heapq
from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from bylaw.evaluation.http_rules.limit_keys import LimitKey

WINDOW_MS = 60_000
"""A call exactly this old still counts."""
MAX_KEYS = 10_000
OVERFLOW: LimitKey = ("overflow",)
"""What further keys share, where evicting one would let whoever floods reset the counts."""


class SlidingLogs:
    """The times of the calls of the last minute, by key. Times may come out of order; what once was too old is gone."""

    def __init__(self) -> None:
        self._times: OrderedDict[LimitKey, deque[int]] = OrderedDict()
        """Least recently used first, where `touch` is called; each in ascending order."""
        self._oldest: list[tuple[int, LimitKey]] = []
        """A heap with every time; some are of keys that were evicted."""

    def __contains__(self, key: LimitKey) -> bool:
        return key in self._times

    def __len__(self) -> int:
        return len(self._times)

    def expire(self, now: int) -> None:
        """Drop the calls that are older than the window at `now`, and keys without any."""
        oldest = now - WINDOW_MS
        while self._oldest and self._oldest[0][0] < oldest:
            _, key = heapq.heappop(self._oldest)
            times = self._times.get(key)
            while times and times[0] < oldest:
                times.popleft()
            if times is not None and not times:
                del self._times[key]

    def wait(self, key: LimitKey, limit: int, now: int) -> int | None:
        """Milliseconds until a call of this key is within the limit again; none where it is now."""
        times = self._times.get(key)
        if times is None or len(times) < limit:
            return None
        return times[len(times) - limit] + WINDOW_MS + 1 - now

    def touch(self, key: LimitKey) -> None:
        """Count a key as used now."""
        if key in self._times:
            self._times.move_to_end(key)

    def evict(self) -> None:
        """Forget the key that was used least recently."""
        self._times.popitem(last=False)

    def record(self, key: LimitKey, now: int) -> None:
        """Add a call."""
        times = self._times.get(key)
        if times is None:
            self._times[key] = deque((now,))
        elif times[-1] <= now:
            times.append(now)
        else:
            insort(times, now)
        heapq.heappush(self._oldest, (now, key))

    def copy(self) -> "SlidingLogs":
        """The same calls, to go on from."""
        twin = SlidingLogs()
        twin._times = OrderedDict((key, deque(times)) for key, times in self._times.items())
        twin._oldest = list(self._oldest)
        return twin


class Checked(NamedTuple):
    """One limit asked, and nothing recorded yet."""

    wait: int | None
    """Milliseconds until it lets a call pass again; none where it does now."""
    record: Callable[[int], None]
    """Counts the call, at a time."""


@dataclass(slots=True)
class LimiterState:
    """All counts of one agent. Decisions change it; `copy` before what shall not."""

    max_keys: int = MAX_KEYS
    """Keys that a rule counts one by one (strict), or that all rules together do (upstream)."""
    shared: SlidingLogs = field(default_factory=SlidingLogs)
    """Upstream: by key alone, so that limits with the same key share a count."""
    live: dict[str, SlidingLogs] = field(default_factory=dict)
    """Strict: by the name of the rule."""
    shadow: dict[str, SlidingLogs] = field(default_factory=dict)
    """Strict, in dry run: what would be counted if the document were enforced."""

    def copy(self) -> "LimiterState":
        """The same counts, to go on from; takes time in proportion to the calls of the last minute."""
        return LimiterState(self.max_keys, self.shared.copy(), _copied(self.live), _copied(self.shadow))

    def check(self, rule: str, key: LimitKey, limit: int, now: int, *, in_shadow: bool) -> Checked:
        """Strict: ask one rule, without recording."""
        by_rule = self.shadow if in_shadow else self.live
        logs = by_rule.get(rule)
        if logs is None:
            logs = by_rule[rule] = SlidingLogs()
        logs.expire(now)
        if key not in logs and len(logs) - (OVERFLOW in logs) >= self.max_keys:
            key = OVERFLOW
        return Checked(logs.wait(key, limit, now), lambda time: logs.record(key, time))

    def take(self, key: LimitKey, limit: int, now: int) -> int | None:
        """Upstream: record a call unless its key is at the limit already; then, milliseconds until it no longer is."""
        logs = self.shared
        logs.expire(now)
        logs.touch(key)
        wait = logs.wait(key, limit, now)
        if wait is None:
            if key not in logs and len(logs) >= self.max_keys:
                logs.evict()
            logs.record(key, now)
        return wait


def _copied(logs: dict[str, SlidingLogs]) -> dict[str, SlidingLogs]:
    return {rule: found.copy() for rule, found in logs.items()}
