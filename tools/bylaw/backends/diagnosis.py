"""What a target's examination finds, and what a backend may add to it. Nothing here writes."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable


class Health(StrEnum):
    """How one thing stands."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"
    """An apply would fail, or would not mean what it seems to."""


class Probe(NamedTuple):
    """One thing that was looked at."""

    what: str
    """`reachability`, `clock`, `quota`: one or two words."""
    health: Health
    message: str
    help: str | None = None
    """What to do where it is not good."""


@runtime_checkable
class Diagnosable(Protocol):
    """A backend that can say more of its target than every backend can: permissions, clock, versions."""

    def diagnose(self) -> Iterable[Probe]:
        """Look, without writing. Failures are probes, not exceptions."""
