"""The console script. Answers `--version` itself, before anything is imported that a version does not need."""

import gc
import os
import sys

from bylaw import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"bylaw {__version__}\n")
        return
    # One short run builds a few large trees and drops nothing until it ends: cyclic collection would only walk them again.
    gc.set_threshold(5_000_000, 50, 100)
    # What validates policy documents is not for other installed packages to alter; and looking for such plugins takes its time.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    from bylaw.cli.application import run  # noqa: PLC0415 - start-up time of `--version`

    code = run()
    gc.freeze()  # the interpreter would walk every tree once more on its way out
    sys.exit(code)
