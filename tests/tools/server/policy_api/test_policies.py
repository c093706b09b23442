"""Policies over HTTP, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest

from bylaw.backends.local.store import open_store
from tools.fakes.clock import FixedClock
from tools.server.policy_api.client import FORBID, FORBID_ALL, PERMIT, Api, question


def pages(api: Api, path: str, member: str, size: int) -> Iterator[list[Any]]:
    token: str | None = None
    while True:
        more = {} if token is None else {"next_token": token}
        page = api.ok("GET", path, params={"max_results": size, **more})
        yield page[member]
        token = page["next_token"]
        if token is None:
            return


def test_a_policy_is_what_was_asked_for(either: Api) -> None:
    engine = either.engine()
    made = either.ok("POST", f"/engines/{engine}/policies", {"policy_body": PERMIT, "description": "d", "name": "n"})

    assert (made["definition"], made["description"], made["name"]) == (PERMIT, "d", "n")
    assert (made["status"], made["enforcement_mode"], made["version"]) == ("ACTIVE", "ACTIVE", 1)
    assert either.ok("GET", f"/engines/{engine}/policies/{made['policy_id']}") == made


def test_an_update_keeps_what_it_does_not_name_and_every_version(either: Api, url: str) -> None:
    engine = either.engine()
    policy = either.policy(engine, PERMIT, description="first", name="ours")

    changed = either.ok("PUT", f"/engines/{engine}/policies/{policy}", {"policy_body": FORBID})

    assert (changed["definition"], changed["description"], changed["name"]) == (FORBID, "first", "ours")
    assert (changed["version"], changed["revision"]) == (2, 2)
    store = open_store(url, FixedClock())
    with store.reading() as reader:
        assert [version.text for version in reader.versions(policy)] == [PERMIT, FORBID]
        assert {entry.actor for entry in reader.audit(policy_id=policy).items} == {"noop"}
    store.close()


def test_an_empty_description_clears_and_null_keeps(either: Api) -> None:
    engine = either.engine()
    policy = either.policy(engine, description="first")
    path = f"/engines/{engine}/policies/{policy}"

    assert either.ok("PUT", path, {"policy_body": PERMIT, "description": None})["description"] == "first"
    assert either.ok("PUT", path, {"policy_body": PERMIT, "description": ""})["description"] == ""


def test_only_who_has_seen_the_present_state_may_change_it(either: Api) -> None:
    engine = either.engine()
    path = f"/engines/{engine}/policies/{either.policy(engine)}"
    seen = either.call("GET", path).headers["etag"]
    newer = either.call("PUT", path, {"policy_body": FORBID}, headers={"If-Match": seen}).headers["etag"]

    late = either.call("PUT", path, {"policy_body": PERMIT}, headers={"If-Match": seen})
    weak = either.call("DELETE", path, headers={"If-Match": f"W/{newer}"})
    good = either.call("DELETE", path, headers={"If-Match": f'"other", {newer}'})

    assert (late.status_code, weak.status_code, good.status_code) == (412, 412, 204)
    assert either.call("DELETE", path, headers={"If-Match": "*"}).status_code == 412
    assert either.call("DELETE", path).status_code == 204


def test_a_name_is_taken_once_in_an_engine(either: Api) -> None:
    engine, other = either.engine("one"), either.engine("two")
    either.policy(engine, name="ours")
    either.policy(other, name="ours")

    refused = either.call("POST", f"/engines/{engine}/policies", {"policy_body": FORBID, "name": "ours"})

    assert refused.status_code == 409


def test_a_repeated_create_answers_the_same_policy(either: Api) -> None:
    engine, key = either.engine(), {"Idempotency-Key": "one"}
    path, wanted = f"/engines/{engine}/policies", {"policy_body": PERMIT}
    first = either.ok("POST", path, wanted, headers=key)

    assert either.ok("POST", path, wanted, headers=key) == first
    assert len(either.ok("GET", path)["policies"]) == 1

    other = either.call("POST", path, {"policy_body": FORBID}, headers=key)
    assert (other.status_code, other.json()["detail"][0]["type"]) == (422, "idempotency_mismatch")


REFUSED = {
    "no Cedar": ("let everybody in", "cedar_parse"),
    "empty": ("", "cedar_parse"),
    "only a comment": ("// nothing", "cedar_parse"),
    "two statements": (PERMIT + FORBID, "cedar_multiple_statements"),
    "a template": ("permit(principal == ?principal, action, resource);", "cedar_template"),
    "a misspelt mode": ('@enforcement("logonly") ' + PERMIT, "cedar_annotation"),
    "too many bytes": (f"// {'é' * 6000}\n{PERMIT}", "string_too_long"),
    "too deep": (f"permit(principal, action, resource) when {{ {'(' * 3000}1{')' * 3000} }};", "cedar_parse"),
    "a null character": (PERMIT + "\0", "value_error"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_body_has_to_be_one_cedar_statement(api: Api, what: str) -> None:
    body, kind = REFUSED[what]
    engine = api.engine()

    for method, path in (("POST", "policies"), ("PUT", f"policies/{api.policy(engine)}")):
        answer = api.call(method, f"/engines/{engine}/{path}", {"policy_body": body})
        assert answer.status_code == 422
        assert [(entry["type"], entry["loc"]) for entry in answer.json()["detail"]] == [(kind, ["body", "policy_body"])]
    assert [policy["definition"] for policy in api.ok("GET", f"/engines/{engine}/policies")["policies"]] == [PERMIT]


UNREADABLE = {
    "half of a surrogate pair": rb'{"policy_body": "\ud800"}',
    "no number": b'{"policy_body": NaN}',
    "a large number": b'{"policy_body": ' + b"9" * 5000 + b"}",
    "deep": b'{"policy_body": ' + b"[" * 20000 + b"]" * 20000 + b"}",
    "no UTF-8": b'{"policy_body": "\xff"}',
    "no JSON": b"policy_body",
    "a list": b"[]",
    "an unknown member": b'{"policy_body": "", "polcy_name": 1}',
    "a null description": b'{"policy_body": "", "description": null}',
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_body_that_cannot_be_read_is_refused(api: Api, what: str) -> None:
    path, kind = f"/engines/{api.engine()}/policies", {"Content-Type": "application/json"}

    answer = api.call("POST", path, content=UNREADABLE[what], headers=kind)

    assert answer.status_code in {400, 422}
    assert answer.json()["detail"]


def test_a_body_of_another_type_is_refused(api: Api) -> None:
    answer = api.call("POST", "/engines", content=b'{"name": "x"}', headers={"Content-Type": "text/plain"})

    assert answer.status_code == 422


def test_a_policy_that_only_logs_is_told_and_does_not_decide(either: Api) -> None:
    engine = either.engine()
    permit = either.policy(engine, PERMIT)
    by_member = either.policy(engine, FORBID_ALL, enforcement_mode="LOG_ONLY")
    by_annotation = either.policy(engine, '@enforcement("log_only") permit(principal, action, resource);')

    answer = either.decide(engine)

    assert (answer["decision"], answer["determining"]) == ("allow", [permit])
    assert {(entry["policy_id"], entry["effect"]) for entry in answer["log_only"]} == {
        (by_member, "forbid"),
        (by_annotation, "permit"),
    }

    either.ok(
        "PUT",
        f"/engines/{engine}/policies/{by_member}",
        {"policy_body": FORBID_ALL, "enforcement_mode": "ACTIVE"},
    )
    assert (either.decide(engine)["decision"], either.decide(engine)["determining"]) == ("deny", [by_member])


def test_pages_hold_everything_once_in_a_stable_order(either: Api) -> None:
    engine = either.engine()
    made = [either.policy(engine) for _ in range(7)]

    for size in (1, 3, 7, 100):
        found = list(pages(either, f"/engines/{engine}/policies", "policies", size))
        assert [policy["policy_id"] for page in found for policy in page] == made
        assert [len(page) for page in found] == [size] * (7 // size) + ([7 % size] if 7 % size else [])


def test_engines_are_paged_too_and_deletions_do_not_disturb(either: Api) -> None:
    made = [either.engine(f"e{number}") for number in range(5)]
    listing = pages(either, "/engines", "policy_engines", 2)
    first = next(listing)
    either.ok("DELETE", f"/engines/{made[1]}")

    rest = [engine["policy_engine_id"] for page in listing for engine in page]

    assert [engine["policy_engine_id"] for engine in first] + rest == made


def test_a_token_is_good_for_its_listing_only(api: Api) -> None:
    one, two = api.engine("one"), api.engine("two")
    for _ in range(2):
        api.policy(one)
    token = api.ok("GET", f"/engines/{one}/policies?max_results=1")["next_token"]

    for path, given in (
        (f"/engines/{two}/policies", token),
        ("/engines", token),
        (f"/engines/{one}/policies", token + "A"),
        (f"/engines/{one}/policies", token[:-1]),
        (f"/engines/{one}/policies", ""),
        (f"/engines/{one}/policies", "[" * 100_0),
        (f"/engines/{one}/policies", "é"),
    ):
        assert api.call("GET", path, params={"next_token": given}).status_code == 400
    assert api.call("GET", f"/engines/{one}/policies", params={"next_token": token}).status_code == 200


@pytest.mark.parametrize("size", [0, 1001, -1, "many"])
def test_a_page_has_one_to_a_thousand_items(api: Api, size: object) -> None:
    assert api.call("GET", "/engines", params={"max_results": str(size)}).status_code == 422


def test_generations_are_not_supported(api: Api) -> None:
    engine = api.engine()
    calls: list[tuple[str, str, object]] = [
        ("POST", "", {"config": {}}),
        ("GET", "", None),
        ("GET", "/g", None),
        ("GET", "/g/assets", None),
    ]

    for method, path, body in calls:
        answer = api.call(method, f"/engines/{engine}/generations{path}", body)
        assert (answer.status_code, answer.json()) == (
            501,
            {"detail": "Policy generation not supported by this provider"},
        )


def test_an_engine_that_does_not_exist_decides_nothing(api: Api) -> None:
    assert api.call("POST", "/authorize", question(engine_id="nix")).status_code == 404
    assert api.call("POST", "/authorize", question()).status_code == 404
