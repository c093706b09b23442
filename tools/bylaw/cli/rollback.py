"""`bylaw rollback`."""

import sys

import click

from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.rollback import rollback


@click.command("rollback")
@click.argument("app")
@click.argument("policy", required=False)
@click.option("--to", "revision", required=True, metavar="REV", help="The commit whose content comes back.")
@click.option("--reason", default="Restores what was enforced before.", help="For the commit message.")
@click.pass_obj
def command(session: Session, /, app: str, policy: str | None, revision: str, reason: str) -> int:
    """Commit APP, or one POLICY of it, as it was at a commit.

    Going back is a commit like any other: it is reviewed, checked, merged and applied.
    """
    restored = rollback(session.git, app, policy, revision, reason)
    if restored.commit is None:
        sys.stdout.write(f"nothing to do: already as at {restored.to[:12]}\n")
        return ExitCode.OK
    for path in restored.paths:
        sys.stdout.write(f"restored {path}\n")
    sys.stdout.write(f"committed {restored.commit[:12]}; apply it with `bylaw reconcile`\n")
    return ExitCode.OK
