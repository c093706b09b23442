"""Source trees: whatever reads policies takes path to bytes, so a directory, a commit and a dict share one code path."""

from enum import StrEnum
from typing import NamedTuple, Protocol


class EntryKind(StrEnum):
    """What stands at a path."""

    FILE = "file"
    SYMLINK = "symbolic link"
    SUBMODULE = "submodule"
    OTHER = "special file"


class Entry(NamedTuple):
    """One path of a tree. `version` identifies the content where the tree knows it without reading (a git blob id)."""

    path: str
    kind: EntryKind
    version: str = ""


class SourceTree(Protocol):
    """A read-only tree of files. Paths are relative to its root, with forward slashes, and never leave it."""

    @property
    def label(self) -> str:
        """How messages name this tree: a directory, a commit."""

    def entries(self, under: str = "") -> tuple[Entry, ...]:
        """Everything below the folder `under`, sorted by path; nothing when there is no such folder."""

    def kind(self, path: str) -> EntryKind | None:
        """What stands at `path`; none when nothing does."""

    def read(self, path: str) -> bytes:
        """The content of the file at `path`.

        Raises:
            InvalidInputError: there is no such file, it is no plain file, or it is over the size limit.
        """
