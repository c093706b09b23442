"""Coverage by line, for the formats of others: LCOV and Cobertura know lines and branches, not clauses and conditions.

The line of the effect word counts the cases in scope; a line with clauses or conditions counts how often the first of them was
reached, and each condition is a branch with two ways.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bylaw.testing.coverage import Covered, Hits, PolicyCoverage


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a policy file."""

    number: int
    hits: int
    branches: tuple[Hits, ...]
    """The conditions that begin here."""

    @property
    def taken(self) -> int:
        """How many ways of its branches were taken."""
        return sum(branch.ratio.part for branch in self.branches)


def lines(policy: PolicyCoverage) -> tuple[Line, ...]:
    """The lines of one policy, ascending; nothing of what is excluded."""
    if policy.excluded is not None:
        return ()
    hits: dict[int, int] = {policy.span.start.line: policy.in_scope}
    branches: dict[int, list[Hits]] = {}
    for part in _counted(policy.clauses):
        hits.setdefault(part.span.start.line, part.hits.reached)
    for part in _counted(policy.conditions):
        hits.setdefault(part.span.start.line, part.hits.reached)
        branches.setdefault(part.span.start.line, []).append(part.hits)
    return tuple(Line(number, count, tuple(branches.get(number, ()))) for number, count in sorted(hits.items()))


def _counted(parts: Iterable[Covered]) -> Iterable[Covered]:
    return (part for part in parts if part.excluded is None)
