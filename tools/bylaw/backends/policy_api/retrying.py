"""Reads are repeated here, since they do nothing; writes never are."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bylaw.backends.interface import BackendTransientError
from bylaw.backends.policy_api.failures import SlowDownError

T = TypeVar("T")

TRIES: Final = 4
FIRST_PAUSE: Final = 0.5
"""Seconds; doubled for each try, drawn uniformly below the result (full jitter)."""
LONGEST_PAUSE: Final = 10.0
PATIENCE: Final = 20.0
"""Seconds after which nothing is tried again: the reconciler holds a lease, and has a patience of its own."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """How to wait. Tests hand in their own time and chance."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go backwards."""
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random
    """A number in [0, 1)."""

    def until_done(self, action: Callable[[], T]) -> T:
        """Call `action` until it answers, for some tries and seconds; anything but a transient failure passes through."""
        began = self.monotonic()
        for attempt in range(1, TRIES):
            try:
                return action()
            except BackendTransientError as error:
                pause = self.draw() * min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
                if isinstance(error, SlowDownError):
                    pause += error.seconds
                if self.monotonic() - began + pause > PATIENCE:
                    raise
                self.sleep(pause)
        return action()
