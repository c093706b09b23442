"""The values of a structural diff.

An `Edit` is one difference inside one policy, a `PolicyChange` all of them with what became of the policy as a whole, an
`AppChange` all changes of one app. Sums are closed; matches over them end in `assert_never`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bylaw.model.effects import Effect
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.model.spans import Span


class ChangeClass(StrEnum):
    """What became of a policy."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """Another id, same canonical form."""
    CHANGED = "changed"
    REFORMATTED = "reformatted"
    """Other bytes, same canonical form."""
    UNREADABLE = "unreadable"
    """One of the sides does not parse: what changed cannot be said."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference. `before` or `after` is none where something came or went."""

    place: str
    """What it is: `effect`, `principal`, `when`, `unless`, `annotation description`, `mode`."""
    before: str | None
    after: str | None
    detail: str | None = None
    """The smallest part that differs, `500 → 1000`, where it is smaller than the whole."""
    span: Span | None = None
    """Where it stands after the change (before it, if it went)."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One policy that is not byte for byte the same on both sides."""

    change: ChangeClass
    ref: PolicyRef
    """After the change; before it, if removed."""
    effect: Effect | None
    edits: tuple[Edit, ...] = ()
    was: PolicyRef | None = None
    """The id before a move."""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """Another file that bears on decisions: a schema, entities, `app.yaml`, `bylaw.yaml`."""

    change: ChangeClass
    path: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class AppChange:
    """Everything that changed in one app."""

    app: AppId
    policies: tuple[PolicyChange, ...]
    files: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryDiff:
    """Everything that changed between two trees."""

    base: str
    head: str
    apps: tuple[AppChange, ...]
    files: tuple[FileChange, ...] = ()
    """Files that belong to no single app."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing that bears on decisions changed."""
        return not self.apps and not self.files

    @property
    def has_meaning(self) -> bool:
        """Whether anything differs beyond places and style."""
        quiet = {ChangeClass.MOVED, ChangeClass.REFORMATTED}
        policies = (policy for app in self.apps for policy in app.policies)
        return bool(self.files or any(app.files for app in self.apps) or any(p.change not in quiet for p in policies))

    def counts(self) -> Iterator[tuple[ChangeClass, int]]:
        """How many policies of each class, classes without any left out."""
        for kind in ChangeClass:
            number = sum(1 for app in self.apps for policy in app.policies if policy.change is kind)
            if number:
                yield kind, number
