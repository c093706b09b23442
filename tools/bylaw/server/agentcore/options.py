"""How the AgentCore face behaves: who may call, how long things take, how fast calls may come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bylaw.server.keys import Role

POLICY_RATE: Final = 5.0
ENGINE_WRITE_RATE: Final = 1.0
ENGINE_READ_RATE: Final = 5.0
GENERATION_RATE: Final = 1.0
"""Calls a second and account, as documented for the service."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs with one access key."""

    secret: str = field(repr=False)
    role: Role


@dataclass(frozen=True, slots=True)
class AgentCoreOptions:
    """Everything that may be chosen."""

    credentials: Mapping[str, Signer] = field(default_factory=dict, repr=False)
    """By access key id. Empty: signatures are not checked, and everybody may do everything."""
    account: str = "123456789012"
    region: str = "us-east-1"
    """Where the credential of a request names none."""
    settle_seconds: float = 0.0
    """How long an object is on its way: CREATING, UPDATING, DELETING, GENERATING."""
    gateway_delay_seconds: float = 0.0
    """How long a new gateway refuses policies that name it."""
    drain_seconds: float = 0.0
    """How long an engine cannot be deleted after its last policy was."""
    throttled: bool = False
    """Whether the documented rates hold."""
    rate_factor: float = 1.0
    """Multiplies the documented rates: rehearsals need not take as long."""
    semantic_findings: bool = True
    """Whether findings fail a policy, as with FAIL_ON_ANY_FINDINGS they do."""
