"""What standard output is."""

import os
import sys


def colourful() -> bool:
    """Whether colours are wanted: on a terminal without `NO_COLOR` (https://no-color.org), or where `FORCE_COLOR` insists."""
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
