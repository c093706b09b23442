"""Drafts tried on the engine: which mutants they kill, which gaps they close, and the smallest set that does it all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.conditions import Structure
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.evaluation.values import Reading, readings
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.model.decisions import Answer
from bylaw.model.identifiers import AppId
from bylaw.model.spans import Span, whole_file
from bylaw.testing.case import Case, Expected, Names
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.drafts import Draft, Surroundings
from bylaw.testing.gaps import Gap, gaps
from bylaw.testing.hunt import Hunt
from bylaw.testing.measure import Meter
from bylaw.testing.mutants import Mutant
from bylaw.testing.runner import CaseResult, Status

TRIED = "tried"
"""The name of what is tried and not yet written."""

Goal: TypeAlias = str | Gap
"""The id of a mutant to be killed, or a gap to be closed."""


class Strictness(IntEnum):
    """What a case has to expect for its goal to be reached."""

    DECISION = 0
    BY = 1
    """The decision, and every policy that determines it."""
    EXACTLY = 2
    """The decision, these policies and no other."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A draft as it was tried on the engine."""

    draft: Draft
    answer: Answer
    strictness: Strictness
    goals: frozenset[Goal]
    """What it reaches as it is written: the determining policies are named even where the decision would do."""

    @property
    def exactly(self) -> bool:
        """Whether it is written to expect no other policies than these."""
        return self.strictness is Strictness.EXACTLY


class Bench:
    """Tries drafts against the mutants that survive and the gaps that are open."""

    def __init__(
        self, program: CedarProgram, survivors: Sequence[Mutant], report: CoverageReport, surroundings: Surroundings
    ) -> None:
        self._program = program
        self._mutants = survivors
        self._open = frozenset(gaps(report))
        self._surroundings = surroundings
        self._evaluator = CedarEvaluator.of(program)
        self._hunt = Hunt(program, survivors)
        self._meter = Meter(program)

    def trial(self, draft: Draft, goal: Goal) -> Trial | None:
        """What a draft does, expecting no more than it has to; none where the engine refuses it, or it misses `goal`."""
        for strictness in Strictness:
            result = self._result(draft, strictness)
            if result is not None and goal in self.goals(result):
                return self._written(draft, strictness)
        return None

    def familiar(self, trial: Trial, goal: Goal) -> Trial:
        """The same with fixtures for what they can stand for. Decision and errors stay, and the goal is reached as before."""

        def keeps(draft: Draft) -> bool:
            result = self._result(draft, trial.strictness)
            if result is None or result.answer is None or not _like(result.answer, trial.answer):
                return False
            return goal in (self._closed(result) if isinstance(goal, Gap) else self._killed(result))

        return self._written(self._surroundings.familiar(trial.draft, keeps), trial.strictness) or trial

    def _written(self, draft: Draft, strictness: Strictness) -> Trial | None:
        result = self._result(draft, max(strictness, Strictness.BY))
        if result is None or result.answer is None:
            return None
        return Trial(draft, result.answer, strictness, self.goals(result))

    def _result(self, draft: Draft, strictness: Strictness) -> CaseResult[Case] | None:
        """The case that a draft stands for, which passes; none where the engine refuses it."""
        request, entities = self._surroundings.request(draft), self._surroundings.entities(draft)
        try:
            (answer,) = self._evaluator.decide([request], entities)
        except MalformedRequestError:
            return None
        at = whole_file(TRIED)
        case = Case(
            app=AppId(self._program.app),
            suite=TRIED,
            test=TRIED,
            coordinates=(),
            names=Names("", "", "", ""),
            request=request,
            entities=entities,
            expected=_expected(answer, at, strictness),
            span=at,
        )
        return CaseResult(case, Status.PASSED, answer)

    def goals(self, result: CaseResult[Case]) -> frozenset[Goal]:
        """What a case that passes is good for."""
        return self._killed(result) | self._closed(result)

    def _killed(self, result: CaseResult[Case]) -> frozenset[Goal]:
        return frozenset(self._mutants[position].id for position in self._hunt.kills(result))

    def _closed(self, result: CaseResult[Case]) -> frozenset[Goal]:
        return self._open - frozenset(gaps(self._meter.measure([result])))

    def readings(self, draft: Draft, goal: Goal) -> tuple[Reading, ...]:
        """What the conditions read that a goal is about; nothing where it is about a whole policy."""
        mutants = {mutant.id: mutant for mutant in self._mutants}
        about = goal if isinstance(goal, Gap) else mutants[goal]
        store = self._meter.store(self._surroundings.entities(draft))
        request = self._surroundings.request(draft)
        found: dict[str, Reading] = {}
        policy = self._program.by_id[about.policy]
        for condition in Structure(policy.statement).conditions:
            if _touches(about.span, policy, condition.expression.start, condition.expression.end):
                read = readings(condition.expression, request, store)
                found.update((reading.path, reading) for reading in read)
        return tuple(found.values())


def _like(answer: Answer, other: Answer) -> bool:
    return answer.decision is other.decision and {e.policy for e in answer.errors} == {e.policy for e in other.errors}


def _touches(span: Span, policy: CedarPolicy, start: int, end: int) -> bool:
    own = policy.span(start, end)
    return span.start < own.end and own.start < span.end


def _expected(answer: Answer, at: Span, strictness: Strictness) -> Expected:
    return Expected(
        decision=answer.decision,
        span=at,
        by=answer.determining if strictness is Strictness.BY else (),
        exactly=answer.determining if strictness is Strictness.EXACTLY else None,
        errors=tuple(sorted({error.policy for error in answer.errors})),
    )


def smallest(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Few of `trials` that reach every goal that all of them reach, none of them for nothing, in the given order.

    Always the one next that adds most; then those go that others have made superfluous.
    """
    missing = set(reached(trials))
    chosen: list[int] = []
    while missing:
        gains = [len(trial.goals & missing) for trial in trials]
        chosen.append(gains.index(max(gains)))
        missing -= trials[chosen[-1]].goals
    for position in tuple(chosen):
        others = [other for other in chosen if other != position]
        if trials[position].goals <= reached(trials[other] for other in others):
            chosen = others
    return tuple(trials[position] for position in sorted(chosen))


def reached(trials: Iterable[Trial]) -> frozenset[Goal]:
    """The goals of any of `trials`."""
    return frozenset(goal for trial in trials for goal in trial.goals)


def attributed(trials: Sequence[Trial]) -> tuple[frozenset[Goal], ...]:
    """For each trial the goals that none before it reaches."""
    done: frozenset[Goal] = frozenset()
    found = []
    for trial in trials:
        found.append(trial.goals - done)
        done |= trial.goals
    return tuple(found)
