"""Git, read and (for `rollback`) written, through GitPython. Only this module, `git_tree` and `blobs` talk to it.

A revision may come from a pull request of a stranger: it is resolved once, to a full commit id, with option parsing switched off;
everything after that works on ids. Hooks, file-system monitors and external diff programs of the repository are never run.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import git
import git.exc

from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.model.identifiers import CommitId, is_commit
from bylaw.repository.git_tree import GIT, GitTree
from bylaw.repository.text import MAX_FILE_BYTES, too_large

MAX_REVISION_LENGTH = 256


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
            self._repo.git.execute([*GIT, "update-index", "-q", "--refresh"], with_exceptions=False)
        raw = self._git(command, "-r", "-z", "--no-renames", "--no-ext-diff", "--full-index", *sides, "--", *folders)
        changed = _changes(raw)
        by_path = {change.path: change for change in changed}
        if head is None:
            untracked = self._git("ls-files", "-z", "--others", "--exclude-standard", "--", *folders)
            for path in filter(None, untracked.split("\0")):
                # A file that was taken out of the index and still stands there is changed, not gone.
                before = by_path[path].before if path in by_path else None
                by_path[path] = ChangedPath(path, before, "0" * 40)
        return tuple(by_path[path] for path in sorted(by_path))

    def last_changes(self, commit: CommitId, paths: Iterable[str]) -> Mapping[str, CommitId]:
        """For each of `paths`, the newest commit up to `commit` that changed it; a merge does where it differs from all parents.

        One walk, which ends when all are found.
        """
        wanted = set(paths)
        found: dict[str, CommitId] = {}
        folders = sorted({path.rpartition("/")[0] or path for path in wanted})
        if not wanted:
            return found
        options = ("-c", "--format=%x01%H", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
        process = self._repo.git.execute(
            [*GIT, "log", *options, "--end-of-options", commit, "--", *folders], as_process=True
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

    def tree(self, commit: CommitId) -> GitTree:
        """The files of `commit`."""
        return GitTree(self._repo, commit)

    def author_of(self, commit: CommitId) -> str:
        """Who wrote `commit`, as `name <email>`."""
        return self.describe(commit).author

    def is_clean(self, under: Iterable[str]) -> bool:
        """Whether the working tree below `under` equals the current commit."""
        return self.has_commits() and not self.changed_paths(self.resolve("HEAD"), None, under)

    def commit_restored(self, source: CommitId, paths: Set[str], message: str) -> CommitId:
        """Bring `paths` to what they are in `source`, gone where they are not in it, and commit exactly them on the current branch.
        Git itself writes the files: through no link, and to no place outside.

        Raises:
            UsageError: git cannot.
        """
        named = [path for path in paths if not any(folder in paths for folder in _folders_of(path))]
        try:
            self._git("restore", f"--source={source}", "--staged", "--worktree", "--", *named)
            self._git("commit", "--quiet", "--no-verify", "-m", message, "--", *named)
        except git.exc.GitCommandError as error:
            message = f"git could not restore the files: {_first_line(error)}"
            raise UsageError(message, help="look at `git status`") from error
        return self.resolve("HEAD")

    def _git(self, *arguments: str) -> str:
        output = self._repo.git.execute([*GIT, *arguments], strip_newline_in_stdout=False)
        return str(output)


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


def _folders_of(path: str) -> Iterator[str]:
    """Every folder above `path`: such a name covers it, where a file became a folder."""
    while path := path.rpartition("/")[0]:
        yield path


def _first_line(error: git.exc.GitCommandError) -> str:
    """What git said, without GitPython's frame."""
    told = str(error.stderr or error.stdout).strip().removeprefix("stderr: ").removeprefix("stdout: ").strip("'\n ")
    return told.partition("\n")[0] or "no reason given"
