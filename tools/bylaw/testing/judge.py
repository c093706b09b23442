"""Whether an answer is what a case expects."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from bylaw.model.decisions import Answer
from bylaw.testing.case import Expected


class ProblemKind(StrEnum):
    """The sorts of failure, most telling first."""

    MALFORMED = "malformed-request"
    EXPIRED_SKIP = "expired-skip"
    DECISION = "wrong-decision"
    ERRORS = "wrong-errors"
    BY = "wrong-policies"
    REASONS = "wrong-reasons"


class Problem(NamedTuple):
    """One way in which an answer differs from what is expected."""

    kind: ProblemKind
    message: str


def judge(expected: Expected, answer: Answer) -> tuple[Problem, ...]:
    """Every difference; none when the answer is as expected."""
    return tuple(_problems(expected, answer))


def _problems(expected: Expected, answer: Answer) -> Iterator[Problem]:
    if answer.decision is not expected.decision:
        yield Problem(ProblemKind.DECISION, f"expected {expected.decision}, got {answer.decision}")
    yield from _errors(expected, answer)
    if answer.decision is not expected.decision:
        return  # what determined a wrong decision is explained, not compared
    if missing := [policy for policy in expected.by if policy not in answer.determining]:
        yield Problem(ProblemKind.BY, f"expected {_list(missing)} to decide, got {_list(answer.determining)}")
    if expected.exactly is not None and expected.exactly != answer.determining:
        yield Problem(
            ProblemKind.BY, f"expected exactly {_list(expected.exactly)} to decide, got {_list(answer.determining)}"
        )
    if missing_codes := [code for code in expected.reasons if code not in answer.reason_codes]:
        yield Problem(
            ProblemKind.REASONS, f"expected the reasons {_list(missing_codes)}, got {_list(answer.reason_codes)}"
        )


def _errors(expected: Expected, answer: Answer) -> Iterator[Problem]:
    errored = sorted({error.policy for error in answer.errors})
    if isinstance(expected.errors, int):
        if len(errored) != expected.errors:
            yield Problem(ProblemKind.ERRORS, f"expected {expected.errors} policies to error, got {_list(errored)}")
        return
    for error in answer.errors:
        if error.policy not in expected.errors:
            yield Problem(ProblemKind.ERRORS, f"`{error.policy}` errors: {error.message}")
    if quiet := [policy for policy in expected.errors if policy not in errored]:
        yield Problem(ProblemKind.ERRORS, f"expected {_list(quiet)} to error")


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"
