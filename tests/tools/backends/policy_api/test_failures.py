"""What each failure of a server comes to: the table of its exceptions, statuses, and whatever the network does."""

from collections.abc import Callable
from contextlib import closing

import pytest
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from bylaw.backends.interface import BackendAmbiguousError, BackendTerminalError, BackendTransientError
from bylaw.backends.policy_api.client import PolicyApi, PolicyBody
from bylaw.backends.policy_api.failures import MissingError, RefusedError, UnsupportedError
from bylaw.backends.policy_api.retrying import TRIES
from bylaw.model.errors import BylawError, ConflictError
from tools.backends.policy_api.opening import Stopwatch, policy_api
from tools.backends.policy_api.original import World
from tools.backends.policy_api.wire import answering, silent
from tools.contracts.policies import statement

TRANSIENT, TERMINAL, AMBIGUOUS = BackendTransientError, BackendTerminalError, BackendAmbiguousError
FAULTS = [{"type": "missing", "loc": ["body", "policy_body"], "msg": "Field required", "input": "what was sent"}]

Row = tuple[int, object, type[BylawError], type[BylawError]]
TABLE: dict[str, Row] = {
    # status, detail, what a read makes of it, what a create makes of it
    "unknown id in memory": (500, "KeyError: 'x'", MissingError, MissingError),
    "unknown id at AgentCore": (500, "ResourceNotFoundException: gone", MissingError, MissingError),
    "dotted class": (500, "botocore.errorfactory.ResourceNotFoundException: gone", MissingError, MissingError),
    "class alone": (500, "KeyError", MissingError, MissingError),
    "conflict at AgentCore": (500, "ConflictException: name in use", ConflictError, ConflictError),
    "throttled": (500, "ThrottlingException: Rate exceeded", TRANSIENT, TRANSIENT),
    "unreachable from there": (500, "EndpointConnectionError: Could not connect", TRANSIENT, TRANSIENT),
    "service unavailable there": (500, "ServiceUnavailableException: try later", TRANSIENT, AMBIGUOUS),
    "timeout there": (500, "ReadTimeoutError: Read timeout on endpoint", TRANSIENT, AMBIGUOUS),
    "access denied there": (500, "AccessDeniedException: not you", TERMINAL, TERMINAL),
    "no credentials there": (500, "NoCredentialsError: Unable to locate credentials", TERMINAL, TERMINAL),
    "expired there": (500, "ExpiredTokenException: expired", TERMINAL, TERMINAL),
    "invalid there": (500, "ValidationException: bad", RefusedError, RefusedError),
    "invalid before sending": (500, "ParamValidationError: Parameter validation failed", RefusedError, RefusedError),
    "quota": (500, "ServiceQuotaExceededException: 1000 policies", TERMINAL, TERMINAL),
    "any other exception": (500, "ZeroDivisionError: division by zero", TRANSIENT, AMBIGUOUS),
    "a class that only begins so": (500, "KeyErrorOfOurs: x", TRANSIENT, AMBIGUOUS),
    "no class at all": (500, "Internal Server Error", TRANSIENT, AMBIGUOUS),
    "a list as detail of a 500": (500, FAULTS, TRANSIENT, AMBIGUOUS),
    "bad request": (400, "missing AWS credentials", RefusedError, RefusedError),
    "not logged in": (401, "Invalid or missing credentials", TERMINAL, TERMINAL),
    "no administrator": (403, "Admin access required", TERMINAL, TERMINAL),
    "not found": (404, "Policy engine not found", MissingError, MissingError),
    "method not allowed": (405, "Method Not Allowed", RefusedError, RefusedError),
    "conflict": (409, "this name is taken", ConflictError, ConflictError),
    "precondition": (412, "not as you have seen it", ConflictError, ConflictError),
    "too large": (413, "too large", RefusedError, RefusedError),
    "invalid body": (422, FAULTS, RefusedError, RefusedError),
    "a text as detail of a 422": (422, "unknown member `x`", RefusedError, RefusedError),
    "too fast": (429, "slow down", TRANSIENT, TRANSIENT),
    "not implemented": (501, "Policy generation not supported by this provider", UnsupportedError, UnsupportedError),
    "bad gateway": (502, None, TRANSIENT, AMBIGUOUS),
    "unavailable": (503, "Service unavailable: provider", TRANSIENT, AMBIGUOUS),
    "gateway timeout": (504, "Gateway timeout: provider", TRANSIENT, AMBIGUOUS),
    "redirect": (307, None, TERMINAL, TERMINAL),
    "permanent redirect": (301, None, TERMINAL, TERMINAL),
    "nonsense": (999, None, TRANSIENT, AMBIGUOUS),
}


def failure_of(action: Callable[[], object]) -> BylawError:
    with pytest.raises(BylawError) as failure:
        action()
    return failure.value


@pytest.fixture
def api(url: str, watch: Stopwatch) -> PolicyApi:
    return policy_api(url, watch)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_failing_read_is_of_the_class_that_helps(world: World, api: PolicyApi, row: Row) -> None:
    status, detail, expected, _ = row
    world.hook = answering(status, detail, "GET")

    failure = failure_of(lambda: api.policies("some-engine"))

    assert type(failure) is expected
    assert len(world.seen) == (TRIES if expected is TRANSIENT else 1)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_failing_write_is_of_the_class_that_helps_and_sent_once(world: World, api: PolicyApi, row: Row) -> None:
    status, detail, _, expected = row
    world.hook = answering(status, detail, "POST")

    failure = failure_of(lambda: api.create_policy("some-engine", PolicyBody(statement(), "words", None), "key"))

    assert type(failure) is expected
    assert len(world.writes()) == 1


def test_the_servers_words_are_shown_on_one_short_line(world: World, api: PolicyApi) -> None:
    world.hook = answering(409, "first\nsecond\r\n::error::\x1b[31mred" + "x" * 10_000, "POST")

    failure = failure_of(lambda: api.create_engine("shop", "", "key"))

    assert failure.message.startswith("`create an engine` conflicts with what is there: first second ::error:: [31mred")
    assert failure.message.isprintable()
    assert len(failure.message) < 400


def test_faults_of_an_invalid_body_are_told_without_what_was_sent(world: World, api: PolicyApi) -> None:
    world.hook = answering(422, FAULTS * 50, "POST")

    failure = failure_of(lambda: api.create_engine("shop", "", "key"))

    assert failure.message.startswith("`create an engine` was refused (422 ")
    assert "what was sent" not in failure.message
    assert failure.message.count("Field required") == 5


@pytest.mark.parametrize(
    "detail",
    [None, 7, {"a": 1}, [], [None], [[]], [{"loc": 7, "msg": []}], [{"loc": [[], {}, None], "msg": "x"}], "\ud800"],
    ids=str,
)
def test_a_detail_of_any_shape_does_no_harm(world: World, api: PolicyApi, detail: object) -> None:
    world.hook = answering(422, detail, "POST")

    failure = failure_of(lambda: api.create_engine("shop", "", "key"))

    assert type(failure) is RefusedError
    assert failure.message.encode()


def test_what_is_unavailable_for_a_while_is_read_in_the_end(world: World, api: PolicyApi, watch: Stopwatch) -> None:
    failing = iter([503, 500])

    def hook(_: Request) -> Response | None:
        status = next(failing, None)
        return None if status is None else JSONResponse({"detail": "no"}, status)

    world.hook = hook

    assert api.engines() == ()
    assert watch.slept == [0.5, 1.0]


def test_the_server_says_how_long_to_wait(world: World, api: PolicyApi, watch: Stopwatch) -> None:
    failing = iter(["7"])

    def hook(_: Request) -> Response | None:
        wait = next(failing, None)
        return None if wait is None else JSONResponse({"detail": "no"}, 429, {"Retry-After": wait})

    world.hook = hook

    assert api.engines() == ()
    assert watch.slept == [7.5]


@pytest.mark.parametrize("wait", ["9999", "-1", "1e9", "Wed, 21 Oct 2065 07:28:00 GMT", "½"])
def test_nobody_waits_longer_than_the_reconcilers_lease(
    world: World, api: PolicyApi, watch: Stopwatch, wait: str
) -> None:
    def hook(_: Request) -> Response:
        response = JSONResponse({"detail": "no"}, 429)
        response.raw_headers.append((b"retry-after", wait.encode()))
        return response

    world.hook = hook

    assert isinstance(failure_of(api.engines), BackendTransientError)
    assert sum(watch.slept) < 20


def test_a_server_that_nobody_runs_is_tried_again_later(watch: Stopwatch) -> None:
    api = policy_api("http://127.0.0.1:9", watch)

    with closing(api):
        read, written = failure_of(api.engines), failure_of(lambda: api.create_engine("shop", "", "key"))

    assert [type(read), type(written)] == [BackendTransientError, BackendTransientError]
    assert len(watch.slept) == TRIES - 1


@pytest.mark.parametrize(("writes", "expected"), [(False, TRANSIENT), (True, AMBIGUOUS)])
def test_an_answer_that_never_comes_is_ambiguous_where_it_writes(
    watch: Stopwatch, *, writes: bool, expected: type[BylawError]
) -> None:
    with silent() as url, closing(policy_api(url, watch, timeout_seconds=0.05)) as api:
        failure = failure_of(lambda: api.create_engine("shop", "", "key") if writes else api.engines())

    assert type(failure) is expected


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redirects_are_never_followed(world: World, api: PolicyApi, method: str) -> None:
    world.hook = answering(308, None, method)

    failure = failure_of(lambda: api.engines() if method == "GET" else api.create_engine("shop", "", "key"))

    assert "which is never followed" in failure.message
    assert "127.0.0.1:9" not in failure.message
    assert len(world.seen) == 1
