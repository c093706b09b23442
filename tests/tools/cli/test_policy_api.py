"""A target behind the Policy API, from the command line: deployed to, taken over, drifting, and never telling its key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.backends.policy_api.opening import KEY, KEY_ENV, HttpOutsider, serving
from tools.backends.policy_api.original import AgentCore, Noop, World, original
from tools.cli.calling import Cli
from tools.pipeline.repositories import FORBID, SETTINGS

BY_HAND = 'permit (principal, action == App::Action::"read", resource) when { context.amount <= 7 };'


@pytest.fixture
def world() -> World:
    return World(keys={KEY: "admin"})


@pytest.fixture(params=["noop", "agentcore"])
def provider(request: pytest.FixtureRequest, world: World) -> Noop:
    return Noop(world) if request.param == "noop" else AgentCore(world)


@pytest.fixture
def url(world: World, provider: Noop) -> Iterator[str]:
    with serving(original(world, provider)) as url:
        yield url


@pytest.fixture
def gateway(shop: Cli, url: str, provider: Noop) -> Cli:
    """The repository with its target behind a server that wants a key."""
    kind = "agentcore" if isinstance(provider, AgentCore) else "noop"
    block = f"    policy_api: {{base_url: '{url}', provider: {kind}, token_env: {KEY_ENV}}}\n"
    settings = SETTINGS.replace("backend: local", "backend: policy-api")
    settings = settings.replace("    url: sqlite:///.bylaw/local.db\n", block)
    shop.commit({"bylaw.yaml": settings})
    shop.patch.setenv(KEY_ENV, KEY)
    return shop


@pytest.fixture
def console(url: str) -> Iterator[HttpOutsider]:
    console = HttpOutsider(url, {"X-Api-Key": KEY})
    yield console
    console.close()


def test_a_deployment_is_planned_applied_and_then_in_order(gateway: Cli, world: World) -> None:
    planned = gateway.ok("plan", "-o", "plan.json")
    applied = gateway.ok("apply", "plan.json")
    again = gateway.ok("plan")
    doctor = gateway.ok("doctor")

    assert "2 to create" in planned.stdout
    assert "2 changes applied and read back" in applied.stdout
    assert "no changes" in again.stdout
    assert "2 policies of ours, 0 foreign objects" in doctor.stdout
    assert len(world.all_policies()) == 2


def test_a_policy_made_by_hand_comes_under_git(gateway: Cli, world: World, console: HttpOutsider) -> None:
    gateway.ok("reconcile")
    console.add("shop", BY_HAND, "made by hand")

    gateway.ok("import", "local")
    (imported,) = Path(gateway.root, "policies/shop/imported").glob("*.cedar")
    name = f"policies/shop/imported/{imported.name}"
    gateway.commit({name: imported.read_text(encoding="utf-8")})
    gateway.ok("import", "local", "--adopt")
    gateway.ok("reconcile")
    again = gateway.ok("plan")

    assert "no changes" in again.stdout
    assert len(world.all_policies()) == 3
    (adopted,) = [policy for policy in world.all_policies() if "<= 7" in policy["definition"]]
    assert adopted["definition"].endswith(BY_HAND)
    assert adopted["definition"].startswith('@id("bylaw: 1 example/shop local shop/imported/')


def test_what_is_changed_by_hand_is_drift(gateway: Cli, world: World, console: HttpOutsider) -> None:
    gateway.ok("reconcile")
    (changed,) = [policy["policy_id"] for policy in world.all_policies() if "forbid" in policy["definition"]]
    console.edit(changed, FORBID.replace("< 1", "< 0"))

    drift = gateway.run("drift")

    assert "shop/guards/level" in drift.stdout


def test_the_key_is_nowhere_to_be_seen(gateway: Cli) -> None:
    printed = "".join(
        gateway.run(*call.split()).all
        for call in (
            "plan -o plan.json",
            "apply plan.json",
            "plan --format json",
            "drift",
            "doctor",
            "reconcile",
            "check",
        )
    )
    gateway.patch.setenv(KEY_ENV, "wrong-canary")
    refused = gateway.run("plan")

    files = [path for path in gateway.root.rglob("*") if path.is_file()]
    assert refused.code != 0
    assert f"the credential in `{KEY_ENV}` was refused" in refused.all
    assert "canary" not in printed + refused.all
    assert [path for path in files if b"canary" in path.read_bytes()] == []
