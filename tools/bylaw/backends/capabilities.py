"""What each kind of backend can hold, without opening one: compiling and linting for a target need no connection and no driver."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from bylaw.backends.agentcore.capabilities import CAPABILITIES as AGENTCORE
from bylaw.backends.local.capabilities import LOCAL, NOOP
from bylaw.compile.capabilities import Capabilities
from bylaw.repository.documents.settings import Target

CAPABILITIES: Final[Mapping[str, Callable[[Target], Capabilities]]] = MappingProxyType(
    {
        AGENTCORE.kind: lambda _: AGENTCORE,
        LOCAL.kind: lambda _: LOCAL,
        NOOP.kind: lambda _: NOOP,
    }
)


def capabilities_of(target: Target) -> Capabilities | None:
    """What the backend of a target can hold; none where there is no such kind."""
    known = CAPABILITIES.get(target.backend)
    return known(target) if known else None
