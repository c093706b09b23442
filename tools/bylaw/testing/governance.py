"""Runs the suites of a `governance` app: each test from an empty history, event after event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bylaw.evaluation.governance.decisions import EnforcementMode, GovernanceDecision
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.exemptions import Exemption
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.in_force import policies_of
from bylaw.evaluation.governance.state import NO_HISTORY, Approval, ApprovalStatus, State
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.model.decisions import Answer
from bylaw.model.dialects import Dialect
from bylaw.model.identifiers import PolicyId
from bylaw.testing.explain import FailureExplanation
from bylaw.testing.governance_loading import GovernanceCase, Wanted
from bylaw.testing.judge import Problem, ProblemKind
from bylaw.testing.runner import CaseResult, Clock, Status, TestReport

APPROVAL_SECONDS: Final = 3_600
"""How long what somebody answered in a test holds."""
NO_EXEMPTIONS: Final[Mapping[str, Exemption]] = {}


@dataclass(frozen=True, slots=True)
class GovernanceResult(CaseResult[GovernanceCase]):
    """One test, with how each of its events was decided."""

    decisions: tuple[GovernanceDecision, ...] = ()


@dataclass(frozen=True)
class GovernanceReport(TestReport[GovernanceCase]):
    """The results of all tests of an app."""

    decided: tuple[GovernanceResult, ...] = ()
    """The same results, with their decisions."""


class Evaluators:
    """One evaluator for each mode and set of exceptions that tests ask for, made once."""

    def __init__(self, program: GovernanceProgram, exemptions: Mapping[str, Exemption] = NO_EXEMPTIONS) -> None:
        self._policies = policies_of(program)
        self._exemptions = exemptions
        self._made: dict[tuple[EnforcementMode, tuple[str, ...]], GovernanceEvaluator] = {}

    def of(self, case: GovernanceCase) -> GovernanceEvaluator:
        """The evaluator of a test."""
        asked = (case.mode, case.exceptions)
        if asked not in self._made:
            exemptions = [self._exemptions[name] for name in case.exceptions if name in self._exemptions]
            self._made[asked] = GovernanceEvaluator(self._policies, Dialect.STRICT, case.mode, exemptions=exemptions)
        return self._made[asked]


def run_cases(
    program: GovernanceProgram,
    every: Sequence[GovernanceCase],
    takes: Callable[[GovernanceCase], bool],
    *,
    today: date,
    exemptions: Mapping[str, Exemption] = NO_EXEMPTIONS,
    fail_fast: bool = False,
    clock: Clock | None = None,
) -> GovernanceReport:
    """Decide the tests that are asked for."""
    cases = [case for case in every if takes(case)]
    evaluators = Evaluators(program, exemptions)
    results: list[GovernanceResult] = []
    for case in cases:
        results.append(_result(case, evaluators, today, clock))
        if fail_fast and results[-1].status is Status.FAILED:
            break
    found = tuple(results)
    return GovernanceReport(found, len(every) - len(cases), len(cases) - len(found), decided=found)


def _result(case: GovernanceCase, evaluators: Evaluators, today: date, clock: Clock | None) -> GovernanceResult:
    if case.skip is not None:
        if today <= case.skip.until:
            return GovernanceResult(case, Status.SKIPPED)
        message = f"skipped until {case.skip.until}, which has passed: {case.skip.reason}"
        return GovernanceResult(case, Status.FAILED, None, (Problem(ProblemKind.EXPIRED_SKIP, message),))
    started = clock() if clock else 0.0
    decisions = decided(case, evaluators)
    seconds = clock() - started if clock else None
    problems = tuple(_problems(case, decisions))
    status = Status.FAILED if problems else Status.PASSED
    return GovernanceResult(case, status, _answer(decisions[-1]), problems, seconds, decisions)


def decided(case: GovernanceCase, evaluators: Evaluators) -> tuple[GovernanceDecision, ...]:
    """How each event of a test is decided, one after the other."""
    evaluator, state = evaluators.of(case), NO_HISTORY
    found = []
    for number, happening in enumerate(case.happenings):
        event = happening.event
        if happening.approval is not None:
            event = replace(event, approval_id=f"approval-{number}")
            state = _answered(event, happening.approval, state)
        decision, state = evaluator.decide(event, state)
        found.append(decision)
    return tuple(found)


def _answered(event: GovernanceEvent, status: ApprovalStatus, state: State) -> State:
    """The state in which somebody was asked about exactly this call, and has answered."""
    approval = Approval(
        id=event.approval_id or "",
        status=status,
        action=event.action,
        agent_id=event.agent_id,
        run_id=event.run_id,
        arguments_hash=arguments_hash(event.arguments),
        cost_usd=event.cost_usd,
        filed_at_ms=event.timestamp_ms,
        timeout_seconds=APPROVAL_SECONDS,
    )
    return state.with_approval(approval)


def _answer(decision: GovernanceDecision) -> Answer:
    policies = () if decision.policy is None else (PolicyId(decision.policy.id),)
    reasons = () if decision.reason_code is None else (str(decision.reason_code),)
    return Answer(decision.decision, policies, reason_codes=reasons)


def fails(case: GovernanceCase, evaluators: Evaluators) -> bool:
    """Whether a test fails under other policies."""
    return any(_problems(case, decided(case, evaluators)))


def _problems(case: GovernanceCase, decisions: Sequence[GovernanceDecision]) -> Iterator[Problem]:
    several = len(case.happenings) > 1
    for number, (happening, decision) in enumerate(zip(case.happenings, decisions, strict=True), 1):
        if happening.wanted is not None:
            where = f"event {number}, {happening.event.action}: " if several else ""
            yield from _differences(happening.wanted, decision, where)


def _differences(wanted: Wanted, decision: GovernanceDecision, where: str) -> Iterator[Problem]:
    if decision.decision is not wanted.decision:
        message = f"{where}expected {wanted.decision}, got {decision.decision}: {why(decision)}"
        yield Problem(ProblemKind.DECISION, message)
        return
    if wanted.reason is not None and decision.reason_code != wanted.reason:
        yield Problem(ProblemKind.REASONS, f"{where}expected the reason {wanted.reason}, got {why(decision)}")
    policy = None if decision.policy is None else decision.policy.id
    if wanted.policy is not None and policy != wanted.policy:
        yield Problem(ProblemKind.BY, f"{where}expected `{wanted.policy}` to decide, got {why(decision)}")
    if wanted.rule is not None and decision.rule != wanted.rule:
        yield Problem(ProblemKind.BY, f"{where}expected the rule `{wanted.rule}` to decide, got {why(decision)}")


def why(decision: GovernanceDecision) -> str:
    """Reason, policy and rule of a decision in a line."""
    if decision.refusal is None:
        return "nothing refuses it"
    policy = "" if decision.policy is None else f" by `{decision.policy.id}`"
    rule = "" if decision.rule is None else f", `{decision.rule}`"
    return f"{decision.reason_code}{policy}{rule} ({decision.message})"


def explanations(results: Sequence[CaseResult[GovernanceCase]]) -> tuple[FailureExplanation, ...]:
    """Each failure, told by its problems."""
    return tuple(
        FailureExplanation(
            cases=(result.case,),
            problems=result.problems,
            expected=result.case.expected.decision,
            got=result.answer.decision if result.answer else None,
            determining=(),
            errored=(),
            closest=(),
            request={},
        )
        for result in results
    )
