"""`bylaw analyze`."""

import time
from typing import TYPE_CHECKING

import click

from bylaw.cli.baselines import rewrite_baseline
from bylaw.cli.options import Sources, apps_argument, problems_of, workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.progress import progress
from bylaw.cli.session import Session
from bylaw.model.diagnostics import Severity
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.analyze import AnalyzeRun, analyze_workspace
from bylaw.pipeline.workspace import Workspace
from bylaw.reporting.problem import Problem, from_finding
from bylaw.reporting.text import headline_text
from bylaw.reporting.unsettled import UnsettledResults, unsettled_section, unsettled_text

if TYPE_CHECKING:
    from rich.text import Text

CATEGORY = "bylaw-analyze/"
"""Uploaded beside the findings of `check` and `lint`, not in their place."""


@click.command("analyze")
@apps_argument
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Severity]),
    default=Severity.WARNING.value,
    show_default=True,
    help="The mildest finding that fails the run. What is proved is no guess, so warnings count.",
)
@format_options("text", "json", "markdown", "github", "sarif")
@click.option("--open-world", is_flag=True, help="Look for forbids that an entity missing from the store switches off.")
@click.option("--timeout-seconds", type=click.FloatRange(min=0), default=120, show_default=True, help="For all proofs.")
@click.option("--no-cache", is_flag=True, help="Use no kept proofs, and keep none.")
@click.option("--write-baseline", is_flag=True, help="Accept every finding there is now.")
@click.pass_obj
def command(  # noqa: PLR0913, PLR0917 - one for each option
    session: Session,
    /,
    apps: tuple[str, ...],
    fail_on: str,
    format_: str,
    output: str,
    open_world: bool,
    timeout_seconds: float,
    no_cache: bool,
    write_baseline: bool,
) -> int:
    """Prove with a solver what policies can and cannot do.

    Looks at all requests that the schema admits, not at samples: finds policies that are never satisfied, err, change nothing, or
    leave an action open or closed to everyone. What is reported as possible was run on the engine. Needs `bylaw[smt]`.
    """
    from bylaw.cli.caching import facts  # noqa: PLC0415
    from bylaw.pipeline import proving  # noqa: PLC0415 - what a solver needs is loaded only where it is asked

    started = time.monotonic()
    workspace = workspace_of(session, apps)
    options = proving.proving(lambda: time.monotonic() - started, seconds=timeout_seconds, open_world=open_world)
    with progress() as told:
        run = analyze_workspace(
            workspace, session.now.date(), proving.prover(options, None if no_cache else facts(session)), progress=told
        )
    if write_baseline:
        return rewrite_baseline(session, workspace, run.found, pruned=False)
    return show(_report(workspace, run, fail_on), format_, output)


def _report(workspace: Workspace, run: AnalyzeRun, fail_on: str) -> Report:
    found = run.found
    level = Severity(fail_on)
    broken = (*workspace.diagnostics, *found.diagnostics)
    codes = [ExitCode.FINDINGS] if found.report.failing(level) else []
    codes += [ExitCode.INVALID_INPUT] if any(item.severity is Severity.ERROR for item in broken) else []
    problems = (*problems_of(broken), *(from_finding(finding) for finding in found.report.findings))
    unsettled = UnsettledResults(run.unsettled)
    return Report(
        command="analyze",
        exit_codes=tuple(codes),
        problems=problems,
        text=lambda: _text(problems, unsettled),
        sections=lambda: [unsettled_section(unsettled)] if unsettled.reasons else [],
        results=lambda: [unsettled],
        sources=Sources(workspace),
        category=CATEGORY,
    )


def _text(problems: tuple[Problem, ...], unsettled: UnsettledResults) -> "Text":
    return headline_text(problems, "finding").append("\n").append_text(unsettled_text(unsettled))
