"""What an evaluation answers."""

from dataclasses import dataclass
from enum import StrEnum

from bylaw.model.identifiers import PolicyId


class Decision(StrEnum):
    """What a policy set says of one request, most restrictive first."""

    DENY = "deny"
    REQUIRE_APPROVAL = "require_approval"
    RATE_LIMIT = "rate_limit"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class PolicyError:
    """A policy that errored while it was evaluated, and so dropped out."""

    policy: PolicyId
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision with what determined it; policies are sorted by id."""

    decision: Decision
    determining: tuple[PolicyId, ...] = ()
    errors: tuple[PolicyError, ...] = ()
    reason_codes: tuple[str, ...] = ()
