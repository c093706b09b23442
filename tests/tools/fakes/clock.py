"""A clock that stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""


class FixedClock:
    """Callable wherever the tool takes a clock."""

    def __init__(self, now: datetime = EPOCH) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Answer the present."""
        return self.now

    def advance(self, by: timedelta = timedelta(seconds=1)) -> datetime:
        """Let time pass, and answer the new present."""
        self.now += by
        return self.now
