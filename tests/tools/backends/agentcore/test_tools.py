"""The targets of a gateway: what each declares, and what is said of those that declare it elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bylaw.backends.agentcore.catalogue import open_catalogue
from bylaw.backends.agentcore.tools import GatewayTarget, gateway_tools
from bylaw.backends.interface import BackendTerminalError
from bylaw.model.errors import BylawError, UsageError
from bylaw.repository.documents.agentcore import AgentCoreTarget
from tools.backends.agentcore.opening import ACCESS_KEY, CANARIES, SECRET_KEY, Stopwatch, session, target
from tools.backends.agentcore.service import ARN, Answer, Body, refusal
from tools.backends.agentcore.targets import GATEWAY, INLINE, TOOL, TargetService, lambda_with, mcp, target_service
from tools.backends.agentcore.wire import Wire

LISTED = '{"tools": [{"name": "ask", "inputSchema": {"type": "object"}}]}'
API = "openapi: 3.0.0\npaths: {}\n"
S3 = {"s3": {"uri": "s3://bucket/tools.json"}}


def server_with(**more: Any) -> Body:
    return mcp(mcpServer={"endpoint": "https://mcp.example", **more})


@pytest.fixture
def gateway(wire: Wire) -> Iterator[TargetService]:
    with target_service(wire) as service:
        yield service


def read(wire: Wire, skipped: frozenset[str] = frozenset()) -> tuple[GatewayTarget, ...]:
    options = target(wire.url, gateway=GATEWAY)
    with open_catalogue(options, session=session(), timing=Stopwatch().timing) as catalogue:
        return catalogue.targets(GATEWAY, skipped)


def only(wire: Wire) -> GatewayTarget:
    (found,) = read(wire)
    return found


def test_tools_of_a_lambda_function_are_a_list_in_json(wire: Wire, gateway: TargetService) -> None:
    gateway.offer("Desk", INLINE)

    found = only(wire)

    assert (found.name, found.doubt) == ("Desk", None)
    assert json.loads(found.document or "") == [TOOL]


DECLARED: dict[str, tuple[Body, str]] = {
    "an API": (mcp(openApiSchema={"inlinePayload": API}), API),
    "an MCP server with its tools": (server_with(mcpToolSchema={"inlinePayload": LISTED}), LISTED),
}


@pytest.mark.parametrize("story", DECLARED)
def test_documents_come_as_they_are(wire: Wire, gateway: TargetService, story: str) -> None:
    configuration, document = DECLARED[story]
    gateway.offer("Desk", configuration)

    assert only(wire) == GatewayTarget("Desk", document)


ELSEWHERE: dict[str, tuple[Body, str]] = {
    "tools in S3": (lambda_with(S3), "declares its tools elsewhere (s3)"),
    "an API in S3": (mcp(openApiSchema=S3), "declares its tools elsewhere (s3)"),
    "a Smithy model": (mcp(smithyModel={"inlinePayload": "{}"}), "declares its tools elsewhere (smithyModel)"),
    "a REST API": (
        mcp(apiGateway={"restApiId": "r", "stage": "s", "apiGatewayToolConfiguration": {}}),
        "declares its tools elsewhere (apiGateway)",
    ),
    "an MCP server": (server_with(), "is an MCP server, which is asked for its tools when the gateway lists them"),
    "a runtime": (
        {"http": {"agentcoreRuntime": {"arn": "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/x"}}},
        "is no MCP target (http): its actions are called by method and path",
    ),
    "a kind of tomorrow": (
        mcp(telepathy={"depth": 3}),
        "declares its tools elsewhere (telepathy, which this boto3 does not know)",
    ),
}


@pytest.mark.parametrize("story", ELSEWHERE)
def test_tools_that_are_elsewhere_are_said_to_be(wire: Wire, gateway: TargetService, story: str) -> None:
    configuration, doubt = ELSEWHERE[story]
    gateway.offer("Desk", configuration)

    assert only(wire) == GatewayTarget("Desk", None, doubt)


def test_a_server_that_lists_by_caller_is_doubtful(wire: Wire, gateway: TargetService) -> None:
    gateway.offer("Desk", server_with(mcpToolSchema={"inlinePayload": LISTED}, listingMode="DYNAMIC"))

    found = only(wire)

    assert found.document == LISTED
    assert found.doubt == "is an MCP server that may list other tools to each caller"


def test_a_keyword_that_the_sdk_does_not_know_is_not_lost_in_silence(wire: Wire, gateway: TargetService) -> None:
    choice = {"type": "string", "enum": ["a", "b"]}
    tool = {**TOOL, "inputSchema": {"type": "object", "properties": {"level": choice}}}
    gateway.offer("Desk", lambda_with({"inlinePayload": [tool]}))

    found = only(wire)

    assert "enum" not in (found.document or "enum")
    assert found.doubt is not None
    assert found.doubt.startswith("declares what this boto3 does not know: ")
    assert found.doubt.endswith("level.enum")


def test_a_target_that_is_not_ready_is_doubtful(wire: Wire, gateway: TargetService) -> None:
    gateway.offer("Desk", INLINE, status="UPDATE_UNSUCCESSFUL")

    assert only(wire).doubt == "is UPDATE_UNSUCCESSFUL: a gateway may not offer these tools"


def test_every_page_is_read_and_targets_come_by_name(wire: Wire, gateway: TargetService) -> None:
    for number in range(250):
        gateway.offer(f"Desk{(number * 7) % 250:03}", INLINE)

    found = read(wire)

    assert [item.name for item in found] == [f"Desk{number:03}" for number in range(250)]
    assert len(wire.sent("ListGatewayTargets")) == 3


def test_a_target_that_is_known_otherwise_is_not_read(wire: Wire, gateway: TargetService) -> None:
    gateway.offer("Desk", mcp(smithyModel=S3))
    gateway.offer("Mail", INLINE)

    found = read(wire, frozenset({"Desk"}))

    assert [item.name for item in found] == ["Mail"]
    assert len(wire.sent("GetGatewayTarget")) == 1


def test_reading_keeps_to_the_pace_of_the_target(wire: Wire, gateway: TargetService) -> None:
    for number in range(30):
        gateway.offer(f"Desk{number}", INLINE)
    watch = Stopwatch()
    options = target(wire.url, gateway=GATEWAY, reads_per_second=10)

    with open_catalogue(options, session=session(), timing=watch.timing) as catalogue:
        catalogue.targets(GATEWAY, frozenset())

    assert sum(watch.slept) >= 2


FAILURES: dict[str, Answer] = {
    "no gateway": refusal(404, "ResourceNotFoundException", "not found"),
    "no permission": refusal(403, "AccessDeniedException", f"{ACCESS_KEY} {SECRET_KEY} may not"),
    "too fast": refusal(429, "ThrottlingException"),
    "a broken service": refusal(500, "InternalServerException"),
    "no list": Answer(200, {"items": "none"}),
    "no JSON": Answer(200, b"<html>"),
    "an item without an id": Answer(200, {"items": [{"name": "Desk"}]}),
}


@pytest.mark.parametrize("operation", ["ListGatewayTargets", "GetGatewayTarget"])
@pytest.mark.parametrize("story", FAILURES)
def test_a_reading_that_fails_is_an_error_without_secrets(
    wire: Wire, gateway: TargetService, story: str, operation: str
) -> None:
    gateway.offer("Desk", INLINE)
    wire.script(operation, FAILURES[story])

    with pytest.raises(BylawError) as raised:
        read(wire)

    assert not any(secret in f"{raised.value.message}{raised.value.help}" for secret in CANARIES)


@pytest.mark.parametrize(
    "configuration", [None, {}, {"mcp": {}}, {"mcp": {"lambda": {"lambdaArn": "x"}}}, {"mcp": {"openApiSchema": {}}}]
)
def test_a_target_of_another_shape_is_an_error(wire: Wire, gateway: TargetService, configuration: Any) -> None:
    gateway.offer("Desk", configuration)

    with pytest.raises(BackendTerminalError, match=r"no usable `targetConfiguration`|cannot be understood"):
        read(wire)


def test_a_target_without_a_gateway_is_a_usage_error(wire: Wire) -> None:
    with pytest.raises(UsageError, match="names no gateway"):
        gateway_tools(target(wire.url))


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


@pytest.mark.usefixtures("credentials")
def test_credentials_come_from_where_every_aws_tool_takes_them(wire: Wire, gateway: TargetService) -> None:
    gateway.offer("Desk", INLINE)
    options: AgentCoreTarget = target(wire.url, gateway=f"{ARN}:gateway/{GATEWAY}", reads_per_second=1000)

    (found,) = gateway_tools(options)

    assert found.name == "Desk"
    assert ACCESS_KEY in wire.sent("GetGatewayTarget")[0].headers["Authorization"]
