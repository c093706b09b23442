"""`bylaw effective`."""

import click

from bylaw.cli.options import workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session


@click.command("effective")
@click.argument("app")
@click.option("--agent", required=True, metavar="NAME", help="Whose requests or actions.")
@click.option(
    "--dialect",
    type=click.Choice(["strict", "upstream"]),
    default="strict",
    show_default=True,
    help="As bylaw reads the documents, or as the system does that they were made for.",
)
@format_options("text", "json")
@click.pass_obj
def command(session: Session, /, app: str, agent: str, dialect: str, format_: str, output: str) -> int:
    """What is in force for one agent of APP, as one document: its own rules under all guardrails, each with its source."""
    from bylaw.model.dialects import Dialect  # noqa: PLC0415 - start-up time
    from bylaw.pipeline.effective import effective_policy  # noqa: PLC0415
    from bylaw.reporting.effective import effective_text  # noqa: PLC0415

    workspace = workspace_of(session, (app,)).demand()
    found = effective_policy(workspace.programs[workspace.apps[0].id], agent, Dialect(dialect))
    report = Report(command="effective", text=lambda: effective_text(found), results=lambda: [found])
    return show(report, format_, output)
