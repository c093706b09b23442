"""What the doctor finds on AgentCore: credentials, permissions, clock, and what the gateway really enforces."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.diagnosis import Diagnosable, Health
from bylaw.model.effects import Mode
from tools.backends.agentcore.opening import CANARIES, agentcore_backend
from tools.backends.agentcore.service import refusal
from tools.backends.agentcore.wire import Wire
from tools.contracts.policies import ENGINE, desired

GATEWAY = "shop-abcdefghij"


def gateway(wire: Wire, **more: Any) -> None:
    wire.service.gateways[GATEWAY] = {
        "gatewayId": GATEWAY,
        "name": "shop",
        "status": "READY",
        "gatewayArn": f"arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/{GATEWAY}",
        "roleArn": "arn:aws:iam::123456789012:role/gateway",
        "authorizerType": "AWS_IAM",
        "createdAt": "2026-03-02T09:00:00Z",
        "updatedAt": "2026-03-02T09:00:00Z",
        **more,
    }


def told(backend: AgentCoreBackend) -> dict[str, list[tuple[Health, str]]]:
    """What was found, by what was looked at."""
    found: dict[str, list[tuple[Health, str]]] = {}
    for probe in backend.diagnose():
        assert not any(canary in f"{probe.message} {probe.help}" for canary in CANARIES)
        assert probe.health is Health.GOOD or probe.help
        found.setdefault(probe.what, []).append((probe.health, probe.message))
    return found


def attached(wire: Wire, mode: str) -> dict[str, Any]:
    (engine,) = wire.service.engines.values()
    return {"policyEngineConfiguration": {"arn": engine["policyEngineArn"], "mode": mode}}


def test_the_backend_can_be_examined_and_is_not_written_to(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.create(ENGINE, desired(), "t")
    wire.requests.clear()

    found = told(backend)

    assert isinstance(backend, Diagnosable)
    assert found["credentials"] == [(Health.GOOD, "accepted in eu-west-1")]
    assert [health for health, _ in found["permission"]] == [Health.GOOD] * 3
    assert {request.operation[:3] for request in wire.requests} <= {"Lis", "Get"}


@pytest.mark.parametrize("operation", ["ListPolicyEngines", "GetPolicyEngine", "ListPolicies", "ListTagsForResource"])
def test_a_missing_permission_is_named(operation: str, wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema(ENGINE, None)
    wire.script(operation, *[refusal(403, "AccessDeniedException")] * 3)

    probes = [probe for probe in backend.diagnose() if probe.health is Health.BAD]

    assert any(f"bedrock-agentcore:{operation}" in (probe.help or "") for probe in probes)


def test_refused_credentials_end_the_examination(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("ListPolicyEngines", refusal(403, "UnrecognizedClientException"))

    *_, last = backend.diagnose()

    assert (last.health, "credentials were refused" in last.message) == (Health.BAD, True)


@pytest.mark.parametrize(("skew", "health"), [(0, Health.GOOD), (30, Health.GOOD), (3600, Health.DOUBTFUL)])
def test_a_clock_that_is_wrong_is_told(skew: int, health: Health, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = agentcore_backend(wire.url)
    now = datetime.now(UTC) - timedelta(seconds=skew)
    monkeypatch.setattr(backend, "_connection", replace(backend._connection, clock=lambda: now))

    ((found, _),) = told(backend)["clock"]

    assert found is health


GATEWAYS = {
    "that does not exist": (None, None, True, Health.BAD, "does not exist"),
    "that is being changed": ({"status": "UPDATING"}, None, True, Health.DOUBTFUL, "is UPDATING"),
    "that asks nobody": ({}, None, True, Health.BAD, "asks no engine"),
    "that only logs": ({}, "LOG_ONLY", True, Health.DOUBTFUL, "nothing is enforced"),
    "that denies everything": ({}, "ENFORCE", False, Health.BAD, "every call is denied"),
    "that enforces": ({}, "ENFORCE", True, Health.GOOD, "and enforces `"),
}


@pytest.mark.parametrize("what", GATEWAYS)
def test_a_gateway_is_told_by_what_it_enforces(what: str, wire: Wire) -> None:
    settings, mode, permit, health, words = GATEWAYS[what]
    backend = agentcore_backend(wire.url, gateway=GATEWAY)
    backend.create(ENGINE, desired(mode=Mode.ACTIVE if permit else Mode.LOG_ONLY), "t")
    if settings is not None:
        gateway(wire, **settings, **(attached(wire, mode) if mode else {}))

    ((found, message),) = told(backend)["gateway"]

    assert (found, words in message) == (health, True)


def test_a_gateway_that_asks_somebody_elses_engine_is_told(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, gateway=GATEWAY)
    other = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:policy-engine/other-0123456789"
    gateway(wire, policyEngineConfiguration={"arn": other, "mode": "ENFORCE"})

    assert told(backend)["gateway"][0][1].endswith("asks an engine that is none of this target's")
