"""`bylaw unlock`."""

import sys

import click

from bylaw.cli.deployment import surroundings
from bylaw.cli.options import workspace_of
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.targets import open_target


@click.command("unlock")
@click.argument("target")
@click.option("--nonce", metavar="NONCE", help="The nonce of the lease to break; without it the lease is only shown.")
@click.pass_obj
def command(session: Session, /, target: str, nonce: str | None) -> int:
    """Show who holds the lease of TARGET, and break it by its nonce.

    A lease ends by itself; break one only if its holder is dead and the wait matters.
    """
    settings = workspace_of(session, ()).settings
    around = surroundings(session)
    with open_target(settings, target, around) as opened:
        lease = opened.state.current_lease(opened.id)
        if lease is None:
            sys.stdout.write(f"`{target}` is not leased\n")
        elif nonce is None:
            expired = " (expired)" if lease.expires <= around.clock() else ""
            sys.stdout.write(
                f"`{target}` is leased by {lease.holder} until {lease.expires:%Y-%m-%d %H:%M:%S} UTC{expired}\n"
            )
            sys.stdout.write(f"break it with `bylaw unlock {target} --nonce {lease.nonce}`\n")
        else:
            opened.state.break_lease(opened.id, nonce)
            sys.stdout.write(f"the lease of {lease.holder} on `{target}` is broken\n")
    return ExitCode.OK
