"""Never faster than the documented rates, and hardly slower."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.agentcore.pace import Lane, TokenBucket, buckets
from tools.backends.agentcore.opening import Stopwatch, agentcore_backend
from tools.backends.agentcore.service import refusal
from tools.backends.agentcore.wire import Wire
from tools.contracts.policies import ENGINE, desired, statement


def times(bucket: TokenBucket, watch: Stopwatch, pauses: list[float]) -> list[float]:
    """When each call goes out, where the caller does something else for `pauses` before each."""
    sent = []
    for pause in pauses:
        watch.now += pause
        bucket.take()
        sent.append(watch.now)
    return sent


rates = st.floats(0.5, 50)
pauses = st.lists(st.floats(0, 2), min_size=1, max_size=60)


@given(rates, st.integers(1, 10), pauses)
def test_no_stretch_of_time_sees_more_than_rate_and_burst(rate: float, burst: int, waits: list[float]) -> None:
    watch = Stopwatch()

    sent = times(TokenBucket(rate, burst, watch.timing), watch, waits)

    for first in range(len(sent)):
        for last in range(first, len(sent)):
            assert last - first + 1 <= (sent[last] - sent[first]) * rate + burst + 1e-6


@given(rates, st.integers(1, 60))
def test_a_busy_caller_gets_the_whole_rate(rate: float, calls: int) -> None:
    watch = Stopwatch()

    sent = times(TokenBucket(rate, 1, watch.timing), watch, [0.0] * calls)

    assert sent[-1] - sent[0] == pytest.approx((calls - 1) / rate)


def test_a_clock_that_goes_backwards_gives_nothing_away() -> None:
    watch = Stopwatch()
    bucket = TokenBucket(1, 1, watch.timing)
    bucket.take()

    watch.now -= 100
    bucket.take()

    assert watch.slept == [1.0]


def test_engines_are_written_at_a_fifth_of_the_policies_rate() -> None:
    watch = Stopwatch()
    lanes = buckets(5, 5, watch.timing)

    for lane in (Lane.ENGINE_WRITE, Lane.POLICY_CREATE):
        times(lanes[lane], watch, [0.0] * 2)

    assert watch.slept == pytest.approx([1.0, 0.2])


def test_creating_many_policies_takes_what_the_rate_alone_forces(backend: AgentCoreBackend, watch: Stopwatch) -> None:
    began = watch.now

    for number in range(101):
        backend.create(ENGINE, desired(f"policy-{number}", statement(number)), str(number))

    assert watch.now - began == pytest.approx(100 / 5, rel=0.02)


def test_a_target_may_be_given_less_than_the_account_has(wire: Wire, watch: Stopwatch) -> None:
    backend = agentcore_backend(wire.url, watch, writes_per_second=0.5)

    for number in range(6):
        backend.create(ENGINE, desired(f"policy-{number}", statement(number)), str(number))

    assert sum(watch.slept) == pytest.approx(10)


def test_after_an_answer_of_too_fast_the_next_call_waits(
    wire: Wire, backend: AgentCoreBackend, watch: Stopwatch
) -> None:
    backend.observe()
    assert watch.slept == []
    wire.script("ListPolicyEngines", refusal(429, "ThrottlingException"))

    with pytest.raises(Exception, match="faster than the account's rate"):
        backend.observe()
    backend.observe()

    assert watch.slept == pytest.approx([0.2])
