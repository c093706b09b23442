"""What each kind of backend can hold, without opening one: compiling and linting for a target need no connection and no driver."""

from collections.abc import Mapping
from types import MappingProxyType

from bylaw.compile.capabilities import Capabilities
from bylaw.model.effects import Mode

LOCAL = Capabilities(
    kind="local",
    languages=frozenset({"cedar", "http-rules", "governance"}),
    transactional=True,
    modes=frozenset(Mode),
)

CAPABILITIES: Mapping[str, Capabilities] = MappingProxyType({LOCAL.kind: LOCAL})
