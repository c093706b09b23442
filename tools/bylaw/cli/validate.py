"""`bylaw validate`."""

import click

from bylaw.cli.options import Sources, apps_argument, problems_of, workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.diagnostics import Diagnostics
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.workspace import validate


@click.command("validate")
@apps_argument
@format_options("text", "json", "github", "sarif")
@click.pass_obj
def command(session: Session, /, apps: tuple[str, ...], format_: str, output: str) -> int:
    """Check policies, links and entities strictly against their schema."""
    workspace = workspace_of(session, apps)
    found = Diagnostics(workspace.diagnostics)
    found.extend(validate(workspace))
    codes = (ExitCode.INVALID_INPUT,) if found.has_errors else ()
    return show(Report("validate", codes, problems_of(found), sources=Sources(workspace)), format_, output)
