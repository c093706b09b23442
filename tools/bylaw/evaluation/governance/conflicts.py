"""Where the original makes something else of several policies than what they say together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.approvals import has_criteria
from bylaw.evaluation.governance.merging import Merged, merge
from bylaw.languages.governance.model import Approvals, GroundingRule
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json


class Conflict(NamedTuple):
    """One field; the value is that of the strict view."""

    field: str
    description: str
    resolved_value: Json


def conflicts(policies: Sequence[GovernancePolicy]) -> tuple[Conflict, ...]:
    """Every field of which the original keeps something else, of policies that all apply to one agent and run."""
    strict, upstream = merge(policies, Dialect.STRICT), merge(policies, Dialect.UPSTREAM)
    return tuple(_conflicts(policies, strict, upstream))


def _conflicts(policies: Sequence[GovernancePolicy], strict: Merged, upstream: Merged) -> Iterator[Conflict]:
    if policies and not any(policy.document.enabled for policy in policies):
        yield Conflict("enabled", "all policies are disabled: the original permits everything", False)
    if strict.allowed_actions is not None and set(strict.allowed_actions) != set(upstream.allowed_actions or ()):
        yield Conflict("allowed_actions", "the original ignores an empty list", strict.allowed_actions)
    elif strict.allowed_actions == ():
        yield Conflict("allowed_actions", "nothing is allowed: the original allows everything", ())
    for action, limits in strict.rate_limits.items():
        if limits != upstream.rate_limits[action]:
            value: Json = [{"max_count": one.max_count, "window_seconds": one.window_seconds} for one in limits]
            description = "both limits hold: the original takes the smaller count in the first window"
            yield Conflict(f"rate_limits.{action}", description, value)
    yield from _of_approvals(policies, strict, upstream)
    for action, schemas in strict.argument_constraints.items():
        if len(schemas) > 1:
            description = "all schemas hold: the original takes the last"
            yield Conflict(f"argument_constraints.{action}", description, {"allOf": schemas})
    for action, rules in strict.grounding_rules.items():
        if rules != upstream.grounding_rules[action]:
            description = "the rules of all policies hold: the original takes those of the last"
            yield Conflict(f"grounding_rules.{action}", description, {name: _shown(one) for name, one in rules.items()})


def _of_approvals(policies: Sequence[GovernancePolicy], strict: Merged, upstream: Merged) -> Iterator[Conflict]:
    asking = [policy.document.approvals for policy in policies if policy.document.enabled]
    asking = [approvals for approvals in asking if approvals.required]
    (pooled,) = upstream.approvals
    if not asking:
        return
    asks_always = not all(map(has_criteria, asking))
    if asks_always != (not has_criteria(pooled)) or (not asks_always and _criteria([pooled]) != _criteria(asking)):
        description = "each policy asks by its own criteria: the original pools those of all"
        yield Conflict("require_approval", description, True)
    if strict.approval_timeout_seconds != upstream.approval_timeout_seconds:
        description = "the shortest time holds: the original takes the last"
        yield Conflict("approval_timeout_seconds", description, strict.approval_timeout_seconds)


def _criteria(several: Sequence[Approvals]) -> tuple[object, ...]:
    thresholds = [one.threshold_usd for one in several if one.threshold_usd is not None]
    return (
        {action for one in several for action in one.actions},
        {tag for one in several for tag in one.tags},
        {level.casefold() for one in several for level in one.risk_levels},
        min(thresholds, default=None),
    )


def _shown(rules: Sequence[GroundingRule]) -> Sequence[Mapping[str, Json]]:
    return [
        {"source_action": r.source_action, "source_field": r.source_field, "source_from": r.source_from} for r in rules
    ]
