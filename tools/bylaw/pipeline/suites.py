"""Suites over a workspace: run, measured, mutated."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.pipeline.workspace import Workspace
from bylaw.repository.layout import App
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.explain import FailureExplanation, explain
from bylaw.testing.loading import load_suites
from bylaw.testing.measure import measure
from bylaw.testing.mutation import MutationReport, mutate
from bylaw.testing.runner import Clock, TestReport, run_suites
from bylaw.testing.selection import Selection, affected
from bylaw.testing.vocabulary import Vocabulary


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

    def explanations(self) -> tuple[FailureExplanation, ...]:
        """Why each failure is one."""
        return explain(self.program, self.report.failures)

    def coverage(self) -> CoverageReport:
        """What the cases made the policies do."""
        return measure(self.program, self.report.results)

    def mutation(self, policies: Collection[PolicyId] | None = None, per_policy: int | None = None) -> MutationReport:
        """Which small changes of the policies no case would notice."""
        return mutate(self.program, self.report.results, policies=policies, per_policy=per_policy)


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
    suites, found = load_suites(app, vocabulary(program))
    if changed is not None and not _app_changed(app, changed):
        suites = affected(suites, changed)
    if any(item.severity is Severity.ERROR for item in found):
        return SuiteRun(app.id, program, TestReport(()), found)
    report = run_suites(
        suites, CedarEvaluator.of(program), today=today, selection=selection, fail_fast=fail_fast, clock=clock
    )
    return SuiteRun(app.id, program, report, found)


def vocabulary(program: Program) -> Vocabulary:
    """The names that suites of this app may use."""
    actions = program.schema.actions if program.schema else {}
    groups = {uid for uid, action in actions.items() if not action.principals}
    ids = {policy.ref.policy for policy in program.static} | {link.ref.policy for link in program.links}
    return Vocabulary(
        AppId(program.app), frozenset(actions) - groups, frozenset(groups), frozenset(ids), program.schema is not None
    )


def _app_changed(app: App, changed: Collection[str]) -> bool:
    own = {app.document.schema_, app.document.entities}
    return any(path in own or path.startswith(f"{app.directory}/") for path in changed)
