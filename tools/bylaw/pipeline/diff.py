"""`bylaw diff`: two commits, or a commit and the working tree, read from git objects; only what differs is read."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from bylaw.diff.edits import RepositoryDiff
from bylaw.diff.structural import ChangedFile, compare
from bylaw.model.identifiers import CommitId
from bylaw.repository.git import ChangedPath, GitRepository
from bylaw.repository.places import POLICIES, SETTINGS_PATH
from bylaw.repository.trees import DiskTree

FOLDERS = (POLICIES, "schemas", SETTINGS_PATH)
"""What a diff looks at."""

WORKING_TREE = "the working tree"


class Revisions(NamedTuple):
    """The two trees of a diff."""

    base: CommitId
    head: CommitId | None
    """None: the working tree."""


def revisions(git: GitRepository, base: str, head: str | None) -> Revisions:
    """What is compared when somebody asks for `base` and `head` (none: the working tree): from the merge base, so that what others
    merged meanwhile does not show.

    Raises:
        UsageError: a revision names no commit.
    """
    after = git.resolve(head) if head is not None else None
    start = git.resolve(base)
    return Revisions(git.merge_base(start, after or git.resolve("HEAD")) or start, after)


def diff(git: GitRepository, compared: Revisions) -> RepositoryDiff:
    """The structural diff of two trees."""
    start, head = compared
    disk = DiskTree(git.root)
    changed = git.changed_paths(start, head, FOLDERS)
    files = [ChangedFile(c.path, _blob(git, c.before), _after(git, disk, c, head)) for c in changed]
    return compare(start[:12], head[:12] if head else WORKING_TREE, files)


def _blob(git: GitRepository, blob: str | None) -> Callable[[], bytes] | None:
    return None if blob is None else partial(git.blob, blob)


def _after(
    git: GitRepository, disk: DiskTree, change: ChangedPath, head: CommitId | None
) -> Callable[[], bytes] | None:
    if change.after is None:
        return None
    return partial(disk.read, change.path) if head is None else partial(git.blob, change.after)
