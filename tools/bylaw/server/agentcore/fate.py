"""What a rehearsal has in store for the object that a request creates."""

from dataclasses import dataclass
from typing import Final

FATE: Final = "bylaw.fate"
"""The key in an ASGI scope under which it comes."""


@dataclass(frozen=True, slots=True)
class Fate:
    """How creation ends."""

    stuck_seconds: float = 0.0
    """How much longer than usual it takes."""
    fails: str | None = None
    """Why it fails."""
