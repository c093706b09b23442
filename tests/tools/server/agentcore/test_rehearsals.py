"""Whatever goes wrong between the reconciler and the service, a run ends converged or says truthfully how far it came; the next run
without faults converges, repeats nothing, and touches nothing of others."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bylaw.model.effects import Mode
from bylaw.model.errors import BylawError
from bylaw.model.exit_codes import ExitCode
from bylaw.server.agentcore import AgentCoreOptions
from bylaw.server.faults import FaultRule
from tools.backends.agentcore.opening import Stopwatch, agentcore_backend
from tools.reconcile.mortality import Fate, outlive, run_mortal
from tools.reconcile.world import OWNER, Wanted, World, forbid, permit, staged
from tools.server.agentcore.faces import Face, serving

CREATE = "POST /policy-engines/*/policies"
BEFORE: dict[str, Wanted] = {
    "allow": permit("a"),
    "deny": forbid("a"),
    "gone": permit("gone"),
    "soak": staged(permit("soak")),
}
AFTER: dict[str, Wanted] = {"allow": permit("b"), "deny": forbid("b"), "new": permit("new"), "soak": permit("soak")}
FOREIGN = 'permit (principal == User::"foreign", action, resource);'
OPTIONS = AgentCoreOptions(semantic_findings=False)

FAULTS: dict[str, FaultRule] = {
    "throttled": FaultRule(kind="throttle", times=5),
    "throttled now and then": FaultRule(kind="throttle", probability=0.4),
    "failing": FaultRule(kind="error", times=3),
    "failing now and then": FaultRule(kind="error", probability=0.3),
    "failing for good": FaultRule(kind="error", match="POST *", after=1),
    "no deletions": FaultRule(kind="error", match="DELETE *"),
    "no listing": FaultRule(kind="error", match="GET */policies", after=3),
    "an answer to a creation that never came": FaultRule(kind="reset", match=CREATE, times=1),
    "answers that never came": FaultRule(kind="reset", probability=0.3),
    "an answer to a change that never came": FaultRule(kind="reset", match="PATCH *", times=1),
    "an answer to a deletion that never came": FaultRule(kind="reset", match="DELETE *", times=1),
    "a policy that is stuck": FaultRule(kind="stuck", match=CREATE, after=1, times=1, seconds=3000),
    "a policy that fails": FaultRule(kind="create-failed", match=CREATE, after=1, times=1, reason="no capacity"),
    "policies that fail": FaultRule(kind="create-failed", match=CREATE),
    "slow answers": FaultRule(kind="slow", probability=0.3, seconds=0.005),
}


class Rehearsal:
    """One target on a face that may be restarted with other faults."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.world = World()
        self.watch = Stopwatch()

    def run(self, faults: Sequence[FaultRule] = (), seed: int = 1) -> BylawError | ExitCode:
        """One reconciliation; how it ended."""
        with serving(self.database, OPTIONS, self.world.clock, faults, seed) as face:
            self.world.backend = agentcore_backend(face.url, self.watch)
            try:
                return self.world.apply().exit_code
            except BylawError as error:
                return error

    def with_face(self) -> Iterator[Face]:
        with serving(self.database, OPTIONS, self.world.clock) as face:
            yield face

    def stands(self) -> tuple[dict[str, Any], list[str]]:
        """What is there: ours by policy, and the texts of others."""
        with serving(self.database, OPTIONS, self.world.clock) as face:
            objects = agentcore_backend(face.url, self.watch).observe().objects
        ours = [live for live in objects if live.mark is not None and live.mark.owner == OWNER]
        assert len({live.mark for live in ours}) == len(ours), "no policy stands twice"
        shown: dict[str, Any] = {
            str(live.mark.ref.policy): live.text if live.mode is Mode.ACTIVE else staged(live.text)
            for live in ours
            if live.mark
        }
        return shown, [live.text for live in objects if live.mark is None]


@pytest.fixture
def rehearsal(database: str) -> Rehearsal:
    return prepared(database)


def prepared(database: str) -> Rehearsal:
    """A target that holds the first commit, and something of others."""
    rehearsal = Rehearsal(database)
    rehearsal.world.commit(BEFORE)
    assert rehearsal.run() is ExitCode.OK
    for face in rehearsal.with_face():
        face.policy(face.client.list_policy_engines()["policyEngines"][0]["policyEngineId"], "foreign", FOREIGN)
    rehearsal.world.commit(AFTER)
    return rehearsal


def demand_recovery(rehearsal: Rehearsal, faults: Sequence[FaultRule], seed: int = 1) -> None:
    ended = rehearsal.run(faults, seed)

    held, foreign = rehearsal.stands()
    assert foreign == [FOREIGN]
    assert ended is not ExitCode.OK or held == AFTER
    rehearsal.world.clock.advance(timedelta(hours=1))
    rehearsal.watch.now += 3600
    assert rehearsal.run() is ExitCode.OK
    assert rehearsal.stands() == (AFTER, [FOREIGN])
    assert rehearsal.run() is ExitCode.OK


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_alone_is_recovered_from(what: str, rehearsal: Rehearsal) -> None:
    demand_recovery(rehearsal, [FAULTS[what]])


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(n, marks=pytest.mark.deep) for n in range(6, 60))])
def test_faults_together_are_recovered_from(seed: int, rehearsal: Rehearsal) -> None:
    dice = random.Random(seed)  # noqa: S311 - it has to repeat itself
    chosen = dice.sample(sorted(FAULTS), dice.randint(2, 5))

    demand_recovery(rehearsal, [FAULTS[name] for name in chosen], seed)


def killed(rehearsal: Rehearsal, last: int | None) -> Fate:
    """One run of a process that dies after so many writes or records, over a socket."""
    with serving(rehearsal.database, OPTIONS, rehearsal.world.clock) as face:
        return run_mortal(rehearsal.world, last, agentcore_backend(face.url, rehearsal.watch))


@pytest.mark.parametrize("part", [pytest.param(n, marks=pytest.mark.deep if n else ()) for n in range(10)])
def test_a_process_that_is_killed_at_any_write_is_recovered_from(part: int, tmp_path: Path) -> None:
    whole = prepared(f"sqlite:///{tmp_path}/whole.db")
    steps = killed(whole, None).taken
    assert steps > 30
    for last in range(part, steps, 10):
        rehearsal = prepared(f"sqlite:///{tmp_path}/{last}.db")
        assert killed(rehearsal, last).dead
        outlive(rehearsal.world)

        assert rehearsal.run() is ExitCode.OK

        assert rehearsal.stands() == (AFTER, [FOREIGN]), last
