"""`bylaw schema diff`."""

from collections.abc import Iterator

import click

from bylaw.cli.options import problems_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.schema_options import derivation_options
from bylaw.cli.session import Session
from bylaw.generation.tools import Options
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.schema_diff import FileSide, Reading, SchemaDiff, Side, TreeSide, schema_diff
from bylaw.reporting.schema import SchemaDifferences, differences_section, differences_text
from bylaw.repository.places import SETTINGS_PATH


@click.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@click.option("--app", "apps", multiple=True, metavar="APP", help="Only the policies of this app; may be repeated.")
@derivation_options
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "widening", "never"]),
    default="breaking",
    show_default=True,
    help="Exit 5 if a policy breaks; or if one breaks, permits more tools, or no longer forbids one.",
)
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def diff_command(
    session: Session,
    /,
    *,
    old: str,
    new: str | None,
    apps: tuple[str, ...],
    options: Options,
    fail_on: str,
    format_: str,
    output: str,
) -> int:
    """What differs from schema OLD to NEW, and what becomes of the policies of the working tree.

    OLD and NEW are schema files; files of tools, as `bylaw schema generate` takes them, FILE or NAME=FILE with the target whose
    tools they are; or revisions, in which the schema of each app is looked up. NEW is the working tree by default. A policy breaks
    if it validates with OLD and not with NEW.

    Exit codes: 5 by `--fail-on`, 3 if OLD, NEW or a policy cannot be read, 2 if they name nothing.
    """
    reading = Reading(
        root=session.root,
        git=session.git if (session.root / ".git").exists() else None,
        options=options,
    )
    before = reading.side(old)
    after = reading.side(new) if new is not None else TreeSide("the working tree", session.disk)
    tree = session.disk if apps or (session.root / SETTINGS_PATH).is_file() else None
    found = schema_diff(before, after, tree, apps)
    return show(_diff_report(found, (before, after), fail_on), format_, output)


def _diff_report(found: SchemaDiff, sides: tuple[Side, Side], fail_on: str) -> Report:
    fails = (found.breaks and fail_on != "never") or (found.widens and fail_on == "widening")
    result = SchemaDifferences(found.comparisons)
    problems = problems_of([*_doubts(sides), *found.diagnostics])
    return Report(
        command="schema",
        exit_codes=(ExitCode.FINDINGS,) if fails else (),
        problems=problems,
        text=lambda: differences_text(result),
        sections=lambda: [differences_section(result)],
        results=lambda: [result],
        outputs={"verdict": "breaking" if found.breaks else "widening" if found.widens else "compatible"},
        sources=found.sources,
    )


def _doubts(sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    for side in sides:
        if isinstance(side, FileSide):
            yield from side.diagnostics
