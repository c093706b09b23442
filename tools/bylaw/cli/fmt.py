"""`bylaw fmt`."""

import sys
from collections.abc import Iterable

import click

from bylaw.cli.options import Sources, problems_of, workspace_of
from bylaw.cli.output import Report, show
from bylaw.cli.session import Session
from bylaw.model.diagnostics import Severity
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.formatting import Reformatted, reformat


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; exit 5 if a file is not in the house style.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; print what would change.")
@click.pass_obj
def command(session: Session, /, paths: tuple[str, ...], check: bool, show_diff: bool) -> int:
    """Write policies in the house style; comments stay.

    PATH restricts it to some files and folders, named from the root of the repository.
    """
    workspace = workspace_of(session)
    for path in paths:
        if not (session.root / path).exists():
            raise UsageError(f"no file or folder `{path}`", help=f"name it from the root, `{session.root}`")
    changed = list(reformat(workspace, paths))
    broken = [item for item in workspace.diagnostics if item.severity is Severity.ERROR]
    if broken:
        report = Report("fmt", (ExitCode.INVALID_INPUT,), problems_of(broken), sources=Sources(workspace))
        return show(report, "text")
    if show_diff:
        sys.stdout.write("".join(file.diff for file in changed))
    elif not check:
        _write(session, changed)
    for file in changed:
        sys.stderr.write(f"{'would reformat' if check or show_diff else 'reformatted'} {file.path}\n")
    return ExitCode.FINDINGS if changed and (check or show_diff) else ExitCode.OK


def _write(session: Session, changed: Iterable[Reformatted]) -> None:
    for file in changed:
        (session.root / file.path).write_text(file.after, encoding="utf-8", newline="\n")
