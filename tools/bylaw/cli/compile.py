"""`bylaw compile`."""

import sys
from pathlib import Path

import click

from bylaw import __version__
from bylaw.cli.options import Sources, apps_argument, problems_of, target_option, workspace_of
from bylaw.cli.output import Report, show, write_file
from bylaw.cli.session import Session
from bylaw.compile.bundle import Bundle
from bylaw.model.diagnostics import Diagnostics
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import CommitId
from bylaw.pipeline.bundles import bundle_files, compile_workspace
from bylaw.pipeline.workspace import Workspace, open_workspace, validate
from bylaw.reporting.problem import amount


@click.command("compile")
@apps_argument
@target_option
@click.option("--rev", "revision", metavar="REV", help="Compile this commit instead of the working tree.")
@click.option("--out", metavar="DIR", help="Write the bundles below this folder, which must be empty or not exist.")
@click.pass_obj
def command(
    session: Session, /, apps: tuple[str, ...], targets: tuple[str, ...], revision: str | None, out: str | None
) -> int:
    """Compile each app for each of its targets.

    The same commit, target and version give the same bytes on any machine. Without --out only the digests are printed.
    """
    commit = session.git.resolve(revision) if revision else None
    workspace = open_workspace(session.git.tree(commit), apps) if commit else workspace_of(session, apps)
    _demand_targets(workspace, targets)
    problems = Diagnostics(workspace.diagnostics)
    problems.extend(validate(workspace))
    provenance = _provenance(session, workspace, commit) if out else {}
    bundles, found = compile_workspace(workspace, targets, provenance)
    problems.extend(found)
    codes = (ExitCode.INVALID_INPUT,) if problems.has_errors else ()
    code = show(Report("compile", codes, problems_of(problems), sources=Sources(workspace)), "text")
    if code == ExitCode.OK:
        _write(bundles, out)
    return code


def _demand_targets(workspace: Workspace, targets: tuple[str, ...]) -> None:
    known = workspace.settings.targets
    for name in targets:
        if known and name not in known:
            raise UsageError(f"no target `{name}`", help=f"targets: {', '.join(known)}")


def _provenance(session: Session, workspace: Workspace, commit: CommitId | None) -> dict[str, CommitId]:
    """The commit that last changed each policy file; nothing outside of git."""
    try:
        git = session.git
    except UsageError:
        return {}
    if not git.has_commits():
        return {}
    paths = [policy.path for program in workspace.programs.values() for policy in program.policies]
    return dict(git.last_changes(commit or git.resolve("HEAD"), paths))


def _write(bundles: tuple[Bundle, ...], out: str | None) -> None:
    folder = Path(out) if out is not None else None
    if folder is not None and (folder.is_file() or (folder.is_dir() and any(folder.iterdir()))):
        raise UsageError(
            f"`{out}` is not an empty folder",
            help="name a new folder: what a bundle no longer holds must not stay behind",
        )
    for bundle in bundles:
        sys.stdout.write(
            f"{bundle.digest[:12]}  {bundle.target}/{bundle.app}  {amount(len(bundle.policies), 'policy')}\n"
        )
        for path, text in bundle_files(bundle, __version__) if folder is not None else ():
            place = (folder or Path()) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            write_file(str(place), text)
