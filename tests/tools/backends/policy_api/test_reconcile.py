"""The reconciler and this backend together: changes, drift, failures, lost answers, and statuses that take their time."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from bylaw.backends.interface import Observed, Status
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.model.effects import Mode
from bylaw.model.errors import BylawError
from bylaw.model.exit_codes import ExitCode
from tools.backends.policy_api.opening import HttpOutsider, Stopwatch, policy_api_backend, serving
from tools.backends.policy_api.original import AgentCore, Noop, original
from tools.backends.policy_api.original import World as Server
from tools.reconcile.world import World, forbid, permit

WANTED = {"allow": permit(), "deny": forbid(), "old": permit("old")}
AFTER = {"allow": permit("bob"), "deny": permit("eve"), "new": forbid("new")}
PROVIDERS = ("noop", "agentcore")


class Desk:
    """The target as a person sees it. Stands where the tests of the reconciler have their store."""

    def __init__(self, server: Server, backend: PolicyApiBackend) -> None:
        self.server, self.backend = server, backend
        self.log: list[Any] = []

    def observe(self) -> Observed:
        return self.backend.observe()

    def edit_outside(self, object_id: str, text: str | None = None, mode: Mode | None = None) -> None:
        assert mode is None
        for policy in self.server.all_policies():
            if policy["policy_id"] == object_id and text is not None:
                policy["definition"] = text

    def remove_outside(self, object_id: str) -> None:
        for policies in self.server.policies.values():
            policies.pop(object_id, None)


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, world: Server) -> Noop:
    return Noop(world) if request.param == "noop" else AgentCore(world)


@pytest.fixture
def url(world: Server, provider: Noop) -> Iterator[str]:
    with serving(original(world, provider)) as url:
        yield url


@pytest.fixture
def backend(url: str, watch: Stopwatch, provider: Noop) -> PolicyApiBackend:
    kind = "agentcore" if isinstance(provider, AgentCore) else "noop"
    return policy_api_backend(url, watch, provider=kind)


@pytest.fixture
def target(world: Server, backend: PolicyApiBackend) -> World:
    target = World(store=Desk(world, backend))  # type: ignore[arg-type]
    target.backend = backend
    return target


def held(target: World) -> dict[str, str]:
    return {str(live.mark.ref): live.text for live in target.ours() if live.mark}


def wanted(policies: dict[str, str]) -> dict[str, str]:
    return {f"desk/{name}": text for name, text in policies.items()}


def test_a_second_run_writes_nothing_and_reads_the_list_pages_alone(world: Server, target: World) -> None:
    target.commit(WANTED)
    first = target.apply()
    world.seen.clear()

    second = target.prepare()

    assert (first.exit_code, held(target)) == (ExitCode.OK, wanted(WANTED))
    assert second.plan.is_empty
    assert {request.path.rpartition("/")[2] for request in world.seen} == {"engines", "policies", "enforcement"}
    assert target.apply().written == 0
    assert world.writes() == []


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_changes_arrive_in_the_safe_order_however_slow_they_are(
    world: Server, provider: Noop, target: World, delay: int
) -> None:
    target.commit(WANTED)
    target.settled()
    if isinstance(provider, AgentCore):
        provider.delay = delay
    world.seen.clear()

    target.commit(AFTER)
    report = target.apply()

    methods = [request.method for request in world.writes()]
    assert (report.problems, report.exit_code, held(target)) == ((), ExitCode.OK, wanted(AFTER))
    assert all(live.status is Status.ACTIVE for live in target.ours())
    assert methods == ["POST"] * 3 + ["DELETE"] * 3
    assert target.plan().is_empty


@pytest.mark.parametrize("provider", ["agentcore"], indirect=True)
def test_a_failed_creation_is_reported_with_its_reasons_and_cleared_away_by_the_next_run(
    target: World, provider: AgentCore
) -> None:
    target.commit(deny=forbid())
    target.settled()
    provider.fate = lambda text: "CREATE_FAILED" if "ada" in text else "ACTIVE"
    target.commit(WANTED)

    report = target.apply()
    provider.fate = lambda _: "ACTIVE"
    after = target.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert any("`desk/allow` failed: create failed; the policy is overly" in told for told in report.problems)
    assert (after.problems, held(target)) == ((), wanted(WANTED))


@pytest.mark.parametrize("provider", ["agentcore"], indirect=True)
def test_what_is_never_decided_ends_the_run_at_a_deadline(target: World, provider: AgentCore) -> None:
    provider.delay = 1_000_000
    target.commit(WANTED)

    report = target.apply()

    assert report.exit_code is ExitCode.PARTIAL_APPLY
    assert any("is not in force yet" in told for told in report.problems)
    assert 0 < sum(target.clock.slept) < 3600


@pytest.mark.parametrize("provider", ["agentcore"], indirect=True)
def test_what_is_changing_already_is_waited_for(world: Server, target: World, provider: AgentCore) -> None:
    target.commit(WANTED)
    target.settled()
    provider.delay = 3
    busy = next(policy for policy in world.all_policies() if "old" in policy["definition"])
    busy["status"] = "UPDATING"
    provider.ticks[busy["policy_id"]] = 6

    target.commit({name: text for name, text in WANTED.items() if name != "old"})
    report = target.apply()

    assert (report.problems, held(target)) == ((), wanted({name: WANTED[name] for name in ("allow", "deny")}))


@pytest.mark.parametrize(
    "meddle",
    [lambda target: target.edit("allow", permit("mallory")), lambda target: target.remove("deny")],
    ids=["text edited", "deleted"],
)
def test_drift_is_healed(target: World, meddle: Callable[[World], None]) -> None:
    target.configure(drift="heal")
    target.commit(WANTED)
    target.settled()

    meddle(target)
    report = target.apply()

    assert (report.problems, held(target)) == ((), wanted(WANTED))
    assert target.plan().is_empty


def test_a_server_that_was_restarted_gets_everything_again(world: Server, target: World) -> None:
    target.configure(drift="heal")
    target.commit(WANTED)
    target.settled()
    world.engines.clear()
    world.policies.clear()

    with suppress(BylawError):
        target.apply()
    report = target.apply()

    assert (report.problems, held(target)) == ((), wanted(WANTED))


class Weather:
    """Loses requests before they take effect, and answers after, in a seeded way."""

    def __init__(self, seed: int, share: float) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - weather
        self._share = share
        self.lost = 0

    def before(self, request: Request) -> Response | None:
        return self._storm(None if self._draw.random() > self._share else request)

    def after(self, request: Request, response: Response) -> Response:
        return self._storm(None if self._draw.random() > self._share else request) or response

    def _storm(self, request: Request | None) -> Response | None:
        if request is None:
            return None
        self.lost += 1
        status, detail = self._draw.choice(
            [(502, "bad gateway"), (503, "Service unavailable: x"), (500, "ReadTimeoutError: x"), (500, "Boom: x")]
        )
        return JSONResponse({"detail": detail}, status)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_lost_on_the_way_the_next_quiet_run_converges(
    world: Server, target: World, url: str, seed: int
) -> None:
    target.configure(drift="heal")
    target.commit(WANTED)
    target.settled()
    outsider = HttpOutsider(url)
    foreign = outsider.add("desk", permit("foreign"), "somebody's")
    weather = Weather(seed, 0.15)
    world.hook, world.after = weather.before, weather.after

    target.commit(AFTER)
    for _ in range(3):
        with suppress(BylawError):
            target.apply()
    world.hook, world.after = (lambda _: None), (lambda _, response: response)
    target.settled()

    outsider.close()
    survivors = [policy for policy in world.all_policies() if policy["policy_id"] == foreign]
    assert weather.lost > 0
    assert held(target) == wanted(AFTER)
    assert len(target.ours()) == len(AFTER)
    assert [policy["definition"] for policy in survivors] == [permit("foreign")]
    assert [policy["description"] for policy in survivors] == ["somebody's"]
