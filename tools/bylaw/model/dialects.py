"""How a document is read whose original system has quirks: as it does, or as one would expect."""

from enum import StrEnum


class Dialect(StrEnum):
    """A reading of `http-rules` and `governance` documents."""

    STRICT = "strict"
    """The safe reading."""
    UPSTREAM = "upstream"
    """Bit for bit what the original system decides, to predict a live one."""
