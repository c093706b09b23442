"""Results of policy suites: text, Markdown, JSON and JUnit. A failure explains itself; what passes is silent."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from bylaw.evaluation.conditions import Outcome as ConditionOutcome
from bylaw.model.identifiers import AppId
from bylaw.reporting import markdown
from bylaw.reporting.hostile import code_span, visible
from bylaw.reporting.json_v1 import Json, span_json
from bylaw.reporting.junit import JUnitCase, JUnitSuite, Outcome
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Priority, Section
from bylaw.testing.case import BaseCase, Case
from bylaw.testing.explain import ConditionResult, FailureExplanation, PolicyResult
from bylaw.testing.runner import CaseResult, Status, TestReport

MAX_COMMAND = 1200
"""A command line longer than this is no help to a reader."""

_OUTCOMES = {Status.PASSED: Outcome.PASSED, Status.FAILED: Outcome.FAILED, Status.SKIPPED: Outcome.SKIPPED}
_STYLES = {ConditionOutcome.TRUE: "green", ConditionOutcome.FALSE: "red", ConditionOutcome.ERROR: "bold red"}


@dataclass(frozen=True)
class SuiteResults:
    """The results of every app, with the explanations of what failed."""

    reports: Mapping[AppId, TestReport[BaseCase]]
    explanations: Mapping[AppId, Sequence[FailureExplanation]]


def suites_headline(reports: Mapping[AppId, TestReport[BaseCase]], *, passed_before: int = 0) -> Text:
    """`1,089 cases passed, 2 failed`; `passed_before` counts cases of apps that needed no run."""
    passed = sum(r.passed for r in reports.values()) + passed_before
    failed = sum(r.failed for r in reports.values())
    skipped, not_run = sum(r.skipped for r in reports.values()), sum(r.not_run for r in reports.values())
    parts = [f"{amount(passed, 'case')} passed"]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{skipped:,} skipped"] if skipped else []
    parts += [f"{not_run:,} not run"] if not_run else []
    return Text(", ".join(parts), style="bold red" if failed or not passed else "bold green")


def suites_text(
    app: str, report: TestReport[BaseCase], explanations: Sequence[FailureExplanation], *, verbose: bool
) -> Text:
    """A block for each kind of failure; passing cases only when asked for."""
    text = Text()
    for result in report.results if verbose else ():
        if result.status is not Status.FAILED:
            text.append(f"{result.status.upper():<7}", style="green" if result.status is Status.PASSED else "yellow")
            text.append(f" {app} > {visible(result.case.name)}\n")
    for explanation in explanations:
        text.append_text(_failure(app, explanation)).append("\n")
    return text


def _failure(app: str, failure: FailureExplanation) -> Text:
    case = failure.cases[0]
    text = Text("FAIL", style="bold red").append(f" {app} > {visible(case.name)}\n", style="bold")
    text.append(f"  --> {case.expected.span}\n", style="dim")
    for problem in failure.problems:
        text.append(f"  {visible(problem.message)}\n")
    for policy in failure.determining:
        verb = "allowed" if policy.effect == "permit" else "denied"
        text.append_text(_policy(f"{verb} by", policy))
    for policy in failure.errored:
        text.append_text(_policy("errors:", policy))
    for policy in failure.closest:
        text.append_text(_policy(f"closest {policy.effect}", policy))
    if failure.count > 1:
        text.append(f"  and {failure.count - 1} more like it\n", style="dim")
    if isinstance(case, Case):
        text.append(f"  again: {eval_command(app, case, failure.request)}\n", style="dim")
    return text


def _policy(label: str, policy: PolicyResult) -> Text:
    text = Text(f"  {label} ").append(visible(policy.policy), style="bold").append(f"  {policy.span}\n", style="dim")
    for mismatch in policy.scope:
        text.append(f"      {visible(mismatch.text)}", style="red").append(f"  given {visible(mismatch.given)}\n")
    for condition in policy.conditions:
        text.append_text(_condition(condition, first=condition is policy.stopped_by))
    return text


def _condition(condition: ConditionResult, *, first: bool) -> Text:
    values = ", ".join(visible(str(value)) for value in condition.values)
    text = Text(f"    {'>' if first else ' '} {visible(condition.text)}  ")
    text.append(str(condition.outcome).replace("_", " "), style=_STYLES.get(condition.outcome, "dim"))
    return text.append(f"  {values}\n" if values else "\n", style="dim")


def eval_command(app: str, case: Case, request: Mapping[str, object]) -> str:
    """The request as a command that decides it again."""
    words = ["bylaw", "eval", app]
    for name in ("principal", "action", "resource"):
        words += [f"--{name}", str(getattr(case.request, name))]
    for name in ("context", "entities"):
        if request.get(name):
            words += [f"--{name}", json.dumps(request[name], ensure_ascii=False, separators=(",", ":"), default=dict)]
    line = shlex.join(words)
    return visible(line) if len(line) <= MAX_COMMAND else "see `--format json` for the request"


def suites_section(results: SuiteResults) -> Section:
    """The table of suites, with failures by name."""
    rows = [
        (code_span(app, in_table=True), f"{report.passed:,}", f"{report.failed:,}", f"{report.skipped:,}")
        for app, report in results.reports.items()
    ]
    return markdown.table(Priority.TESTS, "Tests", ("app", "passed", "failed", "skipped"), rows)


def junit_suites(app: str, report: TestReport[BaseCase]) -> tuple[JUnitSuite, ...]:
    """One suite for each suite file."""
    by_suite: dict[str, list[CaseResult[BaseCase]]] = {}
    for result in report.results:
        by_suite.setdefault(result.case.suite, []).append(result)
    return tuple(JUnitSuite(f"{app}.{name}", tuple(map(_junit, found))) for name, found in by_suite.items())


def _junit(result: CaseResult[BaseCase]) -> JUnitCase:
    case = result.case
    return JUnitCase(
        classname=f"{case.app}.{case.suite}",
        name=case.label,
        outcome=Outcome.ERROR if result.status is Status.FAILED and result.answer is None else _OUTCOMES[result.status],
        message="; ".join(problem.message for problem in result.problems) or (case.skip.reason if case.skip else ""),
        file=case.span.path,
        line=case.span.start.line,
        seconds=result.seconds or 0.0,
    )


def suites_json(results: SuiteResults) -> Json:
    """Counts of each app, and every case that did not pass."""
    return {app: _report_json(report) for app, report in results.reports.items()}


def _report_json(report: TestReport[BaseCase]) -> Json:
    return {
        "passed": report.passed,
        "failed": report.failed,
        "skipped": report.skipped,
        "not_run": report.not_run,
        "deselected": report.deselected,
        "failures": list(_failures_json(report)),
    }


def _failures_json(report: TestReport[BaseCase]) -> Iterator[Json]:
    for result in report.failures:
        yield {
            "name": result.case.name,
            "span": span_json(result.case.expected.span),
            "expected": str(result.case.expected.decision),
            "got": str(result.answer.decision) if result.answer else None,
            "determining": list(result.answer.determining) if result.answer else [],
            "messages": [problem.message for problem in result.problems],
        }
