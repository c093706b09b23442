"""What a benchmark reports."""

from typing import NamedTuple


class Bound(NamedTuple):
    """One figure that is held, and what was measured."""

    what: str
    measured: float
    limit: float
    unit: str

    def line(self) -> str:
        """A row of the report."""
        verdict = "ok" if self.measured <= self.limit else "OVER"
        return f"{self.what:<66} {self.measured:>8.2f} {self.unit:<2} limit {self.limit:>7.2f}  {verdict}"
