"""Runs cases against an evaluator. Pure: the same suites, evaluator and day give the same report, in the same order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

from bylaw.evaluation.interface import EntityData, Evaluator, MalformedRequestError
from bylaw.model.decisions import Answer
from bylaw.testing.case import BaseCase, Case, Suite
from bylaw.testing.judge import Problem, ProblemKind, judge
from bylaw.testing.selection import EVERYTHING, Selection

Clock = Callable[[], float]
"""Seconds from any origin."""


class Status(StrEnum):
    """What became of a case."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


CaseT_co = TypeVar("CaseT_co", bound=BaseCase, covariant=True)


@dataclass(frozen=True, slots=True)
class CaseResult(Generic[CaseT_co]):
    """One case with its answer."""

    case: CaseT_co
    status: Status
    answer: Answer | None = None
    """None when the case did not run, or its request is malformed."""
    problems: tuple[Problem, ...] = ()
    """Why it failed, most telling first."""
    seconds: float | None = None
    """Its share of the time of its batch; none without a clock."""


@dataclass(frozen=True)
class TestReport(Generic[CaseT_co]):
    """The results of a run, in the order of the suites."""

    __test__: ClassVar[bool] = False

    results: tuple[CaseResult[CaseT_co], ...]
    deselected: int = 0
    """Cases that the selection left out."""
    not_run: int = 0
    """Cases after the first failure of a run that stops there."""

    @cached_property
    def failures(self) -> tuple[CaseResult[CaseT_co], ...]:
        """The cases that failed."""
        return tuple(result for result in self.results if result.status is Status.FAILED)

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(result.status is Status.PASSED for result in self.results)

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return len(self.failures)

    @property
    def skipped(self) -> int:
        """How many cases were skipped."""
        return sum(result.status is Status.SKIPPED for result in self.results)

    @property
    def ran_nothing(self) -> bool:
        """Whether no case was executed: green would mean nothing."""
        return self.passed + self.failed == 0

    @property
    def all_passed(self) -> bool:
        """Whether there were cases, and every one was executed and passed."""
        return bool(self.results) and self.passed == len(self.results) and not (self.deselected or self.not_run)

    @property
    def ok(self) -> bool:
        """Whether at least one case ran and none failed."""
        return not self.ran_nothing and not self.failures


def run_suites(
    suites: Iterable[Suite],
    evaluator: Evaluator,
    *,
    today: date,
    selection: Selection = EVERYTHING,
    fail_fast: bool = False,
    clock: Clock | None = None,
) -> TestReport[Case]:
    """Run the selected cases.

    Args:
        suites: In the order of the report.
        evaluator: Decides; asked for as many requests at once as share their entities.
        today: Ends skips.
        selection: Which cases run.
        fail_fast: Stop after the first case that fails.
        clock: Gives the cases their durations.
    """
    selected = deselected = 0
    results: list[CaseResult[Case]] = []
    failed = False
    for suite in suites:
        cases = [case for case in suite.cases if selection.takes(case)]
        deselected += len(suite.cases) - len(cases)
        if fail_fast and failed:
            selected += len(cases)
            continue
        found = _run(cases, evaluator, today, clock)
        kept = [result for result in found if selection.keeps(result.case, result.answer)]
        deselected += len(found) - len(kept)
        selected += len(kept)
        first = next((position for position, result in enumerate(kept) if result.status is Status.FAILED), None)
        failed = failed or first is not None
        results += kept[: first + 1] if fail_fast and first is not None else kept
    return TestReport(tuple(results), deselected, selected - len(results))


def _run(cases: Sequence[Case], evaluator: Evaluator, today: date, clock: Clock | None) -> list[CaseResult[Case]]:
    """The results of one suite. Cases with the same entities are decided in one call, and share its time evenly."""
    by_store: dict[int, list[Case]] = {}
    for case in cases:
        if case.skip is None:
            by_store.setdefault(id(case.entities), []).append(case)
    results: dict[int, CaseResult[Case]] = {}
    for group in by_store.values():
        started = clock() if clock else 0.0
        answers = _decide(group, group[0].entities, evaluator)
        share = (clock() - started) / len(group) if clock else None
        results.update((id(case), _result(case, answer, share)) for case, answer in zip(group, answers, strict=True))
    return [results[id(case)] if case.skip is None else _skipped(case, today) for case in cases]


def _decide(
    cases: Sequence[Case], entities: tuple[EntityData, ...], evaluator: Evaluator
) -> list[Answer | MalformedRequestError]:
    """The answer to each case; one malformed request does not take the others with it."""
    requests = [case.request for case in cases]
    try:
        return list(evaluator.decide(requests, entities))
    except MalformedRequestError as error:
        if len(cases) == 1:
            return [error]
    middle = len(cases) // 2
    return [*_decide(cases[:middle], entities, evaluator), *_decide(cases[middle:], entities, evaluator)]


def _result(case: Case, answer: Answer | MalformedRequestError, seconds: float | None) -> CaseResult[Case]:
    if isinstance(answer, MalformedRequestError):
        problem = Problem(ProblemKind.MALFORMED, f"the request cannot be decided: {answer.message}")
        return CaseResult(case, Status.FAILED, None, (problem,), seconds)
    problems = judge(case.expected, answer)
    return CaseResult(case, Status.FAILED if problems else Status.PASSED, answer, problems, seconds)


def _skipped(case: Case, today: date) -> CaseResult[Case]:
    skip = case.skip
    if skip is None or today <= skip.until:
        return CaseResult(case, Status.SKIPPED)
    problem = Problem(ProblemKind.EXPIRED_SKIP, f"skipped until {skip.until}, which has passed: {skip.reason}")
    return CaseResult(case, Status.FAILED, None, (problem,))
