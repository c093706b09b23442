"""The backend and `bylaw serve` together: keys, modes, validators, and the reconciler on top."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from bylaw.backends.diagnosis import Health
from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.backends.policy_api.client import PolicyBody
from bylaw.backends.policy_api.failures import RefusedError
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from bylaw.model.exit_codes import ExitCode
from bylaw.server.application import build_application
from bylaw.server.keys import Key, Keyring, Principal, Role
from bylaw.server.options import ServerOptions
from tools.backends.policy_api.opening import KEY, KEY_ENV, Stopwatch, policy_api, policy_api_backend, serving
from tools.contracts.policies import ENGINE, desired, statement
from tools.reconcile.world import Wanted, World, forbid, permit, staged

WANTED: dict[str, Wanted] = {"allow": permit(), "deny": forbid(), "soak": staged(permit("soak"))}
AFTER: dict[str, Wanted] = {
    "allow": permit("bob"),
    "deny": permit("eve"),
    "soak": permit("soak"),
    "new": staged(forbid("new")),
}
READER = "canary-reader-canary"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    keys = (_key("ci", Role.ADMIN, KEY), _key("look", Role.READER, READER))
    options = ServerOptions(f"sqlite:///{tmp_path}/bylaw.db", Keyring(keys))
    with serving(build_application(options)) as url:
        yield url


def _key(name: str, role: Role, key: str) -> Key:
    return Key(Principal(name, role), sha256(key.encode()).digest(), None)


@pytest.fixture
def backend(url: str, watch: Stopwatch) -> PolicyApiBackend:
    return policy_api_backend(url, watch, token_env=KEY_ENV)


@pytest.fixture
def target(backend: PolicyApiBackend) -> World:
    target = World()
    target.backend = backend
    return target


def held(target: World) -> dict[str, tuple[str, Mode]]:
    objects = target.backend.observe().objects
    return {str(live.mark.ref.policy): (live.text, live.mode) for live in objects if live.mark}


def test_changes_and_promotions_arrive(target: World) -> None:
    target.commit(WANTED)
    first = target.apply()
    target.commit(AFTER)
    second = target.apply()

    assert (first.problems, first.exit_code, second.problems, second.exit_code) == ((), ExitCode.OK, (), ExitCode.OK)
    assert held(target) == {
        "allow": (permit("bob"), Mode.ACTIVE),
        "deny": (permit("eve"), Mode.ACTIVE),
        "soak": (permit("soak"), Mode.ACTIVE),
        "new": (forbid("new"), Mode.LOG_ONLY),
    }
    assert target.plan().is_empty


def test_a_key_that_only_reads_plans_and_does_not_write(url: str, backend: PolicyApiBackend) -> None:
    backend.create(ENGINE, desired(), "1")
    reader = policy_api_backend(url, Stopwatch(), {KEY_ENV: READER}, token_env=KEY_ENV)

    assert len(reader.observe().objects) == 1
    with pytest.raises(BackendTerminalError, match="is not permitted"):
        reader.create(ENGINE, desired("two", statement(2)), "2")
    assert {probe.what: probe.health for probe in reader.diagnose()}["rights"] is Health.BAD


@pytest.mark.parametrize("key", ["wrong", "x" * 8000])
def test_another_key_sees_nothing(url: str, key: str) -> None:
    stranger = policy_api_backend(url, Stopwatch(), {KEY_ENV: key}, token_env=KEY_ENV)

    with pytest.raises(BackendTerminalError, match=f"the credential in `{KEY_ENV}` was refused"):
        stranger.observe()


def test_it_is_healthy_to_the_doctor(backend: PolicyApiBackend) -> None:
    backend.put_schema(ENGINE, None)

    probes = {probe.what: probe for probe in backend.diagnose()}

    assert "enforced quota" not in probes
    assert probes["version"].message.startswith("bylaw Policy API ")
    assert probes["enforcement"].message == "the server decides by the engine that a request names"
    assert {probe.health for what, probe in probes.items() if what != "clock"} == {Health.GOOD}


def test_a_change_between_reading_and_writing_is_a_conflict(url: str, backend: PolicyApiBackend) -> None:
    created = backend.create(ENGINE, desired(), "1")
    api = policy_api(url, Stopwatch(), token_env=KEY_ENV)
    (engine,) = api.engines()
    record, etag = api.policy(engine.id, created.id)
    assert etag is not None
    api.update_policy(record, PolicyBody(statement(2), None, None), etag)

    with pytest.raises(ConflictError):
        api.update_policy(record, PolicyBody(statement(3), None, None), etag)
    with pytest.raises(ConflictError):
        api.delete_policy(record, etag)

    assert api.policy(engine.id, created.id)[0].statement == statement(2)


def test_a_repeated_request_is_recognised_by_its_key(url: str) -> None:
    api = policy_api(url, Stopwatch(), token_env=KEY_ENV)
    engine = api.create_engine(ENGINE, "", "engine-key")
    body = PolicyBody(statement(), "words", None)

    first = api.create_policy(engine.id, body, "policy-key")
    again = api.create_policy(engine.id, body, "policy-key")

    assert api.create_engine(ENGINE, "", "engine-key") == engine
    assert again == first
    assert api.policies(engine.id) == (first,)


def test_what_is_no_cedar_is_refused_with_its_place(url: str) -> None:
    api = policy_api(url, Stopwatch(), token_env=KEY_ENV)
    engine = api.create_engine(ENGINE, "", "engine-key")

    with pytest.raises(RefusedError) as failure:
        api.create_policy(engine.id, PolicyBody("permit (principal, action, resource", "", None), "key")

    assert "body.policy_body: " in failure.value.message


def test_it_has_no_generations(backend: PolicyApiBackend) -> None:
    backend.put_schema(ENGINE, None)

    assert not backend.generations.are_supported(ENGINE)
