"""The files of one commit of git, read without a checkout."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

import git

from bylaw.model.errors import InvalidInputError
from bylaw.model.identifiers import CommitId
from bylaw.repository.blobs import Blob, BlobStream
from bylaw.repository.interface import Entry, EntryKind
from bylaw.repository.text import MAX_FILE_BYTES, too_large
from bylaw.repository.trees import not_readable

GIT: Final = (
    *("git", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
)
"""How every call of git begins: paths are no patterns, and no program of the repository is run."""
MAX_READ_AHEAD = 64 << 20
"""Bytes of blobs that are read in one go, and about half of what is held at most."""

_KINDS = {
    "100644": EntryKind.FILE,
    "100755": EntryKind.FILE,
    "120000": EntryKind.SYMLINK,
    "160000": EntryKind.SUBMODULE,
}


class GitTree:
    """The files of one commit, read from git objects: nothing is checked out."""

    def __init__(self, repo: git.Repo, commit: CommitId) -> None:
        self._repo = repo
        self.commit = commit
        self._sizes: dict[str, int] = {}
        self._ahead: dict[str, bytes] = {}
        self._stream: Iterator[Blob] = iter(())

    @property
    def label(self) -> str:
        """The short commit id."""
        return f"commit {self.commit[:12]}"

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        raw = self._repo.git.execute(
            [*GIT, "ls-tree", "-r", "-l", "-z", "--full-tree", self.commit], strip_newline_in_stdout=False
        )
        found = {}
        for line in str(raw).split("\0")[:-1]:
            facts, _, path = line.partition("\t")
            mode, _, blob, size = facts.split()
            found[path] = Entry(path, _KINDS.get(mode, EntryKind.OTHER), blob)
            if size != "-":
                self._sizes[blob] = int(size)
        return found

    @cached_property
    def _sorted_paths(self) -> list[str]:
        return sorted(self._entries)

    def entries(self, under: str = "") -> tuple[Entry, ...]:
        """Everything below `under`."""
        if not under:
            return tuple(self._entries[path] for path in self._sorted_paths)
        first = bisect_left(self._sorted_paths, f"{under}/")
        last = bisect_left(self._sorted_paths, f"{under}0")  # "0" follows "/"
        return tuple(self._entries[path] for path in self._sorted_paths[first:last])

    def kind(self, path: str) -> EntryKind | None:
        """What the commit has at `path`."""
        entry = self._entries.get(path)
        return entry.kind if entry else None

    def read(self, path: str) -> bytes:
        """The blob at `path`; its size is looked at before its content."""
        entry = self._entries.get(path)
        if entry is None or entry.kind is not EntryKind.FILE:
            raise not_readable(path, entry.kind if entry else None, self.label)
        if self._sizes[entry.version] > MAX_FILE_BYTES:
            raise InvalidInputError([too_large(path, self._sizes[entry.version])])
        while entry.version not in self._ahead:
            blob = next(self._stream, None)
            if blob is None:
                self._stream = self._read_ahead(path, entry.version)
            else:
                self._ahead[blob.id] = blob.content
        return self._ahead[entry.version]

    def _read_ahead(self, path: str, blob: str) -> BlobStream:
        """Ask for the blobs around `path` in one go, as far around as memory allows: a question to git for each takes longer than
        parsing it. What was read before is kept until the bound is reached."""
        parts = path.split("/")
        folders = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        wanted: dict[str, None] = {blob: None}
        for folder in folders:
            files = (entry for entry in self.entries(folder) if entry.kind is EntryKind.FILE)
            # Documents first: they are read before the policies that they speak of.
            ordered = sorted(files, key=lambda entry: not entry.path.endswith(".yaml"))
            around = {entry.version: None for entry in ordered}
            if sum(self._sizes[other] for other in around) <= MAX_READ_AHEAD:
                wanted = {other: None for other in around if self._sizes[other] <= MAX_FILE_BYTES}
                break
        if sum(map(len, self._ahead.values())) > MAX_READ_AHEAD:
            self._ahead.clear()
        return BlobStream(GIT, str(self._repo.working_dir), wanted)
