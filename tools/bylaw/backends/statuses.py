"""The status words of asynchronous services, and their reasons: what AgentCore says, and whatever passes it on."""

from typing import Final

ACTIVE: Final = "ACTIVE"
DELETING: Final = "DELETING"
CREATING: Final = "CREATING"
CREATE_FAILED: Final = "CREATE_FAILED"
ON_THE_WAY: Final = frozenset({CREATING, "UPDATING", DELETING})
FAILED: Final = frozenset({CREATE_FAILED, "UPDATE_FAILED", "DELETE_FAILED"})

MAX_REASONS: Final = 20
MAX_REASON: Final = 500
"""Characters of one reason that are kept."""


def readable(text: str, limit: int) -> str:
    """Text of the service's on one line, without control characters, cut at `limit` characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
