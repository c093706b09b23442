"""Saved plans: what a reviewer approved, as JSON. The file is hostile input; it names a plan and is never trusted to be one.

`apply` plans again and compares the components. What the file shows of the changes is for people, and must be what was hashed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field, ValidationError

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.digests import digest_text
from bylaw.model.errors import ConflictError, InvalidInputError
from bylaw.model.identifiers import CommitId, TargetId
from bylaw.model.spans import whole_file
from bylaw.reconcile.changes import Change, Content
from bylaw.reconcile.plan import Plan, changes_digest, components_digest
from bylaw.repository.documents.base import Document, Name

FORMAT = "bylaw-plan/1"
MAX_BYTES = 64 << 20


class _ContentDocument(Document):
    digest: str
    effect: str | None
    mode: str
    text: str


class _ChangeDocument(Document):
    id: str
    kind: str
    phase: int
    engine: str
    policy: str | None
    object: str | None
    effect: str | None
    heals: bool
    before: _ContentDocument | None
    after: _ContentDocument | None

    @property
    def identity(self) -> tuple[str | int | None, ...]:
        """As `Change.identity`."""
        sides = [(side.digest, side.effect, side.mode) if side else (None,) * 3 for side in (self.before, self.after)]
        return (self.kind, self.phase, self.engine, self.policy, self.object, *sides[0], *sides[1], self.heals)

    @property
    def is_honest(self) -> bool:
        """Whether the text that is shown is the text that is written."""
        return self.after is None or digest_text(self.after.text) == self.after.digest


class _PlanDocument(Document):
    target: Name
    commit: str = Field(pattern="^[0-9a-f]{40}$")
    hash: str = Field(pattern="^[0-9a-f]{64}$")
    components: tuple[tuple[str, str], ...]
    changes: tuple[_ChangeDocument, ...]

    @property
    def is_whole(self) -> bool:
        """Whether hash, components, commit and changes belong together."""
        named = dict(self.components)
        return (
            components_digest(self.components) == self.hash
            and named.get("commit") == self.commit
            and named.get("changes") == changes_digest(change.identity for change in self.changes)
            and all(change.is_honest for change in self.changes)
        )


class _FileDocument(Document):
    format: str = Field(pattern="^bylaw-plan/1$")
    made_at: datetime
    plans: tuple[_PlanDocument, ...]


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What was approved for one target."""

    target: TargetId
    commit: CommitId
    hash: str
    components: tuple[tuple[str, str], ...]
    made_at: datetime

    def demand_fresh(self, now: datetime, most: timedelta) -> None:
        """Refuse a plan that is too old, or from the future.

        Raises:
            ConflictError: it is.
        """
        if not timedelta(0) <= now - self.made_at <= most:
            hours = int(most.total_seconds() // 3600)
            message = f"the plan for `{self.target}` was made at {self.made_at:%Y-%m-%d %H:%M} UTC, and counts for {hours} hours"
            raise ConflictError(message, help="plan again and have the new plan reviewed")


def dump_plans(plans: Sequence[Plan], made_at: datetime) -> str:
    """The text of a plan file."""
    document = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "plans": [
            {
                "target": plan.target,
                "commit": plan.commit,
                "hash": plan.hash,
                "components": [list(pair) for pair in plan.components],
                "changes": [_change(change) for change in plan.changes],
            }
            for plan in plans
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _change(change: Change) -> dict[str, object]:
    return {
        "id": change.id,
        "kind": change.kind,
        "phase": int(change.phase),
        "engine": change.engine,
        "policy": str(change.ref) if change.ref else None,
        "object": change.object_id,
        "effect": change.effect,
        "heals": change.heals,
        "before": _content(change.before),
        "after": _content(change.after),
    }


def _content(content: Content | None) -> dict[str, object] | None:
    if content is None:
        return None
    return {"digest": content.digest, "effect": content.effect, "mode": content.mode, "text": content.text}


def load_plans(data: bytes, path: str) -> tuple[SavedPlan, ...]:
    """Read a plan file.

    Raises:
        InvalidInputError: it is no plan file.
        ConflictError: a hash does not belong to its components.
    """
    if len(data) > MAX_BYTES:
        raise _bad(path, f"{len(data):,} bytes, limit {MAX_BYTES:,}")
    try:
        document = _FileDocument.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _bad(path, f"`{place}`: {first['msg'].lower()}" if place else first["msg"].lower()) from error
    if document.made_at.tzinfo is None:
        raise _bad(path, "`made_at` has no time zone")
    return tuple(_saved(plan, document.made_at) for plan in document.plans)


def _saved(plan: _PlanDocument, made_at: datetime) -> SavedPlan:
    if not plan.is_whole:
        message = f"the plan for `{plan.target}` was altered after it was made: its hash does not fit"
        raise ConflictError(message, help="plan again and have the new plan reviewed")
    return SavedPlan(TargetId(plan.target), CommitId(plan.commit), plan.hash, plan.components, made_at)


def _bad(path: str, why: str) -> InvalidInputError:
    return InvalidInputError(
        [
            Diagnostic(
                "bad-plan-file", f"`{path}` is no plan: {why}", whole_file(path), "make one with `bylaw plan -o FILE`"
            )
        ]
    )
