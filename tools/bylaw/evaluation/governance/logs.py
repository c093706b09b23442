"""Histories that never change, with the newest at the end: adding to thousands copies a handful."""

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bylaw.model.exact import Json

RECENT = 64
"""Entries that are copied when one is added; every so many times all are."""


class TimeLog(NamedTuple):
    """Times in milliseconds, in order."""

    settled: tuple[int, ...] = ()
    recent: tuple[int, ...] = ()

    def later_than(self, cutoff: int) -> int:
        """How many are."""
        found = len(self.recent) - bisect_right(self.recent, cutoff)
        if self.settled and found == len(self.recent):
            found += len(self.settled) - bisect_right(self.settled, cutoff)
        return found

    def newest(self, place: int) -> int:
        """The `place`-th newest, counted from 1."""
        recent = len(self.recent)
        return self.recent[-place] if place <= recent else self.settled[recent - place]

    def add(self, time: int, forget: int) -> "TimeLog":
        """With `time`; those up to `forget` may be dropped."""
        last = self.recent[-1] if self.recent else self.settled[-1] if self.settled else time
        if time >= last and len(self.recent) < RECENT:
            return TimeLog(self.settled, (*self.recent, time))
        every = [*self.settled, *self.recent]
        insort(every, time)
        return TimeLog(tuple(every[bisect_right(every, forget) :]))


class EvidenceRecord(NamedTuple):
    """An action that succeeded, as it was recorded."""

    action: str
    timestamp_ms: int
    args_hash: str
    result: Json
    """Null where only the name was recorded."""
    kwargs: Mapping[str, Json]
    run_id: str | None


class EvidenceLog(NamedTuple):
    """Records in the order of their times."""

    settled: tuple[EvidenceRecord, ...] = ()
    recent: tuple[EvidenceRecord, ...] = ()

    def newest_first(self) -> Iterator[EvidenceRecord]:
        """Every record."""
        yield from reversed(self.recent)
        yield from reversed(self.settled)

    def add(self, record: EvidenceRecord) -> "EvidenceLog":
        """With one more."""
        if not self.recent and not self.settled:
            return EvidenceLog((), (record,))
        last = self.recent[-1] if self.recent else self.settled[-1]
        if record.timestamp_ms >= last.timestamp_ms and len(self.recent) < RECENT:
            return EvidenceLog(self.settled, (*self.recent, record))
        every = [*self.settled, *self.recent]
        insort(every, record, key=_time)
        return EvidenceLog(tuple(every))

    @property
    def latest_ms(self) -> int:
        """The time of the newest record."""
        return (self.recent or self.settled)[-1].timestamp_ms


def _time(record: EvidenceRecord) -> int:
    return record.timestamp_ms
