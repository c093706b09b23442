"""What a change does to one request environment: `equal`, `narrows`, `widens`, `changes` or `unknown`, with real examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.frame import NotAnalysableError
from bylaw.analysis.smt.policies import PolicySet
from bylaw.analysis.smt.port import Check, Satisfiability
from bylaw.analysis.smt.properties import gained, lost, newly_allows
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import OUT_OF_TIME, Options, Room
from bylaw.analysis.smt.shrinking import shrink
from bylaw.analysis.smt.subjects import Subject
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.evaluation.values import Reading
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.decisions import Answer, Decision
from bylaw.model.identifiers import PolicyId
from bylaw.model.verdicts import Verdict

MAX_CAUSES = 50
"""Named for each direction in one environment."""


Claims: TypeAlias = tuple[Decision, Decision]
"""What is said of an example: the decision before and after."""
WIDENING: Final[Claims] = (Decision.DENY, Decision.ALLOW)
NARROWING: Final[Claims] = (Decision.ALLOW, Decision.DENY)


@dataclass(frozen=True, slots=True)
class Example:
    """A request that the two sets decide differently, as the engine said of both."""

    concrete: Concrete
    before: Answer
    after: Answer
    reads: tuple[Reading, ...]
    """What the policies that decide it look at."""
    cause: PolicyId
    """The changed policy that makes the difference: a permit gained, a forbid lost, or the other way round."""


@dataclass(frozen=True, slots=True)
class EnvironmentVerdict:
    """What a change does in one environment."""

    environment: Environment
    verdict: Verdict
    widening: tuple[Example, ...] = ()
    """Requests that are newly allowed."""
    narrowing: tuple[Example, ...] = ()
    """Requests that are no longer allowed."""
    widened_by: tuple[PolicyId, ...] = ()
    """The changed policies that make the difference: permits gained, forbids lost."""
    narrowed_by: tuple[PolicyId, ...] = ()
    reason: str = ""
    """Why it is unknown."""

    @property
    def widens(self) -> bool:
        """Whether some request is newly allowed, or that could not be ruled out."""
        return bool(self.widening) or self.verdict in {Verdict.WIDENS, Verdict.CHANGES, Verdict.UNKNOWN}


class Job(NamedTuple):
    """Two sets to compare, both given by what can apply in `environment`."""

    environment: Environment
    before: Sequence[Subject]
    after: Sequence[Subject]
    schema: Schema

    @property
    def is_trivial(self) -> bool:
        """Whether both say the same, word for word."""
        return {subject.digest for subject in self.before} == {subject.digest for subject in self.after}


def compare_all(jobs: Sequence[Job], options: Options) -> list[EnvironmentVerdict]:
    """The verdicts on several comparisons, in their order.

    Raises:
        InternalError: the engine contradicts an example.
    """
    return [compare(job, options) for job in jobs]


def compare(job: Job, options: Options, replays: tuple[Replay, Replay] | None = None) -> EnvironmentVerdict:
    """The verdict on going from one set to another.

    Args:
        job: The sets.
        options: How to solve.
        replays: The engine over both, where it is not simply asked about the subjects.

    Raises:
        InternalError: the engine contradicts an example.
    """
    environment = job.environment
    if job.is_trivial:
        return EnvironmentVerdict(environment, Verdict.EQUAL)
    if not options.in_time():
        return EnvironmentVerdict(environment, Verdict.UNKNOWN, reason=OUT_OF_TIME)
    try:
        comparison = _Comparison(job, options, replays or replays_of(job))
        wider, narrower = comparison.newly_allowed(), comparison.no_longer_allowed()
    except NotAnalysableError as error:
        return EnvironmentVerdict(environment, Verdict.UNKNOWN, reason=f"not analysable: {error}")
    return EnvironmentVerdict(
        environment,
        _verdict(wider.check, narrower.check),
        wider.examples,
        narrower.examples,
        wider.causes,
        narrower.causes,
        wider.check.reason or narrower.check.reason,
    )


class _Direction(NamedTuple):
    """What was found of one direction of a change."""

    check: Check
    examples: tuple[Example, ...] = ()
    causes: tuple[PolicyId, ...] = ()


def _verdict(widens: Check, narrows: Check) -> Verdict:
    answers = (widens.answer, narrows.answer)
    if Satisfiability.UNKNOWN in answers:
        return Verdict.UNKNOWN
    sat = Satisfiability.SAT
    return {
        (False, False): Verdict.EQUAL,
        (False, True): Verdict.NARROWS,
        (True, False): Verdict.WIDENS,
        (True, True): Verdict.CHANGES,
    }[answers[0] is sat, answers[1] is sat]


class _Comparison:
    """Two sets in one environment."""

    def __init__(self, job: Job, options: Options, replays: tuple[Replay, Replay]) -> None:
        self._room = Room(job.environment, job.schema, options)
        self._options = options
        self._before, self._after = self._room.set(job.before), self._room.set(job.after)
        self._replays = replays

    def newly_allowed(self) -> _Direction:
        """Whether the change widens, with examples."""
        return self._direction(self._before, self._after, WIDENING)

    def no_longer_allowed(self) -> _Direction:
        """Whether the change narrows, with examples."""
        return self._direction(self._after, self._before, NARROWING)

    def _direction(self, tighter: PolicySet, looser: PolicySet, claims: Claims) -> _Direction:
        difference = newly_allows(tighter, looser, self._room.terms)
        check = self._room.check(difference)
        if check.answer is not Satisfiability.SAT:
            return _Direction(check)
        examples: list[Example] = []
        causes: list[PolicyId] = []
        for cause in (*gained(tighter, looser), *lost(tighter, looser)):
            if (
                len(causes) >= MAX_CAUSES
                or self._room.check(difference, cause.satisfied).answer is not Satisfiability.SAT
            ):
                continue
            causes.append(cause.policy)
            if len(examples) < self._options.examples:
                concrete = self._room.example(difference, cause.satisfied)
                examples.append(self._example(concrete, claims, cause.policy))
        return _Direction(check, tuple(examples), tuple(sorted(causes)))

    def _example(self, concrete: Concrete, claims: Claims, cause: PolicyId) -> Example:
        first = decided(concrete, claims, cause, self._replays)
        wanted = _essence(first.before), _essence(first.after)

        def holds(candidate: Concrete) -> bool:
            try:
                pairs = zip(self._replays, wanted, strict=True)
                return all(_essence(replay.answer(candidate)) == essence for replay, essence in pairs)
            except MalformedRequestError:
                return False

        return decided(shrink(concrete, holds), claims, cause, self._replays)


def replays_of(job: Job) -> tuple[Replay, Replay]:
    """The engine over both sets."""
    return Replay(job.before, job.schema), Replay(job.after, job.schema)


def decided(concrete: Concrete, claims: Claims, cause: PolicyId, replays: tuple[Replay, Replay]) -> Example:
    """An example as the engine sees it, over both sets.

    Raises:
        InternalError: the engine decides otherwise than claimed.
    """
    answers = [replay.confirm(concrete, claim) for replay, claim in zip(replays, claims, strict=True)]
    looked = {
        reading.path: reading
        for replay, answer in zip(replays, answers, strict=True)
        for reading in replay.readings({*answer.determining, cause}, concrete)
    }
    return Example(concrete, answers[0], answers[1], tuple(looked.values()), cause)


def _essence(answer: Answer) -> tuple[object, ...]:
    return (answer.decision, answer.determining, [error.policy for error in answer.errors])
