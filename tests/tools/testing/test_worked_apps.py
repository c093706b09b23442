"""The repository's own apps: their suites pass, reach their gates, and notice nearly every small change."""

from pathlib import Path

import pytest

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.languages.cedar.loading import load_program
from bylaw.repository.layout import load_repository
from bylaw.repository.trees import DiskTree
from bylaw.testing.coverage import Level
from bylaw.testing.loading import load_suites
from bylaw.testing.measure import measure
from bylaw.testing.mutation import mutate
from bylaw.testing.runner import run_suites
from bylaw.testing.vocabulary import vocabulary_of
from tools.testing.desk import TODAY, Loaded

ROOT = Path(__file__).parents[3]
APPS = ("documents", "refunds")


@pytest.fixture(params=APPS)
def worked(request: pytest.FixtureRequest) -> Loaded:
    repository, _ = load_repository(DiskTree(ROOT))
    app = repository.by_id[request.param]
    program, problems = load_program(app)
    assert problems == ()
    suites, diagnostics = load_suites(app, vocabulary_of(program))
    return Loaded(app, program, suites, diagnostics)


def test_every_case_passes_and_nothing_is_left_over(worked: Loaded) -> None:
    report = worked.run()

    assert [(failure.case.name, failure.problems) for failure in report.failures] == []
    assert report.passed > 100
    assert worked.diagnostics == ()


def test_the_gates_of_the_app_are_met(worked: Loaded) -> None:
    own = worked.app.document.coverage
    gates: dict[Level, int] = {"policy": own.policy, "clause": own.clause, "condition": own.condition}

    report = measure(worked.program, worked.run().results)

    assert report.below(gates) == ()
    assert own.policy == 100


def test_mutants_are_noticed(worked: Loaded) -> None:
    report = mutate(worked.program, worked.run().results)

    assert report.score.at_least(95), [result.mutant.id for result in report.survivors]


def test_a_sliced_run_is_the_same_run(worked: Loaded) -> None:
    program = worked.program
    sliced = CedarEvaluator(program.policies, program.links, program.schema, program.entities_json, slice_above=0)

    assert run_suites(worked.suites, sliced, today=TODAY) == worked.run()
