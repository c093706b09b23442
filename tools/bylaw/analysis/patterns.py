"""`like` patterns: a tuple of literal runs and wildcards (`None`)."""

from typing import TypeAlias

Pattern: TypeAlias = tuple[str | None, ...]


def pattern_text(pattern: Pattern) -> str:
    """The pattern as it is written between quotes, for messages."""
    return "".join("*" if part is None else part.replace("*", r"\*") for part in pattern)


def opens(pattern: Pattern) -> bool:
    """Whether it begins with a wildcard."""
    return bool(pattern) and pattern[0] is None


def trails(pattern: Pattern) -> bool:
    """Whether it ends with a wildcard."""
    return bool(pattern) and pattern[-1] is None


def literals(pattern: Pattern) -> tuple[str, ...]:
    """The literal runs."""
    return tuple(part for part in pattern if part is not None)
