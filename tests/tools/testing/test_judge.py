"""What counts as the expected answer."""

import pytest

from bylaw.model.decisions import Answer, Decision, PolicyError
from bylaw.model.identifiers import PolicyId
from bylaw.model.spans import whole_file
from bylaw.testing.case import Expected
from bylaw.testing.judge import judge

A, B, C = PolicyId("a"), PolicyId("b"), PolicyId("c")
HERE = whole_file("suite.yaml")


def expected(decision: Decision = Decision.ALLOW, **more: object) -> Expected:
    return Expected(decision, HERE, **more)  # type: ignore[arg-type]


def answer(*determining: PolicyId, errors: tuple[PolicyId, ...] = (), codes: tuple[str, ...] = ()) -> Answer:
    return Answer(Decision.ALLOW, determining, tuple(PolicyError(policy, "overflow") for policy in errors), codes)


@pytest.mark.parametrize(
    ("wanted", "got", "messages"),
    [
        (expected(), answer(A), []),
        (expected(by=(A,)), answer(A, B), []),
        (expected(by=(A, C)), answer(A, B), ["expected `c` to decide, got `a`, `b`"]),
        (expected(by=(A,)), answer(), ["expected `a` to decide, got nothing"]),
        (expected(exactly=(A,)), answer(A), []),
        (expected(exactly=(A,)), answer(A, B), ["expected exactly `a` to decide, got `a`, `b`"]),
        (expected(exactly=()), answer(A), ["expected exactly nothing to decide, got `a`"]),
        (expected(Decision.DENY), answer(A), ["expected deny, got allow"]),
        (expected(Decision.RATE_LIMIT, by=(B,)), answer(A), ["expected rate_limit, got allow"]),
        (expected(), answer(A, errors=(B,)), ["`b` errors: overflow"]),
        (expected(errors=(B,)), answer(A, errors=(B,)), []),
        (expected(errors=(B, C)), answer(A, errors=(B,)), ["expected `c` to error"]),
        (expected(errors=1), answer(A, errors=(B,)), []),
        (expected(errors=2), answer(A, errors=(B,)), ["expected 2 policies to error, got `b`"]),
        (expected(Decision.DENY), answer(A, errors=(B,)), ["expected deny, got allow", "`b` errors: overflow"]),
        (expected(reasons=("x",)), answer(A, codes=("x", "y")), []),
        (expected(reasons=("x",)), answer(A, codes=("y",)), ["expected the reasons `x`, got `y`"]),
    ],
    ids=str,
)
def test_an_answer_is_judged(wanted: Expected, got: Answer, messages: list[str]) -> None:
    assert [problem.message for problem in judge(wanted, got)] == messages
