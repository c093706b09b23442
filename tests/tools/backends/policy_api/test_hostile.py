"""Answers that are made to do harm, or just broken: bounded, typed, never believed, and nothing of ours goes anywhere else."""

import gzip
import json
import socket
from contextlib import closing
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bylaw.backends.interface import BackendAmbiguousError, BackendTerminalError, BackendTransientError
from bylaw.backends.policy_api import transport
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.backends.policy_api.client import PolicyApi, PolicyBody
from bylaw.model.errors import BylawError
from tools.backends.policy_api.opening import KEY, KEY_ENV, HttpOutsider, Stopwatch, policy_api
from tools.backends.policy_api.original import World
from tools.backends.policy_api.wire import Hook, saying, speaking, with_body
from tools.contracts.policies import ENGINE, desired, statement

NO_JSON: dict[str, bytes] = {
    "nothing": b"",
    "html": b"<!doctype html><title>Sign in</title>",
    "half": b'{"policies": [',
    "two": b"{} {}",
    "not a number": b'{"policies": [], "x": NaN}',
    "infinity": b'{"policies": [], "x": -Infinity}',
    "not utf-8": b'{"policies": ["\xff\xfe"]}',
    "utf-16": '{"policies": []}'.encode("utf-16"),
    "deep list": b"[" * 200_000 + b"]" * 200_000,
    "deep object": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "huge number": b'{"policies": [], "x": ' + b"9" * 10_000 + b"}",
}
POLICY: dict[str, Any] = {
    "policy_id": "p1",
    "policy_engine_id": "e1",
    "definition": statement(),
    "description": "",
    "created_at": "2027-01-01T00:00:00Z",
}
WRONG: dict[str, dict[str, Any]] = {
    "no id": {"policy_id": None},
    "empty id": {"policy_id": ""},
    "number as id": {"policy_id": 7},
    "id of control characters": {"policy_id": "a\r\nb"},
    "id that climbs": {"policy_id": ".."},
    "very long id": {"policy_id": "x" * 10_000},
    "half a surrogate as id": {"policy_id": "\ud800"},
    "no engine": {"policy_engine_id": None},
    "list as description": {"description": ["a"]},
    "object as status": {"status": {}},
    "text as reasons": {"status_reasons": "because"},
    "numbers as reasons": {"status_reasons": [1]},
    "number as mode": {"enforcement_mode": 1},
    "number as time": {"updated_at": 1},
    "text as revision": {"revision": "1"},
    "truth as revision": {"revision": True},
}
UNREADABLE: dict[str, object] = {
    "null": None,
    "number": 7,
    "list": ["permit (principal, action, resource);"],
    "empty object": {},
    "other member": {"policyGeneration": {"policyGenerationId": "x"}},
    "two members": {"cedar": {"statement": "permit (principal, action, resource);"}, "policy": {"statement": "x"}},
    "no statement": {"cedar": {}},
    "object as statement": {"cedar": {"statement": {}}},
    "half a surrogate": "permit (principal, action, resource); // \ud800",
    "half a surrogate inside": {"cedar": {"statement": "\ud800"}},
    "infinite": {"other": 1e999},
    "very long": "permit (principal, action, resource); //" + "x" * 100_000,
}


@pytest.fixture
def api(url: str, watch: Stopwatch) -> PolicyApi:
    return policy_api(url, watch)


def failure_of(action: Any) -> BylawError:
    with pytest.raises(BylawError) as failure:
        action()
    return failure.value


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_an_error(world: World, api: PolicyApi, body: bytes) -> None:
    world.hook = with_body(body, "GET")

    failure = failure_of(lambda: api.policies("e1"))

    assert type(failure) is BackendTerminalError
    assert len(failure.message) < 200


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_a_write_that_is_answered_so_has_an_unknown_fate(world: World, api: PolicyApi, body: bytes) -> None:
    world.hook = with_body(body, "POST", status=201)

    failure = failure_of(lambda: api.create_policy("e1", PolicyBody(statement(), "", None), "key"))

    assert type(failure) is BackendAmbiguousError


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_a_failure_that_explains_itself_so_is_a_failure(world: World, api: PolicyApi, body: bytes) -> None:
    world.hook = with_body(body, "POST", status=403)

    failure = failure_of(lambda: api.create_engine("shop", "", "key"))

    assert failure.message == "`create an engine` is not permitted"


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_member_of_another_type_is_an_error(world: World, api: PolicyApi, change: dict[str, Any]) -> None:
    world.hook = with_body(json.dumps({"policies": [POLICY | change], "next_token": None}), "GET")

    failure = failure_of(lambda: api.policies("e1"))

    assert type(failure) is BackendTerminalError
    assert f"`{next(iter(change))}`" in failure.message


@pytest.mark.parametrize("answer", ["[]", "7", '"text"', "null", "true"])
def test_another_type_altogether_is_an_error(world: World, api: PolicyApi, answer: str) -> None:
    world.hook = with_body(answer, "GET")

    assert type(failure_of(lambda: api.policies("e1"))) is BackendTerminalError
    assert type(failure_of(lambda: api.policy("e1", "p1"))) is BackendTerminalError
    assert type(failure_of(lambda: api.engine("e1"))) is BackendTerminalError
    assert type(failure_of(api.enforcement)) is BackendTerminalError


def test_members_that_nobody_knows_are_ignored(world: World, api: PolicyApi) -> None:
    more = {"response_metadata": {"RequestId": "x"}, "policy_arn": 7, "": None, "x" * 1000: [[[]]]}
    world.hook = with_body(json.dumps({"policies": [POLICY | more], "next_token": None, "more": 1}), "GET")

    (known,) = api.policies("e1")

    assert (known.id, known.statement, known.mode, known.status) == ("p1", statement(), None, "ACTIVE")


@pytest.mark.parametrize("definition", UNREADABLE.values(), ids=UNREADABLE)
def test_a_definition_that_nobody_can_read_is_foreign_and_never_touched(
    world: World, backend: PolicyApiBackend, outsider: HttpOutsider, definition: object
) -> None:
    ours = backend.create(ENGINE, desired("ours"), "1")
    held = outsider.add(ENGINE, statement(9), f"{desired().mark}")
    engine = outsider.engine(ENGINE)
    world.policies[engine][held]["definition"] = definition
    world.hook = _unchecked(world, engine)
    before = backend.observe()

    (foreign,) = [live for live in before.objects if live.id != ours.id]
    refused = [
        failure_of(lambda: backend.delete(foreign)),
        failure_of(lambda: backend.update(foreign, desired(), "2")),
    ]

    assert (foreign.digest, foreign.effect) == (None, None)
    assert [type(failure).__name__ for failure in refused] == ["ConflictError", "ConflictError"]
    assert world.policies[engine][held]["definition"] is definition
    assert before.digest == backend.observe().digest


def _unchecked(world: World, engine: str) -> Hook:
    """Answer as the server would, if its JSON took what was put into it."""

    def hook(request: Request) -> Response | None:
        if request.method != "GET" or "/policies" not in request.url.path:
            return None
        policies = world.policies[engine]
        is_list = request.url.path.endswith("/policies")
        listing = {"policies": list(policies.values()), "next_token": None}
        answer = listing if is_list else policies[request.url.path.rpartition("/")[2]]
        return Response(json.dumps(answer).replace("Infinity", "1e999"), 200, media_type="application/json")

    return hook


def test_an_answer_without_end_is_cut_off(world: World, api: PolicyApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER", 100_000)
    world.hook = with_body(b" " * 100_001, "GET")

    failure = failure_of(lambda: api.policies("e1"))

    assert type(failure) is BackendTerminalError
    assert failure.message == "`list policies`: the answer is larger than 100,000 bytes"


def test_an_answer_that_unpacks_to_more_is_cut_off(world: World, api: PolicyApi) -> None:
    packed = gzip.compress(b" " * (transport.MAX_ANSWER + 1))
    world.hook = lambda _: Response(packed, 200, {"Content-Encoding": "gzip"}, "application/json")

    failure = failure_of(lambda: api.policies("e1"))

    assert "is larger than" in failure.message


def test_an_answer_that_does_not_unpack_is_an_error(world: World, api: PolicyApi) -> None:
    world.hook = lambda _: Response(b"not gzip", 200, {"Content-Encoding": "gzip"}, "application/json")

    assert type(failure_of(lambda: api.policies("e1"))) is BackendTerminalError


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "zeros", "cut short", "no status", "endless header", "negative length", "broken chunks"],
)
def test_what_is_no_http_is_an_error(watch: Stopwatch, raw: bytes) -> None:
    with speaking(saying(raw)) as url, closing(policy_api(url, watch)) as api:
        read = failure_of(api.engines)
        written = failure_of(lambda: api.create_engine("shop", "", "key"))

    assert isinstance(read, BackendTransientError)
    assert isinstance(written, BackendAmbiguousError)


def test_an_answer_that_drips_does_not_hold_us_forever() -> None:
    class Hasty(Stopwatch):
        def monotonic(self) -> float:
            self.now += 10
            return self.now

    def drip(connected: socket.socket) -> None:
        connected.recv(9999)
        connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n          ")

    with speaking(drip) as url, closing(policy_api(url, Hasty(), timeout_seconds=1)) as api:
        failure = failure_of(api.engines)

    assert failure.message == "the answer to `list engines` never came (ReadTimeout)"
    assert isinstance(failure, BackendTransientError)


def test_an_id_of_any_characters_is_one_segment_of_the_path(world: World, backend: PolicyApiBackend) -> None:
    backend.put_schema(ENGINE, None)
    world.seen.clear()

    for odd in ("../../engines", "a/b?c=d#e", "a b", "%2F", "Grüße", "a\r\nX-Injected: 1", "..", ".", "", "x" * 10_000):
        assert backend.read(ENGINE, odd) is None

    assert all("/policies/" in request.path for request in world.seen)
    assert not [request for request in world.seen if request.query or "x-injected" in request.headers]


def test_an_engine_whose_id_is_a_path_stays_inside(world: World, api: PolicyApi) -> None:
    failure_of(lambda: api.policies("../../../admin?x="))

    assert world.seen[0].path.startswith("/api/v1/policy/engines/")


def test_another_policy_than_was_asked_for_is_an_error(
    world: World, backend: PolicyApiBackend, outsider: HttpOutsider
) -> None:
    first = backend.create(ENGINE, desired(), "1")
    other = world.policies[outsider.engine(ENGINE)][outsider.add(ENGINE, statement(9))]
    world.hook = with_body(json.dumps(other), "GET", f"/policies/{first.id}")

    assert type(failure_of(lambda: backend.read(ENGINE, first.id))) is BackendTerminalError
    assert type(failure_of(lambda: backend.delete(first))) is BackendTerminalError
    assert len(world.all_policies()) == 2


def test_cookies_and_redirects_take_the_key_nowhere(world: World, url: str, watch: Stopwatch) -> None:
    def elsewhere(_: Request) -> Response:
        return Response(b"", 302, {"Location": "/api/v1/policy/elsewhere", "Set-Cookie": "a=b"})

    api = policy_api(url, watch, {KEY_ENV: KEY}, token_env=KEY_ENV)
    world.hook = elsewhere

    failure_of(api.engines)

    assert [request.path for request in world.seen] == ["/api/v1/policy/engines"]


@pytest.mark.parametrize(
    ("etag", "sent"),
    [
        ('"abc"', '"abc"'),
        ('""', '""'),
        ('W/"abc"', None),
        ("abc", None),
        ('"a"b"', None),
        ('"a b"', None),
        ('"' + "x" * 300 + '"', None),
        ('"é"', None),
        ("*", None),
    ],
)
def test_only_a_strong_validator_is_sent_back(
    world: World, backend: PolicyApiBackend, etag: str, sent: str | None
) -> None:
    created = backend.create(ENGINE, desired(), "1")

    def after(request: Request, response: Response) -> Response:
        if request.method == "GET":
            response.raw_headers.append((b"etag", etag.encode("latin-1")))
        return response

    world.after = after

    backend.delete(created)

    assert world.writes()[-1].headers.get("if-match") == sent
