"""`bylaw exceptions`."""

import click

from bylaw.cli.options import apps_argument, workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session


@click.group("exceptions")
def command() -> None:
    """Exceptions from policies: files under `policies/<app>/exceptions/`."""


@command.command("list")
@apps_argument
@format_options("text", "json")
@click.pass_obj
def list_command(session: Session, /, apps: tuple[str, ...], format_: str, output: str) -> int:
    """Every exception with whom it is for, until when, and whether that is soon or over."""
    from bylaw.pipeline.exceptions import list_exceptions  # noqa: PLC0415 - start-up time
    from bylaw.reporting.exceptions import ExceptionResults, exceptions_text  # noqa: PLC0415

    workspace = workspace_of(session, apps).demand()
    found = ExceptionResults(list_exceptions(workspace, session.now))
    return show(Report("exceptions", text=lambda: exceptions_text(found), results=lambda: [found]), format_, output)
