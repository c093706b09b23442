"""An apply with one write in each phase on a backend that fails: what the tests of failures share."""

from collections.abc import Callable
from typing import Any

from bylaw.backends.interface import DesiredObject, LiveObject, Observed
from bylaw.reconcile.apply import ApplyReport, Outcome
from tools.fakes.faulty_backend import Fault, FaultyBackend
from tools.reconcile.world import World, forbid, permit, store

# One write in each phase, in this order.
WRITES = ["schema", "add forbid", "add permit", "remove permit", "remove forbid"]
TERMINAL = [Fault.TERMINAL, Fault.CONFLICT]
PASSING = [Fault.NOT_READY, Fault.TRANSIENT, Fault.AMBIGUOUS_LOST, Fault.AMBIGUOUS_DONE]
LATE = [Fault.PENDING, Fault.HIDDEN]


def eventful(*, transactional: bool = False) -> World:
    """A commit with one write in each phase."""
    world = World(store=store(transactional=transactional))
    world.commit(deny=forbid("old"), allow=permit("old"))
    world.settled()
    world.commit(schema="entity User;", deny=forbid("new"), allow=permit("new"))
    return world


def faulty(world: World, faults: dict[int, Fault], **options: Any) -> FaultyBackend:
    backend = FaultyBackend(world.store, faults, **options)
    world.backend = backend
    return backend


def outcomes(report: ApplyReport) -> list[Outcome]:
    return [result.outcome for result in report.results]


def converges(world: World) -> None:
    """A run without faults ends as git wants, and the one after it is empty."""
    world.backend = world.store
    report = world.apply()
    assert report.problems == ()
    assert world.texts() == {"desk/deny": forbid("new"), "desk/allow": permit("new")}
    assert world.apply().plan.is_empty


class Liar(FaultyBackend):
    """Passes every answer through a lie."""

    create_lie: Callable[[LiveObject], LiveObject] = staticmethod(lambda live: live)
    observe_lie: Callable[[Observed], Observed] = staticmethod(lambda observed: observed)

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        return self.create_lie(super().create(engine, desired, token))

    def observe(self) -> Observed:
        return self.observe_lie(super().observe())
