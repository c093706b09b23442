"""Suites over a workspace, run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.pipeline.workspace import Workspace
from bylaw.repository.layout import App
from bylaw.testing.loading import load_suites
from bylaw.testing.runner import Clock, TestReport, run_suites
from bylaw.testing.selection import Selection, affected
from bylaw.testing.vocabulary import vocabulary_of


@dataclass(frozen=True)
class SuiteRun:
    """The suites of one app, run."""

    app: AppId
    program: Program
    report: TestReport
    diagnostics: tuple[Diagnostic, ...]

    @property
    def decisive(self) -> frozenset[PolicyId]:
        """Policies that determined the answer of some case."""
        return frozenset(
            policy for result in self.report.results if result.answer for policy in result.answer.determining
        )

    @property
    def failed(self) -> bool:
        """Whether a case failed."""
        return bool(self.report.failures)

    @property
    def unusable(self) -> bool:
        """Whether a suite could not be read, so that green would prove nothing."""
        return any(item.severity is Severity.ERROR for item in self.diagnostics)


def run_workspace(
    workspace: Workspace,
    today: date,
    selection: Selection,
    *,
    fail_fast: bool = False,
    changed: Collection[str] | None = None,
    clock: Clock | None = None,
) -> Mapping[AppId, SuiteRun]:
    """Run the suites of every app. `changed` restricts the run to suites that a change to these paths touches."""
    runs = {}
    for app in workspace.apps:
        run = _run(workspace, app, today, selection, fail_fast=fail_fast, changed=changed, clock=clock)
        runs[app.id] = run
        if fail_fast and run.failed:
            break
    return runs


def _run(
    workspace: Workspace,
    app: App,
    today: date,
    selection: Selection,
    *,
    fail_fast: bool,
    changed: Collection[str] | None,
    clock: Clock | None,
) -> SuiteRun:
    program = workspace.programs[app.id]
    suites, found = load_suites(app, vocabulary_of(program))
    if changed is not None and not _app_changed(app, changed):
        suites = affected(suites, changed)
    if any(item.severity is Severity.ERROR for item in found):
        return SuiteRun(app.id, program, TestReport(()), found)
    report = run_suites(
        suites, CedarEvaluator.of(program), today=today, selection=selection, fail_fast=fail_fast, clock=clock
    )
    return SuiteRun(app.id, program, report, found)


def _app_changed(app: App, changed: Collection[str]) -> bool:
    own = {app.document.schema_, app.document.entities}
    return any(path in own or path.startswith(f"{app.directory}/") for path in changed)
