"""Making, describing and tagging policy engines."""

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.interface import BackendAmbiguousError, BackendNotReadyError, BackendTerminalError, LiveEngine
from bylaw.model.errors import ConflictError, UsageError
from bylaw.model.identifiers import AppId
from tools.backends.agentcore.opening import BotoOutsider, agentcore_backend
from tools.backends.agentcore.service import Answer, refusal
from tools.backends.agentcore.wire import DROPPED_AFTER, Wire
from tools.contracts.policies import ENGINE, desired

KEY = "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012"
OURS = {"bylaw:owner": "acme/policies", "bylaw:target": "prod"}


def test_an_engine_is_made_with_our_tags_and_key(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, tags={"team": "security"}, kms_key=KEY)

    backend.put_schema(ENGINE, "entity User;")

    (request,) = wire.sent("CreatePolicyEngine")
    assert {name: value for name, value in request.body.items() if name != "clientToken"} == {
        "name": ENGINE,
        "tags": {"team": "security", **OURS},
        "encryptionKeyArn": KEY,
    }


def test_tags_of_ours_cannot_be_given_away(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, tags={"bylaw:owner": "other/repo"})

    backend.put_schema(ENGINE, None)

    assert wire.sent("CreatePolicyEngine")[0].body["tags"] == OURS


def test_an_engine_that_is_there_is_not_made_again(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema(ENGINE, None)

    backend.put_schema(ENGINE, None)
    agentcore_backend(wire.url).put_schema(ENGINE, None)

    assert len(wire.sent("CreatePolicyEngine")) == 1


def test_an_engine_that_somebody_made_meanwhile_is_used(
    wire: Wire, backend: AgentCoreBackend, outsider: BotoOutsider
) -> None:
    theirs = outsider.engine(ENGINE)
    wire.script("ListPolicyEngines", Answer(200, {"policyEngines": []}))

    created = backend.create(ENGINE, desired(), "1")

    assert wire.service.policies[created.id]["policyEngineId"] == theirs


def test_after_a_lost_answer_the_engine_is_found(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("CreatePolicyEngine", DROPPED_AFTER)
    with pytest.raises(BackendAmbiguousError):
        backend.put_schema(ENGINE, None)

    backend.put_schema(ENGINE, None)

    assert [engine.name for engine in backend.observe().engines] == [ENGINE]
    assert len(wire.sent("CreatePolicyEngine")) == 1


def test_a_name_held_outside_of_what_is_listed_is_a_conflict(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("CreatePolicyEngine", refusal(409, "ConflictException", "name is taken"))

    with pytest.raises(ConflictError, match="name is taken"):
        backend.put_schema(ENGINE, None)


def test_a_slow_engine_is_not_ready_yet(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.service.pending_reads = 2

    with pytest.raises(BackendNotReadyError, match="engine `refunds` is not active yet"):
        backend.create(ENGINE, desired(), "1")
    assert backend.observe().engines == (LiveEngine(ENGINE, None),)
    backend.observe()

    assert backend.create(ENGINE, desired(), "1").engine == ENGINE


def test_a_failed_engine_says_why(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema(ENGINE, None)
    next(iter(wire.service.engines.values())).update(status="CREATE_FAILED", statusReasons=["no key\n"])

    with pytest.raises(BackendTerminalError, match="engine `refunds` failed: no key") as raised:
        backend.create(ENGINE, desired(), "1")

    assert raised.value.help == "delete it and apply again"
    assert [engine.name for engine in backend.observe().engines] == [ENGINE]


def test_an_engine_that_is_being_deleted_is_gone_already(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema(ENGINE, None)
    wire.service.pending_reads = 100
    next(iter(wire.service.engines.values())).update(status="DELETING")
    wire.service._left.update(dict.fromkeys(wire.service.engines, 100))

    assert backend.observe().engines == ()


def test_an_engine_is_described_with_its_tags(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema(ENGINE, None)

    described = backend.engines.describe(ENGINE)

    assert described is not None
    assert (described.engine.name, described.engine.status, described.tags) == (ENGINE, "ACTIVE", OURS)
    assert described.engine.arn in wire.service.tags
    assert backend.engines.describe("nothing") is None


def test_missing_tags_are_added_and_those_of_others_stay(
    wire: Wire, backend: AgentCoreBackend, outsider: BotoOutsider
) -> None:
    outsider.engine(ENGINE)
    (tags,) = wire.service.tags.values()
    tags["cost-centre"] = "7"

    first, second = backend.engines.tag(ENGINE), backend.engines.tag(ENGINE)

    assert (first, second) == (OURS, {})
    assert tags == {"cost-centre": "7", **OURS}
    assert len(wire.sent("TagResource")) == 1


def test_what_does_not_exist_is_not_tagged(backend: AgentCoreBackend) -> None:
    with pytest.raises(UsageError, match="there is no engine `nothing`"):
        backend.engines.tag("nothing")


@pytest.mark.parametrize(("engine", "expected"), [("{app}", "agent_refunds"), ("shared", "shared")])
def test_apps_live_in_the_engine_that_the_template_names(wire: Wire, engine: str, expected: str) -> None:
    backend = agentcore_backend(wire.url, engine=engine)

    assert backend.engine_of(AppId("agent-refunds")) == expected
