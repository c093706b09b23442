"""A listing is whole, or it is an exception."""

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.interface import BackendTerminalError, BackendTransientError
from tools.backends.agentcore.service import Answer, refusal
from tools.backends.agentcore.wire import DROPPED_AFTER, Wire
from tools.contracts.policies import ENGINE, statement


@pytest.fixture
def many(wire: Wire, backend: AgentCoreBackend) -> list[str]:
    """250 policies, by id."""
    backend.put_schema(ENGINE, None)
    backend.observe()
    (engine_id,) = wire.service.engines
    for number in range(250):
        definition = {"cedar": {"statement": statement(number)}}
        wire.service.create_policy(engine_id, query={}, body={"name": f"policy_{number}", "definition": definition})
    wire.requests.clear()
    return sorted(wire.service.policies)


def test_every_page_is_read_at_the_largest_size(wire: Wire, backend: AgentCoreBackend, many: list[str]) -> None:
    observed = backend.observe()

    assert [live.id for live in observed.objects] == many
    assert [request.query for request in wire.sent("ListPolicies")] == [
        {"maxResults": "100"},
        {"maxResults": "100", "nextToken": "100"},
        {"maxResults": "100", "nextToken": "200"},
    ]
    assert len(wire.requests) == 4, "an unchanged plan needs the list pages and nothing else"


def test_engines_beyond_the_first_page_are_found(wire: Wire, backend: AgentCoreBackend) -> None:
    for number in range(120):
        backend.put_schema(f"engine_{number:03}", None)
    wire.requests.clear()

    observed = backend.observe()

    assert len(observed.engines) == 120
    assert len(wire.sent("ListPolicyEngines")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        refusal(429, "ThrottlingException"),
        refusal(500, "InternalServerException"),
        DROPPED_AFTER,
        Answer(200, {}),
        Answer(200, {"policies": [{"policyId": "half"}]}),
        Answer(200, b"<html>"),
    ],
    ids=["throttled", "broken", "dropped", "empty", "half a policy", "garbage"],
)
@pytest.mark.usefixtures("many")
def test_a_page_that_fails_fails_the_listing(wire: Wire, backend: AgentCoreBackend, answer: Answer) -> None:
    third = Answer(200, {"policies": [], "nextToken": "200"})
    wire.script("ListPolicies", third, answer)

    with pytest.raises((BackendTransientError, BackendTerminalError)):
        backend.observe()


def test_an_empty_page_with_a_token_is_not_the_end(wire: Wire, backend: AgentCoreBackend, many: list[str]) -> None:
    wire.script("ListPolicies", Answer(200, {"policies": [], "nextToken": "0"}))

    assert [live.id for live in backend.observe().objects] == many


@pytest.mark.usefixtures("many")
def test_an_object_on_two_pages_means_that_the_listing_moved(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script(
        "ListPolicies", Answer(200, {"policies": [next(iter(wire.service.policies.values()))], "nextToken": "0"})
    )

    with pytest.raises(BackendTransientError, match="changed while it was read"):
        backend.observe()


@pytest.mark.usefixtures("many")
def test_pages_in_circles_are_no_listing(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("ListPolicies", *[Answer(200, {"policies": [], "nextToken": "same"})] * 3)

    with pytest.raises(BackendTerminalError, match="go in circles"):
        backend.observe()


def test_endless_pages_are_no_listing(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("ListPolicyEngines", *[Answer(200, {"policyEngines": [], "nextToken": str(n)}) for n in range(1001)])

    with pytest.raises(BackendTerminalError, match="page after page"):
        backend.observe()

    assert len(wire.sent("ListPolicyEngines")) == 1000


def test_two_engines_of_one_name_are_not_told_apart_by_guessing(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema(ENGINE, None)
    (engine,) = wire.service.engines.values()
    twin = {**engine, "policyEngineId": "refunds-0000000099"}
    wire.script("ListPolicyEngines", Answer(200, {"policyEngines": [engine, twin]}))

    with pytest.raises(BackendTerminalError, match="two engines are named `refunds`"):
        backend.observe()
