"""`bylaw rollback`: going back is a commit like any other, with the content of an earlier one."""

from dataclasses import dataclass

from bylaw.model.errors import UsageError
from bylaw.model.identifiers import CommitId
from bylaw.repository.git import GitRepository
from bylaw.repository.places import POLICIES
from bylaw.repository.text import decode


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
    target, head = git.resolve(to), git.resolve("HEAD")
    scope = f"{POLICIES}/{app}" if policy is None else f"{POLICIES}/{app}/{policy}.cedar"
    if not git.is_clean([scope]):
        raise UsageError(f"`{scope}` has uncommitted changes", help="commit or stash them first")
    changed = git.changed_paths(target, head, [scope])
    if not changed:
        _demand_known(git, target, scope)
        return Restored(None, target, ())
    files = {change.path: _content(git, change.path, change.before) for change in changed}
    what = app if policy is None else f"{app}/{policy}"
    message = f"Roll back {what} to {target[:12]}\n\n{reason}\n"
    return Restored(git.commit_files(files, message), target, tuple(sorted(files)))


def _demand_known(git: GitRepository, commit: CommitId, scope: str) -> None:
    tree = git.tree(commit)
    if tree.kind(scope) is None and not tree.entries(scope):
        raise UsageError(f"nothing at `{scope}` in {commit[:12]}", help="check the app, the policy and the revision")


def _content(git: GitRepository, path: str, blob: str | None) -> str | None:
    if blob is None:
        return None
    text, problems = decode(git.blob(blob), path)
    if text is None:
        raise UsageError(f"`{path}` was not readable then: {problems[0].message}", help="roll back to another commit")
    return text
