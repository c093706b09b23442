"""Runs: the same report for the same input, nothing hidden, nothing lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest

from bylaw.evaluation.interface import EntityData, MalformedRequestError, Request
from bylaw.model.decisions import Answer, Decision
from bylaw.testing.case import Case, Suite
from bylaw.testing.runner import Status, TestReport, run_suites
from bylaw.testing.selection import Selection, affected
from tools.testing.desk import TODAY, Loaded, load, suite

TESTS = """
- name: reading
  matrix: {principals: [agents], actions: [read], resources: [both], contexts: [calm]}
  allow:
    - {principals: [bob], by: [access/read-own]}
    - {principals: [ann], resources: [plan], by: [access/read-team]}
- name: paying
  each: [{amount: 100, decision: allow}, {amount: 101, decision: deny}]
  request: {principal: ann, action: pay, resource: plan, context: {amount: "{amount}"}}
  expect: {decision: "{decision}"}
"""
WRONG = TESTS.replace("principals: [bob]", "principals: [bob, ann]")


class ScriptedEvaluator:
    """Answers by principal; remembers what it was asked at once."""

    def __init__(self, malformed: str = "") -> None:
        self.malformed = malformed
        self.batches: list[int] = []

    def decide(self, requests: Sequence[Request], entities: Sequence[EntityData]) -> tuple[Answer, ...]:
        del entities
        self.batches.append(len(requests))
        if any(request.principal.id == self.malformed for request in requests):
            raise MalformedRequestError("no such principal")
        return tuple(Answer(Decision.ALLOW if r.principal.id == "bob" else Decision.DENY) for r in requests)


def loaded(tests: str = TESTS) -> Loaded:
    return load({"suite.yaml": suite(tests)})


def run(tests: str = TESTS, **options: object) -> TestReport[Case]:
    app = loaded(tests)
    from bylaw.evaluation.cedar import CedarEvaluator  # noqa: PLC0415 - the other tests decide by script

    return run_suites(app.suites, CedarEvaluator.of(app.program), today=TODAY, **options)  # type: ignore[arg-type]


def test_a_good_suite_passes() -> None:
    report = run()

    assert (report.passed, report.failed, report.skipped, report.ok) == (6, 0, 0, True)


def test_a_wrong_expectation_fails_and_says_how() -> None:
    report = run(WRONG)

    assert [(r.case.label, [p.message for p in r.problems]) for r in report.failures] == [
        ("reading [ann, plan]", ["expected `access/read-own` to decide, got `access/read-team`"]),
        ("reading [ann, vault]", ["expected allow, got deny"]),
    ]


def test_a_run_stops_at_the_first_failure_when_asked_to() -> None:
    report = run(WRONG, fail_fast=True)

    assert [result.status for result in report.results] == [Status.FAILED]
    assert (report.not_run, report.deselected) == (5, 0)


def test_two_runs_give_equal_reports() -> None:
    assert run(WRONG) == run(WRONG)


def test_cases_with_the_same_entities_are_decided_in_one_call() -> None:
    evaluator = ScriptedEvaluator()

    run_suites(loaded().suites, evaluator, today=TODAY)

    assert evaluator.batches == [6]


def test_a_malformed_request_fails_its_case_and_no_other() -> None:
    report = run_suites(loaded().suites, ScriptedEvaluator(malformed="ann"), today=TODAY)

    failed = {result.case.names.principal for result in report.failures if result.answer is None}
    assert failed == {"ann"}
    assert all(result.answer is not None for result in report.results if result.case.names.principal == "bob")
    assert report.failures[0].problems[0].message == "the request cannot be decided: no such principal"


def test_a_fixture_that_the_schema_refuses_fails_its_cases() -> None:
    report = run(TESTS.replace('context: {amount: "{amount}"}', "context: {amount: five}"))

    assert [result.problems[0].kind for result in report.failures] == ["malformed-request", "malformed-request"]


def test_durations_are_shares_of_the_injected_clock() -> None:
    ticks = count()

    report = run_suites(loaded().suites, ScriptedEvaluator(), today=TODAY, clock=lambda: float(next(ticks)))

    assert [result.seconds for result in report.results] == [pytest.approx(1 / 6)] * 6
    assert all(result.seconds is None for result in run().results)


@pytest.mark.parametrize(("day", "status"), [(date(2026, 3, 2), Status.SKIPPED), (date(2026, 3, 3), Status.FAILED)])
def test_a_skip_counts_until_its_day_has_passed(day: date, status: Status) -> None:
    skipped = TESTS.replace("- name: paying", "- name: paying\n  skip: {reason: later, until: 2026-03-02}")

    report = run_suites(loaded(skipped).suites, ScriptedEvaluator(), today=day)

    assert {result.status for result in report.results if result.case.test == "paying"} == {status}


def test_an_expired_skip_says_so() -> None:
    skipped = TESTS.replace("- name: paying", "- name: paying\n  skip: {reason: later, until: 2026-03-02}")

    report = run_suites(loaded(skipped).suites, ScriptedEvaluator(), today=TODAY + timedelta(days=1))

    assert report.failures[-1].problems[0].message == "skipped until 2026-03-02, which has passed: later"


@pytest.mark.parametrize(
    ("selection", "labels"),
    [
        (Selection(names=("paying",)), ["paying [amount=100, decision=allow]", "paying [amount=101, decision=deny]"]),
        (Selection(names=("[ann, v",)), ["reading [ann, vault]"]),
        (Selection(names=("desk > read*[bob*",)), ["reading [bob, plan]", "reading [bob, vault]"]),
        (Selection(tests=("pay*",), names=("101",)), ["paying [amount=101, decision=deny]"]),
        (Selection(principals=("b?b",)), ["reading [bob, plan]", "reading [bob, vault]"]),
        (Selection(actions=('Desk::Action::"pay"',), suites=("other",)), []),
        (Selection(policies=("access/read-own",)), ["reading [bob, plan]", "reading [bob, vault]"]),
        (Selection(policies=("limits/*",)), ["paying [amount=100, decision=allow]"]),
    ],
    ids=str,
)
def test_a_selection_takes_some_cases_and_counts_the_rest(selection: Selection, labels: list[str]) -> None:
    report = run(selection=selection)

    assert [result.case.label for result in report.results] == labels
    assert report.deselected == 6 - len(labels)
    assert report.ran_nothing == (not labels)
    assert report.ok == bool(labels)


def test_a_run_of_nothing_is_not_green() -> None:
    report = run_suites((), ScriptedEvaluator(), today=TODAY)

    assert (report.ran_nothing, report.ok) == (True, False)


def test_a_run_of_skipped_cases_alone_is_not_green() -> None:
    skipped = TESTS.replace("- name: ", "- skip: {reason: later, until: 2027-01-01}\n  name: ")

    report = run(skipped)

    assert (report.skipped, report.ran_nothing, report.ok) == (6, True, False)


def test_a_change_affects_the_suites_that_are_made_of_it() -> None:
    (first,) = loaded().suites
    second = replace(first, name="other", files=("tests/policies/desk/other.yaml",))

    assert affected([first, second], ["tests/policies/desk/fixtures.yaml", "README.md"]) == (first,)


def test_fail_fast_counts_the_suites_behind_the_failure() -> None:
    app = loaded()
    (one,) = app.suites
    suites = [Suite(one.app, str(number), one.path, one.files, _renamed(one.cases, str(number))) for number in range(3)]

    report = run_suites(suites, ScriptedEvaluator(), today=TODAY, fail_fast=True)

    assert len(report.results) + report.not_run == 18
    assert len(report.failures) == 1


def _renamed(cases: tuple[Case, ...], suite_name: str) -> tuple[Case, ...]:
    return tuple(replace(case, suite=suite_name) for case in cases)
