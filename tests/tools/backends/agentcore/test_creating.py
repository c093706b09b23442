"""A create that is repeated, after whatever happened, gives the same object and never a second one."""

from collections.abc import Callable
from typing import Any

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.agentcore.names import client_token
from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    DesiredObject,
    Status,
)
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError, UsageError
from tools.backends.agentcore.opening import BotoOutsider, Stopwatch, agentcore_backend
from tools.backends.agentcore.service import Answer, refusal
from tools.backends.agentcore.wire import DROPPED_AFTER, DROPPED_BEFORE, Wire
from tools.contracts.policies import ENGINE, desired, statement

GATEWAY = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/shop-abcdefghij"
REFUSAL = f"Insufficient permissions to call gateway {GATEWAY}"


def at_gateway(limit: int = 1, arn: str = GATEWAY) -> str:
    return f'permit (principal, action, resource == AgentCore::Gateway::"{arn}") when {{ context.n < {limit} }};'


def test_everything_is_said_explicitly(wire: Wire, backend: AgentCoreBackend) -> None:
    wanted = desired(mode=Mode.LOG_ONLY)

    created = backend.create(ENGINE, wanted, "token")

    (request,) = wire.sent("CreatePolicy")
    assert request.body == {
        "name": created.id.rpartition("-")[0],
        "definition": {"cedar": {"statement": wanted.text}},
        "description": f"caps a refund\n{wanted.mark}",
        "enforcementMode": "LOG_ONLY",
        "validationMode": "FAIL_ON_ANY_FINDINGS",
        "clientToken": client_token("token"),
    }


def test_a_mode_change_is_a_write_of_its_own_that_leaves_the_text(wire: Wire, backend: AgentCoreBackend) -> None:
    created = backend.create(ENGINE, desired(mode=Mode.LOG_ONLY), "1")

    backend.set_mode(created, Mode.ACTIVE)

    (request,) = wire.sent("UpdatePolicy")
    assert request.body == {"enforcementMode": "ACTIVE", "validationMode": "FAIL_ON_ANY_FINDINGS"}


def test_new_metadata_restates_the_mode(wire: Wire, backend: AgentCoreBackend) -> None:
    created = backend.create(ENGINE, desired(mode=Mode.LOG_ONLY), "1")
    wanted = desired(mode=Mode.LOG_ONLY, description="other")

    backend.update(created, wanted, "2")

    (request,) = wire.sent("UpdatePolicy")
    assert request.body == {
        "description": {"optionalValue": f"other\n{wanted.mark}"},
        "enforcementMode": "LOG_ONLY",
        "validationMode": "FAIL_ON_ANY_FINDINGS",
    }


@pytest.mark.parametrize("other", [{"text": statement(2)}, {"mode": Mode.LOG_ONLY}], ids=["text", "mode"])
def test_content_is_never_edited_in_place(backend: AgentCoreBackend, other: dict[str, Any]) -> None:
    created = backend.create(ENGINE, desired(), "1")

    with pytest.raises(BackendTerminalError, match="only mark and description"):
        backend.update(created, desired(**other), "2")

    assert backend.observe().objects == (created,)


@pytest.mark.parametrize("dropped", [DROPPED_BEFORE, DROPPED_AFTER], ids=["before", "after"])
def test_after_a_lost_answer_the_same_call_gives_one_object(
    wire: Wire, backend: AgentCoreBackend, dropped: object
) -> None:
    wire.script("CreatePolicy", dropped)  # type: ignore[arg-type]
    with pytest.raises(BackendAmbiguousError):
        backend.create(ENGINE, desired(), "token")

    created = backend.create(ENGINE, desired(), "token")

    assert backend.observe().objects == (created,)


def test_after_a_crash_another_process_gets_the_same_object(wire: Wire, backend: AgentCoreBackend) -> None:
    created = backend.create(ENGINE, desired(), "token")

    again = agentcore_backend(wire.url).create(ENGINE, desired(), "token")

    assert again == created
    assert len(wire.service.policies) == 1


def test_a_token_that_answers_with_what_is_gone_is_replaced(wire: Wire, backend: AgentCoreBackend) -> None:
    first = backend.create(ENGINE, desired(), "token")
    backend.delete(first)
    backend.observe()

    second = agentcore_backend(wire.url).create(ENGINE, desired(), "token")

    assert second.id != first.id
    assert second.status is Status.ACTIVE
    assert len({request.body["clientToken"] for request in wire.sent("CreatePolicy")}) == 2


def test_what_does_not_show_yet_is_not_made_twice(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("GetPolicy", refusal(404, "ResourceNotFoundException"))

    created = backend.create(ENGINE, desired(), "token")

    assert [live.id for live in backend.observe().objects] == [created.id]


def test_what_shows_nowhere_yet_is_answered_as_pending(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("GetPolicy", refusal(404, "ResourceNotFoundException"))
    wire.script("ListPolicies", Answer(200, {"policies": []}))

    created = backend.create(ENGINE, desired(), "token")

    assert created.status is Status.PENDING
    assert [live.id for live in backend.observe().objects] == [created.id]


def test_a_policy_that_is_there_already_is_not_made_again(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.create(ENGINE, desired(), "1")

    with pytest.raises(ConflictError, match=r"policy `refunds_limits_cap_refun_.*` is there already"):
        backend.create(ENGINE, desired(), "2")

    assert len(wire.service.policies) == 1


def test_what_somebody_edited_keeps_its_name_and_ours_goes_beside_it(
    backend: AgentCoreBackend, outsider: BotoOutsider
) -> None:
    edited = backend.create(ENGINE, desired(), "1")
    outsider.edit(edited.id, statement(9))

    healed, again = (backend.create(ENGINE, desired(), "2") for _ in range(2))

    assert again == healed
    assert {live.id: live.text for live in backend.observe().objects} == {
        edited.id: statement(9),
        healed.id: desired().text,
    }
    with pytest.raises(ConflictError, match="is there already"):
        backend.create(ENGINE, desired(), "3")


def test_names_run_out_at_some_point(backend: AgentCoreBackend, outsider: BotoOutsider) -> None:
    for number in range(4):
        outsider.edit(backend.create(ENGINE, desired(), str(number)).id, statement(9))

    with pytest.raises(ConflictError, match="is held by other content"):
        backend.create(ENGINE, desired(), "last")


def test_a_name_held_where_nobody_can_see_it_is_a_conflict(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("CreatePolicy", *[refusal(409, "ConflictException", "name is taken")] * 2)

    with pytest.raises(ConflictError, match="name is taken"):
        backend.create(ENGINE, desired(), "1")


def test_a_name_on_its_way_out_is_waited_for(wire: Wire, backend: AgentCoreBackend) -> None:
    first = backend.create(ENGINE, desired(), "1")
    wire.service.pending_reads = 3
    backend.delete(first)

    with pytest.raises(BackendNotReadyError, match="still being deleted"):
        backend.create(ENGINE, desired(), "2")
    with pytest.raises(BackendNotReadyError, match="still being deleted"):
        backend.create(ENGINE, desired(), "1")


def test_an_answer_about_another_policy_is_not_believed(wire: Wire, backend: AgentCoreBackend) -> None:
    other = backend.create(ENGINE, desired("other"), "1")
    wire.script("CreatePolicy", Answer(202, wire.service.policies[other.id]))

    with pytest.raises(BackendAmbiguousError, match="answered with another one"):
        backend.create(ENGINE, desired(), "2")


def test_a_read_that_answers_with_another_policy_is_not_believed(wire: Wire, backend: AgentCoreBackend) -> None:
    one, other = (backend.create(ENGINE, desired(name), name) for name in ("one", "other"))
    wire.script("GetPolicy", Answer(200, wire.service.policies[other.id]))

    with pytest.raises(BackendTerminalError, match="answered with another one"):
        backend.read(ENGINE, one.id)


@pytest.mark.parametrize("length", [1, 34, 10_001])
def test_text_that_the_service_does_not_hold_is_refused_here(
    wire: Wire, backend: AgentCoreBackend, length: int
) -> None:
    with pytest.raises(BackendTerminalError, match=f"has {length} characters, 35 to 10000 are possible"):
        backend.create(ENGINE, desired(text="x" * length), "1")

    assert wire.requests == []


def test_a_long_description_is_cut_before_its_mark(wire: Wire, backend: AgentCoreBackend) -> None:
    wanted = desired(description="é" * 5000)

    created = backend.create(ENGINE, wanted, "1")

    assert created.mark == wanted.mark
    assert len(wire.sent("CreatePolicy")[0].body["description"]) == 4096


# Findings of the service.

WAIVER = {
    "policies": ["refunds/limits/*"],
    "finding": "overly-permissive",
    "reason": "one tool, reviewed",
    "by": "ada",
    "until": "2026-03-02",
}


@pytest.mark.parametrize(
    ("name", "waiver", "expected"),
    [
        ("limits/cap-refund", WAIVER, "IGNORE_ALL_FINDINGS"),
        ("limits/cap-refund", {**WAIVER, "until": "2026-03-01"}, "FAIL_ON_ANY_FINDINGS"),
        ("other", WAIVER, "FAIL_ON_ANY_FINDINGS"),
    ],
    ids=["on its last day", "expired", "of other policies"],
)
def test_findings_are_ignored_where_somebody_answers_for_it(
    wire: Wire, name: str, waiver: dict[str, object], expected: str
) -> None:
    backend = agentcore_backend(wire.url, finding_waivers=[waiver])

    created = backend.create(ENGINE, desired(name), "1")
    backend.set_mode(created, Mode.LOG_ONLY)

    sent = [*wire.sent("CreatePolicy"), *wire.sent("UpdatePolicy")]
    assert [request.body["validationMode"] for request in sent] == [expected] * 2


def test_a_target_may_ignore_all_findings(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, validation="IGNORE_ALL_FINDINGS")

    backend.create(ENGINE, desired(), "1")

    assert wire.sent("CreatePolicy")[0].body["validationMode"] == "IGNORE_ALL_FINDINGS"


# A gateway that was just made.


def refusing(times: int) -> Callable[[dict[str, object]], list[str]]:
    left = iter(range(times))
    return lambda policy: [REFUSAL] if GATEWAY in str(policy["definition"]) and next(left, None) is not None else []


def keep_trying(backend: AgentCoreBackend, watch: Stopwatch, wanted: DesiredObject) -> list[str]:
    """Do what the reconciler does: the same call every five seconds; answers what it was told in the meantime."""
    told = []
    for _ in range(100):
        try:
            told.append(backend.create(ENGINE, wanted, "token").status.value)
        except BackendNotReadyError as error:
            told.append(error.message)
            watch.sleep(5)
        else:
            return told
    raise AssertionError(told)


def test_a_new_gateway_is_waited_for(wire: Wire, backend: AgentCoreBackend, watch: Stopwatch) -> None:
    wire.service.fate = refusing(3)

    told = keep_trying(backend, watch, desired(text=at_gateway()))

    assert told == [*[f"gateway `{GATEWAY}` does not take policies yet"] * 3, "active"]
    assert [live.status for live in backend.observe().objects] == [Status.ACTIVE]


def test_waiting_for_a_gateway_ends_with_its_own_words(wire: Wire, watch: Stopwatch) -> None:
    backend = agentcore_backend(wire.url, watch, converge_seconds=20)
    wire.service.fate = refusing(1000)

    *_, last = keep_trying(backend, watch, desired(text=at_gateway()))

    (left,) = backend.observe().objects
    assert last == "failed"
    assert (left.status, left.detail) == (Status.FAILED, f"create failed; {REFUSAL}")
    assert 20 <= watch.now - 1000 <= 40


def test_only_the_first_policy_of_a_gateway_is_watched(wire: Wire, backend: AgentCoreBackend, watch: Stopwatch) -> None:
    backend.create(ENGINE, desired("elsewhere"), "0")
    wire.service.pending_reads = 2

    first = backend.create(ENGINE, desired("one", at_gateway(1)), "1")
    second = backend.create(ENGINE, desired("two", at_gateway(2)), "2")

    assert (first.status, second.status) == (Status.ACTIVE, Status.PENDING)
    assert watch.slept.count(1.0) == 2


def test_a_gateway_that_live_policies_name_is_not_watched(
    wire: Wire, backend: AgentCoreBackend, watch: Stopwatch
) -> None:
    backend.create(ENGINE, desired("one", at_gateway(1)), "1")
    wire.service.pending_reads = 2
    fresh = agentcore_backend(wire.url, watch)
    fresh.observe()

    second = fresh.create(ENGINE, desired("two", at_gateway(2)), "2")

    assert second.status is Status.PENDING
    assert watch.slept.count(1.0) == 0


def test_a_gateway_that_does_not_make_up_its_mind_is_left_to_the_reconciler(
    wire: Wire, backend: AgentCoreBackend, watch: Stopwatch
) -> None:
    backend.create(ENGINE, desired("elsewhere"), "0")
    wire.service.pending_reads = 100

    created = backend.create(ENGINE, desired(text=at_gateway()), "1")

    assert created.status is Status.PENDING
    assert watch.slept.count(1.0) == 5


def test_any_other_failure_is_shown_and_left_in_place(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.service.fate = lambda _: ["Overly Permissive: everybody", "second\nreason"]

    created = backend.create(ENGINE, desired(text=at_gateway()), "1")

    assert (created.status, created.detail) == (
        Status.FAILED,
        "create failed; Overly Permissive: everybody; second reason",
    )
    assert backend.observe().objects == (created,)


def test_what_failed_is_made_anew_once_it_was_cleared_away(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.service.fate = lambda _: ["Overly Permissive"]
    failed = backend.create(ENGINE, desired(), "token")
    wire.service.fate = lambda _: []

    backend.delete(failed)
    created = backend.create(ENGINE, desired(), "token")

    assert (created.status, created.id != failed.id) == (Status.ACTIVE, True)


def test_an_engine_outside_of_the_template_is_not_made(wire: Wire) -> None:
    backend = agentcore_backend(wire.url, engine="bylaw_{app}")

    with pytest.raises(UsageError, match="no engine of this target is named `refunds`"):
        backend.create("refunds", desired(), "1")

    assert wire.requests == []


def test_an_engine_that_went_away_is_looked_for_again(
    wire: Wire, backend: AgentCoreBackend, outsider: BotoOutsider
) -> None:
    backend.put_schema(ENGINE, None)
    backend.observe()
    wire.service.engines.clear()

    with pytest.raises(BackendNotReadyError, match="went away"):
        backend.create(ENGINE, desired(), "1")
    created = backend.create(ENGINE, desired(), "1")

    assert created.id in {policy["policyId"] for policy in outsider._policies(outsider.engine(ENGINE))}
