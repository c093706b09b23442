"""What is not ours, or what nobody can read, is shown and never touched."""

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.interface import LiveObject
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import TargetId
from bylaw.model.marks import Mark
from tools.backends.agentcore.opening import BotoOutsider, agentcore_backend
from tools.backends.agentcore.wire import Wire
from tools.contracts.policies import ENGINE, OWNER, TARGET, desired, statement

WRITES = ["CreatePolicy", "UpdatePolicy", "DeletePolicy"]

UNREADABLE: list[tuple[str, dict[str, object], str, str, str]] = [
    (
        "an unknown member",
        {"definition": {"opa": {"rego": "deny"}}},
        "unknown",
        "",
        "definition member `opa` cannot be read, upgrade boto3",
    ),
    (
        "a generated policy",
        {"definition": {"policyGeneration": {"policyGenerationId": "g-0123456789", "policyGenerationAssetId": "a"}}},
        "unknown",
        "",
        "definition member `policyGeneration` cannot be read, upgrade boto3",
    ),
    ("text that is no policy", {"definition": {"cedar": {"statement": "hello"}}}, "cedar", "hello", ""),
    ("temporal text", {"definition": {"policy": {"statement": "suppressOutput"}}}, "dogwood", "suppressOutput", ""),
    ("endless text", {"definition": {"cedar": {"statement": "permit " * 6000}}}, "cedar", "permit " * 6000, ""),
    (
        "an unknown mode",
        {"enforcementMode": "SHADOW"},
        "unknown",
        statement(),
        "enforcement mode `SHADOW` is unknown",
    ),
]


def touched(wire: Wire, before: int) -> list[str]:
    return [request.operation for request in wire.requests[before:] if request.operation in WRITES]


def refuse_everything(backend: AgentCoreBackend, live: LiveObject, wire: Wire) -> None:
    """Ask for every write there is; none may be sent."""
    before = len(wire.requests)
    other = Mode.LOG_ONLY if live.mode is Mode.ACTIVE else Mode.ACTIVE

    with pytest.raises(ConflictError, match="is not ours"):
        backend.set_mode(live, other)
    with pytest.raises(ConflictError, match="is not ours"):
        backend.delete(live)

    assert touched(wire, before) == []


@pytest.mark.parametrize(
    ("change", "language", "text", "detail"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE]
)
def test_what_cannot_be_read_has_no_digest_and_is_left_alone(
    wire: Wire, backend: AgentCoreBackend, change: dict[str, object], language: str, text: str, detail: str
) -> None:
    created = backend.create(ENGINE, desired(), "1")
    wire.service.policies[created.id].update(change)

    (found,) = backend.observe().objects

    assert (found.text, found.digest, found.effect, found.detail) == (text, None, None, detail)
    assert found.language in {language, "cedar"}
    assert found.mark == created.mark
    refuse_everything(backend, found, wire)
    before = len(wire.requests)
    with pytest.raises(ConflictError, match="is not ours"):
        backend.update(found, desired(description="mine now"), "2")
    assert touched(wire, before) == []


@pytest.mark.parametrize(
    "description",
    [
        "",
        "somebody's",
        str(Mark.of("other/repo", TARGET, desired().ref, desired().digest)),
        str(Mark.of(OWNER, TargetId("stage"), desired().ref, desired().digest)),
    ],
    ids=["no description", "no mark", "of another repository", "for another target"],
)
def test_objects_of_others_are_neither_switched_nor_deleted(
    wire: Wire, backend: AgentCoreBackend, outsider: BotoOutsider, description: str
) -> None:
    outsider.add(ENGINE, statement(9), description)
    (found,) = backend.observe().objects

    refuse_everything(backend, found, wire)

    assert backend.observe().objects == (found,)


def test_a_mark_of_somebody_else_is_not_replaced(wire: Wire, backend: AgentCoreBackend, outsider: BotoOutsider) -> None:
    outsider.add(ENGINE, statement(), str(Mark.of("other/repo", TARGET, desired().ref, desired().digest)))
    (found,) = backend.observe().objects
    before = len(wire.requests)

    with pytest.raises(ConflictError, match="is not ours"):
        backend.update(found, desired(), "2")

    assert touched(wire, before) == []


def test_an_unmarked_object_is_adopted_by_marking_it(
    wire: Wire, backend: AgentCoreBackend, outsider: BotoOutsider
) -> None:
    outsider.add(ENGINE, statement(1).replace(" ", "  "), "from the console")
    (found,) = backend.observe().objects

    adopted = backend.update(found, desired(), "adopt")

    assert (adopted.id, adopted.text, adopted.digest, adopted.mark) == (
        found.id,
        found.text,
        desired().digest,
        desired().mark,
    )
    backend.delete(adopted)
    assert backend.observe().objects == ()
    assert "definition" not in wire.sent("UpdatePolicy")[0].body


def test_text_is_compared_in_its_canonical_form(backend: AgentCoreBackend, outsider: BotoOutsider) -> None:
    loose = statement(3, Effect.FORBID).replace(" ", "\n\t")
    outsider.add(ENGINE, loose)

    (found,) = backend.observe().objects

    assert (found.text, found.digest) == (loose, digest_text(statement(3, Effect.FORBID)))


def test_plain_cedar_under_the_newer_member_is_cedar(wire: Wire, backend: AgentCoreBackend) -> None:
    created = backend.create(ENGINE, desired(), "1")
    wire.service.policies[created.id]["definition"] = {"policy": {"statement": desired().text}}

    (found,) = backend.observe().objects

    assert (found.language, found.digest, found.effect) == ("cedar", created.digest, created.effect)


def test_engines_outside_of_the_template_are_not_looked_into(wire: Wire, outsider: BotoOutsider) -> None:
    backend = agentcore_backend(wire.url, engine="bylaw_{app}")
    outsider.add("elsewhere", statement(9))
    outsider.add("bylaw_refunds", statement(8))
    wire.requests.clear()

    observed = backend.observe()

    assert [engine.name for engine in observed.engines] == ["bylaw_refunds"]
    assert [live.text for live in observed.objects] == [statement(8)]
    assert [request.operation for request in wire.requests] == ["ListPolicyEngines", "ListPolicies"]
    assert backend.read("elsewhere", "outside_1-0000000002") is None
