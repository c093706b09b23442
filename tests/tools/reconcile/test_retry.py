"""Waiting for a backend: as long as it helps, and no longer."""

import pytest

from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    BackendTransientError,
)
from bylaw.model.errors import ConflictError
from bylaw.reconcile.retry import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MAX_TRIES,
    READY_DEADLINE,
    READY_PAUSE,
    Patience,
    patiently,
)


class Script:
    """Fails as told, then answers; remembers the pauses."""

    def __init__(self, *errors: Exception, draw: float = 0.999) -> None:
        self.errors = list(errors)
        self.pauses: list[float] = []
        self.patience = Patience(self.pauses.append, lambda: draw)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    def run(self) -> str:
        return patiently(self, self.patience)


@pytest.mark.parametrize("count", range(MAX_TRIES))
def test_transient_failures_are_tried_again(count: int) -> None:
    script = Script(*[BackendTransientError("busy")] * count)

    assert script.run() == "done"
    assert len(script.pauses) == count


def test_transient_failures_end() -> None:
    script = Script(*[BackendTransientError("busy")] * MAX_TRIES)

    with pytest.raises(BackendTransientError):
        script.run()
    assert script.calls == MAX_TRIES


def test_pauses_grow_and_are_drawn_from_nothing_to_all() -> None:
    errors = [BackendTransientError("busy")] * (MAX_TRIES - 1)
    longest, shortest = Script(*errors, draw=1.0), Script(*errors, draw=0.0)
    longest.run()
    shortest.run()

    assert longest.pauses == [min(LONGEST_PAUSE, FIRST_PAUSE * 2**n) for n in range(1, MAX_TRIES)]
    assert shortest.pauses == [0.0] * (MAX_TRIES - 1)


def test_what_is_pending_is_polled_beyond_the_number_of_tries() -> None:
    script = Script(*[BackendNotReadyError("pending")] * (MAX_TRIES * 3))

    assert script.run() == "done"
    assert set(script.pauses) == {READY_PAUSE}


def test_what_stays_pending_ends_at_its_deadline() -> None:
    script = Script(*[BackendNotReadyError("pending")] * 10_000)

    with pytest.raises(BackendNotReadyError):
        script.run()
    assert sum(script.pauses) == READY_DEADLINE


@pytest.mark.parametrize("error", [BackendTerminalError("no"), BackendAmbiguousError("?"), ConflictError("taken")])
def test_everything_else_passes_through_at_once(error: Exception) -> None:
    script = Script(error)

    with pytest.raises(type(error)):
        script.run()
    assert script.calls == 1
    assert script.pauses == []
