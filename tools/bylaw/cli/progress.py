"""Progress on standard error: only on a terminal, and only once a run has taken longer than a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SILENT_SECONDS = 1.0


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that is told what begins."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    started = time.monotonic()

    def told(what: str) -> None:
        if time.monotonic() - started > SILENT_SECONDS:
            sys.stderr.write(f"\r\x1b[2K{what} …")
            sys.stderr.flush()

    yield told
    if time.monotonic() - started > SILENT_SECONDS:
        sys.stderr.write("\r\x1b[2K")
