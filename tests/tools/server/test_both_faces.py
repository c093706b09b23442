"""One server, two protocols, one store: what one face puts in force the other decides by, and neither spoils the other's."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from bylaw.server.application import build_application
from bylaw.server.keys import AwsKey, Key, Keyring, Principal, Role
from bylaw.server.options import ProviderKind, ServerOptions
from tools.server.agentcore.faces import PERMIT, refused, sdk
from tools.server.serving import running

API = "/api/v1/policy"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the server itself, for the proxy."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with running(build_application(ServerOptions(url=f"sqlite:///{tmp_path}/server.db"))) as url:
        yield url


def asked(url: str, engine: str, who: str) -> str:
    question = {
        "engine_id": engine,
        "principal": {"type": "App::User", "id": who},
        "action": {"type": "App::Action", "id": "read"},
        "resource": {"type": "App::Document", "id": "1"},
    }
    return str(httpx.post(f"{url}{API}/authorize", json=question).json()["decision"])


def test_what_aws_clients_put_in_force_decides(url: str) -> None:
    client = sdk(url)
    engine = client.create_policy_engine(name="desk")["policyEngineId"]
    definition = {"cedar": {"statement": PERMIT}}
    policy = client.create_policy(policyEngineId=engine, name="allow", definition=definition)["policyId"]
    client.get_policy(policyEngineId=engine, policyId=policy)

    assert (asked(url, engine, "ada"), asked(url, engine, "eve")) == ("allow", "deny")
    client.delete_policy(policyEngineId=engine, policyId=policy)
    client.list_policies(policyEngineId=engine)
    assert asked(url, engine, "ada") == "deny"
    client.close()


def test_what_one_face_keeps_the_other_only_shows(url: str) -> None:
    client = sdk(url)
    engine = client.create_policy_engine(name="desk")["policyEngineId"]
    client.create_policy(policyEngineId=engine, name="allow", definition={"cedar": {"statement": PERMIT}})
    client.list_policies(policyEngineId=engine)
    place = f"{url}{API}/engines/{engine}"
    (policy,) = httpx.get(f"{place}/policies").json()["policies"]

    answers = [
        httpx.delete(place),
        httpx.post(f"{place}/policies", json={"policy_body": PERMIT}),
        httpx.put(f"{place}/policies/{policy['policy_id']}", json={"policy_body": PERMIT}),
        httpx.delete(f"{place}/policies/{policy['policy_id']}"),
    ]

    assert [answer.status_code for answer in answers] == [409] * 4
    assert all("AgentCore" in answer.json()["detail"] for answer in answers)
    client.close()


def test_a_policy_of_one_protocol_is_unknown_to_the_other(url: str) -> None:
    made = httpx.post(f"{url}{API}/engines", json={"name": "desk"}).json()
    client = sdk(url)

    assert client.list_policy_engines()["policyEngines"] == []
    assert client.create_policy_engine(name="desk")["policyEngineId"] != made["policy_engine_id"]
    client.close()


def keyring(**aws: AwsKey) -> Keyring:
    return Keyring((Key(Principal("ops", Role.ADMIN), b"\0" * 32, None),), aws)


def test_with_keys_and_nobody_who_could_sign_the_control_plane_is_not_there(tmp_path: Path) -> None:
    options = ServerOptions(url=f"sqlite:///{tmp_path}/server.db", keyring=keyring())
    with running(build_application(options)) as url:
        assert httpx.get(f"{url}/policy-engines").status_code == 404


def test_with_keys_the_control_plane_wants_a_signature(tmp_path: Path) -> None:
    keys = keyring(AKIATEST=AwsKey(Role.ADMIN, "secret"))
    options = ServerOptions(url=f"sqlite:///{tmp_path}/server.db", keyring=keys)
    with running(build_application(options, clock=lambda: datetime.now(UTC))) as url:
        assert httpx.get(f"{url}/policy-engines").status_code == 403
        good, bad = sdk(url), sdk(url, secret="other")  # noqa: S106 - a wrong one
        assert good.list_policy_engines()["policyEngines"] == []
        with pytest.raises(ClientError) as caught:
            bad.list_policy_engines()
        for client in (good, bad):
            client.close()
    assert refused(caught.value)[:2] == (403, "InvalidSignatureException")


def test_a_proxy_of_agentcore_is_not_agentcore(tmp_path: Path) -> None:
    options = ServerOptions(
        url=f"sqlite:///{tmp_path}/x.db",
        provider=ProviderKind.AGENTCORE,
        region="eu-west-1",
        endpoint_url="http://127.0.0.1:9",
    )
    with running(build_application(options)) as url:
        assert httpx.get(f"{url}/policy-engines").status_code == 404


def test_the_proxy_passes_on_to_a_control_plane(url: str, tmp_path: Path) -> None:
    options = ServerOptions(
        url=f"sqlite:///{tmp_path}/x.db", provider=ProviderKind.AGENTCORE, region="eu-west-1", endpoint_url=url
    )
    with running(build_application(options)) as proxy:
        made: Any = httpx.post(f"{proxy}{API}/engines", json={"name": "desk"}).json()
        place = f"{proxy}{API}/engines/{made['policy_engine_id']}"
        policy = httpx.post(f"{place}/policies", json={"policy_body": PERMIT}).json()
        shown = httpx.get(f"{place}/policies/{policy['policy_id']}").json()

        assert (policy["status"], shown["status"], shown["definition"]) == ("CREATING", "ACTIVE", PERMIT)
        assert asked(url, made["policy_engine_id"], "ada") == "allow"
