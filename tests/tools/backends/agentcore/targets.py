"""A gateway with targets, at the same service that the policies are at."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tools.backends.agentcore import wire as protocol
from tools.backends.agentcore.service import ARN, Answer, Body, Service
from tools.backends.agentcore.wire import Wire

GATEWAY = "shop-abcdefghij"
ROUTES = {"ListGatewayTargets": "/gateways/{}/targets/", "GetGatewayTarget": "/gateways/{}/targets/{}/"}
TOOL = {
    "name": "ask",
    "description": "Asks.",
    "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}},
}


def mcp(**kind: Any) -> Body:
    return {"mcp": kind}


def lambda_with(schema: Any) -> Body:
    return mcp(**{"lambda": {"lambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "toolSchema": schema}})


INLINE = lambda_with({"inlinePayload": [TOOL]})


@dataclass
class TargetService(Service):
    """The same service, with targets at its gateways."""

    targets: dict[str, Body] = field(default_factory=dict)
    """By target id."""

    def offer(self, name: str, configuration: Body, status: str = "READY") -> None:
        target_id = f"T{len(self.targets):09}"
        self.targets[target_id] = {
            "gatewayArn": f"{ARN}:gateway/{GATEWAY}",
            "targetId": target_id,
            "name": name,
            "status": status,
            "createdAt": "2026-03-02T09:00:00Z",
            "updatedAt": "2026-03-02T09:00:00Z",
            "targetConfiguration": configuration,
            "credentialProviderConfigurations": [],
        }

    def list_gateway_targets(self, gateway_id: str, *, query: Mapping[str, str], body: Body) -> Answer:
        del gateway_id, body
        shown = ("targetId", "name", "status", "createdAt", "updatedAt")
        return self._page("items", [{key: held[key] for key in shown} for held in self.targets.values()], query)

    def get_gateway_target(self, gateway_id: str, target_id: str, **_: object) -> Answer:
        del gateway_id
        return Answer(200, self.targets[target_id])


@contextmanager
def target_service(wire: Wire) -> Iterator[TargetService]:
    """Let `wire` answer for targets as well."""
    with pytest.MonkeyPatch.context() as patch:
        for operation, path in ROUTES.items():
            pattern = re.compile(path.replace("{}", "([^/]+)"))
            patch.setitem(protocol._PATTERNS, operation, ("GET", pattern))
        service = TargetService()
        wire.service = service
        yield service
