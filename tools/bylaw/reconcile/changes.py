"""Changes and the order in which they are safe.

With `P` and `F` what the active permits and forbids match, a request is allowed if it is in `P` and not in `F`. Adding forbids,
then adding permits, then removing permits, then removing forbids keeps every intermediate state between the two ends: nothing is
allowed that neither end allows, and nothing denied that both allow. A changed policy is therefore a new object beside the old one;
only a backend that shows all writes at once may update.

An engine without room for old and new side by side can be revoked first: then permits go before their successors come, and some
requests that both ends allow are denied for a while. It never allows more, and it needs a waiver.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bylaw.model.digests import SHORT, Digest
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import PolicyRef


class Phase(IntEnum):
    """Between two phases there is a barrier: everything of the earlier one is in force before the next begins."""

    CLEAN_UP = 0
    """Objects of ours that never came into force; they hold names and room."""
    SCHEMA = 1
    ADD_FORBIDS = 2
    ADD_PERMITS = 3
    REMOVE_PERMITS = 4
    REMOVE_FORBIDS = 5
    SWITCH = 6
    """Enforcement is turned on when everything that it enforces is in force."""

    @property
    def removes(self) -> bool:
        """Whether the phase only takes objects away or out of force."""
        return self in {Phase.CLEAN_UP, Phase.REMOVE_PERMITS, Phase.REMOVE_FORBIDS}


class ChangeKind(StrEnum):
    """What is done to one object, or to the schema or the switches of one engine."""

    PUT_SCHEMA = "put-schema"
    PUT_SWITCHES = "put-switches"
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
    def identity(self) -> tuple[str | int | None, ...]:
        """Everything about the change that a reviewer approves; part of the plan's hash."""
        return (
            self.kind,
            int(self.phase),
            self.engine,
            str(self.ref) if self.ref else None,
            self.object_id,
            *_identity(self.before),
            *_identity(self.after),
            self.heals,
        )

    @property
    def effect(self) -> Effect | None:
        """What the policy does; of the new content if there is one."""
        content = self.after or self.before
        return content.effect if content else None

    @property
    def subject(self) -> str:
        """The policy, or the engine whose schema it is."""
        return str(self.ref) if self.ref else self.engine


def _identity(content: Content | None) -> tuple[str | None, ...]:
    return (None, None, None) if content is None else (content.digest, content.effect, content.mode)


_SAFE = tuple(Phase)
_REVOKE_FIRST = (
    Phase.CLEAN_UP,
    Phase.SCHEMA,
    Phase.ADD_FORBIDS,
    Phase.REMOVE_PERMITS,
    Phase.ADD_PERMITS,
    Phase.REMOVE_FORBIDS,
    Phase.SWITCH,
)


def step_of(change: Change, revoke_first: Collection[str]) -> int:
    """When the change comes, as a number: between two numbers there is a barrier. `revoke_first` holds engines without room."""
    order = _REVOKE_FIRST if change.engine in revoke_first else _SAFE
    return order.index(change.phase)


def sort_key(change: Change, revoke_first: Collection[str]) -> tuple[int, str, str, str]:
    """By step; inside a step the order is free, and this one is stable."""
    return (step_of(change, revoke_first), change.subject, change.kind, change.object_id or "")


def phase_of_addition(effect: Effect | None) -> Phase:
    """When something of this effect comes into force."""
    return Phase.ADD_FORBIDS if effect is Effect.FORBID else Phase.ADD_PERMITS


def phase_of_removal(effect: Effect | None) -> Phase:
    """When something of this effect goes out of force. What we cannot read goes last: it may forbid."""
    return Phase.REMOVE_PERMITS if effect is Effect.PERMIT else Phase.REMOVE_FORBIDS
