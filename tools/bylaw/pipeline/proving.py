"""How the verbs get a solver: the one place that knows of limits, budgets and the cache of proofs."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from bylaw.analysis.proven import Proven
from bylaw.analysis.smt.frame import CLOSED, OPEN
from bylaw.analysis.smt.kept_facts import KeptFacts
from bylaw.analysis.smt.port import Limits
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.survey import survey
from bylaw.analysis.smt.verdicts import EnvironmentVerdict, Job, compare_all
from bylaw.languages.cedar.program import CedarProgram
from bylaw.pipeline.background import in_background

Prove: TypeAlias = Callable[[CedarProgram], Proven]
"""Finds out what holds of the policies of an app that has a schema."""
DEFAULT_SECONDS = 120
"""Of wall time, for everything one run proves."""
WORTH_A_PROCESS = 6
"""Comparisons from which on a second process is started."""


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
    return unchecked(elapsed, seconds=seconds, open_world=open_world)


def unchecked(elapsed: Callable[[], float], *, seconds: float = DEFAULT_SECONDS, open_world: bool = False) -> Options:
    """As `proving`, without asking whether there is a solver: for what may need none."""
    return Options(
        solver=make_solver,
        limits=Limits(),
        world=OPEN if open_world else CLOSED,
        in_time=partial(_before, elapsed, seconds),
    )


def prover(options: Options, kept: KeptFacts | None = None) -> Prove:
    """How facts about the policies of an app are proved; what is `kept` is not proved again."""
    return partial(kept.survey if kept else survey, options=options)


def compare_on_two_cores(jobs: Sequence[Job], options: Options) -> list[EnvironmentVerdict]:
    """Like `verdicts.compare_all`, half of it in a second process where there is enough to do."""
    hard = [number for number, job in enumerate(jobs) if not job.is_trivial]
    if len(hard) < WORTH_A_PROCESS:
        return compare_all(jobs, options)
    theirs = hard[1::2]
    there = in_background(partial(compare_all, [jobs[number] for number in theirs], options))
    ours = [number for number in range(len(jobs)) if number not in set(theirs)]
    here = compare_all([jobs[number] for number in ours], options)
    found = dict(zip([*ours, *theirs], [*here, *there()], strict=True))
    return [found[number] for number in range(len(jobs))]


def _before(elapsed: Callable[[], float], seconds: float) -> bool:
    return elapsed() < seconds
