"""What the cases of an app never made its policies do, one by one, as goals for further cases."""

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.model.identifiers import PolicyId
from bylaw.model.spans import Span
from bylaw.testing.coverage import CoverageReport, Covered, Level, PolicyCoverage


class Gap(NamedTuple):
    """One outcome that no case showed."""

    level: Level
    policy: PolicyId
    """The policy or template."""
    number: int
    """Of the clause, or of the atomic condition among those that are no constants."""
    outcome: bool
    span: Span
    text: str
    """What a case would show."""


def gaps(report: CoverageReport) -> tuple[Gap, ...]:
    """The gaps of the levels policy, decisive, clause and condition, by policy and place. What is excluded has none."""
    return tuple(gap for policy in report.policies if policy.excluded is None for gap in _of_policy(policy))


def _of_policy(policy: PolicyCoverage) -> Iterator[Gap]:
    if not policy.decisive and not policy.log_only:
        yield Gap("decisive", policy.policy, 0, True, policy.span, f"`{policy.policy}` decides")
    if not policy.matched:
        yield Gap("policy", policy.policy, 0, True, policy.span, f"`{policy.policy}` is satisfied")
    yield from _of_parts("clause", policy.policy, policy.clauses)
    yield from _of_parts("condition", policy.policy, policy.conditions)


def _of_parts(level: Level, policy: PolicyId, parts: tuple[Covered, ...]) -> Iterator[Gap]:
    for number, part in enumerate(parts):
        for outcome in part.missing:
            yield Gap(level, policy, number, outcome == "true", part.span, f"`{part.text}` is {outcome}")
