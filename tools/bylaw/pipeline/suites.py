"""Suites over a workspace, run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.governance.in_force import exemptions_of
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.languages.http_rules.program import RulesProgram
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.pipeline.workspace import Workspace
from bylaw.repository.layout import App
from bylaw.testing import governance, governance_coverage
from bylaw.testing.case import Case
from bylaw.testing.governance import GovernanceReport
from bylaw.testing.governance_loading import GovernanceCase, load_governance_suites
from bylaw.testing.http_rules import HttpCase, HttpReport, decisive, run_cases
from bylaw.testing.http_rules_suites import load_http_suites
from bylaw.testing.loading import load_suites
from bylaw.testing.runner import Clock, TestReport, run_suites
from bylaw.testing.selection import Selection, affected
from bylaw.testing.vocabulary import vocabulary_of


@dataclass(frozen=True)
class CedarRun:
    """The suites of one Cedar app, run."""

    app: AppId
    program: CedarProgram
    report: TestReport[Case]
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


@dataclass(frozen=True)
class HttpRun:
    """The cases of the documents of one `http-rules` app, run."""

    app: AppId
    program: RulesProgram
    report: HttpReport
    diagnostics: tuple[Diagnostic, ...]

    @property
    def decisive(self) -> Mapping[PolicyId, frozenset[str]]:
        """By document, the rules that decided in some case."""
        return decisive(self.report)

    @property
    def failed(self) -> bool:
        """Whether a case failed."""
        return bool(self.report.failures)

    @property
    def unusable(self) -> bool:
        """Whether a suite could not be read, so that green would prove nothing."""
        return any(item.severity is Severity.ERROR for item in self.diagnostics)


@dataclass(frozen=True)
class GovernanceRun:
    """The suites of one `governance` app, run."""

    app: AppId
    program: GovernanceProgram
    report: GovernanceReport
    diagnostics: tuple[Diagnostic, ...]

    @property
    def decisive(self) -> Mapping[PolicyId, frozenset[str]]:
        """By policy, the rules that refused or asked in some test."""
        return governance_coverage.decisive(self.report)

    @property
    def failed(self) -> bool:
        """Whether a test failed."""
        return bool(self.report.failures)

    @property
    def unusable(self) -> bool:
        """Whether a suite could not be read, so that green would prove nothing."""
        return any(item.severity is Severity.ERROR for item in self.diagnostics)


SuiteRun: TypeAlias = CedarRun | HttpRun | GovernanceRun
"""The cases of one app, run."""


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
    runs: dict[AppId, SuiteRun] = {}
    for app in workspace.apps:
        program = workspace.programs[app.id]
        run: SuiteRun
        if isinstance(program, RulesProgram):
            run = _run_http(app, program, selection, fail_fast=fail_fast, changed=changed, clock=clock)
        elif isinstance(program, GovernanceProgram):
            run = _run_governance(app, program, today, selection, fail_fast=fail_fast, changed=changed, clock=clock)
        else:
            run = _run(program, app, today, selection, fail_fast=fail_fast, changed=changed, clock=clock)
        runs[app.id] = run
        if fail_fast and run.failed:
            break
    return runs


def _run_http(
    app: App,
    program: RulesProgram,
    selection: Selection,
    *,
    fail_fast: bool,
    changed: Collection[str] | None,
    clock: Clock | None,
) -> HttpRun:
    suites, found = load_http_suites(app, program)
    everything = changed is None or _app_changed(app, changed)

    def takes(case: HttpCase) -> bool:
        touched = everything or case.span.path in (changed or ())
        return touched and selection.takes(case) and selection.keeps(case, None)

    if any(item.severity is Severity.ERROR for item in found):
        return HttpRun(app.id, program, HttpReport(()), found)
    report = run_cases(program, takes, suites=suites, fail_fast=fail_fast, clock=clock)
    if not suites and not any(policy.cases for policy in program.policies):
        found = (*found, _without_cases(app))
    return HttpRun(app.id, program, report, found)


def _run_governance(
    app: App,
    program: GovernanceProgram,
    today: date,
    selection: Selection,
    *,
    fail_fast: bool,
    changed: Collection[str] | None,
    clock: Clock | None,
) -> GovernanceRun:
    cases, found = load_governance_suites(app, program)
    everything = changed is None or _app_changed(app, changed)

    def takes(case: GovernanceCase) -> bool:
        touched = everything or case.path in (changed or ())
        return touched and selection.takes(case) and selection.keeps(case, None)

    if any(item.severity is Severity.ERROR for item in found):
        return GovernanceRun(app.id, program, GovernanceReport(()), found)
    report = governance.run_cases(
        program, cases, takes, today=today, exemptions=exemptions_of(program), fail_fast=fail_fast, clock=clock
    )
    return GovernanceRun(app.id, program, report, found)


def _without_cases(app: App) -> Diagnostic:
    message, remedy = (
        f"app `{app.id}` has no case",
        f"write some below `tests:` in its documents, or a suite below `{app.suite_directory}/`",
    )
    return Diagnostic("app-without-suite", message, app.places.span(("app",)), remedy, Severity.WARNING)


def _run(
    program: CedarProgram,
    app: App,
    today: date,
    selection: Selection,
    *,
    fail_fast: bool,
    changed: Collection[str] | None,
    clock: Clock | None,
) -> CedarRun:
    suites, found = load_suites(app, vocabulary_of(program))
    if changed is not None and not _app_changed(app, changed):
        suites = affected(suites, changed)
    if any(item.severity is Severity.ERROR for item in found):
        return CedarRun(app.id, program, TestReport(()), found)
    report = run_suites(
        suites, CedarEvaluator.of(program), today=today, selection=selection, fail_fast=fail_fast, clock=clock
    )
    return CedarRun(app.id, program, report, found)


def _app_changed(app: App, changed: Collection[str]) -> bool:
    own = {app.document.schema_, app.document.entities}
    return any(path in own or path.startswith(f"{app.directory}/") for path in changed)
