"""`bylaw resume`."""

import sys

import click

from bylaw.cli.session import Session
from bylaw.cli.suspend import change
from bylaw.model.exit_codes import ExitCode
from bylaw.repository.places import SETTINGS_PATH


@click.command("resume")
@click.argument("target")
@click.pass_obj
def command(session: Session, /, target: str) -> int:
    """Lift the suspension of TARGET. Commit the change of bylaw.yaml to make it so."""
    if change(session, target, None):
        sys.stdout.write(f"`{target}` is no longer suspended; commit `{SETTINGS_PATH}` to make it so\n")
    else:
        sys.stdout.write(f"`{target}` is not suspended\n")
    return ExitCode.OK
