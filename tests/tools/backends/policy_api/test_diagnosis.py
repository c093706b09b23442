"""What `bylaw doctor` finds out about a server, without writing to it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.responses import JSONResponse

from bylaw.backends.diagnosis import Diagnosable, Health, Probe
from bylaw.backends.policy_api.backend import PolicyApiBackend
from tools.backends.policy_api.opening import KEY, KEY_ENV, HttpOutsider, Stopwatch, policy_api_backend
from tools.backends.policy_api.original import World
from tools.backends.policy_api.wire import answering, saying, speaking, with_body
from tools.contracts.policies import ENGINE, statement

WITH_KEY: dict[str, Any] = {"provider": "noop", "api_key_env": KEY_ENV}


def probes(backend: PolicyApiBackend) -> dict[str, Probe]:
    found = tuple(backend.diagnose())
    assert len({probe.what for probe in found}) == len(found)
    assert not [probe for probe in found if probe.health is Health.BAD and not probe.help]
    return {probe.what: probe for probe in found}


@pytest.fixture
def guarded(world: World) -> World:
    world.keys = {KEY: "admin", "reader": "reader"}
    return world


@pytest.fixture
def named(guarded: World, url: str, watch: Stopwatch) -> PolicyApiBackend:
    assert guarded.keys
    return policy_api_backend(url, watch, **WITH_KEY)


def test_a_good_target_is_good_throughout(world: World, named: PolicyApiBackend) -> None:
    named.put_schema(ENGINE, None)
    world.enforced = next(iter(world.engines))

    found = probes(named)

    assert isinstance(named, Diagnosable)
    assert {what: (probe.health, probe.message) for what, probe in found.items() if what != "clock"} == {
        "version": (Health.GOOD, "Agentic Primitives Gateway 1.3.0"),
        "credentials": (Health.GOOD, f"`{KEY_ENV}` is accepted"),
        "rights": (Health.GOOD, "policies may be changed"),
        "enforcement": (Health.GOOD, f"engine `{ENGINE}` is enforced"),
    }


def test_nothing_is_written(world: World, named: PolicyApiBackend, url: str) -> None:
    outsider = HttpOutsider(url, {"X-Api-Key": KEY})
    outsider.add(ENGINE, statement())
    before = json.dumps([world.engines, world.policies])
    world.seen.clear()

    probes(named)

    outsider.close()
    assert json.dumps([world.engines, world.policies]) == before
    assert [request.method for request in world.writes()] == ["DELETE"]


@pytest.mark.parametrize(("seconds", "health"), [(30, Health.GOOD), (-90, Health.DOUBTFUL), (86_400, Health.DOUBTFUL)])
def test_a_clock_that_is_wrong_is_told(url: str, watch: Stopwatch, seconds: float, health: Health) -> None:
    backend = policy_api_backend(url, watch, clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds), **WITH_KEY)

    found = probes(backend)["clock"]

    assert found.health is health
    assert found.message.endswith(" seconds beside the server's")


@pytest.mark.parametrize("date", ["yesterday", "", "Thu, 32 Foo 2027 00:00:00 GMT", "9" * 1000])
def test_a_date_that_is_none_is_no_clock(watch: Stopwatch, date: str) -> None:
    raw = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with speaking(saying(raw)) as url:
        backend = policy_api_backend(url, watch, **WITH_KEY)
        found = probes(backend)
        backend.close()

    assert "version" in found
    assert "clock" not in found


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"info": {"title": "Shop", "version": "2"}, "paths": {"/orders": {}}}', "Shop 2 describes no Policy API"),
        ("[]", "the server describes no Policy API"),
        ('{"info": 7, "paths": 7}', "the server describes no Policy API"),
        ("<html>", "the server does not describe itself: `read the description`: the answer is not JSON"),
    ],
)
def test_another_server_is_recognised(world: World, named: PolicyApiBackend, body: str, message: str) -> None:
    world.hook = with_body(body, "GET", "/openapi.json")

    found = probes(named)["version"]

    assert (found.health, found.message) == (Health.DOUBTFUL, message)


def test_a_key_that_is_wrong_ends_it(guarded: World, url: str, watch: Stopwatch) -> None:
    assert guarded.keys
    backend = policy_api_backend(url, watch, {KEY_ENV: "wrong"}, **WITH_KEY)

    found = probes(backend)

    assert found["credentials"].health is Health.BAD
    assert found["credentials"].message.startswith("the credential in `GATEWAY_KEY` was refused")
    assert "rights" not in found


def test_a_key_that_only_reads_is_told(guarded: World, url: str, watch: Stopwatch) -> None:
    assert guarded.keys
    backend = policy_api_backend(url, watch, {KEY_ENV: "reader"}, **WITH_KEY)

    found = probes(backend)["rights"]

    assert found.health is Health.BAD
    assert found.message == "policies cannot be changed: `delete nothing` is not permitted: Admin access required"


@pytest.mark.parametrize("options", [{"provider": "noop"}, WITH_KEY], ids=["without key", "with key"])
def test_a_server_that_lets_everybody_in_is_told(url: str, watch: Stopwatch, options: dict[str, Any]) -> None:
    found = probes(policy_api_backend(url, watch, **options))["authentication"]

    assert found.health is Health.DOUBTFUL
    assert found.message == "the server answers to everybody, so everybody may change its policies"


@pytest.mark.parametrize(
    ("status", "detail", "health"),
    [
        (404, "not found", Health.GOOD),
        (500, "KeyError: 'x'", Health.GOOD),
        (500, "ResourceNotFoundException: x", Health.GOOD),
        (500, "ParamValidationError: too short", Health.GOOD),
        (403, "no", Health.BAD),
        (500, "AccessDeniedException: no", Health.BAD),
        (500, "ExpiredTokenException: no", Health.BAD),
        (502, "bad gateway", Health.BAD),
    ],
)
def test_rights_are_told_by_what_a_harmless_write_comes_to(
    world: World, named: PolicyApiBackend, status: int, detail: str, health: Health
) -> None:
    world.hook = answering(status, detail, "DELETE")
    found = [probe for probe in named.diagnose() if probe.what == "rights"]

    assert [probe.health for probe in found] == [health]


def test_a_server_that_enforces_nothing_is_told(named: PolicyApiBackend) -> None:
    found = probes(named)["enforcement"]

    assert (found.health, found.message) == (Health.DOUBTFUL, "the server enforces nothing")


def test_a_server_that_enforces_what_is_gone_is_told(world: World, named: PolicyApiBackend) -> None:
    world.enforced = "gone"

    found = probes(named)["enforcement"]

    assert found.health is Health.BAD
    assert found.message == "the server enforces an engine that does not exist, so it denies everything"


def test_a_server_that_enforces_anothers_engine_is_told(world: World, url: str, named: PolicyApiBackend) -> None:
    outsider = HttpOutsider(url, {"X-Api-Key": KEY})
    world.enforced = outsider.engine("Somebody's")
    outsider.close()

    found = probes(named)["enforcement"]

    assert found.health is Health.DOUBTFUL
    assert found.message == "the server enforces engine `Somebody's`, which is none of this target's"


@pytest.mark.parametrize(
    ("held", "enforced", "health"),
    [
        (89, True, None),
        (90, False, Health.DOUBTFUL),
        (100, True, Health.DOUBTFUL),
        (101, False, Health.DOUBTFUL),
        (101, True, Health.BAD),
    ],
)
def test_policies_beyond_the_first_hundred_are_warned_of(
    world: World, named: PolicyApiBackend, held: int, *, enforced: bool, health: Health | None
) -> None:
    named.put_schema(ENGINE, None)
    engine = next(iter(world.engines))
    for number in range(held):
        policy = {"policy_id": f"p{number}", "policy_engine_id": engine, "definition": statement(number)}
        world.policies.setdefault(engine, {})[f"p{number}"] = policy
    world.enforced = engine if enforced else None

    found = probes(named).get("enforced quota")

    assert (None if found is None else found.health) is health
    assert found is None or f"holds {held} policies" in found.message


def test_a_listing_that_fails_is_told(world: World, named: PolicyApiBackend) -> None:
    world.hook = lambda request: JSONResponse({"detail": "no"}, 403) if request.url.path.endswith("/engines") else None

    found = probes(named)

    assert (found["engines"].health, "enforcement" in found) == (Health.BAD, False)
