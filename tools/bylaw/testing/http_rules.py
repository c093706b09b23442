"""The cases of `http-rules` documents: each is decided by the document under the guardrails of its app, as if enforced."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bylaw.evaluation.http_rules.decisions import HttpDecision, Result, Stage, Step, Verdict
from bylaw.evaluation.http_rules.effective import effective
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.merging import Merged
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.cases import Case as Written
from bylaw.languages.http_rules.cases import CaseRequest
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.model.decisions import Answer, Decision
from bylaw.model.dialects import Dialect
from bylaw.model.identifiers import PolicyId
from bylaw.model.spans import Span
from bylaw.testing.case import BaseCase, Expected
from bylaw.testing.coverage import CoverageReport, Covered, Hits, PolicyCoverage
from bylaw.testing.explain import FailureExplanation
from bylaw.testing.judge import Problem, ProblemKind
from bylaw.testing.runner import CaseResult, Clock, Status, TestReport

DECISIONS: Final[Mapping[Verdict, Decision]] = {
    Verdict.ALLOW: Decision.ALLOW,
    Verdict.DENY: Decision.DENY,
    Verdict.RATE_LIMIT: Decision.RATE_LIMIT,
    Verdict.KILL_SWITCH: Decision.DENY,
    Verdict.ERROR: Decision.DENY,
}
"""What each verdict is in the words that all languages share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCase(BaseCase):
    """Requests to one document; the last of them is judged."""

    policy: RulesPolicy
    written: Written


@dataclass(frozen=True, slots=True)
class HttpResult(CaseResult[HttpCase]):
    """One case, with how its last request was decided."""

    decision: HttpDecision | None = None


@dataclass(frozen=True)
class HttpReport(TestReport[HttpCase]):
    """The results of all cases of an app."""

    decided: tuple[HttpResult, ...] = ()
    """The same results, with their decisions."""


def cases_of(program: RulesProgram) -> Iterator[HttpCase]:
    """Every case that stands in a document."""
    for policy in program.policies:
        for written in policy.cases:
            yield case_of(program, policy, policy.ref.policy, written)


def case_of(program: RulesProgram, policy: RulesPolicy, suite: str, written: Written) -> HttpCase:
    """A case of one document."""
    return HttpCase(
        app=program.app,
        suite=suite,
        test=written.name,
        coordinates=(),
        expected=_expected(policy, written),
        span=written.span,
        policy=policy,
        written=written,
    )


def _expected(policy: RulesPolicy, written: Written) -> Expected:
    word = written.expected.outcome or _word(allowed=written.expected.allowed)
    return Expected(Decision(word), written.span, by=(policy.ref.policy,))


def _word(*, allowed: bool) -> str:
    return "allow" if allowed else "deny"


def run_cases(
    program: RulesProgram,
    takes: Callable[[HttpCase], bool],
    *,
    suites: Iterable[HttpCase] = (),
    fail_fast: bool = False,
    clock: Clock | None = None,
) -> HttpReport:
    """Decide the cases of documents and suites that are asked for, each with an empty limiter."""
    every = (*cases_of(program), *suites)
    cases = [case for case in every if takes(case)]
    results: list[HttpResult] = []
    for case in cases:
        results.append(_result(case, program, clock))
        if fail_fast and results[-1].status is Status.FAILED:
            break
    found = tuple(results)
    return HttpReport(found, len(every) - len(cases), len(cases) - len(found), decided=found)


def _result(case: HttpCase, program: RulesProgram, clock: Clock | None) -> HttpResult:
    started = clock() if clock else 0.0
    decision = _decided(effective(case.policy, program), case.written)
    seconds = clock() - started if clock else None
    problems = tuple(_problems(case.written, decision))
    answer = Answer(DECISIONS[decision.verdict], (case.policy.ref.policy,), reason_codes=(_reason(decision),))
    status = Status.FAILED if problems else Status.PASSED
    return HttpResult(case, status, answer, problems, seconds, decision)


def _decided(merged: Merged, case: Written) -> HttpDecision:
    evaluator = HttpEvaluator(merged.document, Dialect.STRICT)
    *_, last = (evaluator.decide(request_of(request)) for request in case.requests)
    return last


def fails(case: HttpCase, program: RulesProgram) -> bool:
    """Whether a case fails on another version of its app."""
    policy = program.by_id[case.policy.ref.policy]
    return any(_problems(case.written, _decided(effective(policy, program), case.written)))


def request_of(request: CaseRequest) -> HttpRequest:
    """A request as the evaluator takes it."""
    return HttpRequest(request.method, request.url, request.headers, request.body, request.timestamp_ms)


def _reason(decision: HttpDecision) -> str:
    return decision.matched_rule or str(decision.matched_rule_kind or "error")


def _problems(case: Written, decision: HttpDecision) -> Iterator[Problem]:
    """What is not as expected: as if enforced, whatever the mode."""
    expected, verdict = case.expected, str(decision.verdict)
    if (decision.verdict is Verdict.ALLOW) is not expected.allowed or (expected.outcome or verdict) != verdict:
        wanted = expected.outcome or _word(allowed=expected.allowed)
        yield Problem(ProblemKind.DECISION, f"expected {wanted}, got {verdict}: {_why(decision)}")
        return
    if expected.rule is not None and decision.matched_rule != expected.rule:
        yield Problem(ProblemKind.BY, f"expected the rule `{expected.rule}` to decide, got {_why(decision)}")
    if expected.kind is not None and str(decision.matched_rule_kind) != expected.kind:
        yield Problem(ProblemKind.BY, f"expected `{expected.kind}` to decide, got {_why(decision)}")


def _why(decision: HttpDecision) -> str:
    if decision.matched_rule is not None:
        return f"the rule `{decision.matched_rule}`"
    if decision.matched_rule_kind is None:
        return next((step.detail or "" for step in decision.evaluation_path), "the request cannot be read")
    return "no rule matches" if decision.matched_rule_kind == "default" else str(decision.matched_rule_kind)


def explanations(results: Sequence[CaseResult[HttpCase]]) -> tuple[FailureExplanation, ...]:
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


def coverage(program: RulesProgram, report: HttpReport) -> CoverageReport:
    """Which rules the cases of each document matched and passed by: a rule counts like a clause."""
    return CoverageReport(
        app=program.app,
        cases=len(report.decided),
        policies=tuple(_covered(policy, report) for policy in program.policies),
        environments=(),
        exclusions=(),
    )


def _covered(policy: RulesPolicy, report: HttpReport) -> PolicyCoverage:
    own = [result for result in report.decided if result.case.policy is policy and result.decision is not None]
    steps = [step for result in own if result.decision for step in result.decision.evaluation_path]
    decided = [result.decision.matched_rule for result in own if result.decision]
    return PolicyCoverage(
        policy=policy.ref.policy,
        effect=policy.effect,
        span=_head(policy),
        in_scope=len(own),
        matched=sum(name is not None for name in decided),
        decisive=sum(name is not None for name in decided),
        errors=0,
        clauses=tuple(Covered(rule.span, rule.name, _hits(rule.name, steps)) for rule in policy.rules.rules),
        conditions=(),
        log_only=False,
    )


def _head(policy: RulesPolicy) -> Span:
    return policy.place("rules")


_MATCHED: Final = frozenset({Result.MATCHED, Result.ALLOW, Result.DENY, Result.EXCEEDED})


def _hits(rule: str, steps: Sequence[Step]) -> Hits:
    own = [step.result for step in steps if step.rule == rule and step.stage is not Stage.ERROR]
    matched = sum(result in _MATCHED for result in own)
    return Hits(true=matched, false=len(own) - matched)


def decisive(report: HttpReport) -> Mapping[PolicyId, frozenset[str]]:
    """By document, the rules that decided in some case."""
    found: dict[PolicyId, set[str]] = {}
    for result in report.decided:
        if result.decision is not None and result.decision.matched_rule is not None:
            found.setdefault(result.case.policy.ref.policy, set()).add(result.decision.matched_rule)
    return {policy: frozenset(rules) for policy, rules in found.items()}
