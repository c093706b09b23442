"""From files to a gateway that enforces them, by the command line, over a socket; and from a console to files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import APP, SETTINGS
from tools.server.agentcore.faces import GATEWAY, Face, serving

FOREIGN = """permit (
  principal == App::User::"bob",
  action == App::Action::"read",
  resource == App::Gateway::"arn:front"
);
"""


@pytest.fixture
def face(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Face]:
    """A face that the command line finds as it would find the service."""
    with serving(f"sqlite:///{tmp_path}/server.db") as face:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL", face.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield face


def deployed_to_agentcore(shop: Cli, **options: object) -> None:
    """Send the shop to AgentCore instead of the local store."""
    block = json.dumps({"region": "eu-west-1", "reads_per_second": 500, "writes_per_second": 500, **options})
    target = f"  local:\n    backend: agentcore\n    state: sqlite:///.bylaw/state.db\n    agentcore: {block}\n"
    head, _, tail = SETTINGS.partition("  local:\n")
    shop.commit({"bylaw.yaml": f"{head}{target}{tail[tail.index('lint:') :]}"})


def test_a_deploy_is_what_an_unmodified_client_reads_back(shop: Cli, face: Face) -> None:
    deployed_to_agentcore(shop)

    assert "2 to create" in shop.ok("plan").stdout
    assert "applied and read back" in shop.ok("reconcile").stdout

    (engine,) = face.client.list_policy_engines()["policyEngines"]
    policies = face.client.list_policies(policyEngineId=engine["policyEngineId"])["policies"]
    assert engine["name"] == "shop"
    assert sorted(policy["description"].rpartition(" ")[0] for policy in policies) == [
        "bylaw: 1 example/shop local shop/access/read-front",
        "bylaw: 1 example/shop local shop/guards/level",
    ]
    assert {policy["status"] for policy in policies} == {"ACTIVE"}
    assert "no changes" in shop.ok("reconcile").stdout
    assert "`ListPolicies` is allowed" in shop.ok("doctor").stdout


def test_an_unchanged_second_plan_reads_the_list_pages_alone(shop: Cli, face: Face) -> None:
    deployed_to_agentcore(shop)
    shop.ok("reconcile")
    asked: list[str] = []
    application = face.passage.application

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        asked.append(f"{scope['method']} {scope['path']}")
        await application(scope, receive, send)

    face.passage.application = counting
    shop.ok("plan")
    face.passage.application = application

    engine = face.client.list_policy_engines()["policyEngines"][0]["policyEngineId"]
    assert asked == ["GET /policy-engines", f"GET /policy-engines/{engine}/policies"]


def test_a_gateway_enforces_when_everything_is_in_force_and_not_before(shop: Cli, face: Face) -> None:
    gateway = face.client.create_gateway(**GATEWAY)["gatewayId"]
    face.client.get_gateway(gatewayIdentifier=gateway)
    managed = {"gateway": gateway, "manage_gateway": True, "gateway_mode": "ENFORCE", "engine": "shop"}
    deployed_to_agentcore(shop, **managed)
    face.engine("shop")

    planned = shop.ok("plan").stdout
    shop.ok("reconcile")

    assert "then enforcement" in planned
    assert f"attachment: {gateway}, mode: ENFORCE" in planned
    assert face.client.get_gateway(gatewayIdentifier=gateway)["policyEngineConfiguration"]["mode"] == "ENFORCE"
    assert "no changes" in shop.ok("reconcile").stdout
    assert f"`{gateway}` is READY and enforces `shop`" in shop.ok("doctor").stdout


def test_what_a_console_made_comes_under_git(shop: Cli, face: Face) -> None:
    deployed_to_agentcore(shop)
    engine = face.engine("shop")
    face.policy(engine, "by_hand", FOREIGN)
    shop.commit({"policies/shop/app.yaml": APP.replace("for tests", "for imports")})

    assert "policies/shop/imported/" in shop.ok("import", "local").stdout
    shop.commit({})
    assert "adopted" in shop.ok("import", "local", "--adopt").stdout

    (policy,) = face.client.list_policies(policyEngineId=engine)["policies"]
    assert policy["description"].startswith("bylaw: 1 example/shop local shop/imported/")
    assert policy["name"] == "by_hand"


@pytest.mark.usefixtures("face")
def test_a_policy_that_the_service_refuses_is_told_with_its_file_and_line(shop: Cli) -> None:
    deployed_to_agentcore(shop)
    shop.commit({"policies/shop/guards/level.cedar": "forbid (principal, action, resource);\n",
                 "tests/policies/shop/basics.yaml": None})  # fmt: skip

    called = shop.run("reconcile")

    assert called.code == 9
    assert "Overly Restrictive" in called.all
    assert "(policies/shop/guards/level.cedar:1:1)" in called.all
