"""What the targets of a gateway declare as their tools, as far as the control plane knows it.

Importing this module loads nothing of the AWS SDK; asking does.
"""

from collections.abc import Container
from dataclasses import dataclass

from bylaw.model.errors import UsageError
from bylaw.repository.documents.agentcore import AgentCoreTarget


@dataclass(frozen=True, slots=True)
class GatewayTarget:
    """One target of a gateway."""

    name: str
    document: str | None
    """Its tools: a list of them in JSON, the result of MCP `tools/list`, or an OpenAPI document. None where they are elsewhere."""
    doubt: str | None = None
    """Why the document is missing, or may not be the whole truth; a phrase about the target."""


def gateway_tools(options: AgentCoreTarget, skipped: Container[str] = frozenset()) -> tuple[GatewayTarget, ...]:
    """Read the targets of the gateway that `options` names, but not those called as in `skipped`; by name.

    Raises:
        UsageError: no gateway is named, or boto3 is missing or too old.
        BackendError: the gateway cannot be read.
    """
    if options.gateway_id is None:
        raise UsageError("this target names no gateway", help="set `gateway` in its `agentcore` block")
    try:
        from bylaw.backends.agentcore.catalogue import open_catalogue  # noqa: PLC0415 - the SDK is an extra
    except ModuleNotFoundError as error:
        if error.name not in {"boto3", "botocore"}:
            raise
        message = "reading a gateway needs boto3"
        raise UsageError(message, help="install it with `pip install 'bylaw[agentcore]'`") from None
    with open_catalogue(options) as catalogue:
        return catalogue.targets(options.gateway_id, skipped)
