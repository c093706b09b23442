"""The two ways of not finding something."""

from enum import Enum


class Nothing(Enum):
    """Why no point was found."""

    EMPTY = "empty"
    """There is none."""
    UNKNOWN = "unknown"
    """The search took too long."""
