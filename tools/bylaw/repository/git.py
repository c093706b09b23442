"""Git, read and (for `rollback` and `import`) written. The only module that talks to git, through GitPython.

A revision may come from a pull request of a stranger: it is resolved once, to a full commit id, with option parsing switched off;
everything after that works on ids. Hooks, file-system monitors and external diff programs of the repository are never run.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import git
import git.exc

from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.model.identifiers import CommitId, is_commit
from bylaw.repository.blobs import Blob, BlobStream
from bylaw.repository.interface import Entry, EntryKind
from bylaw.repository.text import MAX_FILE_BYTES, too_large
from bylaw.repository.trees import not_readable

MAX_REVISION_LENGTH = 256
MAX_READ_AHEAD = 64 << 20
"""Bytes of blobs that are read in one go, and about half of what is held at most."""

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")
_KINDS = {
    "100644": EntryKind.FILE,
    "100755": EntryKind.FILE,
    "120000": EntryKind.SYMLINK,
    "160000": EntryKind.SUBMODULE,
}


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit as reports show it."""

    id: CommitId
    author: str
    at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """A path whose content differs between two trees; none where it does not exist on that side."""

    path: str
    before: str | None
    """Blob id."""
    after: str | None
    """Blob id; all zeros where the working tree differs from every stored blob."""


class GitRepository:
    """The git repository that holds `root`."""

    def __init__(self, root: Path) -> None:
        try:
            self._repo = git.Repo(root, search_parent_directories=False)
        except (git.exc.InvalidGitRepositoryError, git.exc.NoSuchPathError) as error:
            message = f"`{root}` is not the top of a git repository"
            raise UsageError(message, help="run `git init` there, or pass `--root`") from error
        self.root = root

    def resolve(self, revision: str) -> CommitId:
        """The full id of the commit that `revision` names.

        Raises:
            UsageError: nothing is called so, or it is not a commit.
        """
        help_ = "name a branch, a tag or a commit; in CI, check out with `fetch-depth: 0`"
        if (
            not revision
            or revision.startswith("-")
            or len(revision) > MAX_REVISION_LENGTH
            or not revision.isprintable()
        ):
            raise UsageError(f"`{revision[:80]!a}` is not a revision", help=help_)
        try:
            found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except git.exc.GitCommandError as error:
            raise UsageError(f"no commit `{revision}` in this repository", help=help_) from error
        commit = found.strip()
        if not is_commit(commit):
            raise UsageError(f"`{revision}` does not name one commit", help=help_)
        return CommitId(commit)

    def has_commits(self) -> bool:
        """Whether there is any commit at all."""
        return self._repo.head.is_valid()

    def describe(self, commit: CommitId) -> Commit:
        """Author, time and subject of `commit`."""
        return _commit(self._git("show", "-s", "--format=%H%x00%an <%ae>%x00%at%x00%s", commit))

    def is_ancestor(self, ancestor: CommitId, of: CommitId) -> bool:
        """Whether `ancestor` is reachable from `of`; false too where history is too shallow to tell."""
        try:
            self._git("merge-base", "--is-ancestor", ancestor, of)
        except git.exc.GitCommandError:
            return False
        return True

    def merge_base(self, one: CommitId, other: CommitId) -> CommitId | None:
        """The best common ancestor, if there is one."""
        try:
            return CommitId(self._git("merge-base", one, other).strip())
        except git.exc.GitCommandError:
            return None

    def changed_paths(self, base: CommitId, head: CommitId | None, under: Iterable[str]) -> tuple[ChangedPath, ...]:
        """What differs below the folders `under` between `base` and `head` (none: the working tree, untracked files included)."""
        folders = tuple(under)
        sides = (base,) if head is None else (base, head)
        command = "diff-index" if head is None else "diff-tree"
        if head is None:
            self._repo.git.execute(["git", *_SAFE, "update-index", "-q", "--refresh"], with_exceptions=False)
        raw = self._git(command, "-r", "-z", "--no-renames", "--no-ext-diff", "--full-index", *sides, "--", *folders)
        changed = list(_changes(raw))
        if head is None:
            untracked = self._git("ls-files", "-z", "--others", "--exclude-standard", "--", *folders)
            changed += [ChangedPath(path, None, "0" * 40) for path in untracked.split("\0") if path]
        return tuple(sorted(changed, key=lambda change: change.path))

    def last_changes(self, commit: CommitId, paths: Iterable[str]) -> Mapping[str, CommitId]:
        """For each of `paths`, the newest commit up to `commit` that changed it. One walk, which ends when all are found."""
        wanted = set(paths)
        found: dict[str, CommitId] = {}
        folders = sorted({path.rpartition("/")[0] or path for path in wanted})
        if not wanted:
            return found
        options = ("--format=%x01%H", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
        process = self._repo.git.execute(
            ["git", *_SAFE, "log", *options, "--end-of-options", commit, "--", *folders], as_process=True
        )
        try:
            for newest, path in _touched(_fields(process.stdout)):
                if path in wanted and path not in found:
                    found[path] = newest
                    if len(found) == len(wanted):
                        break
        finally:
            process.stdout.close()
            process.terminate()
        return found

    def blob(self, blob_id: str) -> bytes:
        """The content of a blob.

        Raises:
            InvalidInputError: it is over the size limit.
        """
        stream = self._repo.odb.stream(bytes.fromhex(blob_id))
        if stream.size > MAX_FILE_BYTES:
            raise InvalidInputError([too_large(blob_id[:12], stream.size)])
        return bytes(stream.read())

    def tree(self, commit: CommitId) -> "GitTree":
        """The files of `commit`."""
        return GitTree(self._repo, commit)

    def author_of(self, commit: CommitId) -> str:
        """Who wrote `commit`, as `name <email>`."""
        return self.describe(commit).author

    def is_clean(self, under: Iterable[str]) -> bool:
        """Whether the working tree below `under` equals the current commit."""
        return self.has_commits() and not self.changed_paths(self.resolve("HEAD"), None, under)

    def commit_files(self, files: Mapping[str, str | None], message: str) -> CommitId:
        """Write `files` (none deletes one) to the working tree and commit exactly them on the current branch."""
        for path, text in files.items():
            place = self.root / path
            if text is None:
                place.unlink(missing_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8", newline="\n")
        paths = sorted(files)
        self._git("add", "--all", "--", *paths)
        self._git("commit", "--quiet", "--no-verify", "-m", message, "--", *paths)
        return self.resolve("HEAD")

    def _git(self, *arguments: str) -> str:
        output = self._repo.git.execute(["git", *_SAFE, *arguments], strip_newline_in_stdout=False)
        return str(output)


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
            ["git", *_SAFE, "ls-tree", "-r", "-l", "-z", "--full-tree", self.commit], strip_newline_in_stdout=False
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
        return BlobStream(["git", *_SAFE], str(self._repo.working_dir), wanted)


def _commit(text: str) -> Commit:
    id_, author, at, subject = text.rstrip("\n").split("\0", 3)
    return Commit(CommitId(id_), author, datetime.fromtimestamp(int(at), UTC), subject)


def _changes(raw: str) -> Iterator[ChangedPath]:
    """Read `:mode mode blob blob status NUL path NUL` records."""
    fields = iter(raw.split("\0"))
    for facts in fields:
        if not facts.startswith(":"):
            continue
        _, _, before, after, status = facts[1:].split(" ")
        yield ChangedPath(next(fields), None if status == "A" else before, None if status == "D" else after)


def _fields(stream: BinaryIO) -> Iterator[str]:
    """The NUL-separated fields of a stream."""
    rest = b""
    while chunk := stream.read(1 << 16):
        *whole, rest = (rest + chunk).split(b"\0")
        for field in whole:
            yield field.decode(errors="surrogateescape")


def _touched(fields: Iterator[str]) -> Iterator[tuple[CommitId, str]]:
    """Commit and path of each record of `git log --raw -z`. A record's path is the field after it, so no file name can pose as a
    commit."""
    commit = CommitId("")
    for field in fields:
        text = field.lstrip("\n")
        if text.startswith(":"):
            yield commit, next(fields)
        elif text.startswith("\x01"):
            commit = CommitId(text[1:])
