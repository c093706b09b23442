"""The bundle: what one app compiles to for one target. Same sources, target and tool version: same bytes, same digest."""

from dataclasses import dataclass
from functools import cached_property

from bylaw.model.digests import Digest, digest_json, digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import AppId, CommitId, PolicyRef, TargetId
from bylaw.model.spans import Span

FORMAT = 1
"""Raised when the same sources would compile to other bytes."""


@dataclass(frozen=True, slots=True)
class BundledPolicy:
    """One policy as it is deployed."""

    ref: PolicyRef
    effect: Effect
    mode: Mode
    text: str
    """Canonical text in the language of the app, logical names replaced by physical ones."""
    digest: Digest
    """Of `text`."""
    description: str
    source: Span
    """The statement in the repository (for a linked template: the link in `app.yaml`)."""
    commit: CommitId | None = None
    """The commit that last changed the file; none when it is not committed yet, or history was not asked for."""


@dataclass(frozen=True, slots=True)
class Unenforced:
    """Something that a policy says and the target cannot enforce."""

    ref: PolicyRef
    construct: str
    """Where the policy says it, as a dotted route."""
    reason: str
    """A sentence without a capital and without an end."""
    place: Span


@dataclass(frozen=True)
class Bundle:
    """All policies of one app for one target, sorted by id."""

    app: AppId
    target: TargetId
    language: str
    schema: str | None
    """Canonical schema text."""
    policies: tuple[BundledPolicy, ...]
    protected: tuple[str, ...] = ()
    """Globs over policy ids which no plan deletes without a waiver."""
    unenforced: tuple[Unenforced, ...] = ()
    """What the target would leave out."""

    @cached_property
    def digest(self) -> Digest:
        """Of everything that is enforced; provenance (files, commits, descriptions) does not take part."""
        return digest_json(
            {
                "format": FORMAT,
                "app": self.app,
                "target": self.target,
                "language": self.language,
                "schema": digest_text(self.schema) if self.schema is not None else None,
                "policies": [[str(p.ref), p.effect, p.mode, p.digest] for p in self.policies],
            }
        )
