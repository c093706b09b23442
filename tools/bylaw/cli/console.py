"""Consoles: colour and width follow the terminal, `NO_COLOR` and `FORCE_COLOR`; piped output is plain."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 120


def console() -> "Console":
    """Where results go."""
    return _console(stderr=False)


def error_console() -> "Console":
    """Where problems go."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console  # noqa: PLC0415 - only when there is something to show

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)
