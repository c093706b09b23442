"""Decisions over HTTP: what is in force, no earlier and no later, and never half of it."""

import asyncio
import itertools
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bylaw.backends.local.records import Draft, Origin
from bylaw.backends.local.store import Store, open_store
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BylawError
from bylaw.server.policy_api.active import ActiveSets, Patience
from bylaw.server.policy_api.compiled import UndecidableError
from tools.backends.opening import Ids
from tools.fakes.clock import FixedClock
from tools.server.policy_api.client import BASE, FORBID, PERMIT, Api, question, uid
from tools.server.policy_api.starting import served


def test_nothing_is_allowed_without_a_policy(either: Api) -> None:
    answer = either.decide(either.engine())

    assert (answer["decision"], answer["determining"], answer["errors"]) == ("deny", [], [])


def test_a_change_is_in_force_with_its_answer(either: Api) -> None:
    engine = either.engine()
    for _ in range(5):
        policy = either.policy(engine)
        assert (either.decide(engine)["decision"], either.decide(engine)["determining"]) == ("allow", [policy])
        either.ok("DELETE", f"/engines/{engine}/policies/{policy}")
        assert either.decide(engine)["decision"] == "deny"


def test_entities_and_context_bear_on_a_decision(api: Api) -> None:
    engine = api.engine()
    body = 'permit(principal in Team::"red", action, resource) when { context.amount < 10 && resource.open };'
    policy = api.policy(engine, body)
    entities = [
        {"uid": uid("User", "ada"), "parents": [uid("Team", "red")]},
        {"uid": uid("Doc", "plan"), "attrs": {"open": True}},
    ]

    assert api.decide(engine, entities=entities, context={"amount": 9})["decision"] == "allow"
    assert api.decide(engine, entities=entities, context={"amount": 10})["decision"] == "deny"
    assert api.decide(engine, entities=entities[:1], context={"amount": 9})["errors"][0]["policy_id"] == policy


def test_a_batch_is_decided_in_order_by_one_set(api: Api) -> None:
    engine = api.engine()
    permit, forbid = api.policy(engine), api.policy(engine, FORBID)
    questions = [question(*words) for words in (("ada", "view"), ("eve", "view"), ("ada", "erase"))]

    answer = api.ok("POST", "/authorize/batch", {"engine_id": engine, "requests": questions})

    found = [(decision["decision"], decision["determining"]) for decision in answer["decisions"]]
    assert found == [("allow", [permit]), ("deny", []), ("deny", [forbid])]
    assert answer["fingerprint"] == api.decide(engine)["fingerprint"]


def test_a_question_without_engine_goes_to_the_one_that_is_enforced(sqlite: str) -> None:
    with served(sqlite, enforced="shop") as api:
        assert api.ok("GET", "/enforcement")["engine_id"] is None
        assert api.call("POST", "/authorize", question()).status_code == 404
        engine = api.engine("shop")
        api.policy(engine)
        api.policy(engine, FORBID, enforcement_mode="LOG_ONLY")

        answer, about = api.ok("POST", "/authorize", question()), api.ok("GET", "/enforcement")

    assert (answer["decision"], answer["engine_id"]) == ("allow", engine)
    assert (about["active"], about["engine_id"], about["mode"]) == (True, engine, "enforce")
    assert (about["policies_loaded"], about["policies_total"], about["stale"]) == (1, 2, False)
    assert about["fingerprint"] == answer["fingerprint"]


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


MALFORMED: dict[str, dict[str, Any]] = {
    "no principal": {"principal": None},
    "a type that is none": {"principal": uid("User::", "ada")},
    "a float": {"context": {"amount": 1.5}},
    "an unknown member": {"principle": uid("User", "eve")},
    "one entity twice": {"entities": [{"uid": uid("User", "ada"), "attrs": {"a": n}} for n in (1, 2)]},
    "an entity above itself": {"entities": [{"uid": uid("A", "a"), "parents": [uid("A", "a")]}]},
    "a deep context": {"context": deep(150)},
    "an extension that is none": {"context": {"ip": {"__extn": {"fn": "ip", "arg": "nowhere"}}}},
    "an id with a null character": {"principal": uid("User", "a\0b")},
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_question_that_makes_no_sense_is_refused_and_not_denied(api: Api, what: str) -> None:
    engine = api.engine()
    asked = question(engine_id=engine) | MALFORMED[what]

    answer = api.call("POST", "/authorize", asked)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"


def test_one_bad_question_of_a_batch_is_told_by_its_number(api: Api) -> None:
    questions = [question(), question(context={"amount": 1.5})]

    answer = api.call("POST", "/authorize/batch", {"engine_id": api.engine(), "requests": questions})

    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "requests", 1])


@pytest.mark.parametrize("body", [b"", b"[]", b"NaN", b'{"context": Infinity}', b"[" * 100_000, b'"\\ud800"', b"\xff"])
def test_a_question_that_is_no_json_is_refused(api: Api, body: bytes) -> None:
    answer = api.call("POST", "/authorize", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422


def test_numbers_that_json_does_not_have_are_refused(api: Api) -> None:
    asked = httpx.Request("POST", "http://x", json=question(engine_id=api.engine())).content
    body = asked[:-1] + b', "context": {"a": Infinity}}'

    answer = api.call("POST", "/authorize", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422


def test_decisions_are_asked_for_by_post(api: Api) -> None:
    answer = api.call("GET", "/authorize")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


# A change and questions at the same time.

ROUNDS, CLIENTS = 10, 4


def test_each_answer_is_of_the_old_set_or_of_the_new_one(either: Api, url: str) -> None:
    """A reconciler swaps whole sets of twenty policies in one transaction each, while clients ask without a pause.

    In set `a`, ada's twenty questions are allowed and eve's are denied; in set `b` the other way round. A half-applied set would
    show as a batch that mixes them.
    """
    engine = either.engine()
    writer = open_store(url, FixedClock(), Ids())
    swap(writer, engine, "ada")
    base, stop = str(either.http.base_url), threading.Event()
    questions = [question(who, f"do-{n}") for n in range(20) for who in ("ada", "eve")]
    sets = {"ada": ("allow", "deny") * 20, "eve": ("deny", "allow") * 20}
    seen: list[tuple[str, tuple[str, ...]]] = []
    askers = [threading.Thread(target=ask, args=(base, engine, questions, seen, stop)) for _ in range(CLIENTS)]

    for asker in askers:
        asker.start()
    for number in range(ROUNDS):
        allowed = ("eve", "ada")[number % 2]
        count = len(seen)
        swap(writer, engine, allowed)
        while all(asker.is_alive() for asker in askers) and sets[allowed] not in (found for _, found in seen[count:]):
            stop.wait(0.001)
    stop.set()
    for asker in askers:
        asker.join()
    writer.close()

    assert {decisions for _, decisions in seen} == set(sets.values())
    by_fingerprint: dict[str, set[tuple[str, ...]]] = {}
    for fingerprint, decisions in seen:
        by_fingerprint.setdefault(fingerprint, set()).add(decisions)
    assert all(len(decisions) == 1 for decisions in by_fingerprint.values())


def swap(store: Store, engine: str, who: str) -> None:
    with store.writing(Origin("reconciler")) as writer:
        for policy in writer.policies_of(engine):
            writer.delete_policy(policy.id, policy.revision)
        for number in range(20):
            text = f'permit(principal == User::"{who}", action == Action::"do-{number}", resource);'
            draft = Draft(f"p{number}", "cedar", Effect.PERMIT, Mode.ACTIVE, text)
            writer.create_policy(engine, draft, f"{who} {number} {writer.last_write()}")


def ask(
    base: str,
    engine: str,
    questions: list[dict[str, Any]],
    seen: list[tuple[str, tuple[str, ...]]],
    stop: threading.Event,
) -> None:
    with httpx.Client(base_url=base) as http:
        while not stop.is_set():
            body = {"engine_id": engine, "requests": questions}
            answer = http.post(f"{BASE}/authorize/batch", json=body).raise_for_status().json()
            decisions = tuple(decision["decision"] for decision in answer["decisions"])
            seen.append((answer["fingerprint"], decisions))


# How the sets are kept, without a network.


class Sets:
    """Active sets over a store, with a clock of the test's own."""

    def __init__(self, url: str) -> None:
        self.now = 0.0
        self.writer = open_store(url, FixedClock(), Ids())
        self.store = open_store(url, FixedClock())
        self.sets = ActiveSets(self.store, FixedClock(), lambda: self.now, Patience(poll=1, stale=10))

    def write(self, text: str = PERMIT, language: str = "cedar") -> str:
        draft = Draft(f"n{next(COUNT)}", language, Effect.PERMIT, Mode.ACTIVE, text)
        with self.writer.writing(Origin("x")) as writer:
            return writer.create_policy("shop", draft, draft.name).id

    def ids(self) -> tuple[str, ...]:
        compiled = asyncio.run(self.sets.current("shop"))
        assert compiled is not None
        return compiled.active.ids

    def is_stale(self) -> bool:
        loaded = asyncio.run(self.sets.loaded("shop"))
        assert loaded is not None
        return loaded.error is not None


COUNT = itertools.count()


@pytest.fixture
def sets(sqlite: str) -> Sets:
    return Sets(sqlite)


def test_what_another_process_writes_is_seen_after_the_poll_interval(sets: Sets) -> None:
    first = sets.write()
    assert sets.ids() == (first,)

    second = sets.write()
    assert sets.ids() == (first,)

    sets.now += 1
    assert sets.ids() == (first, second)


def test_writes_to_other_engines_change_nothing(sets: Sets) -> None:
    sets.write()
    before = asyncio.run(sets.sets.current("shop"))
    with sets.writer.writing(Origin("x")) as writer:
        writer.create_policy("other", Draft("n", "cedar", Effect.PERMIT, Mode.ACTIVE, PERMIT), "t")

    sets.now += 1
    assert asyncio.run(sets.sets.current("shop")) is before


BROKEN: dict[str, Callable[[Sets], object]] = {
    "a text that is no Cedar": lambda sets: sets.write("nonsense"),
    "a language that cannot be evaluated": lambda sets: sets.write("rules: []", "http-rules"),
    "a template": lambda sets: sets.write("permit(principal == ?principal, action, resource);"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_set_that_cannot_be_evaluated_is_not_taken_and_soon_nothing_is_decided(sets: Sets, what: str) -> None:
    good = sets.write()
    assert sets.ids() == (good,)
    BROKEN[what](sets)

    sets.now += 1
    assert (sets.ids(), sets.is_stale()) == ((good,), True)

    sets.now += 10
    with pytest.raises(UndecidableError):
        sets.ids()


def test_a_broken_set_is_never_the_first(sets: Sets) -> None:
    sets.write("nonsense")

    with pytest.raises(BylawError, match="no Cedar policy that could be evaluated"):
        sets.ids()


def test_a_set_recovers_with_its_engine(sets: Sets) -> None:
    good, bad = sets.write(), sets.write("nonsense")
    with sets.writer.writing(Origin("x")) as writer:
        writer.delete_policy(bad, 1)

    assert (sets.ids(), sets.is_stale()) == ((good,), False)
