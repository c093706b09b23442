"""`bylaw diff`."""

import click

from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.diff import diff
from bylaw.reporting.diff import diff_section, diff_text


@click.command("diff")
@click.argument("base")
@click.argument("head", required=False)
@click.option(
    "--fail-on",
    type=click.Choice(["any", "changed"]),
    help="Exit 6 if there is any difference, or any but moves and style.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 6 if there is any difference.")
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def command(
    session: Session,
    base: str,
    head: str | None,
    fail_on: str | None,
    detailed_exitcode: bool,
    format_: str,
    output: str,
) -> int:
    """What changed from BASE to HEAD, clause by clause.

    HEAD is the working tree by default. Nothing is checked out, and only what differs is read. Two commits are compared from their
    merge base.
    """
    found = diff(session.git, base, head)
    differs = found.has_meaning if fail_on == "changed" else not found.is_empty
    codes = (ExitCode.CHANGES_EXIST,) if differs and (detailed_exitcode or fail_on) else ()
    report = Report(
        command="diff",
        exit_codes=codes,
        text=lambda: diff_text(found),
        sections=lambda: [diff_section(found)],
        results=lambda: [found],
        outputs={"verdict": "changed" if differs else "unchanged"},
    )
    return show(report, format_, output)
