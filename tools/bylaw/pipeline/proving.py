"""How the verbs get a solver: the one place that knows of limits, budgets and the cache of proofs."""

from collections.abc import Callable
from functools import partial

from bylaw.analysis.smt.frame import CLOSED, OPEN
from bylaw.analysis.smt.port import Limits
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver

DEFAULT_SECONDS = 120
"""Of wall time, for everything one run proves."""


def proving(elapsed: Callable[[], float], *, seconds: float = DEFAULT_SECONDS, open_world: bool = False) -> Options:
    """How one run solves.

    Args:
        elapsed: Seconds since the run began.
        seconds: After so many, what is not settled yet is unknown.
        open_world: Whether entities may be missing from the store.

    Raises:
        UsageError: no solver is installed.
    """
    make_solver()  # says at once what to install
    return Options(
        solver=make_solver,
        limits=Limits(),
        world=OPEN if open_world else CLOSED,
        in_time=partial(_before, elapsed, seconds),
    )


def _before(elapsed: Callable[[], float], seconds: float) -> bool:
    return elapsed() < seconds
