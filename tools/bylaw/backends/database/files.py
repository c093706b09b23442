"""Making the file of a new SQLite database, safely beside others who want to make it too."""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from bylaw.backends.interface import BackendTerminalError


def make_file(file: Path) -> None:
    """Make `file` and its directory unless they exist. Where that is impossible: BackendTerminalError.

    INVARIANT: no other connection ever sees the file without its write-ahead log switched on. To switch it on while somebody
    else writes fails at once, whatever the time-out; so the file is made under another name, and then given its own.
    """
    if file.exists():
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".bylaw-", dir=file.parent) as directory:
            fresh = Path(directory, "fresh.db")
            with closing(sqlite3.connect(fresh)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            with suppress(OSError):  # somebody else was faster; or no hard links here, then SQLite makes the file
                os.link(fresh, file)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise BackendTerminalError(
            f"cannot make database file `{file}`: {reason}", help="name a file in a directory that can be written"
        ) from error
