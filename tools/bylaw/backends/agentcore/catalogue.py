"""The targets of a gateway, read through the SDK.

Only what a target declares inline can be read here. Everything else (a file in S3, an MCP server that is asked when it is called, a
REST API, a connector) has its tools elsewhere, which is said of it. Shape: `TargetConfiguration` of the model of
`bedrock-agentcore-control`, API version 2023-06-05.
"""

import json
from collections.abc import Container, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError

from bylaw.backends.agentcore.client import ControlPlane
from bylaw.backends.agentcore.failures import Failures
from bylaw.backends.agentcore.gateways import READY
from bylaw.backends.agentcore.opening import READ_SECONDS, policy_client, secrets_of
from bylaw.backends.agentcore.pace import Lane, Timing, buckets
from bylaw.backends.agentcore.records import UNKNOWN_MEMBER, Answer
from bylaw.backends.agentcore.tools import GatewayTarget
from bylaw.backends.agentcore.unknown import unknown_members
from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.statuses import readable
from bylaw.model.errors import UsageError
from bylaw.repository.documents.agentcore import AgentCoreTarget

EVENT: Final = "before-parse.bedrock-agentcore-control.GetGatewayTarget"
_MAX_NAME: Final = 200


class Catalogue(ControlPlane):
    """Reads targets of gateways."""

    def targets(self, gateway_id: str, skipped: Container[str]) -> tuple[GatewayTarget, ...]:
        """Read every target of a gateway but those called as in `skipped`, by name.

        Raises:
            BackendError: one of them cannot be read.
        """
        listed = self._pages(Lane.GATEWAY_READ, "ListGatewayTargets", "items", gatewayIdentifier=gateway_id)
        names = {_text(item, "targetId"): _text(item, "name") for item in listed}
        found = [self._target(gateway_id, id_) for id_, name in names.items() if name not in skipped]
        return tuple(sorted(found, key=lambda target: target.name))

    def _target(self, gateway_id: str, target_id: str) -> GatewayTarget:
        lost: list[str] = []

        def look(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:  # noqa: ANN401 - the SDK's hook
            if response_dict.get("status_code", 500) < 300:
                lost.extend(unknown_members(operation_model.output_shape, json.loads(response_dict["body"])))

        events = self._client.meta.events
        events.register(EVENT, look)
        try:
            answer = self._read(Lane.GATEWAY_READ, "GetGatewayTarget", gatewayIdentifier=gateway_id, targetId=target_id)
        finally:
            events.unregister(EVENT, look)
        return _read_target(answer, tuple(name for name in lost if name.startswith("targetConfiguration.")))


@contextmanager
def open_catalogue(
    options: AgentCoreTarget, *, session: boto3.Session | None = None, timing: Timing | None = None
) -> Iterator[Catalogue]:
    """Connect, with an SDK session and a source of time of the caller's.

    Raises:
        UsageError: boto3 is too old, or configured in a way that it cannot use.
    """
    try:
        session = session or boto3.Session()
        client = policy_client(session, options, READ_SECONDS)
    except (BotoCoreError, ValueError) as error:
        message = f"the AWS SDK cannot be used as it is configured ({type(error).__name__})"
        raise UsageError(message, help="check region, profile and AWS configuration") from None
    paced = buckets(options.reads_per_second, options.writes_per_second, timing or Timing())
    with closing(Catalogue(client, Failures(lambda: secrets_of(session)), paced)) as catalogue:
        yield catalogue


def _read_target(answer: Answer, lost: tuple[str, ...]) -> GatewayTarget:
    document, doubt = _declared(_only(answer.get("targetConfiguration")))
    status = _text(answer, "status")
    if doubt is None and lost:
        doubt = f"declares what this boto3 does not know: {readable(lost[0], _MAX_NAME)}"
    if doubt is None and status != READY:
        doubt = f"is {readable(status, _MAX_NAME)}: a gateway may not offer these tools"
    return GatewayTarget(_text(answer, "name"), document, doubt)


def _declared(configuration: tuple[str, Any]) -> tuple[str | None, str | None]:
    """Document and doubt of a `targetConfiguration`, which has one member, which has one member."""
    protocol, content = configuration
    if protocol != "mcp":
        return None, f"is no MCP target ({readable(protocol, _MAX_NAME)}): its actions are called by method and path"
    kind, body = _only(content)
    match kind:
        case "lambda":
            return _payload(body.get("toolSchema"))
        case "openApiSchema":
            return _payload(body)
        case "mcpServer":
            return _of_server(body)
    return None, f"declares its tools elsewhere ({readable(kind, _MAX_NAME)})"


def _of_server(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    if "mcpToolSchema" not in body:
        return None, "is an MCP server, which is asked for its tools when the gateway lists them"
    document, doubt = _payload(body["mcpToolSchema"])
    if doubt is None and body.get("listingMode") == "DYNAMIC":
        doubt = "is an MCP server that may list other tools to each caller"
    return document, doubt


def _payload(schema: object) -> tuple[str | None, str | None]:
    """A schema that is inline, or not."""
    place, content = _only(schema)
    if place != "inlinePayload":
        return None, f"declares its tools elsewhere ({readable(place, _MAX_NAME)})"
    return (content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False) + "\n"), None


def _only(union: object) -> tuple[str, Any]:
    """The one member of a union of the service's, and its content."""
    if not isinstance(union, Mapping) or len(union) != 1:
        raise _misshapen("targetConfiguration")
    ((name, content),) = union.items()
    if name == UNKNOWN_MEMBER:
        shown = content.get("name") if isinstance(content, Mapping) else None
        return f"{shown}, which this boto3 does not know", {}
    return str(name), content


def _text(answer: object, name: str) -> str:
    value = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(value, str):
        raise _misshapen(name)
    return value


def _misshapen(name: str) -> BackendTerminalError:
    return BackendTerminalError(
        f"the service's answer has no usable `{name}`", help="check `endpoint_url`, and that boto3 is up to date"
    )
