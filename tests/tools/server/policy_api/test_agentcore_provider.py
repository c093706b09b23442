"""The provider `agentcore`: real HTTP in, real boto3 out, to a control plane on this machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.server.options import ProviderKind
from tools.backends.agentcore import wire as wires
from tools.backends.agentcore.opening import ACCESS_KEY, CANARIES, REGION, SECRET_KEY
from tools.backends.agentcore.service import Answer, refusal
from tools.backends.agentcore.wire import Wire
from tools.server.policy_api.client import FORBID, PERMIT, Api, question
from tools.server.policy_api.starting import served

GENERATION = {
    "policyEngineId": "shop-0000000001",
    "policyGenerationId": "words-0000000002",
    "name": "words",
    "policyGenerationArn": "arn:aws:bedrock-agentcore:eu-west-1:123456789012:policy-engine/shop/policy-generation/words",
    "resource": {"arn": "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/g-0000000001"},
    "createdAt": "2026-03-02T09:00:00Z",
    "updatedAt": "2026-03-02T09:00:00Z",
    "status": "GENERATED",
    "statusReasons": [],
}
ASSET = {
    "policyGenerationAssetId": "11111111-1111-4111-8111-111111111111",
    "rawTextFragment": "ada may view",
    "definition": {"cedar": {"statement": PERMIT}},
    "findings": [{"type": "VALID", "description": "fine"}],
}
MORE_ROUTES = {
    "DeletePolicyEngine": ("DELETE", "/policy-engines/([^/]+)"),
    "StartPolicyGeneration": ("POST", "/policy-engines/([^/]+)/policy-generations"),
    "ListPolicyGenerations": ("GET", "/policy-engines/([^/]+)/policy-generations"),
    "GetPolicyGeneration": ("GET", "/policy-engines/([^/]+)/policy-generations/([^/]+)"),
    "ListPolicyGenerationAssets": ("GET", "/policy-engines/([^/]+)/policy-generations/([^/]+)/assets"),
}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    for operation, (verb, path) in MORE_ROUTES.items():
        monkeypatch.setitem(wires._PATTERNS, operation, (verb, re.compile(path)))
    with wires.serving() as wire:
        yield wire


@pytest.fixture
def proxy(wire: Wire, sqlite: str) -> Iterator[Api]:
    with served(sqlite, provider=ProviderKind.AGENTCORE, region=REGION, endpoint_url=wire.url) as api:
        yield api


@pytest.fixture
def engine(proxy: Api) -> str:
    made = proxy.engine("shop")
    assert proxy.ok("GET", f"/engines/{made}")["status"] == "ACTIVE"
    return made


def test_an_engine_is_made_there(proxy: Api, wire: Wire) -> None:
    made = proxy.ok("POST", "/engines", {"name": "shop", "description": "d", "config": {"tags": {"team": "red"}}})

    assert (made["name"], made["status"], made["description"]) == ("shop", "CREATING", "d")
    (sent,) = wire.sent("CreatePolicyEngine")
    assert (sent.body["name"], sent.body["tags"]) == ("shop", {"team": "red"})
    assert [found["policy_engine_id"] for found in proxy.ok("GET", "/engines")["policy_engines"]] == [
        made["policy_engine_id"]
    ]


def test_a_policy_is_made_changed_and_deleted_there(proxy: Api, wire: Wire, engine: str) -> None:
    path = f"/engines/{engine}/policies"
    made = proxy.ok("POST", path, {"policy_body": PERMIT, "description": "first", "enforcement_mode": "LOG_ONLY"})
    one = f"{path}/{made['policy_id']}"

    assert (made["definition"], made["status"], made["enforcement_mode"]) == (PERMIT, "CREATING", "LOG_ONLY")
    assert made["name"].startswith("policy_")
    assert proxy.ok("GET", one)["status"] == "ACTIVE"

    changed = proxy.ok("PUT", one, {"policy_body": FORBID, "description": "second"})
    assert (changed["definition"], changed["description"], changed["status"]) == (FORBID, "second", "UPDATING")
    proxy.ok("GET", one)
    assert proxy.ok("PUT", one, {"policy_body": FORBID, "description": ""})["description"] == ""
    sent = [request.body for request in wire.sent("UpdatePolicy")]
    assert [body["description"] for body in sent] == [{"optionalValue": "second"}, {}]
    assert all("enforcementMode" not in body for body in sent)

    proxy.ok("GET", one)
    proxy.ok("DELETE", one)
    assert proxy.call("GET", one).status_code == 404
    assert proxy.call("DELETE", one).status_code == 204


def test_pages_are_the_services_own(proxy: Api, engine: str) -> None:
    made = [proxy.policy(engine) for _ in range(3)]
    first = proxy.ok("GET", f"/engines/{engine}/policies?max_results=2")
    rest = proxy.ok("GET", f"/engines/{engine}/policies?max_results=1000&next_token={first['next_token']}")

    assert [policy["policy_id"] for page in (first, rest) for policy in page["policies"]] == made
    assert rest["next_token"] is None


def test_only_who_has_seen_the_present_state_may_change_it(proxy: Api, wire: Wire, engine: str) -> None:
    path = f"/engines/{engine}/policies/{proxy.policy(engine)}"
    seen = proxy.call("GET", path).headers["etag"]

    assert proxy.call("PUT", path, {"policy_body": FORBID}, headers={"If-Match": '"other"'}).status_code == 412
    assert wire.sent("UpdatePolicy") == []
    assert proxy.call("PUT", path, {"policy_body": FORBID}, headers={"If-Match": seen}).status_code == 200
    gone = f"/engines/{engine}/policies/gone-0000000009"
    assert proxy.call("DELETE", gone, headers={"If-Match": seen}).status_code == 412


def test_a_key_becomes_a_client_token(proxy: Api, wire: Wire, engine: str) -> None:
    body, headers = {"policy_body": PERMIT}, {"Idempotency-Key": "k"}
    first = proxy.ok("POST", f"/engines/{engine}/policies", body, headers=headers)

    assert proxy.ok("POST", f"/engines/{engine}/policies", body, headers=headers) == first
    other = proxy.call("POST", f"/engines/{engine}/policies", {"policy_body": FORBID}, headers=headers)
    assert other.status_code == 409
    assert len(wire.service.policies) == 1


def test_what_holds_no_cedar_is_an_object(proxy: Api, wire: Wire, engine: str) -> None:
    policy = proxy.policy(engine)
    wire.service.policies[policy]["definition"] = {"policy": {"statement": "other words"}}

    found = proxy.ok("GET", f"/engines/{engine}/policies/{policy}")

    assert found["definition"] == {"policy": {"statement": "other words"}}


REFUSED = {
    "missing": (refusal(404, "ResourceNotFoundException"), 404),
    "conflict": (refusal(409, "ConflictException"), 409),
    "invalid": (refusal(400, "ValidationException", "policy is invalid"), 422),
    "throttled": (refusal(429, "ThrottlingException"), 503),
    "broken": (refusal(500, "InternalServerException"), 503),
    "not permitted": (refusal(403, "AccessDeniedException", f"no, {SECRET_KEY}"), 503),
    "nonsense": (Answer(202, b"<html>"), 503),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_failure_there_is_never_a_bug_here(proxy: Api, wire: Wire, engine: str, what: str) -> None:
    planned, status = REFUSED[what]
    wire.script("CreatePolicy", planned)

    answer = proxy.call("POST", f"/engines/{engine}/policies", {"policy_body": PERMIT})

    assert answer.status_code == status
    assert not any(canary in answer.text for canary in CANARIES)


def test_what_the_sdk_itself_refuses_is_invalid_input(proxy: Api, engine: str) -> None:
    assert proxy.call("GET", "/engines/short").status_code == 422
    assert proxy.call("POST", "/engines", {"name": "e", "config": {"tags": "red"}}).status_code == 422
    assert proxy.call("POST", "/engines", {"name": "e", "config": {"colour": "red"}}).status_code == 422
    assert proxy.call("POST", f"/engines/{engine}/policies", {"policy_body": "nonsense"}).status_code == 422


def test_an_engine_goes_with_its_policies(proxy: Api, wire: Wire, engine: str) -> None:
    policy = proxy.policy(engine)
    proxy.ok("GET", f"/engines/{engine}/policies/{policy}")
    wire.script("DeletePolicyEngine", refusal(409, "ConflictException"), Answer(202, {}))

    assert proxy.call("DELETE", f"/engines/{engine}?cascade=true").status_code == 409
    assert [request.path for request in wire.sent("DeletePolicy")] == [(engine, policy)]
    assert proxy.call("DELETE", f"/engines/{engine}?cascade=true").status_code == 204


def test_generations_are_passed_on(proxy: Api, wire: Wire, engine: str) -> None:
    path = f"/engines/{engine}/generations"
    wire.script("StartPolicyGeneration", Answer(202, GENERATION))
    wire.script("ListPolicyGenerations", Answer(200, {"policyGenerations": [GENERATION], "nextToken": "more"}))
    wire.script("GetPolicyGeneration", Answer(200, GENERATION))
    wire.script("ListPolicyGenerationAssets", Answer(200, {"policyGenerationAssets": [ASSET]}))
    config = {"name": "words", "resource": GENERATION["resource"], "content": {"rawText": "ada may view"}}

    started = proxy.ok("POST", path, {"config": config})
    listed = proxy.ok("GET", path)
    assets = proxy.ok("GET", f"{path}/words-0000000002/assets")

    assert (started["policy_generation_id"], started["status"]) == ("words-0000000002", "GENERATED")
    assert (listed["policy_generations"], listed["next_token"]) == ([started], "more")
    assert proxy.ok("GET", f"{path}/words-0000000002") == started
    (asset,) = assets["policy_generation_assets"]
    assert (asset["raw_text_fragment"], asset["definition"]) == ("ada may view", {"cedar": {"statement": PERMIT}})
    assert wire.sent("StartPolicyGeneration")[0].body["content"] == {"rawText": "ada may view"}


def test_nothing_is_decided_here(proxy: Api, tmp_path: Path) -> None:
    assert proxy.call("POST", "/authorize", question(engine_id="e")).status_code == 501
    assert proxy.call("GET", "/enforcement").status_code == 501
    assert not (tmp_path / "store").exists()
