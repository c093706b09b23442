"""Who may do what, and what a hostile caller can send."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import httpx
import pytest

from bylaw.backends.local.store import open_store
from bylaw.server.application import build_application
from bylaw.server.keys import Key, Keyring, Principal, Role
from bylaw.server.options import ServerOptions
from tools.fakes.clock import EPOCH, FixedClock
from tools.server.policy_api.client import BASE, PERMIT, Api, question
from tools.server.serving import running

ADMIN, READER, EXPIRED = "admin-key", "reader-key", "expired-key"
WRONG = {"Authorization": "Bearer wrong"}


def key(text: str, role: Role, minutes: int | None = None) -> Key:
    expires = None if minutes is None else EPOCH + timedelta(minutes=minutes)
    return Key(Principal(text.removesuffix("-key"), role), sha256(text.encode()).digest(), expires)


@pytest.fixture
def locked(sqlite: str) -> Iterator[Api]:
    keyring = Keyring((key(ADMIN, Role.ADMIN), key(READER, Role.READER, 5), key(EXPIRED, Role.ADMIN, -5)))
    app = build_application(ServerOptions(url=sqlite, keyring=keyring), FixedClock())
    with running(app) as url, httpx.Client(base_url=url) as http:
        yield Api(http)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


LET_IN = {
    "bearer": bearer(READER),
    "a scheme in lower case": {"Authorization": f"bearer {READER}"},
    "X-Api-Key": {"X-Api-Key": READER},
    "X-Api-Key beside another scheme": {"Authorization": "Basic dTpw", "X-Api-Key": READER},
    "bearer beside a wrong X-Api-Key": {**bearer(READER), "X-Api-Key": "wrong"},
}


@pytest.mark.parametrize("how", LET_IN)
def test_a_reader_may_read_and_ask(locked: Api, how: str) -> None:
    assert locked.call("GET", "/engines", headers=LET_IN[how]).status_code == 200
    assert locked.call("POST", "/authorize", question(engine_id="nix"), headers=LET_IN[how]).status_code == 404


KEPT_OUT = {
    "nothing": {},
    "a wrong key": WRONG,
    "an expired key": bearer(EXPIRED),
    "a very long key": bearer("x" * 20_000),
    "a very long other key": {"X-Api-Key": "x" * 20_000},
    "the digest of a key": bearer(sha256(ADMIN.encode()).hexdigest()),
    "an empty bearer": {"Authorization": "Bearer"},
    "a wrong bearer beside a right X-Api-Key": {**WRONG, "X-Api-Key": ADMIN},
    "another scheme": {"Authorization": f"Basic {ADMIN}"},
    "a key with more behind it": bearer(f"{ADMIN}, {ADMIN}"),
    "no ASCII": {"Authorization": b"Bearer \xff\xfe".decode("latin-1")},
}


@pytest.mark.parametrize("how", KEPT_OUT)
@pytest.mark.parametrize("path", ["/engines", "/authorize", "/nix", "/enforcement"])
def test_who_has_no_key_gets_nowhere(locked: Api, how: str, path: str) -> None:
    headers = {name.encode(): value.encode("latin-1") for name, value in KEPT_OUT[how].items()}
    answer = locked.http.post(f"{BASE}{path}", json={}, headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid or missing credentials"})
    assert answer.headers["www-authenticate"] == "Bearer"


def test_two_keys_at_once_are_none(locked: Api) -> None:
    twice = [("Authorization", f"Bearer {ADMIN}"), ("Authorization", f"Bearer {ADMIN}")]

    assert locked.http.get(f"{BASE}/engines", headers=twice).status_code == 401


def test_a_reader_changes_nothing(locked: Api) -> None:
    engine = str(locked.ok("POST", "/engines", {"name": "shop"}, headers=bearer(ADMIN))["policy_engine_id"])
    policies = f"/engines/{engine}/policies"
    policy = locked.ok("POST", policies, {"policy_body": PERMIT}, headers=bearer(ADMIN))["policy_id"]
    before = locked.ok("GET", policies, headers=bearer(READER))

    for method, path, body in (
        ("POST", "/engines", {"name": "other"}),
        ("DELETE", f"/engines/{engine}?cascade=true", None),
        ("POST", policies, {"policy_body": PERMIT}),
        ("PUT", f"{policies}/{policy}", {"policy_body": PERMIT}),
        ("DELETE", f"{policies}/{policy}", None),
        ("POST", f"/engines/{engine}/generations", {"config": {}}),
    ):
        refused = locked.call(method, path, body, headers=bearer(READER))
        assert (refused.status_code, refused.json()) == (403, {"detail": "Admin access required"})
    assert locked.ok("GET", policies, headers=bearer(READER)) == before


def test_a_body_is_looked_at_before_the_role(locked: Api) -> None:
    assert locked.call("POST", "/engines", {"nome": "x"}, headers=bearer(READER)).status_code == 422


def test_the_trail_says_who_did_it_as_part_of_what(locked: Api, sqlite: str) -> None:
    headers = {**bearer(ADMIN), "X-Correlation-Id": "plan-7"}
    locked.ok("POST", "/engines", {"name": "shop"}, headers=headers)

    store = open_store(sqlite, FixedClock())
    with store.reading() as reader:
        (entry,) = reader.audit().items
    store.close()
    assert (entry.actor, entry.run) == ("admin", "plan-7")


def test_the_description_is_open_to_all(locked: Api) -> None:
    assert locked.http.get("/openapi.json").json()["security"] == [{"bearer": []}, {"key": []}]


def test_ids_are_echoed_on_every_answer(locked: Api) -> None:
    ids = {"X-Request-Id": "r-1", "X-Correlation-Id": "plan/7"}
    for path in ("/engines", "/nix", "/authorize"):
        answer = locked.call("GET", path, headers=ids)
        assert (answer.headers["x-request-id"], answer.headers["x-correlation-id"]) == ("r-1", "plan/7")


@pytest.mark.parametrize("bad", ["x" * 129, "a b", "<script>", "é", ""])
def test_ids_that_could_harm_are_replaced(locked: Api, bad: str) -> None:
    answer = locked.http.get(f"{BASE}/engines", headers={b"X-Request-Id": bad.encode("latin-1")})

    assert answer.headers["x-request-id"] not in {"", bad}
    assert answer.headers["x-correlation-id"] == answer.headers["x-request-id"]


def exchange(base: str, sent: bytes) -> bytes:
    """Send bytes, and give all that comes back before the other side closes or falls silent."""
    place = urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def test_a_line_break_cannot_be_smuggled_into_a_header(locked: Api) -> None:
    sent = b"GET /api/v1/policy/engines HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a\nSet-Cookie: x=1\r\n\r\n"
    answer = exchange(str(locked.http.base_url), sent)

    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401"))
    assert b"set-cookie" not in answer.lower()


def test_a_large_body_is_refused_however_it_comes(api: Api) -> None:
    at_once = api.call("POST", "/engines", content=b"x" * 300_000, headers={"Content-Type": "application/json"})
    piecewise = api.call("POST", "/engines", content=iter([b"x" * 1000] * 300))

    assert (at_once.status_code, piecewise.status_code) == (413, 413)
    assert api.call("GET", "/engines").status_code == 200


def test_large_headers_are_refused(api: Api) -> None:
    assert api.call("GET", "/engines", headers={"X-Filler": "x" * 40_000}).status_code == 431


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", ""])
def test_without_keys_only_loopback_names_are_answered(api: Api, host: str) -> None:
    assert api.call("GET", "/engines", headers={"Host": host}).status_code == 400
