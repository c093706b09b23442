"""What is odd about the original server, one oddity after the other, and what the backend makes of it."""

from collections.abc import Callable
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
    LiveObject,
)
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.languages.registry import read_deployed
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BylawError, ConflictError, UsageError
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.model.marks import Mark
from tools.backends.policy_api.opening import HttpOutsider, Stopwatch, policy_api_backend, serving
from tools.backends.policy_api.original import AgentCore, World, original
from tools.backends.policy_api.wire import answering
from tools.contracts.policies import ENGINE, OWNER, TARGET, desired, statement

MARK = str(desired().mark)
ANNOTATION = f'@id("{MARK}")\n'


def failure_of(action: Callable[[], object]) -> BylawError:
    with pytest.raises(BylawError) as failure:
        action()
    return failure.value


def failing_after(method: str, path: str, status: int = 502) -> Callable[[Request, Response], Response]:
    """Let the request take effect, once, and lose the answer."""
    left = iter([True])

    def after(request: Request, response: Response) -> Response:
        if request.method == method and request.url.path.endswith(path) and next(left, False):
            return JSONResponse({"detail": "bad gateway"}, status)
        return response

    return after


def sole(backend: PolicyApiBackend) -> LiveObject:
    (live,) = backend.observe().objects
    return live


# A create is not idempotent.


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_create_whose_answer_was_lost_is_found_by_its_mark(
    world: World, backend: PolicyApiBackend, status: int
) -> None:
    world.after = failing_after("POST", "/policies", status)

    failure = failure_of(lambda: backend.create(ENGINE, desired(), "token"))
    again = backend.create(ENGINE, desired(), "token")

    assert type(failure) is BackendAmbiguousError
    assert again == sole(backend)
    assert [request.path.rpartition("/")[2] for request in world.writes()] == ["engines", "policies"]


def test_a_create_that_never_arrived_is_sent_again(world: World, backend: PolicyApiBackend) -> None:
    backend.put_schema(ENGINE, None)
    left = iter([True])
    world.hook = lambda request: (
        JSONResponse({"detail": "no"}, 502) if request.method == "POST" and next(left, False) else None
    )

    failure = failure_of(lambda: backend.create(ENGINE, desired(), "token"))
    again = backend.create(ENGINE, desired(), "token")

    assert type(failure) is BackendAmbiguousError
    assert again == sole(backend)


def test_another_run_does_not_create_it_a_second_time(world: World, backend: PolicyApiBackend, url: str) -> None:
    world.after = failing_after("POST", "/policies")
    failure_of(lambda: backend.create(ENGINE, desired(), "token"))
    later = policy_api_backend(url, Stopwatch(), provider="noop")

    failure = failure_of(lambda: later.create(ENGINE, desired(), "token"))

    assert type(failure) is ConflictError
    assert len(world.all_policies()) == 1


def test_a_token_that_met_a_conflict_meets_it_again(backend: PolicyApiBackend) -> None:
    backend.create(ENGINE, desired(), "1")

    failures = [failure_of(lambda: backend.create(ENGINE, desired(), "2")) for _ in range(2)]

    assert {type(failure) for failure in failures} == {ConflictError}


def test_an_engine_whose_creation_was_not_heard_of_is_found(world: World, backend: PolicyApiBackend) -> None:
    world.after = failing_after("POST", "/engines")

    failure = failure_of(lambda: backend.create(ENGINE, desired(), "token"))
    created = backend.create(ENGINE, desired(), "token")

    assert type(failure) is BackendAmbiguousError
    assert created == sole(backend)
    assert len(world.engines) == 1


def test_a_changed_text_stays_a_conflict_for_the_old_token(backend: PolicyApiBackend, outsider: HttpOutsider) -> None:
    created = backend.create(ENGINE, desired(), "token")
    outsider.edit(created.id, statement(7))

    again = backend.create(ENGINE, desired(), "token")

    assert again.id != created.id
    assert len(backend.observe().objects) == 2


# Engines.


def test_two_engines_of_one_name_are_an_error(world: World, backend: PolicyApiBackend, outsider: HttpOutsider) -> None:
    outsider.engine(ENGINE)
    outsider.client.post("/engines", json={"name": ENGINE}).raise_for_status()
    world.seen.clear()

    failures = [failure_of(backend.observe), failure_of(lambda: backend.create(ENGINE, desired(), "1"))]

    assert {failure.message for failure in failures} == {"two engines are named `refunds`"}
    assert world.writes() == []


def test_no_policy_is_left_behind_in_an_engine_that_is_gone(world: World, backend: PolicyApiBackend) -> None:
    backend.create(ENGINE, desired("one"), "1")
    world.engines.clear()
    world.policies.clear()

    failure = failure_of(lambda: backend.create(ENGINE, desired("two", statement(2)), "2"))
    created = backend.create(ENGINE, desired("two", statement(2)), "2")

    assert type(failure) is BackendNotReadyError
    assert sole(backend) == created
    assert list(world.policies) == list(world.engines)


def test_a_server_that_lost_everything_shows_nothing(world: World, backend: PolicyApiBackend) -> None:
    created = backend.create(ENGINE, desired(), "1")
    world.engines.clear()
    world.policies.clear()

    assert backend.read(ENGINE, created.id) is None
    assert backend.observe().engines == ()
    backend.delete(created)


def test_an_engine_is_not_created_where_the_target_says_so(world: World, url: str, watch: Stopwatch) -> None:
    backend = policy_api_backend(url, watch, provider="noop", create_engines=False)

    failure = failure_of(lambda: backend.create(ENGINE, desired(), "1"))

    assert type(failure) is UsageError
    assert world.writes() == []


@pytest.mark.parametrize(
    ("options", "app", "engine"),
    [
        ({}, "refunds", "refunds"),
        ({"engine": "gateway_enforcement"}, "refunds", "gateway_enforcement"),
        ({"engine": "Policies of {app}!"}, "re-funds", "Policies of re-funds!"),
        ({"engines": {"refunds": "gateway_enforcement"}}, "refunds", "gateway_enforcement"),
        ({"engines": {"refunds": "gateway_enforcement"}}, "shop", "shop"),
        ({"provider": "agentcore", "engine": "b_{app}"}, "re-funds", "b_re_funds"),
    ],
)
def test_each_app_has_its_engine(url: str, options: dict[str, Any], app: str, engine: str) -> None:
    backend = policy_api_backend(url, **{"provider": "noop", **options})

    backend.put_schema(backend.engine_of(AppId(app)), None)

    assert [known.name for known in backend.observe().engines] == [engine]


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({}, ["a-b", "refunds"]),
        ({"engine": "gateway_enforcement"}, ["gateway_enforcement"]),
        ({"engine": "x {app}"}, ["x refunds"]),
        ({"engine": "x {app}", "engines": {"refunds": "A"}}, ["A", "x refunds"]),
        ({"provider": "agentcore"}, ["A", "gateway_enforcement", "refunds"]),
    ],
)
def test_other_engines_are_not_looked_into(
    outsider: HttpOutsider, url: str, options: dict[str, Any], seen: list[str]
) -> None:
    for name in ("refunds", "a-b", "gateway_enforcement", "x refunds", "x Refunds", "A", "x" * 129, ""):
        outsider.engine(name)
    backend = policy_api_backend(url, **{"provider": "noop", **options})

    engines = [engine.name for engine in backend.observe().engines]

    assert engines == seen
    assert type(failure_of(lambda: backend.put_schema("x Refunds", None))) is UsageError


# What is enforced.


def test_the_switches_say_which_engine_decides(world: World, backend: PolicyApiBackend, outsider: HttpOutsider) -> None:
    outsider.engine("other")
    world.enforced = outsider.engine(ENGINE)

    switches = {engine.name: dict(engine.switches) for engine in backend.observe().engines}

    assert switches == {
        "other": {"attachment": "none", "mode": "none"},
        ENGINE: {"attachment": "server", "mode": "enforce"},
    }


@pytest.mark.parametrize("status", [404, 501])
def test_a_server_that_decides_nothing_is_read_all_the_same(
    world: World, backend: PolicyApiBackend, status: int
) -> None:
    world.hook = answering(status, "no decisions here", "GET", "/enforcement")

    created = backend.create(ENGINE, desired(), "1")

    assert sole(backend) == created
    assert [dict(engine.switches) for engine in backend.observe().engines] == [{"attachment": "none", "mode": "none"}]


def test_a_policy_that_would_not_be_enforced_is_refused(
    world: World, backend: PolicyApiBackend, outsider: HttpOutsider
) -> None:
    engine = outsider.engine(ENGINE)
    for number in range(99):
        outsider.add(ENGINE, statement(number))
    world.enforced = engine
    backend.observe()

    backend.create(ENGINE, desired("hundredth", statement(1000)), "1")
    failure = failure_of(lambda: backend.create(ENGINE, desired("one-more", statement(1001, Effect.FORBID)), "2"))

    assert failure.message == "engine `refunds` holds 100 policies, and the server enforces the first 100 only"
    assert len(world.all_policies()) == 100


# Marks.


@pytest.mark.parametrize(
    ("carrier", "definition", "description"),
    [
        ("both", ANNOTATION + statement(), f"caps a refund\n{MARK}"),
        ("annotation", ANNOTATION + statement(), "caps a refund"),
        ("description", statement(), f"caps a refund\n{MARK}"),
    ],
)
def test_the_mark_stands_where_the_target_wants_it(
    world: World, url: str, carrier: str, definition: str, description: str
) -> None:
    backend = policy_api_backend(url, provider="noop", carrier=carrier)

    created = backend.create(ENGINE, desired(), "1")

    (stored,) = world.all_policies()
    assert (stored["definition"], stored["description"]) == (definition, description)
    assert (created.mark, created.text, created.digest) == (desired().mark, statement(), desired().digest)


@pytest.mark.parametrize("lost", ["", "words of somebody's", "bylaw: 1 acme/policies prod refunds/limits/cap-refund"])
def test_a_lost_description_does_not_lose_the_policy(
    backend: PolicyApiBackend, outsider: HttpOutsider, lost: str
) -> None:
    created = backend.create(ENGINE, desired(), "1")

    outsider.describe(created.id, lost)

    assert sole(backend).mark == desired().mark
    assert sole(backend).digest == desired().digest


@pytest.mark.parametrize(
    "text",
    [
        f'@id("{MARK}") {statement()}',
        f'  @id( "{MARK}" )\r\n{statement()}',
        f'@note("n")\n@id("{MARK}")\n{statement()}',
        f'// a comment\n@id("{MARK}")\n{statement()}',
    ],
    ids=["one line", "blanks", "second", "comment"],
)
def test_a_moved_annotation_is_no_part_of_the_content(url: str, outsider: HttpOutsider, text: str) -> None:
    backend = policy_api_backend(url, provider="noop", reader=read_deployed)
    wanted = statement() if "@note" not in text else f'@note("n")\n{statement()}'
    outsider.add(ENGINE, text)

    live = sole(backend)

    assert live.mark == desired().mark
    assert (live.effect, live.digest) == read_deployed("cedar", wanted)


@pytest.mark.parametrize(
    "annotation",
    ['@id("mine")', '@id("")', "@id", '@id("bylaw: 1 not a mark")', '@id("bylaw: 2 a b c/d 0123456789ab")'],
)
def test_an_id_of_the_policys_own_stays(world: World, backend: PolicyApiBackend, annotation: str) -> None:
    text = f"{annotation}\n{statement()}"

    created = backend.create(ENGINE, _holding(text), "1")

    assert created.text == text
    assert world.all_policies()[0]["definition"] == text
    assert sole(backend).mark == _holding(text).mark


def test_an_id_that_reads_as_a_mark_is_refused(world: World, backend: PolicyApiBackend) -> None:
    failure = failure_of(lambda: backend.create(ENGINE, _holding(f'@note("n") @id("{MARK}") {statement()}'), "1"))

    assert failure.message == "`refunds/limits/cap-refund` holds an `@id` that reads as a mark"
    assert world.all_policies() == []


def test_a_mark_that_can_stand_nowhere_is_an_error(world: World, url: str) -> None:
    backend = policy_api_backend(url, provider="noop", carrier="annotation")

    failure = failure_of(lambda: backend.create(ENGINE, _holding(f'@id("mine") {statement()}'), "1"))

    assert failure.message == "`refunds/limits/cap-refund` has an `@id` of its own, where its mark should stand"
    assert world.writes() == []


def _holding(text: str) -> Any:
    digest = digest_text(text)
    wanted = desired(text=text, digest=digest, effect=Effect.PERMIT)
    return replace(wanted, mark=Mark.of(OWNER, TARGET, wanted.ref, digest))


def test_two_marks_that_disagree_are_seen(backend: PolicyApiBackend, outsider: HttpOutsider) -> None:
    created = backend.create(ENGINE, desired(), "1")
    other = Mark.of(OWNER, TARGET, PolicyRef.parse("refunds/other"), desired().digest)

    outsider.edit(created.id, f'@id("{other}")\n{statement()}')

    assert sole(backend).mark == desired().mark
    assert sole(backend).digest != desired().digest


@pytest.mark.parametrize("mark", ["bylaw: 1 other/repo prod refunds/limits/cap-refund 0123456789ab", ""])
def test_what_is_not_ours_is_never_changed(
    world: World, backend: PolicyApiBackend, outsider: HttpOutsider, mark: str
) -> None:
    outsider.add(ENGINE, f'@id("{mark}")\n{statement(9)}', mark)
    foreign = sole(backend)
    world.seen.clear()

    failure = failure_of(lambda: backend.delete(foreign))

    assert type(failure) is ConflictError
    assert world.writes() == []


def test_a_server_that_keeps_no_marks_is_told(world: World, url: str) -> None:
    def forgetful(request: Request, response: Response) -> Response:
        for policy in world.all_policies():
            policy["description"] = ""
        if request.method == "POST" and request.url.path.endswith("/policies"):
            return JSONResponse(world.all_policies()[0], 201)
        return response

    world.after = forgetful
    backend = policy_api_backend(url, provider="noop", carrier="description")

    failure = failure_of(lambda: backend.create(ENGINE, desired(), "1"))

    assert type(failure) is BackendTerminalError
    assert "did not keep the mark of `refunds/limits/cap-refund`" in failure.message


# Modes.


def test_a_server_without_modes_does_not_get_what_must_not_decide(world: World, url: str) -> None:
    backend = policy_api_backend(url, provider="local")

    failure = failure_of(lambda: backend.create(ENGINE, desired(mode=Mode.LOG_ONLY), "1"))
    created = backend.create(ENGINE, desired(), "1")
    refused = failure_of(lambda: backend.set_mode(created, Mode.LOG_ONLY))

    assert "keeps no enforcement modes" in failure.message
    assert "keeps no enforcement modes" in refused.message
    assert [request.method for request in world.writes()] == ["POST", "POST"]


# Adoption.


@pytest.mark.parametrize("declared", ["agentcore", "noop"])
def test_a_policy_is_adopted_where_descriptions_cannot_be_changed(world: World, declared: str) -> None:
    with serving(original(world, AgentCore(world))) as url:
        outsider = HttpOutsider(url)
        outsider.add(ENGINE, statement(), "made in the console")
        backend = policy_api_backend(url, provider=declared)
        foreign = sole(backend)

        adopted = backend.update(foreign, desired(), "adopt")
        after = sole(backend)
        outsider.close()

    assert foreign.mark is None
    assert adopted == after
    assert (after.mark, after.digest, after.text) == (desired().mark, desired().digest, statement())
    assert world.all_policies()[0]["description"] == "made in the console"


def test_an_adopted_policy_keeps_its_text(backend: PolicyApiBackend, outsider: HttpOutsider, world: World) -> None:
    loose = statement().replace(" ", "\n  ")
    outsider.add(ENGINE, loose, "made by hand")

    backend.update(sole(backend), replace(desired(), text=loose), "adopt")

    (stored,) = world.all_policies()
    assert stored["definition"] == ANNOTATION + loose
    assert stored["description"] == f"caps a refund\n{MARK}"


def test_what_somebody_else_marked_is_not_adopted(backend: PolicyApiBackend, outsider: HttpOutsider) -> None:
    outsider.add(ENGINE, statement(), "bylaw: 1 other/repo prod refunds/limits/cap-refund 0123456789ab")

    failure = failure_of(lambda: backend.update(sole(backend), desired(), "adopt"))

    assert failure.message.endswith("is not ours")


def test_changed_content_is_no_change_in_place(backend: PolicyApiBackend) -> None:
    created = backend.create(ENGINE, desired(), "1")

    failure = failure_of(lambda: backend.update(created, desired(text=statement(2)), "2"))

    assert type(failure) is BackendTerminalError
    assert sole(backend) == created


def test_a_policy_that_went_away_meanwhile_is_a_conflict(backend: PolicyApiBackend, outsider: HttpOutsider) -> None:
    created = backend.create(ENGINE, desired(), "1")
    outsider.remove(created.id)

    failures = [
        failure_of(lambda: backend.update(created, desired(description="x"), "2")),
        failure_of(lambda: backend.set_mode(created, Mode.ACTIVE)),
    ]

    assert {type(failure) for failure in failures} == {ConflictError}
    backend.delete(created)
