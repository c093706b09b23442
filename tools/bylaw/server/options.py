"""What a server is started with."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bylaw.server.agentcore.options import AgentCoreOptions
from bylaw.server.keys import Keyring

MAX_BODY: Final = 256 * 1024
"""Bytes of a request's body; more is a 413."""
POLL_SECONDS: Final = 0.25
"""How long a change that another process makes may stay unnoticed by decisions."""
MAX_STALE_SECONDS: Final = 30.0
"""How long decisions go on from the last known set while the database cannot be read; then there are none."""
GATEWAY_ENGINE: Final = "gateway_enforcement"
"""The engine that is enforced where the options name none: what gateways with this API look for."""


class ProviderKind(StrEnum):
    """Where the Policy API keeps policies."""

    LOCAL = "local"
    NOOP = "noop"
    AGENTCORE = "agentcore"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How one server process answers. Plain data, since it is handed to worker processes."""

    url: str = field(repr=False)
    """Of the database; may hold a password."""
    keyring: Keyring | None = None
    """Who may call; none lets everybody do everything, and is for loopback addresses only."""
    provider: ProviderKind = ProviderKind.LOCAL
    enforced: str = GATEWAY_ENGINE
    """Id or name of the engine that `/enforcement` describes and that decides where a request names none."""
    region: str | None = None
    """Of AgentCore, for that provider; else what the AWS configuration says."""
    endpoint_url: str | None = None
    """Of AgentCore, for that provider; else the service's own."""
    agentcore: AgentCoreOptions = field(default_factory=AgentCoreOptions)
    """How the AgentCore control plane behaves; its callers come from the keyring."""
    faults: str | None = None
    """Path of a file of faults to inject."""
    faults_seed: int = 0
    max_body: int = MAX_BODY
