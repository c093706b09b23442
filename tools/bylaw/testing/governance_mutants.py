"""Mutants of `governance` policies: one rule dropped, or one number or name a little different."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias, TypeVar

from bylaw.languages.governance.canonical import canonical_text
from bylaw.languages.governance.model import (
    ApprovalRule,
    Approvals,
    Budgets,
    Evidence,
    Governance,
    Guardrails,
    LoopRule,
    RateLimit,
    Schema,
    Usd,
)
from bylaw.languages.governance.program import GovernanceFile
from bylaw.model.digests import digest_text
from bylaw.model.exact import Json, is_list, is_number, json_text
from bylaw.testing.mutant import BaseMutant, Direction

ID_DIGITS: Final = 8
Route: TypeAlias = tuple[str | int, ...]
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class GovernanceMutant(BaseMutant):
    """One change to one policy."""

    changed: Governance


class _Edit(NamedTuple):
    operator: str
    route: Route
    direction: Direction
    before: str
    after: str
    policy: Governance


def mutants_of(file: GovernanceFile) -> Iterator[GovernanceMutant]:
    """Every mutant of a policy; none that says the same. A disabled policy has none: no test could notice."""
    if not file.policy.enabled:
        return
    seen = {file.canonical}
    for edit in _edits(file.policy):
        text = canonical_text(edit.policy)
        if text in seen:
            continue
        seen.add(text)
        id_ = f"{file.ref.policy}:{edit.operator}:{digest_text(text)[:ID_DIGITS]}"
        yield GovernanceMutant(
            id_,
            file.ref.policy,
            edit.operator,
            edit.direction,
            file.place(*edit.route),
            edit.before,
            edit.after,
            edit.policy,
        )


def _edits(policy: Governance) -> Iterator[_Edit]:
    yield from _lists(policy)
    yield from _budgets(policy)
    yield from _rates(policy)
    yield from _evidence(policy)
    yield from _constraints(policy)
    yield from _guardrails(policy)
    yield from _approvals(policy)


def _dropped(route: Route, before: str, policy: Governance) -> _Edit:
    """A rule less, which allows more."""
    return _Edit("drop", route, Direction.WIDENS, before, "", policy)


def _without(table: Mapping[str, _Value], key: str) -> dict[str, _Value]:
    return {name: value for name, value in table.items() if name != key}


def _but(names: Sequence[_Value], number: int) -> tuple[_Value, ...]:
    return (*names[:number], *names[number + 1 :])


def _lists(policy: Governance) -> Iterator[_Edit]:
    for number, action in enumerate(policy.denied_actions):
        rest = _but(policy.denied_actions, number)
        yield _dropped(("denied_actions",), f"denied_actions: {action}", replace(policy, denied_actions=rest))
    if policy.allowed_actions is None:
        return
    yield _dropped(("allowed_actions",), "allowed_actions", replace(policy, allowed_actions=None))
    for number, action in enumerate(policy.allowed_actions):
        fewer = replace(policy, allowed_actions=_but(policy.allowed_actions, number))
        yield _Edit("drop-allowed", ("allowed_actions",), Direction.NARROWS, f"allowed_actions: {action}", "", fewer)


def _budgets(policy: Governance) -> Iterator[_Edit]:
    budgets = policy.budgets

    def with_(changed: Budgets) -> Governance:
        return replace(policy, budgets=changed)

    if budgets.session is not None:
        yield from _amount(("session_budget",), budgets.session, lambda usd: with_(replace(budgets, session=usd)))
    if budgets.run is not None:
        yield from _amount(("run_budget",), budgets.run, lambda usd: with_(replace(budgets, run=usd)))
    for action, amount in budgets.by_action.items():
        rest = _without(budgets.by_action, action)

        def change(usd: Usd | None, action: str = action, rest: Mapping[str, Usd] = rest) -> Governance:
            return with_(replace(budgets, actions=rest if usd is None else {**rest, action: usd}))

        yield from _amount(("action_budgets", action), amount, change)


def _amount(route: Route, amount: Usd, change: Callable[[Usd | None], Governance]) -> Iterator[_Edit]:
    """No bound, twice as much, half as much."""
    name = ".".join(map(str, route))
    yield _dropped(route, f"{name}: {amount}", change(None))
    if amount:
        for operator, direction, other in (
            ("double", Direction.WIDENS, amount * 2),
            ("halve", Direction.NARROWS, _half(amount)),
        ):
            yield _Edit(
                operator, route, direction, f"{name}: {amount}", f"{name}: {other.normalize():f}", change(other)
            )


def _half(amount: Usd) -> Usd:
    return (amount / 2).quantize(Decimal("0.000001"))


def _rates(policy: Governance) -> Iterator[_Edit]:
    for action, limit in policy.rate_limits.items():
        route = ("rate_limits", action)
        before = f"{action}: {limit.max_count} per {limit.window_seconds} s"
        yield _dropped(route, before, replace(policy, rate_limits=_without(policy.rate_limits, action)))
        for direction, other in (
            (Direction.WIDENS, limit._replace(max_count=limit.max_count + 1)),
            (Direction.NARROWS, limit._replace(max_count=max(limit.max_count - 1, 0))),
            (Direction.WIDENS, limit._replace(window_seconds=max(limit.window_seconds // 2, 1))),
            (Direction.NARROWS, limit._replace(window_seconds=limit.window_seconds * 2)),
        ):
            after = f"{action}: {other.max_count} per {other.window_seconds} s"
            changed: Mapping[str, RateLimit] = {**policy.rate_limits, action: other}
            yield _Edit("shift-rate", route, direction, before, after, replace(policy, rate_limits=changed))


def _evidence(policy: Governance) -> Iterator[_Edit]:
    evidence = policy.evidence

    def with_(changed: Evidence) -> Governance:
        return replace(policy, evidence=changed)

    for action, needed in evidence.requirements.items():
        for number, name in enumerate(needed):
            rest = {**evidence.requirements, action: _but(needed, number)}
            route: Route = ("evidence_requirements", action)
            yield _dropped(route, f"{action} after {name}", with_(replace(evidence, requirements=rest)))
    for action, age in evidence.max_age_seconds.items():
        route = ("evidence_max_age_seconds", action)
        ages = evidence.max_age_seconds
        yield _dropped(
            route, f"{action} within {age} s", with_(replace(evidence, max_age_seconds=_without(ages, action)))
        )
        for operator, direction, other in (
            ("double", Direction.WIDENS, age * 2),
            ("halve", Direction.NARROWS, max(age // 2, 1)),
        ):
            changed = with_(replace(evidence, max_age_seconds={**ages, action: other}))
            yield _Edit(operator, route, direction, f"{action} within {age} s", f"{action} within {other} s", changed)
    for action, rules in evidence.grounding.items():
        for argument in rules:
            kept = {**evidence.grounding, action: _without(rules, argument)}
            route = ("grounding_rules", action, argument)
            yield _dropped(route, f"grounding of {action}.{argument}", with_(replace(evidence, grounding=kept)))


def _constraints(policy: Governance) -> Iterator[_Edit]:
    for action, schema in policy.argument_constraints.items():
        for operator, route, direction, before, after, changed in _schemas(schema, ()):
            constraints: Mapping[str, Schema] = {**policy.argument_constraints, action: changed}
            place = ("argument_constraints", action, *route)
            yield _Edit(operator, place, direction, before, after, replace(policy, argument_constraints=constraints))


class _SchemaEdit(NamedTuple):
    operator: str
    route: Route
    direction: Direction
    before: str
    after: str
    schema: Schema


def _schemas(schema: Schema, route: Route) -> Iterator[_SchemaEdit]:
    for keyword, operand in schema.items():
        place = (*route, keyword)
        name = ".".join(map(str, place))
        if keyword == "properties" and isinstance(operand, Mapping):
            for inner, below in operand.items():
                if isinstance(below, Mapping):
                    for edit in _schemas(below, (*place, inner)):
                        yield edit._replace(schema={**schema, keyword: {**operand, inner: edit.schema}})
            continue
        text = f"{name}: {json_text(operand)}"
        yield _SchemaEdit("drop", place, Direction.WIDENS, text, "", _without(schema, keyword))
        for direction, other in _operands(keyword, operand):
            changed = {**schema, keyword: other}
            yield _SchemaEdit("shift", place, direction, text, f"{name}: {json_text(other)}", changed)


_UPPER: Final = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})
_LOWER: Final = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})


def _operands(keyword: str, operand: Json) -> Iterator[tuple[Direction, Json]]:
    """The operands that a keyword could have instead, and what that does."""
    if keyword in _UPPER | _LOWER and is_number(operand) and isinstance(operand, int | Decimal):
        up = Direction.WIDENS if keyword in _UPPER else Direction.NARROWS
        down = Direction.NARROWS if keyword in _UPPER else Direction.WIDENS
        yield up, operand + 1
        if operand >= 1 or keyword in {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}:
            yield down, operand - 1
    if keyword == "enum" and is_list(operand) and len(operand) > 1:
        yield from ((Direction.NARROWS, _but(operand, number)) for number in range(len(operand)))
    if keyword == "required" and is_list(operand) and len(operand) > 1:
        yield from ((Direction.WIDENS, _but(operand, number)) for number in range(len(operand)))


def _guardrails(policy: Governance) -> Iterator[_Edit]:
    guardrails = policy.guardrails

    def with_(changed: Guardrails) -> Governance:
        return replace(policy, guardrails=changed)

    for action in guardrails.pii:
        rest = replace(guardrails, pii=_without(guardrails.pii, action))
        yield _dropped(("pii_rules", action), f"pii_rules: {action}", with_(rest))
    if guardrails.pii_by_default:
        yield _dropped(
            ("pii_default_enabled",), "pii_default_enabled", with_(replace(guardrails, pii_by_default=False))
        )
    for action, rule in guardrails.loop.items():
        route = ("loop_rules", action)
        before = f"{action}: {rule.threshold} calls alike"
        yield _dropped(route, before, with_(replace(guardrails, loop=_without(guardrails.loop, action))))
        more: LoopRule = replace(rule, threshold=rule.threshold + 1)
        changed = with_(replace(guardrails, loop={**guardrails.loop, action: more}))
        yield _Edit("shift", route, Direction.WIDENS, before, f"{action}: {more.threshold} calls alike", changed)
    if guardrails.loop_by_default:
        yield _dropped(
            ("loop_default_enabled",), "loop_default_enabled", with_(replace(guardrails, loop_by_default=False))
        )


def _approvals(policy: Governance) -> Iterator[_Edit]:
    approvals = policy.approvals

    def with_(changed: Approvals) -> Governance:
        return replace(policy, approvals=changed)

    if approvals.required:
        yield _dropped(("require_approval",), "require_approval: true", with_(replace(approvals, required=False)))
        for number, action in enumerate(approvals.actions):
            fewer = replace(approvals, actions=_but(approvals.actions, number))
            yield _dropped(("approval_actions",), f"approval_actions: {action}", with_(fewer))
        for number, tag in enumerate(approvals.tags):
            fewer = replace(approvals, tags=_but(approvals.tags, number))
            yield _dropped(("approval_tags",), f"approval_tags: {tag}", with_(fewer))
        for number, level in enumerate(approvals.risk_levels):
            fewer = replace(approvals, risk_levels=_but(approvals.risk_levels, number))
            yield _dropped(("approval_risk_levels",), f"approval_risk_levels: {level}", with_(fewer))
        if approvals.threshold_usd is not None:
            yield from _amount(
                ("approval_threshold_usd",),
                approvals.threshold_usd,
                lambda usd: with_(replace(approvals, threshold_usd=usd)),
            )
    for number, rule in enumerate(approvals.rules):
        rest = _but(approvals.rules, number)
        route = ("approval_rules", number)
        yield _dropped(route, f"approval rule {rule.name}", with_(replace(approvals, rules=rest)))
        for part, loosened in _conditions(rule):
            rules = (*approvals.rules[:number], loosened, *approvals.rules[number + 1 :])
            before = f"approval rule {rule.name}: when {part}"
            place = (*route, "when", part)
            yield _Edit("drop-condition", place, Direction.NARROWS, before, "", with_(replace(approvals, rules=rules)))


def _conditions(rule: ApprovalRule) -> Iterator[tuple[str, ApprovalRule]]:
    """The rule about more actions: it asks more often, which allows less."""
    for part in ("actions", "tags", "risk_levels", "min_cost_usd", "arguments"):
        if getattr(rule.when, part) is not None:
            yield part, replace(rule, when=replace(rule.when, **{part: None}))
