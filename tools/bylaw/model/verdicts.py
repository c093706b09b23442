"""What a change does to what is allowed, in one word."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a change does to what is allowed."""

    EQUAL = "equal"
    NARROWS = "narrows"
    WIDENS = "widens"
    CHANGES = "changes"
    """Both."""
    UNKNOWN = "unknown"


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that stands for several."""
    found = set(verdicts)
    if Verdict.UNKNOWN in found:
        return Verdict.UNKNOWN
    if Verdict.CHANGES in found or {Verdict.WIDENS, Verdict.NARROWS} <= found:
        return Verdict.CHANGES
    return next((verdict for verdict in (Verdict.WIDENS, Verdict.NARROWS) if verdict in found), Verdict.EQUAL)
