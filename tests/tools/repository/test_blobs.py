"""Objects of git, one after the other: contents byte for byte, what is missing is told, and a fork does not share the pipe."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bylaw.model.errors import UsageError
from bylaw.repository.blobs import Blob, BlobStream
from tools.pipeline.repositories import git

CONTENTS = [b"", b"one line\n", b"no line end", b"a\nb\n\nc", b"\x00\xff\n" * 50_000, b"last"]


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    """Blobs of those contents."""
    git(tmp_path, "init", "-q")
    command = ["git", "hash-object", "-w", "--stdin"]
    made = (subprocess.run(command, cwd=tmp_path, input=data, capture_output=True, check=True) for data in CONTENTS)
    return [done.stdout.decode().strip() for done in made]


def stream(folder: Path, ids: list[str]) -> BlobStream:
    return BlobStream(["git"], str(folder), ids)


def test_contents_come_in_the_order_that_was_asked(tmp_path: Path, ids: list[str]) -> None:
    wanted = [*reversed(ids), ids[1]]

    assert list(stream(tmp_path, wanted)) == [Blob(id_, CONTENTS[ids.index(id_)]) for id_ in wanted]
    assert list(stream(tmp_path, [])) == []


def test_an_object_that_is_not_there_is_told(tmp_path: Path, ids: list[str]) -> None:
    blobs = stream(tmp_path, [ids[1], "0" * 40, ids[2]])

    assert next(blobs).content == CONTENTS[1]
    with pytest.raises(UsageError, match="lacks object `0000"):
        next(blobs)


def test_a_stream_that_nobody_finishes_leaves_no_process(
    tmp_path: Path, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen.__init__

    def note(process: "subprocess.Popen[bytes]", *arguments: Any, **options: Any) -> None:
        start(process, *arguments, **options)
        started.append(process)

    monkeypatch.setattr(subprocess.Popen, "__init__", note)
    blobs = stream(tmp_path, ids)
    next(blobs)
    del blobs

    assert [process.returncode is not None for process in started] == [True]


def test_a_forked_child_does_not_take_from_its_parent(tmp_path: Path, ids: list[str]) -> None:
    blobs = stream(tmp_path, ids)
    next(blobs)
    child = os.fork()
    if child == 0:
        os._exit(len(list(blobs)))
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert [blob.content for blob in blobs] == CONTENTS[1:]
