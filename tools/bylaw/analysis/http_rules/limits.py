"""Rate limits against one another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from bylaw.languages.http_rules.model import HttpRules, Limit, Per, Rule

Counted: TypeAlias = tuple[Per, str | None]
"""What shares one count of calls: the kind, and the path in the body."""


def redundant_limits(document: HttpRules) -> Iterator[tuple[Rule, Rule]]:
    """Limits that never trigger first, each with one that does: smaller over the same counts, or over all requests."""
    limits = [rule for rule in document.rules if isinstance(rule.action, Limit)]
    for place, rule in enumerate(limits):
        tighter = _tighter(rule, place, limits)
        if tighter is not None:
            yield rule, tighter


def _tighter(rule: Rule, place: int, limits: Sequence[Rule]) -> Rule | None:
    for other_place, other in enumerate(limits):
        if isinstance(rule.action, Limit) and isinstance(other.action, Limit) and other is not rule:
            one, two = rule.action, other.action
            same = (one.per, one.field) == (two.per, two.field)
            if not same and two.per is not Per.GLOBAL:
                continue
            is_first = other_place < place if same else True
            if (two.calls_per_minute, not is_first) < (one.calls_per_minute, True):
                return other
    return None


def effective_limits(document: HttpRules) -> dict[Counted, int]:
    """What counts of all limits: the smallest over each kind of count, without those that never trigger first."""
    idle = {rule.name for rule, _ in redundant_limits(document)}
    return {
        (rule.action.per, rule.action.field): rule.action.calls_per_minute
        for rule in document.rules
        if isinstance(rule.action, Limit) and rule.name not in idle
    }


def missing(limits: Mapping[Counted, int], others: Mapping[Counted, int]) -> Iterator[Counted]:
    """Limits that others do not imply: none of them is as small over the same counts, or over all requests."""
    everything = others.get((Per.GLOBAL, None))
    for counted, calls in sorted(limits.items(), key=str):
        implying = (other for other in (others.get(counted), everything) if other is not None)
        if all(other > calls for other in implying):
            yield counted
