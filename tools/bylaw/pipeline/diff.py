"""`bylaw diff`: two commits, or a commit and the working tree, read from git objects; only what differs is read."""

from collections.abc import Callable
from functools import partial

from bylaw.diff.edits import RepositoryDiff
from bylaw.diff.structural import ChangedFile, compare
from bylaw.model.identifiers import CommitId
from bylaw.repository.git import ChangedPath, GitRepository
from bylaw.repository.places import POLICIES, SETTINGS_PATH
from bylaw.repository.trees import DiskTree

FOLDERS = (POLICIES, "schemas", SETTINGS_PATH)
"""What a diff looks at."""

WORKING_TREE = "the working tree"


def diff(git: GitRepository, base: str, head: str | None) -> RepositoryDiff:
    """The structural diff from `base` to `head` (none: the working tree). Two commits are compared from their merge base, so that
    what others merged meanwhile does not show.

    Raises:
        UsageError: a revision names no commit.
    """
    head_commit = git.resolve(head) if head is not None else None
    start = git.resolve(base)
    start = git.merge_base(start, head_commit or git.resolve("HEAD")) or start
    disk = DiskTree(git.root)
    changed = git.changed_paths(start, head_commit, FOLDERS)
    files = [
        ChangedFile(
            change.path,
            _blob(git, change.before),
            _after(git, disk, change, head_commit),
        )
        for change in changed
    ]
    return compare(start[:12], head_commit[:12] if head_commit else WORKING_TREE, files)


def _blob(git: GitRepository, blob: str | None) -> Callable[[], bytes] | None:
    return None if blob is None else partial(git.blob, blob)


def _after(
    git: GitRepository, disk: DiskTree, change: ChangedPath, head: CommitId | None
) -> Callable[[], bytes] | None:
    if change.after is None:
        return None
    return partial(disk.read, change.path) if head is None else partial(git.blob, change.after)
