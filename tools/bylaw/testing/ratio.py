"""A share with both of its numbers, so that nothing is rounded up to whole."""

from collections.abc import Iterable
from typing import NamedTuple


class Ratio(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float:
        """With one decimal, rounded down; 100 of nothing."""
        return self.part * 1000 // self.whole / 10 if self.whole else 100.0

    def at_least(self, percent: int) -> bool:
        """Whether the share reaches `percent`. Nothing is wholly covered."""
        return self.part * 100 >= percent * self.whole

    def __str__(self) -> str:
        return f"{self.percent:.1f} % ({self.part} of {self.whole})"


def total(ratios: Iterable[Ratio]) -> Ratio:
    """All of them together."""
    part = whole = 0
    for ratio in ratios:
        part += ratio.part
        whole += ratio.whole
    return Ratio(part, whole)
