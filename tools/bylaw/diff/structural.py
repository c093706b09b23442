"""Which policies were added, removed, moved, changed or only re-formatted between two trees. Only changed files are read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bylaw.diff.edits import AppChange, ChangeClass, FileChange, PolicyChange, RepositoryDiff
from bylaw.diff.files import file_edits
from bylaw.diff.policies import policy_edits
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.interface import Policy
from bylaw.languages.registry import read_policy
from bylaw.model.effects import Effect
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.model.spans import whole_file
from bylaw.repository.layout import app_of, policy_ref_of
from bylaw.repository.places import EXCEPTIONS, SETTINGS_PATH
from bylaw.repository.text import decode

Read = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that differs; each side is read only when it is looked at, and is none where the file does not exist."""

    path: str
    before: Read | None
    after: Read | None


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of one policy file: its policy, or none where it cannot be read."""

    ref: PolicyRef
    path: str
    policy: Policy | None


def compare(base: str, head: str, changed: Iterable[ChangedFile]) -> RepositoryDiff:
    """The diff between two trees called `base` and `head` that differ in the files `changed`."""
    policies: dict[AppId, list[ChangedFile]] = {}
    files: dict[AppId | None, list[FileChange]] = {}
    for file in changed:
        ref = policy_ref_of(file.path)
        if ref is not None:
            policies.setdefault(ref.app, []).append(file)
        elif _bears_on_decisions(file.path):
            files.setdefault(app_of(file.path), []).append(_file_change(file))
    apps = sorted({*policies, *(app for app in files if app is not None)})
    return RepositoryDiff(
        base,
        head,
        tuple(AppChange(app, _policy_changes(policies.get(app, [])), tuple(files.get(app, []))) for app in apps),
        tuple(files.get(None, [])),
    )


def _bears_on_decisions(path: str) -> bool:
    is_exception = app_of(path) is not None and f"/{EXCEPTIONS}/" in path
    return path == SETTINGS_PATH or is_exception or path.endswith((".cedarschema", ".json", "/app.yaml"))


def _file_change(file: ChangedFile) -> FileChange:
    before = _text(file.path, file.before)
    after = _text(file.path, file.after)
    if file.before is None:
        return FileChange(ChangeClass.ADDED, file.path)
    if file.after is None:
        return FileChange(ChangeClass.REMOVED, file.path)
    if before is None or after is None:
        return FileChange(ChangeClass.UNREADABLE, file.path)
    return FileChange(ChangeClass.CHANGED, file.path, file_edits(file.path, before, after))


def _policy_changes(files: list[ChangedFile]) -> tuple[PolicyChange, ...]:
    sides = [(_side(file.path, file.before), _side(file.path, file.after)) for file in files]
    removed = [old for old, new in sides if old and not new]
    added = [new for old, new in sides if new and not old]
    changes = [_both(old, new) for old, new in sides if old and new]
    for new in added:
        old = _same_content(new, removed)
        if old is not None:
            removed.remove(old)
            changes.append(_moved(old, new))
        else:
            changes.append(_one_side(ChangeClass.ADDED, new))
    changes += [_one_side(ChangeClass.REMOVED, old) for old in removed]
    return tuple(sorted(changes, key=lambda change: change.ref))


def _side(path: str, read: Read | None) -> _Side | None:
    ref = policy_ref_of(path)
    if read is None or ref is None:
        return None
    text = _text(path, read)
    return _Side(ref, path, None if text is None else read_policy(ref, path, text))


def _text(path: str, read: Read | None) -> str | None:
    return None if read is None else decode(read(), path)[0]


def _same_content(new: _Side, removed: list[_Side]) -> _Side | None:
    if new.policy is None:
        return None
    digest = new.policy.digest
    return next((old for old in removed if old.policy is not None and old.policy.digest == digest), None)


def _moved(old: _Side, new: _Side) -> PolicyChange:
    return PolicyChange(ChangeClass.MOVED, new.ref, _effect(new.policy), was=old.ref, span=whole_file(new.path))


def _both(old: _Side, new: _Side) -> PolicyChange:
    if old.policy is None or new.policy is None:
        readable = new.policy or old.policy
        return PolicyChange(ChangeClass.UNREADABLE, new.ref, _effect(readable), span=whole_file(new.path))
    span = new.policy.head
    if old.policy.digest == new.policy.digest:
        return PolicyChange(ChangeClass.REFORMATTED, new.ref, _effect(new.policy), span=span)
    return PolicyChange(
        ChangeClass.CHANGED, new.ref, _effect(new.policy), policy_edits(old.policy, new.policy), span=span
    )


def _effect(policy: Policy | None) -> Effect | None:
    """What a Cedar policy does; one of another language does both."""
    return policy.effect if isinstance(policy, CedarPolicy) else None


def _one_side(change: ChangeClass, side: _Side) -> PolicyChange:
    if side.policy is None:
        return PolicyChange(ChangeClass.UNREADABLE, side.ref, None, span=whole_file(side.path))
    return PolicyChange(change, side.ref, _effect(side.policy), span=side.policy.head)
