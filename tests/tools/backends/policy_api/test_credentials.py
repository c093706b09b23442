"""Credentials: from named variables into headers, and from there nowhere else."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.policy_api.credentials import MAX_SECRET
from bylaw.model.errors import BylawError, UsageError
from tools.backends.policy_api.opening import KEY, KEY_ENV, Stopwatch, policy_api, policy_api_backend
from tools.backends.policy_api.original import World
from tools.contracts.policies import ENGINE, desired

AWS = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARYCANA",
    "AWS_SECRET_ACCESS_KEY": "canary/secret/canary/secret/canary/secret",
    "AWS_SESSION_TOKEN": "canary-session-token-canary",
}
SECRETS = (KEY, *AWS.values())
WITH_TOKEN: dict[str, Any] = {"token_env": KEY_ENV}
WITH_KEY: dict[str, Any] = {"api_key_env": KEY_ENV}
WITH_AWS: dict[str, Any] = {"provider": "agentcore", "token_env": KEY_ENV, "aws_env": {"region": "eu-west-1"}}


@pytest.fixture
def guarded(world: World) -> World:
    world.keys = {KEY: "admin", "reader": "reader"}
    return world


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [(WITH_TOKEN, "authorization", f"Bearer {KEY}"), (WITH_KEY, "x-api-key", KEY)],
    ids=["token", "key"],
)
def test_a_credential_is_sent_in_its_header(
    guarded: World, url: str, watch: Stopwatch, options: dict[str, Any], header: str, value: str
) -> None:
    backend = policy_api_backend(url, watch, provider="noop", **options)

    backend.create(ENGINE, desired(), "1")

    assert {request.headers.get(header) for request in guarded.seen} == {value}


def test_aws_credentials_are_sent_along(world: World, url: str, watch: Stopwatch) -> None:
    api = policy_api(url, watch, {KEY_ENV: KEY, **AWS}, **WITH_AWS)

    api.engines()

    sent = world.seen[0].headers
    assert [sent[f"x-aws-{name}"] for name in ("access-key-id", "secret-access-key", "session-token", "region")] == [
        *AWS.values(),
        "eu-west-1",
    ]


def test_a_session_token_is_no_must(world: World, url: str, watch: Stopwatch) -> None:
    environment = {KEY_ENV: KEY, **AWS, "AWS_SESSION_TOKEN": ""}

    policy_api(url, watch, environment, **WITH_AWS).engines()

    assert "x-aws-session-token" not in world.seen[0].headers


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(value: str | None) -> None:
    environment = {} if value is None else {KEY_ENV: value}

    with pytest.raises(UsageError) as refusal:
        policy_api_backend("https://gateway.example.com", environment=environment, token_env=KEY_ENV)

    assert refusal.value.message == f"this target logs in with `{KEY_ENV}`, which is not set"


@pytest.mark.parametrize(
    "value",
    [
        f"{KEY}\n",
        f"{KEY}\r\nX-Injected: 1",
        f"{KEY} two words",
        f"\t{KEY}",
        f"{KEY}\0",
        f"{KEY}\x7f",
        f"{KEY}é",
        f"{KEY}\udc80",
        KEY + "x" * MAX_SECRET,
    ],
    ids=["line end", "another header", "blank", "tab", "null", "delete", "not ascii", "not text", "very long"],
)
@pytest.mark.parametrize("options", [WITH_TOKEN, WITH_KEY], ids=["token", "key"])
def test_what_no_header_takes_is_refused_without_showing_it(options: dict[str, Any], value: str) -> None:
    with pytest.raises(UsageError) as refusal:
        policy_api_backend("https://gateway.example.com", environment={KEY_ENV: value}, **options)

    assert KEY_ENV in refusal.value.message
    assert "canary" not in f"{refusal.value.message} {refusal.value.help}"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("wrong", "the credential in `GATEWAY_KEY` was refused: Invalid or missing credentials"),
        ("reader", "`create an engine` is not permitted: Admin access required"),
    ],
)
def test_what_is_wrong_with_a_credential_is_told(
    guarded: World, url: str, watch: Stopwatch, key: str, told: str
) -> None:
    backend = policy_api_backend(url, watch, {KEY_ENV: key}, provider="noop", **WITH_TOKEN)

    with pytest.raises(BackendTerminalError) as failure:
        backend.create(ENGINE, desired(), "1")

    assert failure.value.message == told
    assert failure.value.help
    assert guarded.engines == {}


def test_a_server_that_wants_a_credential_is_told_apart(guarded: World, url: str, watch: Stopwatch) -> None:
    backend = policy_api_backend(url, watch, provider="noop")

    with pytest.raises(BackendTerminalError) as failure:
        backend.observe()

    assert failure.value.message == "the server wants a credential for `list engines`: Invalid or missing credentials"
    assert failure.value.help == "name its variable with `token_env` or `api_key_env`"
    assert len(guarded.seen) == 1


def _shown(error: BylawError) -> str:
    chain: list[BaseException | None] = [
        error,
        error.__cause__,
        None if error.__suppress_context__ else error.__context__,
    ]
    return " ".join(f"{link!r} {vars(link)}" for link in chain if link is not None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 429, 500, 501, 503])
@pytest.mark.parametrize("as_list", [False, True], ids=["text", "list"])
def test_a_server_that_repeats_secrets_does_not_show_them(
    world: World, url: str, watch: Stopwatch, status: int, *, as_list: bool
) -> None:
    def repeat(request: Request) -> Response:
        told = " ".join(f"{name}={value}" for name, value in request.headers.items() if "canary" in value.lower())
        faults = [{"loc": ["header", "x" * length + told], "msg": told} for length in (0, 20, 40)]
        return JSONResponse({"detail": faults if as_list else told}, status)

    world.hook = repeat
    api = policy_api(url, watch, {KEY_ENV: KEY, **AWS}, **WITH_AWS)
    attempts: list[Callable[[], object]] = [api.engines, lambda: api.create_engine("shop", "", "key")]
    told = ""
    for attempt in attempts:
        with pytest.raises(BylawError) as failure:
            attempt()
        told += _shown(failure.value)

    assert [part for secret in SECRETS if (part := secret[:8]) in told] == []
    assert "***" in told


def test_nothing_shows_secrets_when_it_is_printed(
    world: World, url: str, watch: Stopwatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = policy_api(url, watch, {KEY_ENV: KEY, **AWS}, **WITH_AWS)
    api.engines()

    transport = api.transport
    held = [api, transport, *vars(transport).values(), transport._failures.credentials]
    shown = " ".join(f"{thing!r} {thing}" for thing in held) + caplog.text

    assert world.seen
    assert [secret for secret in SECRETS if secret in shown] == []


def test_requests_are_numbered_and_belong_together(world: World, url: str, watch: Stopwatch) -> None:
    backend = policy_api_backend(url, watch, provider="noop")

    backend.create(ENGINE, desired(), "1")

    numbers = [request.headers["x-request-id"] for request in world.seen]
    assert len(set(numbers)) == len(numbers)
    assert len({request.headers["x-correlation-id"] for request in world.seen}) == 1


def test_the_environment_of_the_process_is_not_looked_at(
    world: World, url: str, watch: Stopwatch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert policy_api(url, watch).engines() == ()

    assert "authorization" not in world.seen[0].headers
