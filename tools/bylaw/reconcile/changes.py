"""Changes and the order in which they are safe.

With `P` and `F` what the active permits and forbids match, a request is allowed if it is in `P` and not in `F`. Adding forbids, then
adding permits, then removing permits, then removing forbids keeps every intermediate state between the two ends: nothing is allowed
that neither end allows, and nothing denied that both allow. A changed policy is therefore a new object beside the old one; only a
backend that shows all writes at once may update.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bylaw.model.digests import SHORT, Digest
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import PolicyRef


class Phase(IntEnum):
    """Between two phases there is a barrier: everything of the earlier one is in force before the next begins."""

    SCHEMA = 1
    ADD_FORBIDS = 2
    ADD_PERMITS = 3
    REMOVE_PERMITS = 4
    REMOVE_FORBIDS = 5


class ChangeKind(StrEnum):
    """What is done to one object, or to the schema of one engine."""

    PUT_SCHEMA = "put-schema"
    CREATE = "create"
    UPDATE = "update"
    SET_MODE = "set-mode"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Content:
    """One side of a change."""

    digest: Digest
    effect: Effect | None
    mode: Mode
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `before` is none for what is created, `after` for what is deleted."""

    kind: ChangeKind
    phase: Phase
    engine: str
    ref: PolicyRef | None
    object_id: str | None
    before: Content | None
    after: Content | None
    heals: bool = False
    """Whether it undoes a change made outside of git."""

    @property
    def id(self) -> str:
        """Stable name of the change inside its plan; journal and token refer to it."""
        content = self.after or self.before
        digest = content.digest[:SHORT] if content else ""
        return " ".join(
            part for part in (self.kind, str(self.ref or self.engine), digest, self.object_id or "") if part
        )

    @property
    def sort_key(self) -> tuple[int, str, str, str]:
        """By phase; inside a phase the order is free, and this one is stable."""
        return (self.phase, str(self.ref or ""), self.kind, self.object_id or "")

    @property
    def effect(self) -> Effect | None:
        """What the policy does; of the new content if there is one."""
        content = self.after or self.before
        return content.effect if content else None


def phase_of_addition(effect: Effect | None) -> Phase:
    """When something of this effect comes into force."""
    return Phase.ADD_FORBIDS if effect is Effect.FORBID else Phase.ADD_PERMITS


def phase_of_removal(effect: Effect | None) -> Phase:
    """When something of this effect goes out of force. What we cannot read goes last: it may forbid."""
    return Phase.REMOVE_PERMITS if effect is Effect.PERMIT else Phase.REMOVE_FORBIDS
