"""`bylaw check`: format, validate, lint, test and compile, over one workspace that is read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from bylaw.analysis.finding import Hit
from bylaw.analysis.report import LintReport
from bylaw.compile.bundle import Bundle
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.exit_codes import ExitCode, worst
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.pipeline.background import in_background
from bylaw.pipeline.bundles import compile_workspace
from bylaw.pipeline.formatting import unformatted
from bylaw.pipeline.invariants import InvariantRun, prove_invariants
from bylaw.pipeline.linting import lint_workspace, policy_hits
from bylaw.pipeline.suites import SuiteRun, run_workspace
from bylaw.pipeline.workspace import Workspace, validate
from bylaw.repository.layout import app_of
from bylaw.testing.selection import EVERYTHING

if TYPE_CHECKING:
    from bylaw.analysis.smt.room import Options

Progress = Callable[[str], None]
"""Told what begins; a terminal may show it."""


@dataclass(frozen=True)
class CheckReport:
    """Everything `check` found."""

    problems: tuple[Diagnostic, ...]
    """Of reading, validating, suites and compiling."""
    unformatted: tuple[Diagnostic, ...]
    lint: LintReport
    runs: Mapping[AppId, SuiteRun]
    bundles: tuple[Bundle, ...]
    invariants: InvariantRun
    policies: int
    fail_on: Severity

    @property
    def exit_codes(self) -> tuple[ExitCode, ...]:
        """Every outcome that is not success."""
        codes = []
        if any(problem.severity is Severity.ERROR for problem in self.problems):
            codes.append(ExitCode.INVALID_INPUT)
        if any(run.failed for run in self.runs.values()) or self.invariants.failed:
            codes.append(ExitCode.TESTS_FAILED)
        warned = any(problem.severity.at_least(self.fail_on) for problem in self.problems)
        if self.unformatted or self.lint.failing(self.fail_on) or warned:
            codes.append(ExitCode.FINDINGS)
        return tuple(codes)

    @property
    def exit_code(self) -> ExitCode:
        """The one that stands for all."""
        return worst(list(self.exit_codes))


def check(
    workspace: Workspace,
    today: date,
    options: "Callable[[], Options]",
    *,
    fail_on: Severity | None = None,
    progress: Progress = lambda _: None,
) -> CheckReport:
    """Check everything in `workspace`. What depends on input that could not be read is left out, never guessed.

    `options` says how to solve; it is asked for only where there are invariants to prove.
    """
    problems = Diagnostics(workspace.diagnostics)
    # Style and the rules over single policies need nothing of what follows, and take about half of the time.
    alone = in_background(partial(_each_alone, workspace, today))
    progress("validate")
    problems.extend(validate(workspace))
    broken = frozenset(app for problem in problems if problem.span and (app := app_of(problem.span.path)))
    progress("prove")
    invariants = prove_invariants(workspace, broken, options)
    problems.extend(invariants.diagnostics)
    progress("test")
    runs = run_workspace(workspace, today, EVERYTHING)
    problems.extend(diagnostic for run in runs.values() for diagnostic in run.diagnostics)
    progress("compile")
    bundles, found = compile_workspace(workspace)
    problems.extend(found)
    progress("lint")
    style, hits = alone()
    tested = {app: run.decisive for app, run in runs.items() if not run.unusable}
    lint = lint_workspace(workspace, today, tested=tested, policy_hits=hits)
    problems.extend(lint.diagnostics)
    return CheckReport(
        problems=tuple(problems),
        unformatted=style,
        lint=lint.report,
        runs=runs,
        bundles=bundles,
        invariants=invariants,
        policies=sum(len(program.policies) for program in workspace.programs.values()),
        fail_on=fail_on or Severity(workspace.settings.lint.fail_on),
    )


def _each_alone(
    workspace: Workspace, today: date
) -> tuple[tuple[Diagnostic, ...], Mapping[PolicyRef, tuple[Hit, ...]]]:
    """What can be said of each policy without the others."""
    return tuple(unformatted(workspace)), policy_hits(workspace, today)
