"""Failures of a backend, by what helps: nothing, waiting, trying again with back-off, or reading back first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bylaw.backends.interface import BackendNotReadyError, BackendTransientError

T = TypeVar("T")

MAX_TRIES = 6
FIRST_PAUSE = 0.5
"""Seconds; doubled for each try, drawn uniformly below the result (full jitter)."""
LONGEST_PAUSE = 30.0
READY_PAUSE = 5.0
READY_DEADLINE = 600.0
"""Seconds that something pending may take; not counted as failure."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How to wait. All of it is passed in, so that tests do not."""

    sleep: Callable[[float], None]
    draw: Callable[[], float]
    """A number in [0, 1)."""


def patiently(action: Callable[[], T], patience: Patience) -> T:
    """Call `action` until it answers; transient failures back off, pending ones are polled, all others pass through.

    Only for calls that may be repeated: reads, and writes that carry a token.
    """
    tries, waited = 0, 0.0
    while True:
        try:
            return action()
        except BackendTransientError:
            tries += 1
            if tries >= MAX_TRIES:
                raise
            patience.sleep(patience.draw() * min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries))
        except BackendNotReadyError:
            if waited >= READY_DEADLINE:
                raise
            waited += READY_PAUSE
            patience.sleep(READY_PAUSE)
