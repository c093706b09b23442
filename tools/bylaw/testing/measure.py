"""Measures coverage: traces every executed case through every condition, by probes, a store at a time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bylaw.evaluation.cedar import decides
from bylaw.evaluation.conditions import Outcome, Trace
from bylaw.evaluation.interface import EntityData
from bylaw.evaluation.probe import Probed, Prober, Subject
from bylaw.evaluation.store import Store
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.decisions import Decision
from bylaw.model.effects import Mode
from bylaw.model.identifiers import PolicyId
from bylaw.testing.case import Case
from bylaw.testing.coverage import CoverageReport, Covered, EnvironmentCoverage, Hits, PolicyCoverage
from bylaw.testing.environments import always_matches, residual
from bylaw.testing.exclusions import exclusions
from bylaw.testing.runner import CaseResult


def measure(program: CedarProgram, results: Iterable[CaseResult[Case]]) -> CoverageReport:
    """The coverage of `program` by those of `results` that were executed, whether they passed or failed."""
    return Meter(program).measure(results)


class Meter:
    """Measures any number of times, with probes that are made once."""

    def __init__(self, program: CedarProgram) -> None:
        self._program = program
        self._prober = Prober.of(program)

    def store(self, entities: Sequence[EntityData]) -> Store:
        """The entities that requests with `entities` see."""
        return self._prober.store(entities)

    def measure(self, results: Iterable[CaseResult[Case]]) -> CoverageReport:
        """The coverage by those of `results` that were executed, whether they passed or failed."""
        executed = [result for result in results if result.answer is not None]
        program, subjects = self._program, self._prober.subjects
        counts = [_Counts(subject) for subject in subjects]
        for probed in _traces(self._prober, executed):
            for number, one in probed.items():
                counts[number].add(one.trace)
        decisive = Counter(policy for result in executed if result.answer for policy in result.answer.determining)
        by_file: dict[str, list[_Counts]] = {policy.path: [] for policy in program.policies}
        for count in counts:
            by_file[count.subject.policy.path].append(count)
        return CoverageReport(
            app=program.app,
            cases=len(executed),
            policies=tuple(_policy(policy, by_file[policy.path], decisive) for policy in program.policies),
            environments=tuple(_environments(program, subjects, executed)),
            exclusions=tuple(exclusion for policy in program.policies for exclusion in exclusions(policy)),
        )


def _traces(prober: Prober, results: Sequence[CaseResult[Case]]) -> Iterator[dict[int, Probed]]:
    by_store: dict[int, list[CaseResult[Case]]] = {}
    for result in results:
        by_store.setdefault(id(result.case.entities), []).append(result)
    for group in by_store.values():
        yield from prober.trace([result.case.request for result in group], group[0].case.entities)


class _Counts:
    """Outcomes of one subject, added up."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.policy: Counter[Outcome] = Counter()
        self.clauses: list[Counter[Outcome]] = [Counter() for _ in subject.structure.trees]
        self.conditions: list[Counter[Outcome]] = [Counter() for _ in subject.structure.conditions]

    def add(self, trace: Trace) -> None:
        """Take in one case whose scope matched."""
        self.policy[trace.outcome] += 1
        for counter, outcome in zip(self.clauses, trace.clauses, strict=True):
            counter[outcome] += 1
        for counter, outcome in zip(self.conditions, trace.conditions, strict=True):
            counter[outcome] += 1


def _policy(policy: CedarPolicy, counts: Sequence[_Counts], decisive: Counter[PolicyId]) -> PolicyCoverage:
    """The subjects of one file together: one for a static policy, one for each link of a template."""
    outcomes: Counter[Outcome] = sum((count.policy for count in counts), Counter())
    reasons = {exclusion.line: exclusion.reason for exclusion in exclusions(policy) if exclusion.reason}
    head = policy.span(*policy.statement.head)
    return PolicyCoverage(
        policy=policy.ref.policy,
        effect=policy.effect,
        span=head,
        in_scope=outcomes.total(),
        matched=outcomes[Outcome.TRUE],
        decisive=sum(decisive[count.subject.id] for count in counts),
        errors=outcomes[Outcome.ERROR],
        clauses=tuple(_clauses(policy, counts, reasons)),
        conditions=tuple(_conditions(policy, counts, reasons)),
        log_only=policy.mode is Mode.LOG_ONLY,
        excluded=_reason(policy, reasons),
    )


def _reason(policy: CedarPolicy, reasons: dict[int, str]) -> str | None:
    """Why the whole policy does not count: the comment stands above its first annotation or its effect."""
    first = policy.lines.position(policy.statement.start).line
    head = policy.lines.position(policy.statement.head[0]).line
    return next((reason for line, reason in reasons.items() if first <= line <= head), None)


def _clauses(policy: CedarPolicy, counts: Sequence[_Counts], reasons: dict[int, str]) -> Iterator[Covered]:
    for number, clause in enumerate(policy.statement.clauses):
        span = policy.span(clause.start, clause.end)
        hits = _hits([count.clauses[number] for count in counts])
        text = f"{clause.kind} {{ {expression_text(clause.body)} }}"
        yield Covered(span, text, hits, reasons.get(span.start.line))


def _conditions(policy: CedarPolicy, counts: Sequence[_Counts], reasons: dict[int, str]) -> Iterator[Covered]:
    structure = Subject(policy.ref.policy, policy, policy.statement).structure
    for number, condition in enumerate(structure.conditions):
        if condition.is_constant:
            continue
        span = policy.span(condition.expression.start, condition.expression.end)
        clause = policy.lines.position(policy.statement.clauses[condition.clause].start).line
        reason = reasons.get(span.start.line) or reasons.get(clause)
        yield Covered(
            span, expression_text(condition.expression), _hits([c.conditions[number] for c in counts]), reason
        )


def _hits(counters: Iterable[Counter[Outcome]]) -> Hits:
    both: Counter[Outcome] = sum(counters, Counter())
    return Hits(both[Outcome.TRUE], both[Outcome.FALSE], both[Outcome.ERROR], both[Outcome.NOT_REACHED])


def _environments(
    program: CedarProgram, subjects: Sequence[Subject], results: Sequence[CaseResult[Case]]
) -> Iterator[EnvironmentCoverage]:
    schema = program.schema
    if schema is None:
        return
    active = [subject.statement for subject in subjects if decides(subject.policy)]
    asserted: Counter[tuple[Environment, Decision]] = Counter()
    for result in results:
        request = result.case.request
        environment = Environment(request.principal.type, request.action, request.resource.type)
        asserted[environment, result.case.expected.decision] += 1
    for environment in schema.environments:
        yield EnvironmentCoverage(
            environment=environment,
            allows=asserted[environment, Decision.ALLOW],
            denies=asserted[environment, Decision.DENY],
            always_denied=_always_denied(active, environment, schema),
        )


def _always_denied(statements: Sequence[Statement], environment: Environment, schema: Schema) -> bool:
    """Whether no permit is in scope there, or a forbid without conditions is."""
    permitted = any(s.effect == "permit" and residual(s, environment, schema) for s in statements)
    return not permitted or any(s.effect == "forbid" and always_matches(s, environment, schema) for s in statements)
