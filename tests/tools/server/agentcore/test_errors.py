"""Every way in which the service says no: status, error name, reason, and the field that is meant."""

import json
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError

from bylaw.server.agentcore import AgentCoreOptions
from tools.server.agentcore.faces import GATEWAY, PERMIT, TARGET, Face, refused, serving

ENGINE = "desk-0123456789"
POLICY = "allow-0123456789"
ARN = f"arn:aws:bedrock-agentcore:eu-west-1:123456789012:policy-engine/{ENGINE}"
TOKEN = "t" * 33
CEDAR = {"cedar": {"statement": PERMIT}}
FIELDS = (400, "ValidationException", "FieldValidationFailed")
MISSING = (404, "ResourceNotFoundException", "")
CONFLICT = (409, "ConflictException", "")

Refused = Callable[[Face], Any]

CASES: dict[str, tuple[Refused, tuple[int, str, str]]] = {
    "a name with a hyphen": (lambda f: f.client.create_policy_engine(name="a-b"), FIELDS),
    "a long name": (lambda f: f.client.create_policy_engine(name="a" * 49), FIELDS),
    "a short token": (lambda f: f.client.create_policy_engine(name="a", clientToken="t" * 33 + "-"), FIELDS),
    "an odd key": (lambda f: f.client.create_policy_engine(name="a", encryptionKeyArn="arn:aws:kms:x"), FIELDS),
    "too many tags": (lambda f: f.client.create_policy_engine(name="a", tags={str(n): "" for n in range(51)}), FIELDS),
    "a long statement": (lambda f: f.policy(f.engine(), text=f"{PERMIT}//{'x' * 10_000}"), FIELDS),
    "an unknown mode": (lambda f: f.policy(f.engine(), enforcementMode="MAYBE"), FIELDS),
    "an id that is none": (lambda f: f.client.get_policy_engine(policyEngineId="no such engine"), FIELDS),
    "a page of too many": (lambda f: f.client.list_policy_engines(maxResults=101), FIELDS),
    "a page of none": (lambda f: f.client.list_gateways(maxResults=1001), FIELDS),
    "an odd page token": (lambda f: f.client.list_policy_engines(nextToken="abc"), FIELDS),
    "a gateway for an engine that is not there": (
        lambda f: f.client.create_gateway(**GATEWAY, policyEngineConfiguration={"arn": ARN, "mode": "ENFORCE"}), FIELDS),
    "another name for a gateway": (
        lambda f: f.client.update_gateway(
            gatewayIdentifier=f.client.create_gateway(**GATEWAY)["gatewayId"], **{**GATEWAY, "name": "b"}), FIELDS),
    "no such engine": (lambda f: f.client.get_policy_engine(policyEngineId=ENGINE), MISSING),
    "no such summary": (lambda f: f.client.get_policy_engine_summary(policyEngineId=ENGINE), MISSING),
    "a policy for no engine": (lambda f: f.policy(ENGINE), MISSING),
    "policies of no engine": (lambda f: f.client.list_policies(policyEngineId=ENGINE), MISSING),
    "no such policy": (lambda f: f.client.get_policy(policyEngineId=f.engine(), policyId=POLICY), MISSING),
    "an update of no policy": (
        lambda f: f.client.update_policy(policyEngineId=f.engine(), policyId=POLICY, enforcementMode="ACTIVE"), MISSING),
    "a policy of another engine": (
        lambda f: f.client.get_policy(policyEngineId=f.engine("b"), policyId=f.policy(f.engine("a"))), MISSING),
    "tags of nothing": (lambda f: f.client.list_tags_for_resource(resourceArn=ARN), MISSING),
    "no such gateway": (lambda f: f.client.get_gateway(gatewayIdentifier="front-0123456789"), MISSING),
    "a target for no gateway": (
        lambda f: f.client.create_gateway_target(gatewayIdentifier="front-0123456789", **TARGET), MISSING),
    "no such generation": (
        lambda f: f.client.get_policy_generation(policyEngineId=f.engine(), policyGenerationId="g-0123456789"), MISSING),
    "an engine of the same name": (lambda f: [f.engine(), f.engine()], CONFLICT),
    "a policy of the same name": (lambda f: [f.policy(e := f.engine()), f.policy(e)], CONFLICT),
    "a policy of the same name in another engine": (lambda f: [f.policy(f.engine("a")), f.policy(f.engine("b"))], CONFLICT),
    "an engine that holds policies": (
        lambda f: [f.policy(e := f.engine()), f.client.delete_policy_engine(policyEngineId=e)], CONFLICT),
    "a token for something else": (
        lambda f: [f.client.create_policy_engine(name=n, clientToken=TOKEN) for n in "ab"],
        (400, "ValidationException", "IdempotentParameterMismatchException")),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_what_is_refused_is_refused_as_the_service_does(what: str, face: Face) -> None:
    refusing, expected = CASES[what]

    with pytest.raises(ClientError) as caught:
        refusing(face)

    assert refused(caught.value) == expected


def test_a_validation_error_names_its_fields(face: Face) -> None:
    with pytest.raises(ClientError) as caught:
        face.client.create_policy_engine(name="a-b", tags={"ä": "x"})

    response: Any = caught.value.response
    assert [found["name"] for found in response["fieldList"]] == ["name", "tags.ä"]
    assert "name has to match" in response["message"]


RAW: dict[str, tuple[str, str, bytes, int, str]] = {
    "no JSON": ("POST", "/policy-engines", b"{", 400, "ValidationException"),
    "a list": ("POST", "/policy-engines", b"[]", 400, "ValidationException"),
    "NaN": ("POST", "/policy-engines", b'{"name": NaN}', 400, "ValidationException"),
    "deep JSON": ("POST", "/policy-engines", b"[" * 100_000, 400, "ValidationException"),
    "no name": ("POST", "/policy-engines", b"{}", 400, "ValidationException"),
    "a name that is a number": ("POST", "/policy-engines", b'{"name": 1}', 400, "ValidationException"),
    "a lone surrogate": ("POST", "/policy-engines", b'{"name": "a", "description": "\\ud800"}', 400, "ValidationException"),
    "two members of a union": (
        "POST", f"/policy-engines/{ENGINE}/policies",
        json.dumps({"name": "a", "definition": {**CEDAR, "policy": {"statement": PERMIT}}}).encode(), 400, "ValidationException"),
    "no member of a union": (
        "POST", f"/policy-engines/{ENGINE}/policies", b'{"name": "a", "definition": {}}', 400, "ValidationException"),
    "an operation that is none": ("PUT", "/policy-engines", b"{}", 404, "ResourceNotFoundException"),
    "a path that is none": ("GET", "/nothing", b"", 404, "ResourceNotFoundException"),
    "a path out of the server": ("GET", "/policy-engines/..%2f..%2fetc", b"", 400, "ValidationException"),
    "a page size that is no number": ("GET", "/policy-engines?maxResults=ten", b"", 400, "ValidationException"),
    "a large body": ("POST", "/policy-engines", b" " * (1 << 20) + b"{}", 413, "RequestEntityTooLargeException"),
}  # fmt: skip


@pytest.mark.parametrize("what", RAW)
def test_what_no_client_would_send_is_refused_too(what: str, face: Face) -> None:
    method, path, body, status, error = RAW[what]

    answer = httpx.request(method, face.url + path, content=body)

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (status, error)
    assert answer.json()["message"]


def test_bytes_that_are_no_http_harm_nobody(face: Face) -> None:
    address = urlsplit(face.url)
    with socket.create_connection((address.hostname, address.port or 0)) as connection:
        connection.sendall(b"\x00\xff GET / \r\n\r\n")
        connection.recv(1000)

    assert face.client.list_policy_engines()["policyEngines"] == []


def test_calls_come_no_faster_than_documented(database: str) -> None:
    with serving(database, AgentCoreOptions(throttled=True)) as face:
        engine = face.engine()
        for number in range(5):
            face.policy(engine, f"p{number}", PERMIT.replace("ada", str(number)))
        with pytest.raises(ClientError) as caught:
            face.policy(engine, "more")
        face.clock.advance(timedelta(seconds=0.2))
        face.policy(engine, "more")

    assert refused(caught.value) == (429, "ThrottlingException", "")
