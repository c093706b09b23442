"""Events that show a change: made from what the change is about, and kept only where both versions really decide them otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.governance.changes import Hint
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent, Outcome
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.state import NO_HISTORY, Approval, ApprovalStatus, State
from bylaw.languages.governance.model import Governance, GroundingRule, Schema, Scope
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json, json_text

START_MS: Final = 1_774_958_400_000
"""2026-03-31T12:00:00Z."""
MAX_EVENTS: Final = 60
_SECONDS: Final = 3_600


class Example(NamedTuple):
    """Events of one run; the versions differ in how they decide the last one."""

    events: tuple[GovernanceEvent, ...]
    before: Decision
    after: Decision


def example_of(
    hint: Hint,
    about: Governance,
    before: Sequence[GovernancePolicy],
    after: Sequence[GovernancePolicy],
    *,
    widens: bool,
) -> Example | None:
    """Events that only one version lets through; none where none were found: another policy may refuse them on both sides."""
    looser = after if widens else before
    events = tuple(_events(hint, about, looser))
    if not 0 < len(events) <= MAX_EVENTS:
        return None
    for tried in (events, _unlike(events, hint)):
        decisions = [_last(side, tried, is_approved=hint.is_approved) for side in (before, after)]
        refused, allowed = decisions if widens else decisions[::-1]
        if allowed is Decision.ALLOW and refused is not Decision.ALLOW:
            return Example(tried, *decisions)
    return None


def _unlike(events: tuple[GovernanceEvent, ...], hint: Hint) -> tuple[GovernanceEvent, ...]:
    """The same events, none of which repeats another: a rule against repetitions may hide the change."""
    return tuple(
        replace(event, arguments={**event.arguments, "number": number}) if event.action == hint.action else event
        for number, event in enumerate(events)
    )


def _events(hint: Hint, about: Governance, looser: Sequence[GovernancePolicy]) -> Iterator[GovernanceEvent]:
    """What has to happen first, and then the action as often as it takes."""
    applying = [policy.document for policy in looser if policy.document.enabled]
    arguments = hint.arguments
    if arguments is None:
        schemas = [one.argument_constraints[hint.action] for one in applying if hint.action in one.argument_constraints]
        grounded = {name for one in applying for name in one.evidence.grounding.get(hint.action, ())}
        wish: tuple[Schema, ...] = ({"required": tuple(sorted(grounded))},) if grounded and not schemas else ()
        found = find((*schemas, *wish))
        if isinstance(found, Nothing):
            return
        arguments = found
    first = replace(
        _by_somebody(about, hint.action),
        arguments=arguments,
        cost_usd=hint.cost_usd or Decimal(0),
        tags=hint.tags,
        risk_level=hint.risk_level,
    )
    yield from _evidence(hint, first, applying)
    start = START_MS + hint.aged_ms
    for number in range(min(hint.times, MAX_EVENTS + 1)):
        yield replace(first, timestamp_ms=start + number // hint.burst * hint.apart_ms)


def _by_somebody(policy: Governance, action: str) -> GovernanceEvent:
    """An event of somebody whom the policy is about."""
    event = GovernanceEvent(action, START_MS, "agent-1", run_id="run-1", session_id="session-1")
    match policy.scope, policy.target_id:
        case Scope.AGENT, str() as target:
            return replace(event, agent_id=target)
        case Scope.RUN, target:
            return replace(event, run_id=target)
        case Scope.GROUP, target:
            return replace(event, group_id=target)
        case Scope.MISSION, target:
            return replace(event, mission_id=target)
        case _:
            return event


def _evidence(hint: Hint, event: GovernanceEvent, applying: Sequence[Governance]) -> Iterator[GovernanceEvent]:
    """The actions that have to come first, with results that ground the arguments."""
    needed = dict.fromkeys(name for one in applying for name in one.evidence.requirements.get(hint.action, ()))
    rules = [rule for one in applying for rule in one.evidence.grounding.get(hint.action, {}).items()]
    for name in dict.fromkeys((*needed, *(rule.source_action for _, rule in rules))):
        if name == hint.without:
            continue
        schemas = [one.argument_constraints[name] for one in applying if name in one.argument_constraints]
        arguments = find(schemas)
        own = [(event.arguments[a], rule) for a, rule in rules if rule.source_action == name and a in event.arguments]
        result = _result(own)
        if not isinstance(arguments, Nothing):
            yield replace(
                event,
                action=name,
                arguments=arguments,
                cost_usd=Decimal(0),
                tags=(),
                risk_level=None,
                outcome=Outcome(succeeded=True, result=result),
            )


def _result(grounded: Sequence[tuple[Json, GroundingRule]]) -> Json:
    """An object that has each value at the path of its rule; paths through lists are not made."""
    found: dict[str, Json] = {}
    for value, rule in grounded:
        *path, last = rule.source_field.split(".")
        place = found
        for step in path:
            inner = place.setdefault(step, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = value
    return found


def _last(policies: Sequence[GovernancePolicy], events: Sequence[GovernanceEvent], *, is_approved: bool) -> Decision:
    """How the last event is decided after the others; with an approval for each, or without any."""
    evaluator, state = GovernanceEvaluator(policies, Dialect.STRICT), NO_HISTORY
    decision = Decision.DENY
    for number, given in enumerate(events):
        event = given
        if is_approved or number < len(events) - 1:
            event = replace(given, approval_id=f"approval-{number}")
            state = _approved(event, state)
        decided = evaluator.decide(event, state)
        decision, state = decided.decision.decision, decided.state
    return decision


def _approved(event: GovernanceEvent, state: State) -> State:
    approval = Approval(
        id=event.approval_id or "",
        status=ApprovalStatus.APPROVED,
        action=event.action,
        agent_id=event.agent_id,
        run_id=event.run_id,
        arguments_hash=arguments_hash(event.arguments),
        cost_usd=event.cost_usd,
        filed_at_ms=event.timestamp_ms,
        timeout_seconds=_SECONDS,
    )
    return state.with_approval(approval)


def event_text(event: GovernanceEvent) -> str:
    """Action and arguments in a line, and what else of the event may matter."""
    parts = [event.action]
    if event.arguments:
        parts.append(json_text(event.arguments))
    if event.cost_usd:
        parts.append(f"for {event.cost_usd} USD")
    if event.tags:
        parts.append(f"tagged {', '.join(event.tags)}")
    if event.risk_level:
        parts.append(f"of {event.risk_level} risk")
    return " ".join(parts)
