"""`bylaw test`."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from bylaw import __version__
from bylaw.cli.mutating import mutated
from bylaw.cli.options import Sources, apps_argument, problems_of, workspace_of
from bylaw.cli.output import Report, format_options, show, write_file
from bylaw.cli.progress import progress
from bylaw.cli.run_options import RunOptions
from bylaw.cli.session import Session
from bylaw.model.diagnostics import Diagnostics
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import AppId
from bylaw.pipeline import measuring
from bylaw.pipeline.suites import SuiteRun, run_workspace
from bylaw.pipeline.workspace import Workspace
from bylaw.testing.coverage import CoverageReport, Level, Shortfall
from bylaw.testing.mutant import BaseMutant
from bylaw.testing.mutation import MutationReport

if TYPE_CHECKING:
    from rich.text import Text

    from bylaw.reporting.sections import Section
    from bylaw.reporting.suites import SuiteResults
    from bylaw.testing.suggest import Suggestions


@click.command("test")
@apps_argument
@click.option(
    "--filter", "names", multiple=True, metavar="TEXT", help="Only cases whose name contains TEXT; globs work."
)
@click.option("--suite", "suites", multiple=True, metavar="GLOB")
@click.option("--test", "tests", multiple=True, metavar="GLOB")
@click.option("--policy", "policies", multiple=True, metavar="GLOB", help="Only cases that this policy has to do with.")
@click.option("--principal", "principals", multiple=True, metavar="GLOB")
@click.option("--action", "actions", multiple=True, metavar="GLOB")
@click.option("--changed", "base", metavar="BASE", help="Only suites that a change since BASE touches.")
@click.option("-x", "--exitfirst", is_flag=True, help="Stop at the first failure.")
@click.option("-v", "--verbose", is_flag=True, help="Show passing cases too.")
@click.option("--coverage", is_flag=True, help="What the cases made the policies do, per policy, clause and condition.")
@click.option(
    "--fail-under", metavar="GATES", help="Least coverage in percent, like `policy=100,clause=95,condition=90`."
)
@click.option("--lcov", metavar="FILE", help="Write coverage as LCOV.")
@click.option("--cobertura", metavar="FILE", help="Write coverage as Cobertura XML.")
@click.option("--mutate", is_flag=True, help="Change the policies a little at a time; list what no case notices.")
@click.option(
    "--suggest",
    is_flag=True,
    help="Write cases for what is not covered and for changes that no case notices. Needs a solver.",
)
@click.option(
    "--timeout-seconds",
    type=click.FloatRange(min=0),
    default=120,
    show_default=True,
    help="For all proofs of --mutate and --suggest.",
)
@click.option("--junit", metavar="FILE", help="Write results as JUnit XML.")
@click.option("--allow-empty", is_flag=True, help="A run without a case is no failure.")
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def command(session: Session, /, apps: tuple[str, ...], format_: str, output: str, **given: object) -> int:
    """Run the suites in tests/policies. Coverage and mutation are reported even when cases fail."""
    options = RunOptions(given)
    workspace = workspace_of(session, apps)
    with progress() as told:
        told("test")
        runs = run_workspace(
            workspace,
            session.now.date(),
            options.selection,
            fail_fast=options.flag("exitfirst"),
            changed=_changed(session, options.text("base")),
            clock=time.perf_counter,
        )
        told("coverage")
        coverage = {app: measuring.coverage(run) for app, run in runs.items()} if options.wants_coverage else {}
        told("mutate")
        mutation, suggested = mutated(session, workspace, runs, coverage, options)
    found = _Found(workspace, runs, coverage, mutation, suggested, options)
    _write_files(found, int(session.now.timestamp() * 1000))
    return show(found.report(), format_, output)


class _Found:
    """What a run found, ready to be shown."""

    def __init__(
        self,
        workspace: Workspace,
        runs: Mapping[AppId, SuiteRun],
        coverage: Mapping[AppId, CoverageReport],
        mutation: Mapping[AppId, MutationReport[BaseMutant]],
        suggested: "Mapping[AppId, Suggestions]",
        options: RunOptions,
    ) -> None:
        self.workspace, self.runs, self.options = workspace, runs, options
        self.coverage, self.mutation, self.suggested = coverage, mutation, suggested

    def gates_of(self, app: AppId) -> dict[Level, int]:
        """The gates of one app: the command line's, else those of its `app.yaml`."""
        gates = self.options.gates
        if gates is not None:
            return gates
        own = self.workspace.repository.by_id[app].document.coverage
        return {"policy": own.policy, "clause": own.clause, "condition": own.condition}

    @property
    def below(self) -> dict[AppId, tuple[Shortfall, ...]]:
        """Levels at which an app is below its gate."""
        return {app: report.below(self.gates_of(app)) for app, report in self.coverage.items()}

    @property
    def exit_codes(self) -> tuple[ExitCode, ...]:
        codes = []
        if self.diagnostics.has_errors:
            codes.append(ExitCode.INVALID_INPUT)
        nothing = all(run.report.ran_nothing for run in self.runs.values()) and not self.options.flag("allow_empty")
        if any(run.failed for run in self.runs.values()) or any(self.below.values()) or nothing:
            codes.append(ExitCode.TESTS_FAILED)
        return tuple(codes)

    @property
    def diagnostics(self) -> Diagnostics:
        found = Diagnostics(self.workspace.diagnostics)
        found.extend(item for run in self.runs.values() for item in run.diagnostics)
        return found

    def report(self) -> Report:
        """Everything, for all formats."""
        return Report(
            command="test",
            exit_codes=self.exit_codes,
            problems=problems_of(self.diagnostics),
            text=self._text,
            sections=self._sections,
            results=self._results,
            sources=Sources(self.workspace),
        )

    def _text(self) -> "Text":
        from rich.text import Text  # noqa: PLC0415 - only when text is written

        from bylaw.reporting.coverage import coverage_text  # noqa: PLC0415
        from bylaw.reporting.mutation import mutation_text  # noqa: PLC0415
        from bylaw.reporting.suites import suites_headline, suites_text  # noqa: PLC0415

        text = Text()
        for app, run in self.runs.items():
            text.append_text(
                suites_text(app, run.report, measuring.explanations(run), verbose=self.options.flag("verbose"))
            )
        for app, coverage in self.coverage.items():
            text.append_text(coverage_text(coverage, self.gates_of(app))).append("\n")
        for mutation in self.mutation.values():
            text.append_text(mutation_text(mutation)).append("\n")
        text.append_text(suites_headline({app: run.report for app, run in self.runs.items()}))
        if all(run.report.ran_nothing for run in self.runs.values()):
            text.append("\nno case ran, so green would mean nothing; pass `--allow-empty` if that is right")
        if self.suggested:
            from bylaw.reporting.suggestions import suggestions_text  # noqa: PLC0415 - only when asked for

            text.append("\n")
            for suggestions in self.suggested.values():
                text.append("\n").append_text(suggestions_text(suggestions))
        return text

    def _results(self) -> list[object]:
        from bylaw.reporting.coverage import CoverageResults  # noqa: PLC0415 - start-up time of the other formats
        from bylaw.reporting.mutation import MutationResults  # noqa: PLC0415

        coverage = [CoverageResults(dict(self.coverage))] if self.coverage else []
        from bylaw.reporting.suggestions import SuggestionResults  # noqa: PLC0415

        mutation = [MutationResults(dict(self.mutation))] if self.mutation else []
        suggested = [SuggestionResults(dict(self.suggested))] if self.suggested else []
        return [self._tests(), *coverage, *mutation, *suggested]

    def _sections(self) -> "list[Section]":
        from bylaw.reporting.coverage import coverage_section  # noqa: PLC0415 - start-up time of the other formats
        from bylaw.reporting.mutation import mutation_section  # noqa: PLC0415
        from bylaw.reporting.suggestions import suggestions_section  # noqa: PLC0415
        from bylaw.reporting.suites import suites_section  # noqa: PLC0415

        return [
            suites_section(self._tests()),
            *(coverage_section(report) for report in self.coverage.values()),
            *(mutation_section(report) for report in self.mutation.values()),
            *(suggestions_section(found) for found in self.suggested.values()),
        ]

    def _tests(self) -> "SuiteResults":
        from bylaw.reporting.suites import SuiteResults  # noqa: PLC0415 - start-up time of the other formats

        reports = {app: run.report for app, run in self.runs.items()}
        return SuiteResults(reports, {app: measuring.explanations(run) for app, run in self.runs.items()})


def _changed(session: Session, base: str | None) -> frozenset[str] | None:
    if base is None:
        return None
    git = session.git
    changes = git.changed_paths(git.resolve(base), None, ["policies", "schemas", "tests/policies"])
    return frozenset(change.path for change in changes)


def _write_files(found: _Found, now: int) -> None:
    """The files that were asked for beside the report."""
    options = found.options
    if (place := options.text("junit")) is not None:
        from bylaw.reporting import junit  # noqa: PLC0415 - only when asked for
        from bylaw.reporting.suites import junit_suites  # noqa: PLC0415

        suites = [suite for app, run in found.runs.items() for suite in junit_suites(app, run.report)]
        write_file(place, junit.render(suites))
    if (place := options.text("lcov")) is not None:
        from bylaw.reporting import lcov  # noqa: PLC0415 - only when asked for

        write_file(place, lcov.render(found.coverage.values()))
    if (place := options.text("cobertura")) is not None:
        from bylaw.reporting import cobertura  # noqa: PLC0415 - only when asked for

        text = cobertura.render(found.coverage.values(), version=__version__, timestamp=now)
        write_file(place, text)
