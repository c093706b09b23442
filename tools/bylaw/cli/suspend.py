"""`bylaw suspend`."""

import sys
from datetime import datetime

import click

from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.repository.places import SETTINGS_PATH
from bylaw.repository.yaml_editing import set_value


@click.command("suspend")
@click.argument("target")
@click.option("--until", required=True, metavar="TIME", help="When writes resume, like 2026-12-31T18:00:00Z.")
@click.option("--reason", required=True)
@click.option("--by", help="Who answers for it; default: you.")
@click.pass_obj
def command(session: Session, /, target: str, until: str, reason: str, by: str | None) -> int:
    """Stop writes to TARGET for a while; plans and drift reports go on.

    Writes `suspend` into bylaw.yaml. Commit it: the reconciler obeys what is merged.
    """
    try:
        moment = datetime.fromisoformat(until)
    except ValueError as error:
        raise UsageError(f"`{until}` is no time", help="write it like 2026-12-31T18:00:00Z") from error
    if moment.tzinfo is None or moment <= session.now:
        raise UsageError(
            f"`{until}` is not a time to come, with a time zone", help="write it like 2026-12-31T18:00:00Z"
        )
    change(session, target, {"reason": reason, "by": by or session.actor, "until": until})
    sys.stdout.write(f"`{target}` is suspended until {until}; commit `{SETTINGS_PATH}` to make it so\n")
    return ExitCode.OK


def change(session: Session, target: str, value: dict[str, str] | None) -> bool:
    """Set or remove `targets.<target>.suspend` in `bylaw.yaml`, comments kept; answers whether that changed anything."""
    place = session.disk.root / SETTINGS_PATH
    before = place.read_text(encoding="utf-8")
    after = set_value(before, ("targets", target, "suspend"), value)
    place.write_text(after, encoding="utf-8", newline="\n")
    return after != before
