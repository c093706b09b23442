"""What meta rules look at: every suppression with whether it served, and the baseline entries nothing matched."""

from datetime import date
from typing import NamedTuple

from bylaw.analysis.finding import BaselineKey, Suppression
from bylaw.model.spans import Span


class Outcome(NamedTuple):
    """The state of affairs after hits met suppressions and baseline."""

    today: date | None
    """None when there was no app to look at."""
    suppressions: tuple[Suppression, ...]
    served: frozenset[Suppression]
    """Those that covered at least one hit, in force or not."""
    mandatory: frozenset[str]
    rules: frozenset[str]
    """Every rule that exists."""
    idle: frozenset[str]
    """Rules that did not run, somewhere at least: nothing can be said of suppressions for them."""
    stale: tuple[tuple[BaselineKey, Span], ...]
    """Baseline entries that no hit matched."""
