"""`bylaw init`."""

import re
import sys
from pathlib import Path

import click

from bylaw import __version__
from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.model.marks import OWNER
from bylaw.pipeline.scaffold import STARTERS, repository_files


@click.command("init")
@click.argument("directory", default=".")
@click.option(
    "--owner", default="example/policies", show_default=True, help="The repository, as org/name; part of every mark."
)
@click.option(
    "--language", type=click.Choice(sorted(STARTERS)), default="cedar", show_default=True, help="Of the first app."
)
@click.pass_obj
def command(session: Session, /, directory: str, owner: str, language: str) -> int:  # noqa: ARG001 - every verb is given the session
    """Start a policy repository in DIRECTORY: settings, one app, a suite, workflows. `bylaw check` is green at once."""
    if re.fullmatch(OWNER, owner) is None:
        raise UsageError(f"`{owner}` cannot own policies", help="write the repository as `org/name`")
    root = Path(directory)
    files = repository_files(owner, __version__, language)
    taken = [path for path in files if (root / path).exists()]
    if taken:
        raise UsageError(f"`{root / taken[0]}` exists", help="start in an empty folder, or move the file away")
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {path}\n")
    sys.stdout.write("next: `git init && git add -A && git commit -m 'Start'`, then `bylaw check`\n")
    return ExitCode.OK
