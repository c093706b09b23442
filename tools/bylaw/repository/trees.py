"""The tree of a directory and the tree of a dict. The tree of a commit lives in `bylaw.repository.git_tree`."""

import os
import stat
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.errors import InvalidInputError
from bylaw.model.spans import whole_file
from bylaw.repository.interface import Entry, EntryKind, SourceTree
from bylaw.repository.text import MAX_FILE_BYTES, too_large


def not_readable(path: str, kind: EntryKind | None, label: str) -> InvalidInputError:
    """Why `path` is not read."""
    if kind is None:
        message = f"no file `{path}` in {label}"
        return InvalidInputError(
            [Diagnostic("missing-file", message, whole_file(path), "create it, or correct the path")]
        )
    message = f"`{path}` is a {kind}, not a plain file"
    remedy = "put the content itself there: links could leave the repository"
    return InvalidInputError([Diagnostic("not-a-plain-file", message, whole_file(path), remedy)])


class DiskTree:
    """The working tree below `root`. Hidden folders at its top, which tools keep for themselves, are not looked into."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = f"{root}/"
        self._real_folders = {""}

    @property
    def label(self) -> str:
        """The working tree."""
        return "the working tree"

    def entries(self, under: str = "") -> tuple[Entry, ...]:
        """Everything below `under`, symbolic links named but never followed."""
        top = self._prefix + under
        if not self._contained(under) or Path(top).is_symlink() or not Path(top).is_dir():
            return ()
        return tuple(sorted(_walk(top, f"{under}/" if under else "")))

    def kind(self, path: str) -> EntryKind | None:
        """What stands at `path`."""
        if not self._contained(path):
            return EntryKind.SYMLINK
        try:
            mode = os.lstat(self._prefix + path).st_mode
        except (OSError, ValueError):
            return None
        if stat.S_ISLNK(mode):
            return EntryKind.SYMLINK
        return EntryKind.FILE if stat.S_ISREG(mode) else EntryKind.OTHER

    def read(self, path: str) -> bytes:
        """The content of a plain file; a link on the way to it is refused as the file itself would be."""
        if not self._contained(path):
            raise not_readable(path, EntryKind.SYMLINK, self.label)
        try:
            # NOTE: no link is followed, and a pipe does not block, so nothing can be swapped in after a check.
            descriptor = os.open(self._prefix + path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (OSError, ValueError) as error:
            raise not_readable(path, self.kind(path), self.label) from error
        try:
            return self._content(path, descriptor)
        finally:
            os.close(descriptor)

    def _content(self, path: str, descriptor: int) -> bytes:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise not_readable(path, EntryKind.OTHER, self.label)
        if facts.st_size > MAX_FILE_BYTES:
            raise InvalidInputError([too_large(path, facts.st_size)])
        parts = []
        while part := os.read(descriptor, facts.st_size + 1):
            parts.append(part)
        return b"".join(parts)

    def _contained(self, path: str) -> bool:
        """Whether every folder on the way to `path` is a real one below the root."""
        folder = path.rpartition("/")[0]
        if folder in self._real_folders:
            return not path.startswith("/")
        parts = path.split("/")
        if path.startswith("/") or ".." in parts:
            return False
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        if any(os.path.islink(self._prefix + place) for place in above):  # noqa: PTH114 - hot, and paths are strings here
            return False
        self._real_folders.update(above)
        return True


def _walk(folder: str, prefix: str) -> Iterator[Entry]:
    with os.scandir(folder) as listing:
        for item in listing:
            path = prefix + item.name
            if item.is_symlink():
                yield Entry(path, EntryKind.SYMLINK)
            elif item.is_dir():
                if prefix or not item.name.startswith("."):
                    yield from _walk(item.path, f"{path}/")
            else:
                yield Entry(path, EntryKind.FILE if item.is_file() else EntryKind.OTHER)


class Snapshot:
    """Another tree, of which each file and folder is looked at once: a run sees one state of it, whatever happens meanwhile."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self.read = cache(tree.read)
        self.kind = cache(tree.kind)
        self._entries = cache(tree.entries)

    @property
    def label(self) -> str:
        """As the tree inside."""
        return self._tree.label

    def entries(self, under: str = "") -> tuple[Entry, ...]:
        """The paths below `under`."""
        return self._entries(under)


class MemoryTree:
    """A tree from a mapping of path to content."""

    def __init__(self, files: Mapping[str, str | bytes], label: str = "memory") -> None:
        self._files = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
        self._label = label

    @property
    def label(self) -> str:
        """As given."""
        return self._label

    def entries(self, under: str = "") -> tuple[Entry, ...]:
        """The paths below `under`."""
        prefix = f"{under}/" if under else ""
        return tuple(Entry(path, EntryKind.FILE) for path in sorted(self._files) if path.startswith(prefix))

    def kind(self, path: str) -> EntryKind | None:
        """A file, or nothing."""
        return EntryKind.FILE if path in self._files else None

    def read(self, path: str) -> bytes:
        """The content."""
        if path not in self._files:
            raise not_readable(path, None, self._label)
        data = self._files[path]
        if len(data) > MAX_FILE_BYTES:
            raise InvalidInputError([too_large(path, len(data))])
        return data
