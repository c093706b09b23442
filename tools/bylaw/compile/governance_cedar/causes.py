"""One governance policy as causes: each thing that it refuses or vouches for by itself, with where it is said.

A policy vouches for what it is about with a permit, and refuses with forbids, so several policies decide together as they do
themselves: some policy has to apply, and none that applies may refuse. An action that somebody has to agree to is refused, since
nobody can be asked. What depends on a cost, a count or what went before has no cause here: Cedar sees one request.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, cast

from bylaw.compile.governance_cedar.arguments import accepted, declared
from bylaw.compile.governance_cedar.formulas import Formula, InexpressibleError, attribute, has, one_of
from bylaw.compile.governance_cedar.side import CedarSide, arguments_of
from bylaw.languages.cedar.schema import RecordType
from bylaw.languages.governance.model import ApprovalRule, Governance, Schema
from bylaw.model.effects import Effect
from bylaw.model.identifiers import EntityUid

INPUT = "context.input"
Route: TypeAlias = tuple[str | int, ...]
"""Where something is said in a document."""
Writing: TypeAlias = Callable[[], tuple[Formula, Formula]]
"""When something is asked of a request, and what is asked of it."""

NO_COST = "a request to Cedar names no cost, and Cedar adds nothing up"
NO_COUNT = "Cedar does not count"
NO_HISTORY = "Cedar does not know what went before"
NO_SEARCH = "Cedar does not look into texts"


@dataclass(frozen=True, slots=True)
class Cause:
    """One statement, without whom it is about."""

    names: tuple[str, ...]
    """Tell it apart from the others of its policy; the same as long as the policy says the same."""
    effect: Effect
    stage: str
    """The stage that it belongs to, by the word that exceptions use; `policy` for what vouches."""
    route: Route
    actions: tuple[EntityUid, ...] | None
    """None: any."""
    when: Formula = True
    unless: Formula = False


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Something that Cedar cannot say."""

    route: Route
    reason: str


Said: TypeAlias = Cause | Unsaid


def causes_of(policy: Governance, side: CedarSide) -> Iterator[Said]:
    """Everything that a policy refuses, in the order of the stages, and what of it Cedar cannot say."""
    for number, name in enumerate(policy.denied_actions):
        yield _refused(side, name, "denied_actions", ("denied_actions", number))
    if policy.allowed_actions is not None:
        listed = one_of("action", [*map(str, side.known(policy.allowed_actions))])
        yield Cause(("allowed_actions",), Effect.FORBID, "allowed_actions", ("allowed_actions",), None, unless=listed)
    for name, limit in policy.rate_limits.items():
        route = ("rate_limits", name)
        yield Unsaid(route, NO_COUNT) if limit.max_count else _refused(side, name, "rate_limits", route)
    yield from _stateful(policy)
    for name, schema in policy.argument_constraints.items():
        yield from _arguments(side, name, schema)
    yield from _approvals(policy, side)


def _refused(side: CedarSide, name: str, stage: str, route: Route) -> Said:
    try:
        uid = side.action(name).uid
    except InexpressibleError as error:
        return Unsaid(route, error.reason)
    return Cause((stage, name), Effect.FORBID, stage, route, (uid,))


def _stateful(policy: Governance) -> Iterator[Unsaid]:
    """What no single request tells."""
    budgets, evidence, guardrails = policy.budgets, policy.evidence, policy.guardrails
    tables: Sequence[tuple[str, Mapping[str, object], str]] = (
        ("action_budgets", budgets.by_action, NO_COST),
        ("evidence_requirements", evidence.requirements, NO_HISTORY),
        ("grounding_rules", evidence.grounding, NO_HISTORY),
        ("pii_rules", guardrails.pii, NO_SEARCH),
        ("loop_rules", guardrails.loop, NO_COUNT),
        ("moderation_rules", guardrails.moderation, NO_SEARCH),
    )
    for field, table, reason in tables:
        yield from (Unsaid((field, name), reason) for name in table)
    switches = (
        ("session_budget", budgets.session is not None, NO_COST),
        ("run_budget", budgets.run is not None, NO_COST),
        ("pii_default_enabled", guardrails.pii_by_default, NO_SEARCH),
        ("loop_default_enabled", guardrails.loop_by_default, NO_COUNT),
        ("moderation_default_enabled", guardrails.moderation_by_default, NO_SEARCH),
    )
    yield from (Unsaid((field,), reason) for field, is_set, reason in switches if is_set)


def _arguments(side: CedarSide, name: str, schema: Schema) -> Iterator[Said]:
    """A cause for each argument that is demanded or bounded, and one for every other keyword."""
    whole: Route = ("argument_constraints", name)
    try:
        action = side.action(name)
        record = arguments_of(action)
    except InexpressibleError as error:
        yield Unsaid(whole, error.reason)
        return
    for names, route, write in _parts(schema, record):
        try:
            when, unless = write()
        except InexpressibleError as error:
            yield Unsaid((*whole, *route), error.reason)
            continue
        if unless is not True:
            yield Cause(
                ("arguments", name, *names), Effect.FORBID, "arguments", (*whole, *route), (action.uid,), when, unless
            )


def _parts(schema: Schema, record: RecordType) -> Iterator[tuple[tuple[str, ...], Route, Writing]]:
    """What a schema asks, piece by piece: names for it, where it is said, and what writes when it matters and what has to hold."""
    for number, argument in enumerate(cast("Sequence[str]", schema.get("required", ()))):
        yield ("required", argument), ("required", number), partial(_present, record, argument)
    properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
    for argument, inner in properties.items():
        yield ("properties", argument), ("properties", argument), partial(_bounded, record, argument, inner)
    for keyword, operand in schema.items():
        if keyword in {"required", "properties"}:
            continue
        # What `additionalProperties` is about is what `properties` does not name.
        named: Schema = {"properties": {name: {} for name in properties}} if keyword == "additionalProperties" else {}
        yield (keyword,), (keyword,), partial(_overall, record, {keyword: operand, **named})


def _present(record: RecordType, argument: str) -> tuple[Formula, Formula]:
    return True, declared(record, argument).required or has(INPUT, argument)


def _bounded(record: RecordType, argument: str, schema: Schema) -> tuple[Formula, Formula]:
    found = declared(record, argument)
    return found.required or has(INPUT, argument), accepted(schema, attribute(INPUT, argument), found.type)


def _overall(record: RecordType, schema: Schema) -> tuple[Formula, Formula]:
    return True, accepted(schema, INPUT, record)


def _approvals(policy: Governance, side: CedarSide) -> Iterator[Said]:
    """What somebody has to agree to: refused."""
    approvals = policy.approvals
    if approvals.required:
        unsaid = {"approval_tags": approvals.tags, "approval_risk_levels": approvals.risk_levels}
        for field, names in unsaid.items():
            if names:
                yield Unsaid((field,), f"a request to Cedar has no {field.removeprefix('approval_').replace('_', ' ')}")
        threshold = approvals.threshold_usd
        if threshold:
            yield Unsaid(("approval_threshold_usd",), NO_COST)
        criteria = (approvals.actions, *unsaid.values(), threshold)
        # Any cost is at least nothing, and without a criterion the switch is about everything.
        if threshold == 0 or not any(criteria):
            yield Cause(("approvals",), Effect.FORBID, "approvals", ("require_approval",), None)
        for number, name in enumerate(approvals.actions):
            yield _refused(side, name, "approvals", ("approval_actions", number))
    for number, rule in enumerate(approvals.rules):
        yield from _approval_rule(rule, side, ("approval_rules", number))


def _approval_rule(rule: ApprovalRule, side: CedarSide, route: Route) -> Iterator[Said]:
    when = rule.when
    for field, value, reason in (
        ("tags", when.tags, "a request to Cedar has no tags"),
        ("risk_levels", when.risk_levels, "a request to Cedar has no risk level"),
        ("min_cost_usd", when.min_cost_usd or None, NO_COST),
    ):
        if value is not None:
            yield Unsaid((*route, "when", field), reason)
            return
    names = ("approval_rules", rule.name)
    if when.actions is None and when.arguments is None:
        yield Cause(names, Effect.FORBID, "approvals", route, None)
        return
    actions = [action.uid.id for action in side.actions] if when.actions is None else when.actions
    for name in actions:
        yield from _approval_of(name, when.arguments, side, route, (*names, name))


def _approval_of(
    name: str, arguments: Schema | None, side: CedarSide, route: Route, names: tuple[str, ...]
) -> Iterator[Said]:
    try:
        action = side.action(name)
        asked = True if arguments is None else accepted(arguments, INPUT, arguments_of(action))
    except InexpressibleError as error:
        yield Unsaid((*route, "when"), error.reason)
        return
    if asked is not False:
        yield Cause(names, Effect.FORBID, "approvals", route, (action.uid,), when=asked)
