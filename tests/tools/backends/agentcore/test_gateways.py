"""Attachment and mode of the gateway: always shown, written only where the target says so, and whole."""

from typing import Any

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.interface import BackendNotReadyError, BackendTerminalError, LiveEngine
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError, UsageError
from tools.backends.agentcore.opening import agentcore_backend
from tools.backends.agentcore.service import ARN, Answer
from tools.backends.agentcore.wire import Wire
from tools.contracts.policies import desired, statement

GATEWAY = "shop-abcdefghij"
SETTINGS: dict[str, Any] = {
    "gatewayArn": f"{ARN}:gateway/{GATEWAY}",
    "gatewayId": GATEWAY,
    "gatewayUrl": "https://shop.example",
    "createdAt": "2026-03-02T09:00:00Z",
    "updatedAt": "2026-03-02T09:00:00Z",
    "status": "READY",
    "name": "shop",
    "description": "tools of the shop",
    "roleArn": "arn:aws:iam::123456789012:role/gateway",
    "protocolType": "MCP",
    "protocolConfiguration": {"mcp": {"supportedVersions": ["2025-06-18"], "instructions": "be kind"}},
    "authorizerType": "CUSTOM_JWT",
    "authorizerConfiguration": {
        "customJWTAuthorizer": {"discoveryUrl": "https://id.example", "allowedAudience": ["shop"]}
    },
    "exceptionLevel": "DEBUG",
    "webAclArn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/x/y",
    "workloadIdentityDetails": {"workloadIdentityArn": f"{ARN}:workload-identity/x"},
}
OWN = {
    "gatewayArn", "gatewayId", "gatewayUrl", "createdAt", "updatedAt", "status", "webAclArn", "workloadIdentityDetails",
}  # fmt: skip
MANAGED: dict[str, Any] = {"engine": "shop", "gateway": GATEWAY, "manage_gateway": True, "gateway_mode": "ENFORCE"}


@pytest.fixture
def gateway(wire: Wire) -> dict[str, Any]:
    wire.service.gateways[GATEWAY] = dict(SETTINGS)
    return wire.service.gateways[GATEWAY]


@pytest.fixture
def managing(wire: Wire) -> AgentCoreBackend:
    """A backend that may write the gateway, with one permit in force."""
    backend = agentcore_backend(wire.url, **MANAGED)
    backend.create("shop", desired(), "1")
    return backend


def arn_of(wire: Wire, name: str) -> str:
    return next(str(e["policyEngineArn"]) for e in wire.service.engines.values() if e["name"] == name)


def test_without_a_gateway_there_are_no_switches_and_none_is_asked(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema("shop", None)

    assert backend.observe().engines == (LiveEngine("shop", None),)
    assert wire.sent("GetGateway") == []


@pytest.mark.parametrize("named", [GATEWAY, f"{ARN}:gateway/{GATEWAY}"], ids=["by id", "by arn"])
@pytest.mark.parametrize("mode", ["LOG_ONLY", "ENFORCE", "PARANOID"])
def test_attachment_and_mode_are_switches_of_the_attached_engine(
    wire: Wire, gateway: dict[str, Any], named: str, mode: str
) -> None:
    backend = agentcore_backend(wire.url, gateway=named)
    backend.put_schema("shop", None)
    backend.put_schema("other", None)
    gateway["policyEngineConfiguration"] = {"arn": arn_of(wire, "shop"), "mode": mode}

    assert backend.observe().engines == (
        LiveEngine("other", None, (("attachment", "none"), ("mode", "none"))),
        LiveEngine("shop", None, (("attachment", GATEWAY), ("mode", mode))),
    )


@pytest.mark.usefixtures("gateway")
def test_a_detached_gateway_shows(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, gateway=GATEWAY)
    backend.put_schema("shop", None)

    (engine,) = backend.observe().engines

    assert engine.switches == (("attachment", "none"), ("mode", "none"))


def test_a_gateway_that_is_gone_shows(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, gateway=GATEWAY)
    backend.put_schema("shop", None)

    (engine,) = backend.observe().engines

    assert engine.switches == (("attachment", "gateway missing"), ("mode", "none"))


def test_a_flipped_switch_changes_the_digest_of_the_target(wire: Wire, gateway: dict[str, Any]) -> None:
    backend = agentcore_backend(wire.url, gateway=GATEWAY)
    backend.put_schema("shop", None)
    seen = []
    for mode in ("ENFORCE", "LOG_ONLY"):
        gateway["policyEngineConfiguration"] = {"arn": arn_of(wire, "shop"), "mode": mode}
        seen.append(backend.observe().digest)

    assert len(set(seen)) == 2


@pytest.mark.usefixtures("gateway")
def test_a_gateway_is_not_written_unless_it_is_managed(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, engine="shop", gateway=GATEWAY, gateway_mode="ENFORCE")
    backend.create("shop", desired(), "1")

    with pytest.raises(UsageError, match="does not manage its gateway"):
        backend.put_switches("shop")

    assert wire.sent("UpdateGateway") == []


@pytest.mark.usefixtures("gateway")
def test_attaching_writes_every_setting_back(wire: Wire, managing: AgentCoreBackend) -> None:
    engine = managing.put_switches("shop")

    wanted = {"arn": arn_of(wire, "shop"), "mode": "ENFORCE"}
    kept = {name: value for name, value in SETTINGS.items() if name not in OWN}
    (request,) = wire.sent("UpdateGateway")
    assert request.body == {**kept, "policyEngineConfiguration": wanted}
    after = wire.service.gateways[GATEWAY]
    assert {**after, "updatedAt": ""} == {**SETTINGS, "updatedAt": "", "policyEngineConfiguration": wanted}
    assert engine.switches == (("attachment", GATEWAY), ("mode", "ENFORCE"))
    assert managing.observe().engines == (engine,)


@pytest.mark.usefixtures("gateway")
def test_what_is_attached_already_is_not_written(wire: Wire, managing: AgentCoreBackend) -> None:
    first = managing.put_switches("shop")

    second = managing.put_switches("shop")

    assert first == second
    assert len(wire.sent("UpdateGateway")) == 1


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("text", "mode"),
    [(statement(1, Effect.FORBID), Mode.ACTIVE), (statement(1), Mode.LOG_ONLY)],
    ids=["a forbid only", "a permit out of force only"],
)
def test_an_engine_without_a_permit_in_force_is_not_enforced(wire: Wire, text: str, mode: Mode) -> None:
    backend = agentcore_backend(wire.url, **MANAGED)
    backend.create("shop", desired(text=text, mode=mode), "1")

    with pytest.raises(BackendTerminalError, match="holds no permit in force: enforcing it would deny every call"):
        backend.put_switches("shop")

    assert wire.sent("UpdateGateway") == []


@pytest.mark.usefixtures("gateway")
def test_an_engine_without_a_permit_may_be_tried_out(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, **{**MANAGED, "gateway_mode": "LOG_ONLY"})
    backend.put_schema("shop", None)

    assert backend.put_switches("shop").switches == (("attachment", GATEWAY), ("mode", "LOG_ONLY"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"quantumShield": {"level": 9}}, "`quantumShield`"),
        ({"protocolConfiguration": {"mcp": {"telepathy": True}}}, "`protocolConfiguration.mcp.telepathy`"),
        (
            {
                "interceptorConfigurations": [
                    {
                        "interceptor": {"lambda": {"arn": "arn:aws:lambda:eu-west-1:123456789012:function:f"}},
                        "interceptionPoints": ["REQUEST"],
                        "mood": "stern",
                    }
                ]
            },
            "`interceptorConfigurations.0.mood`",
        ),
    ],
    ids=["at the top", "inside", "in a list"],
)
def test_settings_that_the_sdk_would_erase_stop_the_write(
    wire: Wire, managing: AgentCoreBackend, gateway: dict[str, Any], change: dict[str, Any], named: str
) -> None:
    gateway.update(change)

    with pytest.raises(BackendTerminalError, match="does not know and would erase") as raised:
        managing.put_switches("shop")

    assert named in raised.value.message
    assert wire.sent("UpdateGateway") == []


def test_a_gateway_that_is_being_changed_is_waited_for(
    wire: Wire, managing: AgentCoreBackend, gateway: dict[str, Any]
) -> None:
    gateway["status"] = "UPDATING"

    with pytest.raises(BackendNotReadyError, match="is updating"):
        managing.put_switches("shop")

    assert wire.sent("UpdateGateway") == []


@pytest.mark.usefixtures("gateway")
def test_a_setting_that_came_out_otherwise_is_told(wire: Wire, managing: AgentCoreBackend) -> None:
    wire.script("GetGateway", Answer(200, SETTINGS), Answer(200, {**SETTINGS, "exceptionLevel": None}))

    with pytest.raises(ConflictError, match="came out with other settings: `exceptionLevel`"):
        managing.put_switches("shop")


@pytest.mark.usefixtures("gateway")
def test_a_switch_that_does_not_show_yet_is_waited_for(wire: Wire, managing: AgentCoreBackend) -> None:
    wire.script("GetGateway", Answer(200, SETTINGS), Answer(200, SETTINGS))

    with pytest.raises(BackendNotReadyError, match="does not show its engine and mode yet"):
        managing.put_switches("shop")


def test_a_gateway_of_another_shape_is_not_believed(wire: Wire, gateway: dict[str, Any]) -> None:
    backend = agentcore_backend(wire.url, gateway=GATEWAY)
    backend.put_schema("shop", None)
    gateway["policyEngineConfiguration"] = {"mode": "ENFORCE"}

    with pytest.raises(BackendTerminalError, match="no usable `arn`"):
        backend.observe()
