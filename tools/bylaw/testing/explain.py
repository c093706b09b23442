"""Why a case failed, as values: what determined the answer, which condition came out how and on which values, and the policy that
would have decided as expected with the first condition that stopped it.

Failures that have the same explanation are folded into one with a count, so that three hundred cells do not print three hundred
blocks. The first of them is the example that the values are from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.evaluation.cedar import decides
from bylaw.evaluation.conditions import Outcome
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.evaluation.probe import Probed, Prober, ScopeProber, Subject, subjects
from bylaw.evaluation.store import Store
from bylaw.evaluation.values import Reading, readings
from bylaw.languages.cedar.ast import Scope
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.decisions import Answer, Decision
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import EntityUid, PolicyId
from bylaw.model.spans import Span
from bylaw.testing.case import BaseCase, Case, Expected
from bylaw.testing.judge import Problem
from bylaw.testing.request_json import request_json
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

    cases: tuple[BaseCase, ...]
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


def explain(program: CedarProgram, failures: Iterable[CaseResult[Case]]) -> tuple[FailureExplanation, ...]:
    """Explanations of failed cases, folded, in the order of the first case of each."""
    failed = list(failures)
    if not failed:
        return ()
    explainer = _Explainer(program)
    folded: dict[object, list[FailureExplanation]] = {}
    for explanation in map(explainer.explain, failed):
        folded.setdefault(_key(explanation), []).append(explanation)
    return tuple(_fold(group) for group in folded.values())


def trace(program: CedarProgram, request: Request, entities: Sequence[EntityData]) -> tuple[PolicyResult, ...]:
    """What every policy of `program` makes of one request: static policies, then links, sorted by id within each.

    Raises:
        MalformedRequestError: the request or an entity does not fit the schema.
    """
    explainer = _Explainer(program)
    return explainer.everything(explainer.see(request, entities))


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
    """What the engine says of one request, policy by policy."""

    request: Request
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

    def explain(self, failure: CaseResult[Case]) -> FailureExplanation:
        """One failure, not folded yet."""
        case, answer = failure.case, failure.answer
        determining: tuple[PolicyResult, ...] = ()
        errored: tuple[PolicyResult, ...] = ()
        closest: tuple[PolicyResult, ...] = ()
        if answer is not None:
            seen = self.see(case.request, case.entities)
            determining = self._results(answer.determining, seen)
            errored = self._results([error.policy for error in answer.errors], seen)
            closest = self._results(self._closest(case.expected, answer, seen), seen)
        return FailureExplanation(
            cases=(case,),
            problems=failure.problems,
            expected=case.expected.decision,
            got=None if answer is None else answer.decision,
            determining=determining,
            errored=errored,
            closest=closest,
            request=request_json(case.request, case.entities),
        )

    def see(self, request: Request, entities: Sequence[EntityData]) -> _Seen:
        """Probe one request."""
        return _Seen(
            request,
            self._prober.store(entities),
            self._prober.trace([request], entities)[0],
            self._scopes.mismatches(request, entities),
        )

    def everything(self, seen: _Seen) -> tuple[PolicyResult, ...]:
        """Every policy."""
        return self._results([subject.id for subject in self._subjects], seen)

    def _results(self, policies: Iterable[PolicyId], seen: _Seen) -> tuple[PolicyResult, ...]:
        numbers = (self._numbers[policy] for policy in policies)
        return tuple(_policy_result(self._subjects[number], number, seen) for number in numbers)

    def _closest(self, expected: Expected, answer: Answer, seen: _Seen) -> list[PolicyId]:
        wanted = [policy for policy in (*expected.by, *(expected.exactly or ())) if policy not in answer.determining]
        if wanted or answer.decision is expected.decision:
            return wanted
        effect = Effect.PERMIT if expected.decision is Decision.ALLOW else Effect.FORBID
        candidates = [s.id for s in self._subjects if s.policy.effect is effect and decides(s.policy)]
        return sorted(candidates, key=lambda policy: self._distance(policy, seen))[:1]

    def _distance(self, policy: PolicyId, seen: _Seen) -> tuple[int, float, str]:
        """How far a policy was from being satisfied: first by scope, then by the share of conditions left when it was stopped."""
        number = self._numbers[policy]
        probed = seen.probed.get(number)
        if probed is None:
            return (len(seen.mismatches[number]), 0.0, policy)
        conditions = len(probed.trace.conditions)
        stopped = self._subjects[number].structure.stopped_by(probed.trace)
        return (0, 0.0 if stopped is None else (conditions - stopped) / conditions, policy)


def _policy_result(subject: Subject, number: int, seen: _Seen) -> PolicyResult:
    policy, probed = subject.policy, seen.probed.get(number)
    conditions = () if probed is None else tuple(_condition_results(subject, probed, seen))
    stopped = None if probed is None else subject.structure.stopped_by(probed.trace)
    return PolicyResult(
        policy=subject.id,
        effect=policy.effect,
        span=policy.span(*policy.statement.head),
        outcome=Outcome.NOT_REACHED if probed is None else probed.trace.outcome,
        scope=tuple(_mismatch(subject, scope, seen.request) for scope in seen.mismatches[number]),
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
            values=readings(expression, seen.request, seen.store),
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
