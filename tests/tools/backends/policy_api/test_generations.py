"""Generations: with AgentCore behind the server they work, elsewhere it says that it has none."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bylaw.backends.interface import BackendAmbiguousError, BackendTerminalError
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.backends.policy_api.failures import MissingError, RefusedError, UnsupportedError
from bylaw.backends.policy_api.generations import Asset, Generation, GenerationRequest
from bylaw.model.errors import UsageError
from tools.backends.policy_api.opening import policy_api_backend, serving
from tools.backends.policy_api.original import NO_GENERATIONS, AgentCore, World, original
from tools.backends.policy_api.wire import answering, with_body
from tools.contracts.policies import ENGINE

GATEWAY = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/shop-abcdefghij"
REQUEST = GenerationRequest("cap", GATEWAY, "nobody refunds more than 500")
ASSET: dict[str, Any] = {
    "asset_id": "",
    "policy_generation_id": "",
    "content": "",
    "policy_generation_asset_id": "asset-1",
    "raw_text_fragment": "nobody refunds more than 500",
    "definition": {"cedar": {"statement": "permit (principal, action, resource);"}},
    "findings": [{"type": "ALLOW_ALL", "description": "it allows\neverything"}, "text"],
}


@pytest.fixture
def provider(world: World) -> AgentCore:
    provider = AgentCore(world)
    provider.assets = [ASSET]
    return provider


@pytest.fixture
def agentcore(world: World, provider: AgentCore) -> Iterator[PolicyApiBackend]:
    with serving(original(world, provider)) as url:
        backend = policy_api_backend(url, provider="agentcore")
        backend.put_schema(ENGINE, None)
        yield backend


def test_a_generation_is_started_and_followed(agentcore: PolicyApiBackend, provider: AgentCore) -> None:
    started = agentcore.generations.start(ENGINE, REQUEST)
    provider.made[started.id] |= {"status": "GENERATED", "findings": "one\nfinding"}
    read = agentcore.generations.read(ENGINE, started.id)

    assert started == Generation(started.id, ENGINE, "cap", "GENERATING", (), "")
    assert read == Generation(started.id, ENGINE, "cap", "GENERATED", (), "one finding")
    assert agentcore.generations.listed(ENGINE) == (read,)


def test_the_request_is_in_agentcores_own_words(agentcore: PolicyApiBackend, world: World) -> None:
    agentcore.generations.start(ENGINE, REQUEST)

    assert json.loads(world.writes()[-1].body) == {
        "config": {"name": "cap", "resource": {"arn": GATEWAY}, "content": {"rawText": REQUEST.words}}
    }


def test_the_assets_are_read_from_where_agentcore_puts_them(agentcore: PolicyApiBackend) -> None:
    started = agentcore.generations.start(ENGINE, REQUEST)

    (asset,) = agentcore.generations.assets(ENGINE, started.id)

    assert asset == Asset(
        "asset-1",
        "nobody refunds more than 500",
        "permit (principal, action, resource);",
        ("ALLOW_ALL: it allows everything", "text"),
    )


@pytest.mark.parametrize(
    ("change", "statement"),
    [
        ({"definition": "permit (principal, action, resource);"}, "permit (principal, action, resource);"),
        (
            {"definition": None, "content": "forbid (principal, action, resource);"},
            "forbid (principal, action, resource);",
        ),
        ({"definition": {"policy": {"statement": "x"}}}, "x"),
        ({"definition": {"policy": {}}}, None),
        ({"definition": {"a": {}, "b": {}}}, None),
        ({"definition": 7}, None),
        ({"definition": None}, None),
    ],
)
def test_a_proposal_is_read_from_any_shape(
    agentcore: PolicyApiBackend, provider: AgentCore, change: dict[str, Any], statement: str | None
) -> None:
    provider.assets = [ASSET | change]
    started = agentcore.generations.start(ENGINE, REQUEST)

    assert [asset.statement for asset in agentcore.generations.assets(ENGINE, started.id)] == [statement]


def test_a_server_without_generations_is_no_failing_server(backend: PolicyApiBackend) -> None:
    backend.put_schema(ENGINE, None)
    generations = backend.generations
    calls: list[Callable[[], object]] = [
        lambda: generations.start(ENGINE, REQUEST),
        lambda: generations.listed(ENGINE),
        lambda: generations.read(ENGINE, "g1"),
        lambda: generations.assets(ENGINE, "g1"),
    ]

    for call in calls:
        with pytest.raises(UnsupportedError, match=NO_GENERATIONS):
            call()

    assert not generations.are_supported(ENGINE)


def test_one_with_generations_says_so(agentcore: PolicyApiBackend) -> None:
    assert agentcore.generations.are_supported(ENGINE)


def test_an_unknown_generation_is_missing(agentcore: PolicyApiBackend) -> None:
    with pytest.raises(MissingError):
        agentcore.generations.read(ENGINE, "no-such-generation")


@pytest.mark.parametrize("odd", ["..", "", "a\nb", "x" * 300])
def test_what_is_no_id_is_not_asked_for(agentcore: PolicyApiBackend, odd: str) -> None:
    with pytest.raises(UsageError):
        agentcore.generations.read(ENGINE, odd)


def test_an_unknown_engine_is_named(backend: PolicyApiBackend) -> None:
    with pytest.raises(UsageError, match="there is no engine `refunds`"):
        backend.generations.listed(ENGINE)


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [(502, "x", BackendAmbiguousError), (422, [], RefusedError), (403, "no", BackendTerminalError)],
)
def test_starting_is_a_write(
    agentcore: PolicyApiBackend, world: World, status: int, detail: object, expected: type[Exception]
) -> None:
    world.hook = answering(status, detail, "POST", "/generations")

    with pytest.raises(expected):
        agentcore.generations.start(ENGINE, REQUEST)


@pytest.mark.parametrize(
    "generation",
    [7, {}, {"policy_generation_id": ".."}, {"policy_generation_id": "g", "findings": 7},
     {"policy_generation_id": "g", "status_reasons": "x"}, {"policy_generation_id": "g", "status": []}],
    ids=str,
)  # fmt: skip
def test_another_shape_is_an_error(agentcore: PolicyApiBackend, world: World, generation: object) -> None:
    world.hook = with_body(json.dumps({"policy_generations": [generation], "next_token": None}), "GET", "/generations")

    with pytest.raises(BackendTerminalError):
        agentcore.generations.listed(ENGINE)
