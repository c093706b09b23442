"""Listings: whole, or an error. The servers differ in how they cut, and one of them does not say that it does."""

from collections.abc import Iterable
from itertools import count
from typing import Any

import pytest

from bylaw.backends.interface import BackendTerminalError, BackendTransientError
from bylaw.backends.policy_api.client import PolicyApi
from bylaw.backends.policy_api.failures import RefusedError
from bylaw.backends.policy_api.listing import MAX_PAGES, all_items
from bylaw.model.errors import BylawError
from tools.backends.policy_api.opening import Stopwatch, policy_api, serving
from tools.backends.policy_api.original import AgentCore, EngineCreate, Noop, World, original
from tools.contracts.policies import ENGINE, statement

Page = tuple[int, str | None]
"""How many items, and the token for what follows."""


class Pages:
    """Answers one after the other."""

    def __init__(self, answers: Iterable[Page | BylawError]) -> None:
        self.queries: list[dict[str, str]] = []
        self._left = iter(answers)
        self._numbers = count()

    def __call__(self, query: dict[str, str]) -> object:
        self.queries.append(query)
        answer = next(self._left)
        if isinstance(answer, BylawError):
            raise answer
        return {"items": [next(self._numbers) for _ in range(answer[0])], "next_token": answer[1]}


UPSTREAM = RefusedError("too many", is_upstream=True)
REFUSED = RefusedError("not over 100")
COMPLETE: dict[str, tuple[tuple[Page | BylawError, ...], int]] = {
    "nothing": (((0, None),), 0),
    "less than a page": (((99, None),), 99),
    "an empty token is none": (((99, ""),), 99),
    "a page that is all": (((100, None), (100, None)), 100),
    "a page that was cut": (((100, None), (357, None)), 357),
    "a page that was cut just below what can be asked": (((100, None), (999, None)), 999),
    "a page of a service that would have told": (((100, None), UPSTREAM), 100),
    "tokens": (((100, "a"), (100, "b"), (7, None)), 207),
    "tokens up to a full page": (((100, "a"), (100, None)), 200),
    "tokens with a short page between": (((100, "a"), (3, "b"), (0, "c"), (5, None)), 108),
    "more than was asked for": (((150, None), (150, None)), 150),
}
UNPROVEN: dict[str, tuple[tuple[Page | BylawError, ...], type[BylawError]]] = {
    "a thousand": (((100, None), (1000, None)), BackendTerminalError),
    "more than a thousand": (((100, None), (1001, None)), BackendTerminalError),
    "a page that the server does not enlarge": (((100, None), REFUSED), BackendTerminalError),
    "a token after all": (((100, None), (500, "a")), BackendTerminalError),
    "fewer the second time": (((100, None), (99, None)), BackendTransientError),
    "a failure when asked again": (((100, None), BackendTransientError("down")), BackendTransientError),
    "a token that comes again": (((100, "a"), (100, "b"), (100, "a")), BackendTerminalError),
    "the same token always": (((100, "a"), (100, "a")), BackendTerminalError),
    "pages without end": (tuple((1, f"t{n}") for n in range(MAX_PAGES + 2)), BackendTerminalError),
}


@pytest.mark.parametrize(("answers", "expected"), COMPLETE.values(), ids=COMPLETE)
def test_a_listing_is_whole(answers: tuple[Page, ...], expected: int) -> None:
    fetch = Pages(answers)

    found = all_items(fetch, "items")

    assert len(found) == len(set(found)) == expected
    assert len(fetch.queries) == len(answers)


@pytest.mark.parametrize(("answers", "expected"), UNPROVEN.values(), ids=UNPROVEN)
def test_a_listing_that_may_be_short_is_an_error(answers: tuple[Page, ...], expected: type[BylawError]) -> None:
    with pytest.raises(expected):
        all_items(Pages(answers), "items")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "text",
        {},
        {"items": None},
        {"items": {}},
        {"items": "abc"},
        {"items": [], "next_token": 7},
        {"items": [], "next_token": ["a"]},
        {"items": [], "next_token": "x" * 10_000},
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_a_page_of_another_shape_is_an_error(answer: Any) -> None:
    with pytest.raises(BackendTerminalError):
        all_items(lambda _: answer, "items")


def test_a_token_is_sent_back_as_it_came(world: World) -> None:
    odd = "a b&c=d/é+%2F\r\nX-Injected: 1"
    seen: list[str | None] = []

    class Odd(Noop):
        def engines(self, limit: int, token: str | None) -> tuple[list[dict[str, Any]], str | None]:
            del limit
            seen.append(token)
            return [], None if token else odd

    with serving(original(world, Odd(world))) as url:
        assert policy_api(url, Stopwatch()).engines() == ()

    assert seen == [None, odd]
    assert not [request for request in world.seen if "x-injected" in request.headers]


@pytest.fixture
def api(url: str, watch: Stopwatch) -> PolicyApi:
    return policy_api(url, watch)


@pytest.fixture(params=[99, 100, 101, 250, 999])
def held(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def _filled(world: World, provider: Noop, count: int) -> str:
    engine = provider.create_engine(EngineCreate(name=ENGINE))["policy_engine_id"]
    for number in range(count):
        id_ = world.id()
        world.policies.setdefault(engine, {})[id_] = {
            "policy_id": id_,
            "policy_engine_id": engine,
            "definition": statement(number),
            "description": "",
            "status": "ACTIVE",
        }
    return str(engine)


def test_the_in_memory_provider_is_asked_once_more(world: World, api: PolicyApi, held: int) -> None:
    engine = _filled(world, Noop(world), held)

    found = api.policies(engine)

    assert len({record.id for record in found}) == held
    assert [seen.query for seen in world.seen] == ["max_results=100", "max_results=1000"][: 1 + (held >= 100)]


def test_more_than_it_ever_tells_of_is_an_error(world: World, api: PolicyApi) -> None:
    engine = _filled(world, Noop(world), 1001)

    with pytest.raises(BackendTerminalError, match="cannot prove that the list of `policies` is complete"):
        api.policies(engine)


def test_agentcore_pages_are_followed(world: World, held: int) -> None:
    provider = AgentCore(world)
    engine = _filled(world, provider, held)

    with serving(original(world, provider)) as url:
        found = policy_api(url, Stopwatch()).policies(engine)

    assert len({record.id for record in found}) == held


def test_an_object_on_two_pages_means_that_the_listing_moved(world: World, api: PolicyApi) -> None:
    engine = _filled(world, Noop(world), 2)
    policies = world.policies[engine]
    policies["again"] = next(iter(policies.values()))

    with pytest.raises(BackendTransientError):
        api.policies(engine)
