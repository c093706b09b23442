"""The invariants of the worked apps: read without a word, and contradicted by no case of their suites."""

from dataclasses import replace
from pathlib import Path

import pytest

from bylaw.analysis.invariants import Always, Implies, Never, Only, Requests, load_invariants
from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.languages.cedar.loading import load_program
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import PolicyRef
from bylaw.repository.layout import App, load_repository
from bylaw.repository.trees import DiskTree
from bylaw.testing.case import Case
from bylaw.testing.loading import load_suites
from bylaw.testing.vocabulary import vocabulary_of

ROOT = Path(__file__).parents[3]
WORKED = ("documents", "refunds")


def worked(name: str) -> tuple[App, CedarProgram]:
    app = load_repository(DiskTree(ROOT))[0].by_id[name]
    return app, load_program(app)[0]


@pytest.mark.parametrize("name", WORKED)
def test_the_invariants_of_the_worked_apps_are_read_without_a_word(name: str) -> None:
    found, problems = load_invariants(*worked(name))

    assert problems == ()
    assert len(found) >= 6
    assert all(item.description for item in found)


@pytest.mark.parametrize("name", WORKED)
def test_no_case_of_the_suites_contradicts_an_invariant(name: str) -> None:
    app, program = worked(name)
    suites, _ = load_suites(app, vocabulary_of(program))
    cases = [case for suite in suites for case in suite.cases]
    allowed = matching(program, cases)
    touched = set()
    for invariant in load_invariants(app, program)[0]:
        match invariant.claim:
            case Never(requests):
                hits = matching(program, cases, requests)
                assert not hits & allowed, invariant.id
            case Always(requests):
                hits = matching(program, cases, requests)
                assert hits <= allowed, invariant.id
            case Only(may, satisfies):
                hits = matching(program, cases, may)
                assert hits & allowed <= matching(program, cases, satisfies), invariant.id
            case Implies():
                pytest.fail("a claim about two apps")
        touched |= {invariant.id} if hits else set()

    assert touched == {item.id for item in load_invariants(app, program)[0]}, "each is about some case"


def matching(program: CedarProgram, cases: list[Case], requests: Requests | None = None) -> set[int]:
    """The numbers of the cases that `requests` match; without requests, of those that are allowed."""
    if requests is not None:
        policy = CedarPolicy(PolicyRef(*PolicyRef.parse("x/y")), "", requests.text, requests.statement)
        program = replace(program, policies=(policy,), links=())
    evaluator = CedarEvaluator.of(program)
    return {
        number
        for number, case in enumerate(cases)
        if evaluator.decide([case.request], case.entities)[0].decision is Decision.ALLOW
    }
