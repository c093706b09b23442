"""What the analyser proves is never contradicted by the engine, over random schemas, policies and requests.

A wrong `equal` is the worst thing this tool could say. So: a verdict is held against requests sampled around the literals that the
policies look at; every counterexample is decided again by the engine inside `compare`, which raises where it disagrees; and two
independent solvers have to agree.
"""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.analysis.smt.frame import CLOSED, OPEN, World
from bylaw.analysis.smt.port import Limits
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.verdicts import Job, compare
from bylaw.languages.cedar.schema import Environment
from bylaw.model.decisions import Decision
from bylaw.model.verdicts import Verdict
from tools.analysis.smt.worlds import Decided, Pair, random_pair, sampled

LIMITS = Limits(steps=20_000_000, milliseconds=10_000)
SEEDS = st.integers(0, 10**9)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))

WIDENING = {Verdict.WIDENS, Verdict.CHANGES, Verdict.UNKNOWN}
NARROWING = {Verdict.NARROWS, Verdict.CHANGES, Verdict.UNKNOWN}


def verdicts(pair: Pair, world: World, solver: str = "portfolio", examples: int = 2) -> dict[Environment, Verdict]:
    options = Options(partial(make_solver, solver), limits=LIMITS, world=world, examples=examples)
    return {
        environment: compare(Job(environment, *pair.sides(environment), pair.schema), options).verdict
        for environment in pair.schema.environments
    }


def contradicts(found: Decided, verdict: Verdict) -> bool:
    if found.before is found.after:
        return False
    return verdict not in (WIDENING if found.after is Decision.ALLOW else NARROWING)


def hold_against_the_engine(seed: int, world: World, requests: int) -> None:
    pair = random_pair(seed)
    said = verdicts(pair, world)

    decided = sampled(pair, seed, requests, missing=world.open)

    wrong = [found for found in decided if contradicts(found, said[found.environment])]
    assert not wrong, (seed, wrong[0], said[wrong[0].environment])


def hold_solvers_together(seed: int) -> None:
    pair = random_pair(seed)
    for world in (CLOSED, OPEN):
        one, other = (verdicts(pair, world, solver, examples=1) for solver in ("z3", "cvc5"))
        for environment, verdict in one.items():
            if Verdict.UNKNOWN not in {verdict, other[environment]}:
                assert verdict is other[environment], (seed, environment)


@FEW
@given(SEEDS)
def test_no_verdict_is_contradicted_by_a_request(seed: int) -> None:
    hold_against_the_engine(seed, CLOSED, 100)


@FEW
@given(SEEDS)
def test_nor_where_entities_may_be_missing(seed: int) -> None:
    hold_against_the_engine(seed, OPEN, 100)


@FEWER
@given(SEEDS)
def test_two_solvers_say_the_same(seed: int) -> None:
    hold_solvers_together(seed)


@pytest.mark.deep
@MANY
@given(SEEDS)
def test_two_solvers_say_the_same_however_long_one_looks(seed: int) -> None:
    hold_solvers_together(seed)


@pytest.mark.deep
@MANY
@given(SEEDS)
def test_no_verdict_is_contradicted_by_thousands_of_requests(seed: int) -> None:
    hold_against_the_engine(seed, CLOSED, 1_000)


@pytest.mark.deep
@MANY
@given(SEEDS)
def test_nor_where_entities_may_be_missing_however_long_one_looks(seed: int) -> None:
    hold_against_the_engine(seed, OPEN, 1_000)
