"""`bylaw check`."""

from typing import TYPE_CHECKING

import click

from bylaw.cli.options import Sources, apps_argument, fail_on_option, problems_of, workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.progress import progress
from bylaw.cli.session import Session
from bylaw.model.diagnostics import Severity
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.check import CheckReport, check
from bylaw.reporting.problem import Problem, amount, from_finding

if TYPE_CHECKING:
    from rich.text import Text

    from bylaw.reporting.sections import Section
    from bylaw.reporting.suites import SuiteResults


@click.command("check")
@apps_argument
@fail_on_option
@format_options("text", "json", "markdown", "github", "sarif")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever was found; for uploads that judge for themselves.")
@click.pass_obj
def command(
    session: Session, /, apps: tuple[str, ...], fail_on: str | None, format_: str, output: str, exit_zero: bool
) -> int:
    """Format, validate, lint, test and compile, in one pass.

    Looks at the working tree. APP restricts the check to some apps.
    """
    workspace = workspace_of(session, apps)
    with progress() as told:
        found = check(workspace, session.now.date(), fail_on=Severity(fail_on) if fail_on else None, progress=told)
    report = Report(
        command="check",
        exit_codes=found.exit_codes,
        problems=problems(found),
        text=lambda: _text(found),
        sections=lambda: _sections(found),
        results=lambda: _results(found),
        outputs={"verdict": "passed" if found.exit_code is ExitCode.OK else "failed"},
        sources=Sources(workspace),
    )
    code = show(report, format_, output)
    return ExitCode.OK if exit_zero else code


def problems(found: CheckReport) -> tuple[Problem, ...]:
    """Everything that `check` complains about, as rows."""
    return (
        *problems_of((*found.problems, *found.unformatted)),
        *(from_finding(finding) for finding in found.lint.findings),
    )


def _text(found: CheckReport) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - only when a terminal is written to

    from bylaw.pipeline.measuring import explanations  # noqa: PLC0415
    from bylaw.reporting.suites import suites_headline, suites_text  # noqa: PLC0415

    text = Text()
    for app, run in found.runs.items():
        if run.failed:
            text.append_text(suites_text(app, run.report, explanations(run), verbose=False))
    apps = len(found.runs)
    text.append(
        f"{amount(found.policies, 'policy')} in {amount(apps, 'app')}, {amount(len(found.bundles), 'bundle')}. "
    )
    text.append_text(suites_headline({app: run.report for app, run in found.runs.items()})).append(". ")
    text.append(f"{found.lint.headline}.", style="bold green" if found.exit_code is ExitCode.OK else "bold red")
    return text


def _sections(found: CheckReport) -> "list[Section]":
    from bylaw.reporting.suites import suites_section  # noqa: PLC0415 - start-up time of the other formats

    return [suites_section(_tests(found))]


def _results(found: CheckReport) -> list[object]:
    return [_tests(found)]


def _tests(found: CheckReport) -> "SuiteResults":
    from bylaw.pipeline.measuring import explanations  # noqa: PLC0415 - start-up time of the other formats
    from bylaw.reporting.suites import SuiteResults  # noqa: PLC0415

    return SuiteResults(
        {app: run.report for app, run in found.runs.items()},
        {app: explanations(run) for app, run in found.runs.items()},
    )
