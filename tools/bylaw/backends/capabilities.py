"""What each kind of backend can hold, without opening one: compiling and linting for a target need no connection and no driver."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from bylaw.backends.agentcore.capabilities import CAPABILITIES as AGENTCORE
from bylaw.backends.local.capabilities import LOCAL, NOOP
from bylaw.backends.policy_api.capabilities import KIND as POLICY_API
from bylaw.backends.policy_api.capabilities import capabilities_of as policy_api_capabilities
from bylaw.compile.capabilities import Capabilities
from bylaw.model.errors import InternalError
from bylaw.repository.documents.settings import Target


def _policy_api(target: Target) -> Capabilities:
    if target.policy_api is None:
        raise InternalError("a target without its `policy_api` block was let through")
    return policy_api_capabilities(target.policy_api)


CAPABILITIES: Final[Mapping[str, Callable[[Target], Capabilities]]] = MappingProxyType(
    {
        AGENTCORE.kind: lambda _: AGENTCORE,
        LOCAL.kind: lambda _: LOCAL,
        NOOP.kind: lambda _: NOOP,
        POLICY_API: _policy_api,
    }
)


def capabilities_of(target: Target) -> Capabilities | None:
    """What the backend of a target can hold; none where there is no such kind."""
    known = CAPABILITIES.get(target.backend)
    return known(target) if known else None
