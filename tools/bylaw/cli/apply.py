"""`bylaw apply`."""

from pathlib import Path

import click

from bylaw.cli.applying import apply_to, show_results
from bylaw.cli.output import format_options
from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.pipeline.deploy import read_revision
from bylaw.reconcile.plan_file import SavedPlan, load_plans


@click.command("apply")
@click.argument("plan_file", metavar="PLAN")
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def command(session: Session, /, plan_file: str, format_: str, output: str) -> int:
    """Carry out the plan that `bylaw plan -o PLAN` saved.

    The target is observed and planned again; unless that gives the very plan that was saved, nothing is written and the
    exit code is 8.
    """
    saved = load_plans(_read(plan_file), plan_file)
    commits = {plan.commit for plan in saved}
    if len(commits) != 1:
        raise UsageError(
            f"`{plan_file}` holds plans of {len(commits)} commits", help="make it with one `bylaw plan -o FILE`"
        )
    revision = read_revision(session.git, commits.pop(), session.now)
    approved: dict[str, SavedPlan] = {plan.target: plan for plan in saved}
    targets = tuple(plan.target for plan in saved)
    results = apply_to(session, revision, targets, approved=approved)
    return show_results("apply", results, format_, output, revision.caveats(targets))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read `{path}`: {error.strerror}", help="make a plan with `bylaw plan -o FILE`"
        ) from error
