"""At the documented rates a large deploy takes hardly longer than they force: nothing is sent twice, or asked for nothing."""

from collections import Counter
from datetime import timedelta
from typing import Any

from bylaw.backends.agentcore.opening import open_with
from bylaw.backends.agentcore.pace import Timing
from bylaw.model.exit_codes import ExitCode
from bylaw.server.agentcore import AgentCoreOptions
from bylaw.server.agentcore.options import POLICY_RATE
from tools.backends.agentcore.opening import OPENED, connection, session, target
from tools.reconcile.world import World, permit
from tools.server.agentcore.faces import Face, serving

OPTIONS = AgentCoreOptions(throttled=True, semantic_findings=False)
SHARE = 1.2


class Deploy:
    """A world that is deployed at the service's own rates, on a clock that only waiting moves."""

    def __init__(self, world: World, face: Face) -> None:
        self.world, self.face = world, face
        self.began = world.clock.now
        timing = Timing(self.seconds, world.clock.sleep)
        OPENED.append(open_with(connection(), target(face.url), session=session(), timing=timing))
        world.backend = OPENED[-1]
        self.asked: Counter[str] = Counter()
        application = face.passage.application

        async def counting(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.asked[f"{scope['method']} {scope['path'].rpartition('/')[2]}"] += 1
            await application(scope, receive, send)

        face.passage.application = counting

    def seconds(self) -> float:
        """Since the beginning."""
        return (self.world.clock.now - self.began) / timedelta(seconds=1)


def test_a_thousand_new_policies_take_what_the_rates_force_and_a_fifth_more_at_most(database: str) -> None:
    world = World()
    world.configure(lease_seconds=3600)
    with serving(database, OPTIONS, world.clock) as face:
        deploy = Deploy(world, face)
        world.commit({f"p{index}": permit(f"user-{index}") for index in range(1000)})

        report = world.apply()

        assert report.exit_code is ExitCode.OK, report.problems[:3]
        assert deploy.seconds() <= SHARE * 1000 / POLICY_RATE
        assert deploy.asked["POST policies"] == 1000


def test_an_unchanged_second_plan_costs_the_list_pages(database: str) -> None:
    world = World()
    with serving(database, AgentCoreOptions(semantic_findings=False), world.clock) as face:
        deploy = Deploy(world, face)
        world.commit({f"p{index}": permit(f"user-{index}") for index in range(250)})
        world.apply()
        deploy.asked.clear()

        plan = world.plan()

        assert plan.is_empty
        assert deploy.asked == {"GET policy-engines": 1, "GET policies": 3}
