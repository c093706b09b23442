"""Why a case failed, as values: what determined the answer, which condition came out how and on which values, and the policy that
would have decided as expected with the first condition that stopped it.

Failures that have the same explanation are folded into one with a count, so that three hundred cells do not print three hundred
blocks. The first of them is the example that the values are from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.evaluation.conditions import Outcome
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.evaluation.probe import Probed, Prober, ScopeProber, Subject, subjects
from bylaw.evaluation.store import Store
from bylaw.evaluation.values import Reading, entity_reference, readings
from bylaw.languages.cedar.ast import Scope
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.decisions import Answer, Decision
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import EntityUid, PolicyId
from bylaw.model.spans import Span
from bylaw.testing.case import Case
from bylaw.testing.judge import Problem
from bylaw.testing.runner import CaseResult


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """One atomic condition in one request."""

    text: str
    span: Span
    outcome: Outcome
    values: tuple[Reading, ...]
    message: str | None = None
    """What the engine says, for an error."""


@dataclass(frozen=True, slots=True)
class ScopeMismatch:
    """A part of the scope that the request does not match."""

    variable: str
    text: str
    """The constraint as it is written."""
    given: str
    """What the request has there."""
    span: Span


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """One policy in one request."""

    policy: PolicyId
    effect: Effect
    span: Span
    """The effect word."""
    outcome: Outcome
    """True when satisfied, not reached when its scope does not match."""
    scope: tuple[ScopeMismatch, ...]
    conditions: tuple[ConditionResult, ...]
    """All of them, in the order of the source; none where the scope does not match."""
    stopped_by: ConditionResult | None
    """The first condition that kept it from being satisfied."""
    log_only: bool = False


@dataclass(frozen=True, slots=True)
class FailureExplanation:
    """Failures of one kind, explained by the first of them."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]
    """Of the first case."""
    expected: Decision
    got: Decision | None
    """None when there is no answer: a malformed request, an expired skip."""
    determining: tuple[PolicyResult, ...]
    errored: tuple[PolicyResult, ...]
    closest: tuple[PolicyResult, ...]
    """The policies that should have decided and did not: those named in `by`, else the one that came nearest."""
    request: dict[str, Json]
    """The first case's request with its entities, as `bylaw eval` reads it."""

    @property
    def count(self) -> int:
        """How many cases failed so."""
        return len(self.cases)


def explain(program: CedarProgram, failures: Iterable[CaseResult]) -> tuple[FailureExplanation, ...]:
    """Explanations of failed cases, folded, in the order of the first case of each."""
    failed = list(failures)
    if not failed:
        return ()
    explainer = _Explainer(program)
    folded: dict[object, list[FailureExplanation]] = {}
    for explanation in map(explainer.explain, failed):
        folded.setdefault(_key(explanation), []).append(explanation)
    return tuple(_fold(group) for group in folded.values())


def _key(explanation: FailureExplanation) -> object:
    """Determining policies and first differing condition; a failure without an answer is told apart by its message."""
    stopped = [(policy.policy, policy.stopped_by.span if policy.stopped_by else None) for policy in explanation.closest]
    scopes = [tuple(mismatch.span for mismatch in policy.scope) for policy in explanation.closest]
    return (
        explanation.cases[0].suite,
        explanation.cases[0].test,
        explanation.expected,
        explanation.got,
        tuple(problem.kind for problem in explanation.problems),
        explanation.problems[0].message if explanation.got is None else "",
        tuple(policy.policy for policy in explanation.determining),
        tuple(policy.policy for policy in explanation.errored),
        tuple(stopped),
        tuple(scopes),
    )


def _fold(group: Sequence[FailureExplanation]) -> FailureExplanation:
    first = group[0]
    cases = tuple(case for explanation in group for case in explanation.cases)
    return FailureExplanation(
        cases=cases,
        problems=first.problems,
        expected=first.expected,
        got=first.got,
        determining=first.determining,
        errored=first.errored,
        closest=first.closest,
        request=first.request,
    )


class _Seen(NamedTuple):
    """What the engine says of one case, policy by policy."""

    case: Case
    store: Store
    probed: dict[int, Probed]
    mismatches: list[tuple[Scope, ...]]


class _Explainer:
    """Probes one app, for as many failures as there are."""

    def __init__(self, program: CedarProgram) -> None:
        self._subjects = subjects(program.policies, program.links)
        self._numbers = {subject.id: number for number, subject in enumerate(self._subjects)}
        self._prober = Prober(self._subjects, program.schema, program.entities_json)
        self._scopes = ScopeProber(self._subjects, program.schema, program.entities_json)

    def explain(self, failure: CaseResult) -> FailureExplanation:
        """One failure, not folded yet."""
        case, answer = failure.case, failure.answer
        policies = {} if answer is None else self._results(case)
        errored = () if answer is None else tuple(error.policy for error in answer.errors)
        return FailureExplanation(
            cases=(case,),
            problems=failure.problems,
            expected=case.expected.decision,
            got=None if answer is None else answer.decision,
            determining=()
            if answer is None
            else tuple(policies[self._numbers[policy]] for policy in answer.determining),
            errored=tuple(policies[self._numbers[policy]] for policy in errored),
            closest=() if answer is None else self._closest(case, answer, policies),
            request=request_json(case.request, case.entities),
        )

    def _results(self, case: Case) -> dict[int, PolicyResult]:
        seen = _Seen(
            case,
            self._prober.store(case.entities),
            self._prober.trace([case.request], case.entities)[0],
            self._scopes.mismatches(case.request, case.entities),
        )
        return {number: _policy_result(subject, number, seen) for number, subject in enumerate(self._subjects)}

    def _closest(self, case: Case, answer: Answer, policies: dict[int, PolicyResult]) -> tuple[PolicyResult, ...]:
        expected = case.expected
        wanted = [policy for policy in (*expected.by, *(expected.exactly or ())) if policy not in answer.determining]
        if wanted:
            return tuple(policies[self._numbers[policy]] for policy in wanted)
        if answer.decision is expected.decision:
            return ()
        effect = Effect.PERMIT if expected.decision is Decision.ALLOW else Effect.FORBID
        candidates = [p for p in policies.values() if p.effect is effect and not p.log_only]
        return (min(candidates, key=_distance),) if candidates else ()


def _distance(result: PolicyResult) -> tuple[int, float, str]:
    """How far a policy was from being satisfied: first by scope, then by the share of conditions behind the one that stopped it."""
    if result.scope:
        return (len(result.scope), 0.0, result.policy)
    if result.stopped_by is None or not result.conditions:
        return (0, 0.0, result.policy)
    left = len(result.conditions) - result.conditions.index(result.stopped_by)
    return (0, left / len(result.conditions), result.policy)


def _policy_result(subject: Subject, number: int, seen: _Seen) -> PolicyResult:
    policy, probed = subject.policy, seen.probed.get(number)
    conditions = () if probed is None else tuple(_condition_results(subject, probed, seen))
    stopped = None if probed is None else subject.structure.stopped_by(probed.trace)
    return PolicyResult(
        policy=subject.id,
        effect=policy.effect,
        span=policy.span(*policy.statement.head),
        outcome=Outcome.NOT_REACHED if probed is None else probed.trace.outcome,
        scope=tuple(_mismatch(subject, scope, seen.case.request) for scope in seen.mismatches[number]),
        conditions=conditions,
        stopped_by=None if stopped is None else conditions[stopped],
        log_only=policy.mode is Mode.LOG_ONLY,
    )


def _condition_results(subject: Subject, probed: Probed, seen: _Seen) -> Iterable[ConditionResult]:
    for number, (condition, outcome) in enumerate(
        zip(subject.structure.conditions, probed.trace.conditions, strict=True)
    ):
        expression = condition.expression
        yield ConditionResult(
            text=expression_text(expression),
            span=subject.policy.span(expression.start, expression.end),
            outcome=outcome,
            values=readings(expression, seen.case.request, seen.store),
            message=probed.messages.get(number),
        )


def _mismatch(subject: Subject, scope: Scope, request: Request) -> ScopeMismatch:
    given: dict[str, EntityUid] = {
        "principal": request.principal,
        "action": request.action,
        "resource": request.resource,
    }
    policy = subject.policy
    return ScopeMismatch(
        variable=scope.variable,
        text=" ".join(policy.text[scope.start : scope.end].split()),
        given=str(given[scope.variable]),
        span=policy.span(scope.start, scope.end),
    )


def request_json(request: Request, entities: Iterable[EntityData]) -> dict[str, Json]:
    """A request with the entities it can reach, in the form that `bylaw eval` reads."""
    return {
        "principal": str(request.principal),
        "action": str(request.action),
        "resource": str(request.resource),
        "context": dict(request.context),
        "entities": [_entity_json(entity) for entity in _reachable(request, entities)],
    }


def _reachable(request: Request, entities: Iterable[EntityData]) -> list[EntityData]:
    by_uid = {entity.uid: entity for entity in entities}
    todo = [request.principal, request.resource, *_references(request.context)]
    found: dict[EntityUid, EntityData] = {}
    while todo:
        entity = by_uid.get(todo.pop())
        if entity is not None and entity.uid not in found:
            found[entity.uid] = entity
            todo += [*entity.parents, *_references(entity.attributes), *_references(entity.tags)]
    return [found[uid] for uid in sorted(found)]


def _references(value: Json) -> Iterator[EntityUid]:
    uid = entity_reference(value)
    if uid is not None:
        yield uid
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _references(item)


def _entity_json(entity: EntityData) -> dict[str, Json]:
    return {
        "uid": {"type": entity.uid.type, "id": entity.uid.id},
        "attrs": dict(entity.attributes),
        "tags": dict(entity.tags),
        "parents": [{"type": parent.type, "id": parent.id} for parent in entity.parents],
    }
