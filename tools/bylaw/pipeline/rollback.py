"""`bylaw rollback`: going back is a commit like any other, with the content of an earlier one."""

from collections.abc import Iterable
from dataclasses import dataclass

from bylaw.model.errors import UsageError
from bylaw.model.identifiers import CommitId, is_policy_id, is_segment
from bylaw.repository.git import GitRepository
from bylaw.repository.interface import SourceTree
from bylaw.repository.layout import SUFFIXES, read_text
from bylaw.repository.places import POLICIES


@dataclass(frozen=True, slots=True)
class Restored:
    """What a rollback committed."""

    commit: CommitId | None
    """None when everything was as it had been already."""
    to: CommitId
    paths: tuple[str, ...]


def rollback(git: GitRepository, app: str, policy: str | None, to: str, reason: str) -> Restored:
    """Commit the files of `app`, or of one policy of it, as they were at `to`. Only these files are touched.

    Raises:
        UsageError: `to` has no such app or policy, or the files have uncommitted changes.
    """
    if not is_segment(app) or not (policy is None or is_policy_id(policy)):
        named = app if policy is None else f"{app} {policy}"
        raise UsageError(f"`{named}` names no app or policy", help="write them as in `bylaw rollback shop limits/cap`")
    target, head = git.resolve(to), git.resolve("HEAD")
    scope = f"{POLICIES}/{app}" if policy is None else _policy_path(git.tree(target), git.tree(head), app, policy)
    if not git.is_clean([scope]):
        raise UsageError(f"`{scope}` has uncommitted changes", help="commit or stash them first")
    changed = git.changed_paths(target, head, [scope])
    if not changed:
        _demand_known(git, target, scope)
        return Restored(None, target, ())
    _demand_readable(git.tree(target), (change.path for change in changed if change.before is not None))
    paths = tuple(change.path for change in changed)
    what = app if policy is None else f"{app}/{policy}"
    message = f"Roll back {what} to {target[:12]}\n\n{reason}\n"
    return Restored(git.commit_restored(target, set(paths), message), target, paths)


def _policy_path(then: SourceTree, now: SourceTree, app: str, policy: str) -> str:
    """Where the policy stands, or stood, in whatever language."""
    paths = [f"{POLICIES}/{app}/{policy}{suffix}" for suffix in dict.fromkeys(SUFFIXES.values())]
    return next((path for path in paths if then.kind(path) or now.kind(path)), paths[0])


def _demand_known(git: GitRepository, commit: CommitId, scope: str) -> None:
    tree = git.tree(commit)
    if tree.kind(scope) is None and not tree.entries(scope):
        raise UsageError(f"nothing at `{scope}` in {commit[:12]}", help="check the app, the policy and the revision")


def _demand_readable(tree: SourceTree, paths: Iterable[str]) -> None:
    """What comes back must be what a check would read: no link, no other encoding."""
    for path in paths:
        text, problems = read_text(tree, path)
        if text is None:
            message = f"`{path}` was not readable then: {problems[0].message}"
            raise UsageError(message, help="roll back to another commit")
