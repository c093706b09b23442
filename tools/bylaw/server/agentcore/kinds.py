"""What the face keeps: engines, policies, generations, gateways and their targets. One record each; how they differ is a table."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

GONE: Final = ""
"""The status that a deleted object comes to."""
SUFFIX: Final = 10
_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class Kind(StrEnum):
    """A kind of object."""

    ENGINE = "engine"
    POLICY = "policy"
    GENERATION = "generation"
    GATEWAY = "gateway"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Facts:
    """How objects of a kind look on the wire."""

    what: str
    """In messages."""
    id: str
    """The member that holds the id."""
    arn: str
    """The member that holds the ARN."""
    path: str
    """The end of the ARN."""
    parent: str
    """The member that holds the parent's id; empty where there is none."""
    listed: str
    """The member of a listing."""
    settled: str
    """The status of what is done."""
    failed: str
    """The status of what could not be made."""


FACTS: Final[Mapping[Kind, Facts]] = {
    Kind.ENGINE: Facts(
        "Policy engine", "policyEngineId", "policyEngineArn", "policy-engine/{id}", "", "policyEngines",
        "ACTIVE", "CREATE_FAILED"),
    Kind.POLICY: Facts(
        "Policy", "policyId", "policyArn", "policy-engine/{parent}/policy/{id}", "policyEngineId", "policies",
        "ACTIVE", "CREATE_FAILED"),
    Kind.GENERATION: Facts(
        "Policy generation", "policyGenerationId", "policyGenerationArn", "policy-engine/{parent}/policy-generation/{id}",
        "policyEngineId", "policyGenerations", "GENERATED", "GENERATE_FAILED"),
    Kind.GATEWAY: Facts(
        "Gateway", "gatewayId", "gatewayArn", "gateway/{id}", "", "items", "READY", "FAILED"),
    Kind.TARGET: Facts(
        "Gateway target", "targetId", "gatewayArn", "gateway/{parent}", "", "items", "READY", "FAILED"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What an object is on its way to."""

    status: str
    """`GONE` for what is being deleted."""
    due: datetime
    reasons: tuple[str, ...] = ()
    """Decided when the change was asked for; what depends on the world is judged when it is due."""


@dataclass(frozen=True, slots=True)
class Held:
    """One object."""

    kind: Kind
    id: str
    parent: str
    name: str
    status: str
    created_at: datetime
    updated_at: datetime
    content: Mapping[str, Any]
    """Members of the service's own: definition, description, configuration."""
    reasons: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    change: Change | None = None
    revision: int = 0
    """Grows with every write."""
    position: int = 0
    """In the order of creation; given by the store."""

    def moving(self, status: str, change: Change, at: datetime, **content: object) -> "Held":
        """The object on its way somewhere, with some content changed; none leaves a member out."""
        # Clients tell versions by this time, and it is told in milliseconds.
        updated = max(at, self.updated_at + timedelta(milliseconds=1))
        after = {name: value for name, value in {**self.content, **content}.items() if value is not None}
        return replace(self, status=status, change=change, updated_at=updated, content=after, reasons=())

    def wire(self, prefix: str) -> dict[str, Any]:
        """Everything that an answer may show; `prefix` is the ARN up to the account."""
        facts = FACTS[self.kind]
        found = {
            **self.content,
            facts.id: self.id,
            "name": self.name,
            facts.arn: f"{prefix}:{facts.path.format(id=self.id, parent=self.parent)}",
            "status": self.status,
            "statusReasons": list(self.reasons),
            "createdAt": _time(self.created_at),
            "updatedAt": _time(self.updated_at),
        }
        return found | ({facts.parent: self.parent} if facts.parent else {})


def new_id(name: str) -> str:
    """An id as the service makes them: the name, and ten characters of its own."""
    return f"{name}-{suffix()}"


def suffix() -> str:
    """Ten characters."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(SUFFIX))


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
