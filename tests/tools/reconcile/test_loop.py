"""The loop: failures never end it, failing targets are tried less often, and nobody acts at the same moment as everybody else."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bylaw.model.errors import BackendError, ConflictError
from bylaw.model.identifiers import TargetId
from bylaw.reconcile.loop import JITTER, MAX_BACKOFF, Loop, TargetStatus, TurnResult
from bylaw.reconcile.retry import Patience
from tools.reconcile.world import Timeline

ONE, TWO = TargetId("one"), TargetId("two")
DONE = TurnResult(commit="a" * 40, written=1, drift=())


class Watch:
    """A loop over targets whose turns are scripted, with everything that came of it."""

    def __init__(self, turn: Callable[[TargetId, int], TurnResult], *targets: TargetId, draw: float = 0.5) -> None:
        self.clock = Timeline()
        self.turns: list[TargetId] = []
        self.published: list[tuple[TargetStatus, ...]] = []
        self.stopped = False
        self.suspended: set[TargetId] = set()

        def take(target: TargetId) -> TurnResult:
            self.turns.append(target)
            return turn(target, self.turns.count(target))

        self.loop = Loop(
            targets=targets or (ONE,),
            turn=take,
            suspended=lambda target: target in self.suspended,
            publish=lambda statuses: self.published.append(tuple(statuses)),
            clock=self.clock,
            patience=Patience(self.clock.sleep, lambda: draw),
            stop=lambda: self.stopped,
        )

    def run(self, turns: int, interval: float = 100) -> TargetStatus:
        return self.loop.run(interval, turns)[0]


def fails(*numbers: int) -> Callable[[TargetId, int], TurnResult]:
    """A turn that fails at these numbers."""

    def turn(_: TargetId, number: int) -> TurnResult:
        if number in numbers:
            raise BackendError("does not answer")
        return DONE

    return turn


def test_every_target_gets_its_turn() -> None:
    watch = Watch(fails(), ONE, TWO)

    watch.run(3)

    assert watch.turns == [ONE, TWO] * 3
    assert [status.changes for status in watch.published[-1]] == [3, 3]


def test_a_failure_ends_nothing_and_is_told() -> None:
    watch = Watch(lambda target, number: fails(1)(target, number) if target == ONE else DONE, ONE, TWO)

    watch.run(2)

    first, last = watch.published
    assert (first[0].error, first[0].failures, first[0].last_success) == ("does not answer", 1, None)
    assert first[1].error == ""
    assert (last[0].error, last[0].failures, last[0].failures_total) == ("", 0, 1)


def test_a_bug_ends_nothing_either() -> None:
    def turn(_: TargetId, number: int) -> TurnResult:
        if number == 1:
            raise KeyError("secret detail")
        return DONE

    watch = Watch(turn)
    watch.run(2)

    assert watch.published[0][0].error == "internal error: KeyError"
    assert watch.published[1][0].error == ""


def test_an_interrupt_ends_the_loop() -> None:
    def turn(_: TargetId, __: int) -> TurnResult:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Watch(turn).run(2)


def test_a_failing_target_is_tried_ever_less_often_and_never_given_up() -> None:
    watch = Watch(fails(*range(1, 1000)))
    tried: list[int] = []
    for number in range(60):
        before = len(watch.turns)
        watch.run(1)
        if len(watch.turns) > before:
            tried.append(number)

    pauses = [after - before for before, after in pairwise(tried)]
    assert pauses[:3] == [1, 2, 4]
    assert set(pauses[3:]) == {MAX_BACKOFF}


def test_a_target_that_failed_is_on_time_again_after_one_success() -> None:
    watch = Watch(fails(1, 2, 3))
    watch.run(20)

    assert watch.loop.statuses[ONE].failures == 0
    assert len(watch.turns) == 20 - 1 - 3


def test_a_target_that_sits_out_does_not_hold_up_others() -> None:
    watch = Watch(lambda target, number: fails(*range(100))(target, number) if target == ONE else DONE, ONE, TWO)
    watch.run(10)
    assert watch.turns.count(TWO) == 10


@pytest.mark.parametrize("draw", [0.0, 0.25, 0.5, 0.999999])
def test_the_pause_lies_around_the_interval(draw: float) -> None:
    watch = Watch(fails(), draw=draw)
    watch.run(5, interval=300)

    assert len(watch.clock.slept) == 4, "no pause after the last turn"
    for pause in watch.clock.slept:
        assert 300 * (1 - JITTER) <= pause <= 300 * (1 + JITTER)
    assert len(set(watch.clock.slept)) == 1
    assert watch.clock.slept[0] == pytest.approx(300 * (0.8 + 0.4 * draw))


def test_the_loop_stops_between_targets() -> None:
    def turn(_: TargetId, __: int) -> TurnResult:
        watch.stopped = True
        return DONE

    watch = Watch(turn, ONE, TWO)
    watch.loop.run(100)

    assert watch.turns == [ONE]
    assert [[status.target for status in statuses] for statuses in watch.published] == [[ONE]]
    assert watch.clock.slept == []


def test_a_loop_that_is_told_to_stop_during_its_pause_takes_no_turn() -> None:
    watch = Watch(fails())
    sleep = watch.clock.sleep

    def asleep(seconds: float) -> None:
        sleep(seconds)
        watch.stopped = True

    watch.loop.patience = Patience(asleep, lambda: 0.5)
    watch.loop.run(100)

    assert watch.turns == [ONE]


def test_a_loop_that_is_stopped_takes_no_turn_at_all() -> None:
    watch = Watch(fails())
    watch.stopped = True

    assert watch.loop.run(100) == ()


def test_times_of_attempt_and_success_are_told_apart() -> None:
    watch = Watch(fails(2))
    watch.run(2)
    status = watch.loop.statuses[ONE]

    assert status.last_success is not None
    assert status.last_attempt == status.last_success + timedelta(seconds=100)


def test_a_turn_that_leaves_something_undone_is_no_success() -> None:
    watch = Watch(lambda *_: TurnResult("a" * 40, 0, (), pending_deletes=2, complete=False))
    status = watch.run(1)

    assert (status.last_success, status.pending_deletes, status.failures) == (None, 2, 0)


def test_suspension_is_shown() -> None:
    watch = Watch(fails())
    watch.suspended = {ONE}
    assert watch.run(1).suspended


@pytest.mark.parametrize("error", [ConflictError("held"), BackendError("gone")])
def test_suspension_is_shown_of_a_failing_target_too(error: Exception) -> None:
    def turn(*_: Any) -> TurnResult:
        raise error

    watch = Watch(turn)
    watch.suspended = {ONE}
    assert watch.run(1).suspended


def test_a_failure_to_publish_ends_nothing() -> None:
    watch = Watch(fails())

    def full(_: Any) -> None:
        raise OSError("no space left on device")

    watch.loop.publish = full
    watch.run(3)

    assert len(watch.turns) == 3
