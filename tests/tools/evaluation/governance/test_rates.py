"""Sliding windows: what is in them, what fills them, and when to come back."""

import pytest

from bylaw.evaluation.governance.logs import RECENT, TimeLog
from bylaw.languages.governance.model import RateLimit
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.asking import evaluator, event, last, reasons, run
from tools.evaluation.governance.documents import document

TWO = document(rates={"pay": RateLimit(2, 10)})


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0, 0, 0], "RATE_LIMITED"),
        ([0, 5, 9.999], "RATE_LIMITED"),
        ([0, 5, 10], "allow"),
        ([0, 5, 10, 14.999], "RATE_LIMITED"),
        ([0, 5, 10, 15], "allow"),
        ([0, 1, 2, 3, 4, 10], "allow"),
    ],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_a_call_exactly_one_window_old_is_gone_and_refused_ones_do_not_count(
    dialect: Dialect, times: list[float], expected: str
) -> None:
    assert reasons(evaluator(TWO, dialect=dialect), *(event("pay", at) for at in times))[-1] == expected


@pytest.mark.parametrize(
    ("at", "strict", "upstream"), [(0.5, 10, 9), (1, 9, 9), (9.999, 1, 0), (9.001, 1, 0), (9, 1, 1)]
)
def test_the_time_to_wait_is_rounded_up_and_upstream_down(at: float, strict: int, upstream: int) -> None:
    calls = [event("pay", 0), event("pay", 0.25), event("pay", at)]
    for dialect, seconds in ((Dialect.STRICT, strict), (Dialect.UPSTREAM, upstream)):
        decision = last(evaluator(TWO, dialect=dialect), *calls)
        assert decision.remediation is not None
        assert decision.remediation.retry_after_seconds == seconds
        assert decision.recoverable
        assert decision.rule == "rate_limits.pay"


def test_who_waits_as_long_as_told_gets_through() -> None:
    calls = [event("pay", 0), event("pay", 0.25), event("pay", 0.5), event("pay", 10.5)]
    assert reasons(evaluator(TWO), *calls) == ["allow", "allow", "RATE_LIMITED", "allow"]


def test_a_limit_of_none_refuses_always_and_crashes_the_original() -> None:
    none = document(rates={"pay": RateLimit(0, 10)})
    decision = last(evaluator(none), event("pay"))
    assert decision.reason_code == "RATE_LIMITED"
    assert decision.remediation is not None
    assert decision.remediation.retry_after_seconds is None
    assert reasons(evaluator(none, dialect=Dialect.UPSTREAM), event("pay"), event("pay", impact="read")) == [
        "NO_POLICY_FOR_WRITE",
        "EVALUATION_ERROR",
    ]


@pytest.mark.parametrize(("dialect", "expected"), [(Dialect.STRICT, "allow"), (Dialect.UPSTREAM, "RATE_LIMITED")])
def test_only_upstream_do_calls_use_a_slot_that_a_later_rule_refuses(dialect: Dialect, expected: str) -> None:
    asked = evaluator(
        document(rates={"pay": RateLimit(1, 10)}, constraints={"pay": {"required": ["n"]}}), dialect=dialect
    )
    calls = [event("pay", arguments={"x": 1}), event("pay", arguments={"n": 1})]
    assert reasons(asked, *calls) == ["ARGUMENT_CONSTRAINT_VIOLATED", expected]


def test_each_agent_and_each_policy_counts_for_itself() -> None:
    asked = evaluator(document(rates={"pay": RateLimit(1, 10)}), document(rates={"pay": RateLimit(2, 100)}))
    calls = [event("pay", 0), event("pay", 0, agent_id="a2"), event("pay", 10), event("pay", 20)]
    decisions, _ = run(asked, calls)
    assert [one.reason_code for one in decisions] == [None, None, None, "RATE_LIMITED"]
    assert decisions[-1].policy is not None
    assert decisions[-1].policy.id == "p1"


def test_a_log_holds_thousands_of_times() -> None:
    log, times = TimeLog(), []
    for place in range(RECENT * 3):
        time = place * 10 - (35 if place % 50 == 49 else 0)  # now and then one comes late
        log = log.add(time, -1)
        times.append(time)
        for cutoff in (-1, time - 100, time - 1, time):
            assert log.later_than(cutoff) == sum(1 for one in times if one > cutoff)
    ordered = sorted(times, reverse=True)
    assert [log.newest(place + 1) for place in range(len(times))] == ordered


def test_a_log_forgets() -> None:
    log = TimeLog()
    for time in range(RECENT * 10):
        log = log.add(time, time - 5)
    assert len(log.settled) + len(log.recent) <= RECENT + 5
