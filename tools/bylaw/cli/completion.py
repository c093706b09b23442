"""`bylaw completion`."""

import sys

import click
from click.shell_completion import get_completion_class

from bylaw.model.exit_codes import ExitCode


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of SHELL: `source <(bylaw completion bash)`."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - the choice above
    # The script of bash asks the shell for its version; only the source is wanted here.
    parts = kind(_root(), {}, "bylaw", "_BYLAW_COMPLETE")
    sys.stdout.write(parts.source_template % parts.source_vars() + "\n")
    return ExitCode.OK


def _root() -> click.Command:
    from bylaw.cli.application import application  # noqa: PLC0415 - the group imports this module

    return application
