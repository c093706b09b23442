"""`bylaw import`."""

import sys

import click

from bylaw.cli.deployment import surroundings
from bylaw.cli.options import workspace_of
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.deploy import read_revision
from bylaw.pipeline.importing import adopt, plan_import
from bylaw.pipeline.targets import open_target
from bylaw.reporting.problem import amount


@click.command("import")
@click.argument("target")
@click.option("--adopt", "adopting", is_flag=True, help="Second step: make objects ours whose content is committed.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@click.pass_obj
def command(session: Session, /, target: str, adopting: bool, dry_run: bool) -> int:
    """Bring the policies that already stand on TARGET into git, and adopt them.

    First without --adopt: each foreign policy becomes a file below policies/<app>/imported/. After review and commit, --adopt puts
    our mark on the objects whose content is committed; nothing else of them changes.
    """
    return _adopt(session, target) if adopting else _files(session, target, write=not dry_run)


def _files(session: Session, target: str, *, write: bool) -> int:
    workspace = workspace_of(session, ()).demand()
    around = surroundings(session)
    with open_target(workspace.settings, target, around) as opened:
        imported, left = plan_import(workspace, opened)
    for item in imported:
        if write:
            place = session.root / item.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(item.text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{'wrote' if write else 'would write'} {item.path}\n")
    for other in left:
        sys.stdout.write(f"left alone {other.engine}/{other.object_id}: {other.reason}\n")
    sys.stdout.write(f"{amount(len(imported), 'policy')} imported, {len(left)} left alone\n")
    if imported and write:
        sys.stdout.write(f"review and commit them, then run `bylaw import {target} --adopt`\n")
    return ExitCode.OK


def _adopt(session: Session, target: str) -> int:
    revision = read_revision(session.git, "HEAD", session.now)
    around = surroundings(session)
    count = 0
    with open_target(revision.settings, target, around) as opened:
        for live, ref in adopt(revision, opened, around):
            count += 1
            sys.stdout.write(f"adopted {live.engine}/{live.id} as {ref}\n")
    sys.stdout.write(f"{amount(count, 'object')} adopted\n")
    return ExitCode.OK
