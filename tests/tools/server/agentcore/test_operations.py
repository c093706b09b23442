"""Every operation of the service model is there, and every request and answer is what the SDK's own model says."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.model import Shape, StructureShape

from bylaw.server.agentcore.face import HANDLERS
from tools.server.agentcore import generate_model
from tools.server.agentcore.faces import GATEWAY, PERMIT, TARGET, Face

FAMILIES = re.compile("Polic(y|ies)|(Tag|Untag)Resource|TagsForResource|Gateway(Target)?s?$")
OTHERS = {
    "DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy",  # of IAM, not of Cedar
    "UpdateGatewayTarget", "SynchronizeGatewayTargets",  # tools do not change what a gateway asks
}  # fmt: skip


def test_the_model_that_is_carried_is_the_sdks() -> None:
    assert generate_model.place().read_text(encoding="utf-8") == generate_model.text()


def test_no_operation_of_policies_engines_generations_tags_and_gateways_is_missing() -> None:
    names = generate_model.service_model().operation_names
    wanted = {name for name in names if FAMILIES.search(name)} - OTHERS

    assert set(HANDLERS) == wanted == set(generate_model.OPERATIONS)


def wrong(shape: Shape, value: Any, path: str = "") -> list[str]:
    """How a value of an answer does not fit its shape: members, types, limits, patterns, choices."""
    facts: Any = shape
    limits = facts.metadata
    match shape.type_name:
        case "structure":
            if getattr(facts, "is_document_type", False):
                return []
            assert isinstance(shape, StructureShape)
            found = [f"{path}.{name} is unknown" for name in value if name not in shape.members]
            found += [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
            if getattr(facts, "is_tagged_union", False) and len(value) != 1:
                found.append(f"{path} has {len(value)} members")
            known = (name for name in value if name in shape.members)
            return found + [bad for name in known for bad in wrong(shape.members[name], value[name], f"{path}.{name}")]
        case "list":
            return [bad for n, item in enumerate(value) for bad in wrong(facts.member, item, f"{path}.{n}")]
        case "map":
            return [bad for key, item in value.items() for bad in wrong(facts.value, item, f"{path}.{key}")]
        case "string":
            ok = isinstance(value, str) and limits.get("min", 0) <= len(value) <= limits.get("max", 10**9)
            ok = ok and ("pattern" not in limits or bool(re.fullmatch(limits["pattern"], value, re.DOTALL)))
            ok = ok and ("enum" not in limits or value in limits["enum"])
            return [] if ok else [f"{path}: {value!r}"]
        case "timestamp":
            return [] if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value) else [f"{path}: {value!r}"]
        case _:
            return []


@pytest.fixture
def watched(face: Face) -> Face:
    """Every answer is looked at before the SDK parses it."""

    def look(operation_model: Any, response_dict: Any, **_: object) -> None:
        face.seen.append(
            (operation_model, response_dict["status_code"], dict(response_dict["headers"]), response_dict["body"])
        )

    face.client.meta.events.register(f"before-parse.{generate_model.SERVICE}", look)
    return face


def test_every_answer_is_what_the_model_says(watched: Face) -> None:
    walk(watched)

    assert {operation.name for operation, *_ in watched.seen} == set(generate_model.OPERATIONS)
    for operation, status, headers, body in watched.seen:
        assert status == operation.http["responseCode"], operation.name
        assert {key.lower() for key in headers} >= {"x-amzn-requestid", "content-length"}
        if status == 204:
            assert body == b""
        else:
            assert wrong(operation.output_shape, json.loads(body)) == [], operation.name


def walk(face: Face) -> None:
    """Call everything once."""
    client = face.client
    key = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    engine = client.create_policy_engine(name="desk", description="d", encryptionKeyArn=key, tags={"a": "b"})
    at: dict[str, Any] = {"policyEngineId": engine["policyEngineId"]}
    client.update_policy_engine(**at, description={"optionalValue": "other"})
    policy = face.policy(at["policyEngineId"], description="why")
    for call in (
        client.get_policy_engine,
        client.get_policy_engine_summary,
        client.list_policies,
        client.list_policy_summaries,
    ):
        call(**at)
    for list_ in (client.list_policy_engines, client.list_policy_engine_summaries, client.list_gateways):
        list_()
    one = {**at, "policyId": policy}
    client.update_policy(**one, enforcementMode="LOG_ONLY")
    client.get_policy(**one)
    client.get_policy_summary(**one)
    walk_generations(client, at)
    walk_gateways(client, engine["policyEngineArn"])
    client.delete_policy(**one)
    client.list_policies(**at)
    arn = engine["policyEngineArn"]
    client.tag_resource(resourceArn=arn, tags={"c": "d"})
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b", "c": "d"}
    client.untag_resource(resourceArn=arn, tagKeys=["a", "c"])
    client.delete_policy_engine(**at)


def walk_generations(client: Any, at: dict[str, Any]) -> None:
    content = {"rawText": PERMIT}
    resource = {"arn": "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/front-0123456789"}
    made = client.start_policy_generation(**at, name="g", resource=resource, content=content)
    one = {**at, "policyGenerationId": made["policyGenerationId"]}
    client.get_policy_generation(**one)
    client.get_policy_generation_summary(**one)
    client.list_policy_generations(**at)
    client.list_policy_generation_summaries(**at)
    assert client.list_policy_generation_assets(**one)["policyGenerationAssets"][0]["definition"]


def walk_gateways(client: Any, engine: str) -> None:
    attached = {"policyEngineConfiguration": {"arn": engine, "mode": "ENFORCE"}}
    made = client.create_gateway(**GATEWAY)
    at = {"gatewayIdentifier": made["gatewayId"]}
    client.get_gateway(**at)
    client.update_gateway(**at, **GATEWAY, **attached)
    assert client.get_gateway(**at)["policyEngineConfiguration"] == attached["policyEngineConfiguration"]
    target = client.create_gateway_target(**at, **TARGET)
    client.get_gateway_target(**at, targetId=target["targetId"])
    client.list_gateway_targets(**at)
    client.delete_gateway_target(**at, targetId=target["targetId"])
    client.update_gateway(**at, **GATEWAY)
    assert "policyEngineConfiguration" not in client.get_gateway(**at)
    client.delete_gateway(**at)


def test_a_member_that_is_called_otherwise_on_the_wire_comes_back(face: Face) -> None:
    domain = {"defaultDomain": "tools.example.com"}

    made = face.client.create_gateway(**GATEWAY, domainOverride=domain)

    assert made["domainOverride"] == domain
    assert face.client.get_gateway(gatewayIdentifier=made["gatewayId"])["domainOverride"] == domain


WAITERS: dict[str, Callable[[Face, str, str], dict[str, str]]] = {
    "policy_active": lambda _, engine, policy: {"policyEngineId": engine, "policyId": policy},
    "policy_engine_active": lambda _, engine, __: {"policyEngineId": engine},
}


@pytest.mark.parametrize("name", WAITERS)
def test_the_sdks_own_waiters_are_satisfied(name: str, face: Face) -> None:
    engine = face.engine()
    policy = face.policy(engine)

    face.client.get_waiter(name).wait(
        **WAITERS[name](face, engine, policy), WaiterConfig={"Delay": 0, "MaxAttempts": 2}
    )

    assert face.status(engine, policy) == ("ACTIVE", [])
