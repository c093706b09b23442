"""Contents of git objects from one `git cat-file --batch`, which GitPython has no call for."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple, Self

from bylaw.model.errors import UsageError

_AHEAD = 1 << 20
"""Bytes that git may be ahead."""


class Blob(NamedTuple):
    """One object of git."""

    id: str
    content: bytes


class BlobStream:
    """Blobs in the order in which they were asked for. Git goes on reading while those that came already are worked on."""

    def __init__(self, command: Iterable[str], folder: str, ids: Iterable[str]) -> None:
        self._owner = os.getpid()
        self._blobs = _stream([*command, "cat-file", "--batch", "--buffer"], folder, ids)

    def __iter__(self) -> Self:
        """Itself: what was taken is not given again."""
        return self

    def __next__(self) -> Blob:
        """The next blob.

        Raises:
            UsageError: the repository lacks it.
        """
        # INVARIANT: parent and child of a fork share the pipe, so only one of them may read from it.
        if os.getpid() != self._owner:
            raise StopIteration
        return next(self._blobs)


def _stream(command: list[str], folder: str, ids: Iterable[str]) -> Iterator[Blob]:
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{id_}\n" for id_ in ids).encode())
        asked.seek(0)
        process = subprocess.Popen(  # noqa: S603 - fixed words
            command, cwd=folder, stdin=asked, stdout=subprocess.PIPE, bufsize=_AHEAD, pipesize=_AHEAD
        )
    assert process.stdout is not None  # noqa: S101 - asked for above
    try:
        yield from _blobs(process.stdout)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def _blobs(output: IO[bytes]) -> Iterator[Blob]:
    for head in output:
        id_, kind, *size = head.decode().split()
        if not size:
            message = f"the repository lacks object `{id_}` ({kind})"
            raise UsageError(message, help="fetch it: the clone may be partial, or damaged")
        content = output.read(int(size[0]))
        output.read(1)
        yield Blob(id_, content)
