"""The reconciler and this backend together: changes, drift, failures, and whatever the network does in between."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.interface import Observed, Status
from bylaw.model.effects import Mode
from bylaw.model.errors import BylawError
from bylaw.model.exit_codes import ExitCode
from tools.backends.agentcore.opening import BotoOutsider
from tools.backends.agentcore.service import Answer, refusal
from tools.backends.agentcore.wire import DROPPED_AFTER, DROPPED_BEFORE, Drop, Wire
from tools.reconcile.world import Wanted, World, forbid, permit, staged

WRITES = ("CreatePolicy", "UpdatePolicy", "DeletePolicy")
WANTED: dict[str, Wanted] = {"allow": permit(), "deny": forbid(), "soak": staged(permit("soak"))}
AFTER: dict[str, Wanted] = {
    "allow": permit("bob"),
    "deny": permit("eve"),
    "soak": permit("soak"),
    "new": staged(forbid("new")),
}
GATEWAY = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/shop-abcdefghij"


class Console:
    """The target as a person sees it. Stands where the tests of the reconciler have their store."""

    def __init__(self, wire: Wire, backend: AgentCoreBackend) -> None:
        self.wire, self.backend = wire, backend
        self.log: list[Any] = []

    def observe(self) -> Observed:
        return self.backend.observe()

    def edit_outside(self, object_id: str, text: str | None = None, mode: Mode | None = None) -> None:
        stored = self.wire.service.policies[object_id]
        if text is not None:
            stored["definition"] = {"cedar": {"statement": text}}
        if mode is not None:
            stored["enforcementMode"] = mode.value.upper()

    def remove_outside(self, object_id: str) -> None:
        del self.wire.service.policies[object_id]


@pytest.fixture
def world(wire: Wire, backend: AgentCoreBackend) -> World:
    world = World(store=Console(wire, backend))  # type: ignore[arg-type]
    world.backend = backend
    return world


def wanted(policies: dict[str, Wanted]) -> dict[str, tuple[str, Mode]]:
    return {
        f"desk/{name}": (item, Mode.ACTIVE) if isinstance(item, str) else (item.text, Mode.LOG_ONLY)
        for name, item in policies.items()
    }


def held(world: World) -> dict[str, tuple[str, Mode]]:
    return {str(live.mark.ref): (live.text, live.mode) for live in world.ours() if live.mark}


def written(wire: Wire) -> list[str]:
    return [request.operation for request in wire.requests if request.operation in WRITES]


def test_a_second_run_writes_nothing_and_reads_the_list_pages_alone(wire: Wire, world: World) -> None:
    world.commit(WANTED)
    first = world.apply()
    wire.requests.clear()

    second = world.prepare()

    assert (first.exit_code, held(world)) == (ExitCode.OK, wanted(WANTED))
    assert second.plan.is_empty
    assert [request.operation for request in wire.requests[:2]] == ["ListPolicyEngines", "ListPolicies"]
    assert world.apply().written == 0
    assert written(wire) == []


@pytest.mark.parametrize("pending_reads", [0, 1, 4])
def test_changes_arrive_in_the_safe_order_however_slow_they_are(wire: Wire, world: World, pending_reads: int) -> None:
    world.commit(WANTED)
    world.settled()
    wire.service.pending_reads = pending_reads
    wire.requests.clear()

    world.commit(AFTER)
    report = world.apply()

    assert (report.problems, report.exit_code, held(world)) == ((), ExitCode.OK, wanted(AFTER))
    assert all(live.status is Status.ACTIVE for live in world.ours())
    operations = written(wire)
    assert operations.index("DeletePolicy") > max(
        index for index, operation in enumerate(operations) if operation == "CreatePolicy"
    )
    assert world.plan().is_empty


@pytest.mark.parametrize(
    "meddle",
    [
        lambda world: world.edit("allow", permit("mallory")),
        lambda world: world.remove("deny"),
        lambda world: world.switch("deny", Mode.LOG_ONLY),
        lambda world: world.switch("soak", Mode.ACTIVE),
    ],
    ids=["text edited", "deleted", "switched off", "switched on"],
)
def test_drift_is_healed(world: World, meddle: Callable[[World], None]) -> None:
    world.configure(drift="heal")
    world.commit(WANTED)
    world.settled()

    meddle(world)
    report = world.apply()

    assert (report.problems, held(world)) == ((), wanted(WANTED))
    assert world.plan().is_empty


def test_a_failed_creation_is_reported_with_its_reasons_and_cleared_away_by_the_next_run(
    wire: Wire, world: World
) -> None:
    world.commit(deny=forbid())
    world.settled()
    wire.service.fate = lambda policy: ["Overly Permissive: everybody"] if "ada" in str(policy["definition"]) else []
    world.commit(WANTED)

    report = world.apply()
    wire.service.fate = lambda _: []
    after = world.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert any("`desk/allow` failed: create failed; Overly Permissive: everybody" in told for told in report.problems)
    assert (after.problems, held(world)) == ((), wanted(WANTED))


def test_a_new_gateway_is_waited_for_inside_one_run(wire: Wire, world: World) -> None:
    refused = iter(range(10))
    reason = f"Insufficient permissions to call gateway {GATEWAY}"
    wire.service.fate = lambda _: [reason] if next(refused, None) is not None else []
    world.commit(allow=f'permit (principal, action, resource == AgentCore::Gateway::"{GATEWAY}");')

    report = world.apply()

    assert report.exit_code is ExitCode.OK
    assert sum(world.clock.slept) == pytest.approx(50)
    assert len(world.ours()) == 1


FAULTS: tuple[Answer | Drop, ...] = (
    refusal(429, "ThrottlingException"),
    refusal(500, "InternalServerException"),
    refusal(503, "ServiceUnavailableException"),
    refusal(409, "ConflictException"),
    refusal(403, "AccessDeniedException"),
    refusal(402, "ServiceQuotaExceededException"),
    Answer(504),
    Answer(202, b"<html>"),
    DROPPED_BEFORE,
    DROPPED_AFTER,
)


def misfortune(wire: Wire, chance: random.Random) -> None:
    for operation in (*WRITES, "ListPolicies", "GetPolicy", "ListPolicyEngines", "CreatePolicyEngine"):
        script = [chance.choice(FAULTS) for _ in range(chance.randrange(4))]
        wire.script(operation, *[fault for fault in script if not _tells_lies(fault, operation)])


def _tells_lies(fault: Answer | Drop, operation: str) -> bool:
    """An answer of success to a read that is none says nothing about the reconciler."""
    return isinstance(fault, Answer) and fault.status < 300 and operation.startswith(("List", "Get"))


def run(world: World) -> ExitCode | None:
    """One turn of the loop; none where it ended before it wrote anything."""
    with suppress(BylawError):
        return world.apply().exit_code
    return None


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_the_next_quiet_run_converges(
    wire: Wire, backend: AgentCoreBackend, world: World, outsider: BotoOutsider, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    foreign = outsider.add("desk", permit("foreign"), "somebody's")
    before = next(live for live in backend.observe().objects if live.id == foreign)
    world.waive("first_apply")
    wire.service.pending_reads = chance.randrange(3)

    for policies in (WANTED, AFTER, WANTED):
        world.commit(policies)
        misfortune(wire, chance)
        told = run(world)
        assert told is not ExitCode.OK or held(world) == wanted(policies)
        wire.quiet()
        assert run(world) is ExitCode.OK
        assert held(world) == wanted(policies)
        assert world.plan().is_empty

    assert world.foreign() == [before]
    assert len(wire.service.policies) == len(WANTED) + 1
