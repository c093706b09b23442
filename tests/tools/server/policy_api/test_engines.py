"""Engines over HTTP, on SQLite and PostgreSQL."""

import pytest

from bylaw.backends.local.records import Draft, Origin
from bylaw.backends.local.store import open_store
from bylaw.model.effects import Effect, Mode
from tools.backends.opening import Ids
from tools.fakes.clock import FixedClock
from tools.server.policy_api.client import FORBID, PERMIT, Api, question
from tools.server.policy_api.starting import served


def test_an_engine_is_what_was_asked_for(either: Api) -> None:
    made = either.ok("POST", "/engines", {"name": "shop", "description": "the shop's"})

    assert (made["name"], made["description"], made["status"]) == ("shop", "the shop's", "ACTIVE")
    assert made["created_at"].endswith("Z")
    assert either.ok("GET", f"/engines/{made['policy_engine_id']}") == made


def test_the_name_of_an_open_engine_is_taken(either: Api) -> None:
    first = either.engine("shop")

    assert either.call("POST", "/engines", {"name": "shop"}).status_code == 409

    either.ok("DELETE", f"/engines/{first}")
    assert either.engine("shop") != first


def test_an_engine_with_policies_is_deleted_only_with_them(either: Api) -> None:
    engine = either.engine()
    either.policy(engine)

    assert either.call("DELETE", f"/engines/{engine}").status_code == 409
    assert either.call("DELETE", f"/engines/{engine}?cascade=true").status_code == 204
    assert either.call("GET", f"/engines/{engine}").status_code == 404
    assert either.call("GET", f"/engines/{engine}/policies").status_code == 404
    assert either.call("POST", f"/engines/{engine}/policies", {"policy_body": PERMIT}).status_code == 404
    assert either.call("DELETE", f"/engines/{engine}").status_code == 204
    assert either.ok("GET", "/engines")["policy_engines"] == []


def test_a_repeated_create_answers_the_same_engine(either: Api) -> None:
    key = {"Idempotency-Key": "one"}
    first = either.ok("POST", "/engines", {"name": "shop"}, headers=key)

    assert either.ok("POST", "/engines", {"name": "shop"}, headers=key) == first

    other = either.call("POST", "/engines", {"name": "other"}, headers=key)
    assert (other.status_code, other.json()["detail"][0]["type"]) == (422, "idempotency_mismatch")


def test_an_engine_can_hold_a_schema_that_its_policies_have_to_fit(either: Api) -> None:
    schema = "entity User, Doc; action view, erase appliesTo { principal: User, resource: Doc };"
    engine = either.engine("typed", schema=schema)
    either.policy(engine, PERMIT)

    refused = either.call(
        "POST",
        f"/engines/{engine}/policies",
        {"policy_body": 'permit(principal, action == Action::"fly", resource);'},
    )

    assert (refused.status_code, refused.json()["detail"][0]["type"]) == (422, "cedar_schema")
    assert either.decide(engine)["decision"] == "allow"
    assert either.call("POST", "/authorize", question(action="fly", engine_id=engine)).status_code == 422


def test_a_reconcilers_engine_is_managed_like_any_other_and_may_come_back(either: Api, url: str) -> None:
    store = open_store(url, FixedClock(), Ids())
    for turn in range(2):
        with store.writing(Origin("reconciler")) as writer:
            writer.create_policy("shop", Draft("ours", "cedar", Effect.PERMIT, Mode.ACTIVE, PERMIT), str(turn))

        assert [engine["name"] for engine in either.ok("GET", "/engines")["policy_engines"]] == ["shop"]
        assert either.decide("shop")["decision"] == "allow"
        assert either.call("POST", "/engines", {"name": "shop"}).status_code == 409

        either.ok("DELETE", "/engines/shop?cascade=true")
        assert either.ok("GET", "/engines")["policy_engines"] == []
        with store.reading() as reader:
            assert reader.engines() == ()
    store.close()


def test_a_restart_keeps_everything(url: str) -> None:
    with served(url) as api:
        engine = api.engine()
        policy = api.policy(engine, PERMIT, description="kept", name="ours")
        api.policy(engine, FORBID, enforcement_mode="LOG_ONLY")
        before = api.ok("GET", f"/engines/{engine}/policies"), api.decide(engine)

    with served(url) as api:
        after = api.ok("GET", f"/engines/{engine}/policies"), api.decide(engine)

    assert after == before
    assert after[1]["determining"] == [policy]


@pytest.mark.parametrize("path", ["/engines/nix", "/engines/%00", "/engines/%ED%A0%80", "/engines/" + "x" * 3000])
def test_what_does_not_exist_is_not_found(either: Api, path: str) -> None:
    assert either.call("GET", path).status_code == 404
    assert either.call("GET", f"{path}/policies/p").status_code == 404
    assert either.call("DELETE", path).status_code == 204
