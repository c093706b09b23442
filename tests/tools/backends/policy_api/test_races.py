"""What happens when the server, or somebody else on it, is in the middle of something."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    BackendTransientError,
    LiveObject,
    Status,
)
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.languages.registry import read_deployed
from bylaw.model.effects import Mode
from bylaw.model.errors import BylawError, ConflictError
from tools.backends.policy_api.opening import HttpOutsider, policy_api_backend, serving
from tools.backends.policy_api.original import AgentCore, EngineCreate, PolicyCreate, World, original
from tools.backends.policy_api.wire import answering
from tools.contracts.policies import ENGINE, desired, statement

Failing = tuple[int, str, type[BylawError]]
GONE: Failing = (500, "KeyError: 'x'", ConflictError)
TAKEN: Failing = (500, "ConflictException: busy", ConflictError)
STALE: Failing = (412, "not as you have seen it", ConflictError)
LOST: Failing = (502, "bad gateway", BackendAmbiguousError)
INVALID: Failing = (422, "no", BackendTerminalError)


@pytest.fixture
def provider(world: World) -> AgentCore:
    return AgentCore(world)


@pytest.fixture
def agentcore(world: World, provider: AgentCore) -> Iterator[PolicyApiBackend]:
    with serving(original(world, provider)) as url:
        yield policy_api_backend(url, provider="agentcore")


def failure_of(action: Callable[[], object]) -> BylawError:
    with pytest.raises(BylawError) as failure:
        action()
    return failure.value


def sole(backend: PolicyApiBackend) -> LiveObject:
    (live,) = backend.observe().objects
    return live


# Engines that are not ready.


@pytest.mark.parametrize(
    ("status", "reasons", "expected", "told"),
    [
        ("CREATING", [], BackendNotReadyError, "engine `refunds` is not active yet"),
        ("UPDATING", [], BackendNotReadyError, "engine `refunds` is not active yet"),
        ("BRAND_NEW_STATUS", [], BackendNotReadyError, "engine `refunds` is not active yet"),
        ("CREATE_FAILED", ["no key"], BackendTerminalError, "engine `refunds` failed: no key"),
        ("CREATE_FAILED", [], BackendTerminalError, "engine `refunds` failed: no reason given"),
    ],
)
def test_an_engine_that_is_not_active_takes_no_policies(
    world: World,
    backend: PolicyApiBackend,
    status: str,
    reasons: list[str],
    expected: type[BylawError],
    told: str,
) -> None:
    backend.put_schema(ENGINE, None)
    next(iter(world.engines.values())).update(status=status, status_reasons=reasons)

    failure = failure_of(lambda: backend.create(ENGINE, desired(), "1"))

    assert (type(failure), failure.message) == (expected, told)
    assert world.all_policies() == []


@pytest.mark.parametrize(("status", "shown"), [("CREATING", [ENGINE]), ("CREATE_FAILED", [ENGINE]), ("DELETING", [])])
def test_an_engine_that_is_not_there_yet_holds_nothing(
    world: World, backend: PolicyApiBackend, status: str, shown: list[str]
) -> None:
    backend.put_schema(ENGINE, None)
    next(iter(world.engines.values()))["status"] = status
    world.seen.clear()

    observed = backend.observe()

    assert ([engine.name for engine in observed.engines], observed.objects) == (shown, ())
    assert not [request for request in world.seen if request.path.endswith("/policies")]


def test_an_engine_that_somebody_else_just_made_is_used(world: World, agentcore: PolicyApiBackend) -> None:
    def hook(request: Request) -> Response | None:
        if request.method == "POST" and not world.engines:
            AgentCore(world).create_engine(EngineCreate(name=ENGINE))
        return None

    world.hook = hook

    created = agentcore.create(ENGINE, desired(), "1")

    assert sole(agentcore) == created
    assert len(world.engines) == 1


def test_a_name_that_is_taken_by_what_does_not_show_is_a_conflict(world: World, agentcore: PolicyApiBackend) -> None:
    world.hook = answering(500, "ConflictException: name in use", "POST", "/engines")

    assert type(failure_of(lambda: agentcore.create(ENGINE, desired(), "1"))) is ConflictError


def test_an_engine_that_goes_away_while_it_is_read_is_read_again(world: World, backend: PolicyApiBackend) -> None:
    backend.put_schema(ENGINE, None)
    world.hook = answering(404, "no such engine", "GET", "/policies")

    assert type(failure_of(backend.observe)) is BackendTransientError


def test_an_engine_that_goes_away_while_it_is_written_to_is_made_again(
    world: World, agentcore: PolicyApiBackend
) -> None:
    world.hook = answering(500, "ResourceNotFoundException: no such engine", "POST", "/policies")
    failure = failure_of(lambda: agentcore.create(ENGINE, desired(), "1"))
    world.hook = lambda _: None

    assert type(failure) is BackendNotReadyError
    assert agentcore.create(ENGINE, desired(), "1") == sole(agentcore)


# Answers about something else.


def _about(other: dict[str, Any], method: str, path: str) -> Callable[[Request, Response], Response]:
    def after(request: Request, response: Response) -> Response:
        if request.method == method and path in request.url.path and response.status_code < 300:
            return JSONResponse(other, response.status_code)
        return response

    return after


@pytest.mark.parametrize("change", [{"policy_engine_id": "other"}])
def test_a_policy_that_landed_elsewhere_has_an_unknown_fate(
    world: World, backend: PolicyApiBackend, change: dict[str, str]
) -> None:
    policy = {"policy_id": "p", "policy_engine_id": "e", "definition": statement(), **change}
    world.after = _about(policy, "POST", "/policies")

    assert type(failure_of(lambda: backend.create(ENGINE, desired(), "1"))) is BackendAmbiguousError


def test_an_engine_of_another_name_has_an_unknown_fate(world: World, backend: PolicyApiBackend) -> None:
    world.after = _about({"policy_engine_id": "e", "name": "other"}, "POST", "/engines")

    assert type(failure_of(lambda: backend.create(ENGINE, desired(), "1"))) is BackendAmbiguousError


def test_an_engine_that_is_another_one_now_is_an_error(world: World, backend: PolicyApiBackend) -> None:
    backend.put_schema(ENGINE, None)
    next(iter(world.engines.values()))["name"] = "renamed"

    assert type(failure_of(lambda: backend.create(ENGINE, desired(), "1"))) is BackendTerminalError


def test_a_change_of_another_policy_has_an_unknown_fate(world: World, backend: PolicyApiBackend) -> None:
    created = backend.create(ENGINE, desired(), "1")
    world.after = _about({**world.all_policies()[0], "policy_id": "other"}, "PUT", "/policies/")

    failure = failure_of(lambda: backend.update(created, desired(description="other"), "2"))

    assert type(failure) is BackendAmbiguousError


# Policies that are being changed.


@pytest.mark.parametrize(("status", "detail", "expected"), [GONE, TAKEN, STALE, LOST, INVALID])
def test_a_failing_update_is_told_as_what_it_is(
    world: World, backend: PolicyApiBackend, status: int, detail: str, expected: type[BylawError]
) -> None:
    created = backend.create(ENGINE, desired(), "1")
    world.hook = answering(status, detail, "PUT")

    failure = failure_of(lambda: backend.update(created, desired(description="other"), "2"))

    assert isinstance(failure, expected)
    assert sole(backend) == created


@pytest.mark.parametrize(("status", "detail", "expected"), [TAKEN, STALE, LOST, INVALID])
def test_a_failing_delete_is_told_as_what_it_is(
    world: World, backend: PolicyApiBackend, status: int, detail: str, expected: type[BylawError]
) -> None:
    created = backend.create(ENGINE, desired(), "1")
    world.hook = answering(status, detail, "DELETE")

    failure = failure_of(lambda: backend.delete(created))

    assert isinstance(failure, expected)
    assert sole(backend) == created


@pytest.mark.parametrize("status", [404, 500])
def test_what_goes_away_while_it_is_deleted_is_deleted(world: World, backend: PolicyApiBackend, status: int) -> None:
    created = backend.create(ENGINE, desired(), "1")
    world.hook = answering(status, "KeyError: 'x'", "DELETE")

    backend.delete(created)

    assert world.writes()[-1].method == "DELETE"


@pytest.mark.parametrize("status", ["CREATING", "UPDATING"])
@pytest.mark.parametrize("write", ["delete", "update"])
def test_what_is_changing_already_is_not_ready(
    world: World, agentcore: PolicyApiBackend, provider: AgentCore, status: str, write: str
) -> None:
    live = agentcore.create(ENGINE, desired(), "1")
    policy = world.all_policies()[0]
    policy["status"], provider.ticks[live.id] = status, 9
    if write == "update":
        policy["description"] = ""
    found = agentcore.read(ENGINE, live.id)
    assert found is not None

    failure = failure_of(
        lambda: agentcore.delete(found) if write == "delete" else agentcore.update(found, desired(), "2")
    )

    assert (type(failure), found.status) == (BackendNotReadyError, Status.PENDING)
    assert failure.message == f"object `{live.id}` is {status.lower()}"


def test_what_is_being_deleted_is_not_deleted_again(
    world: World, agentcore: PolicyApiBackend, provider: AgentCore
) -> None:
    live = agentcore.create(ENGINE, desired(), "1")
    provider.delay = 9
    agentcore.delete(live)
    world.seen.clear()

    agentcore.delete(live)

    assert world.writes() == []
    assert (sole(agentcore).status, sole(agentcore).detail) == (Status.PENDING, "deleting")


@pytest.mark.parametrize("relearned", [False, True])
def test_what_is_being_deleted_does_not_stand_in_the_way_of_its_successor(
    world: World, agentcore: PolicyApiBackend, provider: AgentCore, *, relearned: bool
) -> None:
    old = agentcore.create(ENGINE, desired(), "1")
    provider.delay = 9
    agentcore.delete(old)
    if relearned:
        agentcore.observe()

    new = agentcore.create(ENGINE, desired(), "2")
    again = agentcore.create(ENGINE, desired(), "2")

    assert (new.id, new.mark) == (again.id, old.mark)
    assert {policy["policy_id"] for policy in world.all_policies()} == {old.id, new.id}


def test_a_create_counts_whatever_becomes_of_the_look_at_it(world: World, agentcore: PolicyApiBackend) -> None:
    agentcore.put_schema(ENGINE, None)

    def hook(request: Request) -> Response | None:
        is_policy = "/policies/" in request.url.path
        return JSONResponse({"detail": "no"}, 403) if is_policy and request.method == "GET" else None

    world.hook = hook

    created = agentcore.create(ENGINE, desired(), "1")

    assert (created.status, created.mark) == (Status.PENDING, desired().mark)


# Objects that are odd.


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"enforcement_mode": "SHADOW\n"}, "enforcement mode `SHADOW` is unknown"),
        ({"definition": {"policy": {}}}, "its definition (`policy`) cannot be read"),
        ({"definition": None}, "its definition (`no text`) cannot be read"),
    ],
)
def test_an_object_that_we_do_not_understand_is_left_alone(
    world: World, agentcore: PolicyApiBackend, change: dict[str, object], detail: str
) -> None:
    live = agentcore.create(ENGINE, desired(), "1")
    world.all_policies()[0].update(change)
    odd = sole(agentcore)
    world.seen.clear()

    failures = [
        failure_of(lambda: agentcore.delete(odd)),
        failure_of(lambda: agentcore.update(odd, desired(), "2")),
        failure_of(lambda: agentcore.set_mode(odd, Mode.LOG_ONLY)),
    ]

    assert (odd.id, odd.digest, odd.detail) == (live.id, None, detail)
    assert {type(failure) for failure in failures} == {ConflictError}
    assert world.writes() == []


def test_dogwood_that_is_plain_cedar_is_read_and_not_rewritten(world: World, agentcore: PolicyApiBackend) -> None:
    agentcore.create(ENGINE, desired(), "1")
    world.all_policies()[0].update(definition={"policy": {"statement": statement()}}, description="")
    found = sole(agentcore)
    world.seen.clear()

    failure = failure_of(lambda: agentcore.update(found, desired(), "2"))

    assert (found.text, found.digest, found.language) == (statement(), desired().digest, "cedar")
    assert type(failure) is ConflictError
    assert world.writes() == []


def test_a_policy_with_an_id_of_its_own_is_not_adopted_where_only_that_could_carry_the_mark(world: World) -> None:
    text, provider = f'@id("mine") {statement()}', AgentCore(world)
    content = read_deployed("cedar", text)
    assert content is not None
    with serving(original(world, provider)) as url:
        agentcore = policy_api_backend(url, provider="agentcore", reader=read_deployed)
        agentcore.put_schema(ENGINE, None)
        provider.create_policy(next(iter(world.engines)), PolicyCreate(policy_body=text))
        found = sole(agentcore)
        failure = failure_of(lambda: agentcore.update(found, replace(desired(), digest=content[1]), "2"))

    assert failure.message == f"object `{found.id}` has an `@id` of its own, and its description cannot be changed"


def test_a_server_that_puts_a_policy_in_force_is_told(world: World, backend: PolicyApiBackend, url: str) -> None:
    eager = policy_api_backend(url, provider="local")
    enforcement = json.dumps({"active": True, "engine_id": None, "mode": "off"})

    def hook(request: Request) -> Response | None:
        return Response(enforcement) if request.url.path.endswith("/enforcement") else None

    world.hook = hook

    failure = failure_of(lambda: eager.create(ENGINE, desired(mode=Mode.LOG_ONLY), "1"))

    assert failure.message == "the server put `refunds/limits/cap-refund` in mode `active` instead of `log_only`"
    assert sole(backend).mark == desired().mark


def test_a_foreign_object_of_an_outsider_survives_a_run_of_failures(
    world: World, backend: PolicyApiBackend, outsider: HttpOutsider
) -> None:
    outsider.add(ENGINE, statement(9), "somebody's")
    before = [dict(policy) for policy in world.all_policies()]
    foreign = sole(backend)

    for action in (
        lambda: backend.delete(foreign),
        lambda: backend.set_mode(foreign, Mode.LOG_ONLY),
        lambda: backend.update(foreign, desired(), "1"),
    ):
        failure_of(action)

    assert world.all_policies() == before
