"""`bylaw schema`: the group of `generate` and `diff`."""

import click

from bylaw.cli.schema_diff import diff_command
from bylaw.cli.schema_generate import generate_command


@click.group("schema")
def command() -> None:
    """Make a Cedar schema from the tools of a gateway, and see what a change of tools breaks."""


command.add_command(generate_command)
command.add_command(diff_command)
