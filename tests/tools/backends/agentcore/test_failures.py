"""Every way in which the service fails, by what the reconciler does about it."""

import re
import socket
import traceback
from collections.abc import Callable

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.agentcore.opening import open_with
from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    BackendTransientError,
    LiveObject,
)
from bylaw.model.effects import Mode
from bylaw.model.errors import BylawError, ConflictError
from tools.backends.agentcore.opening import CANARIES, Stopwatch, agentcore_backend, connection, session, target
from tools.backends.agentcore.service import Answer, refusal
from tools.backends.agentcore.wire import DROPPED_AFTER, DROPPED_BEFORE, Drop, Wire
from tools.contracts.policies import ENGINE, desired, statement

NOT_PERMITTED = refusal(403, "AccessDeniedException", "User is not authorized")
OVER_QUOTA = refusal(402, "ServiceQuotaExceededException", "1000 policies")
INVALID = refusal(
    400,
    "ValidationException",
    "invalid",
    reason="FieldValidationFailed",
    fieldList=[{"name": "definition", "message": "one statement"}],
)
MISMATCH = refusal(400, "ValidationException", reason="IdempotentParameterMismatchException")
THROTTLED = refusal(429, "ThrottlingException")
BROKEN = refusal(500, "InternalServerException")
EXPIRED = refusal(403, "ExpiredTokenException", "the security token is expired")

Write = Callable[[AgentCoreBackend, LiveObject], object]

WRITES: dict[str, Write] = {
    "CreatePolicy": lambda backend, _: backend.create(ENGINE, desired("other", statement(5)), "2"),
    "UpdatePolicy": lambda backend, live: backend.set_mode(live, Mode.LOG_ONLY),
    "DeletePolicy": lambda backend, live: backend.delete(live),
    "CreatePolicyEngine": lambda backend, _: backend.put_schema("elsewhere", None),
}
READS: dict[str, Callable[[AgentCoreBackend, LiveObject], object]] = {
    "ListPolicyEngines": lambda backend, _: backend.observe(),
    "ListPolicies": lambda backend, _: backend.observe(),
    "GetPolicy": lambda backend, live: backend.read(ENGINE, live.id),
}

EVERYWHERE: list[tuple[str, Answer | Drop, type[BylawError], str]] = [
    ("throttled", THROTTLED, BackendTransientError, "faster than the account's rate"),
    ("throttled with another status", refusal(400, "ThrottlingException"), BackendTransientError, "faster"),
    ("too many requests without a type", Answer(429), BackendTransientError, "faster"),
    ("broken", BROKEN, BackendTransientError, "the service failed at .* (500)"),
    ("unavailable", Answer(503), BackendTransientError, "the service failed at .* (503)"),
    ("not permitted", NOT_PERMITTED, BackendTerminalError, "not permitted: User is not authorized"),
    ("expired", EXPIRED, BackendTerminalError, "credentials were refused (ExpiredTokenException)"),
    ("unknown key", refusal(403, "UnrecognizedClientException"), BackendTerminalError, "credentials were refused"),
    ("invalid", INVALID, BackendTerminalError, "invalid; definition one statement"),
    ("unheard of", refusal(418, "TeapotException"), BackendTerminalError, "was refused (TeapotException)"),
    ("not the service", Answer(404, b"<html>no</html>"), BackendTerminalError, "was refused (404)"),
]

FOR_WRITES: list[tuple[str, Answer | Drop, type[BylawError], str]] = [
    ("over quota", OVER_QUOTA, BackendTerminalError, "a quota of the account is used up"),
    ("token of another policy", MISMATCH, ConflictError, "repeats the token of something else"),
    ("bad gateway", Answer(502), BackendAmbiguousError, "the service failed at .* (502)"),
    ("gateway time-out", Answer(504), BackendAmbiguousError, "the service failed at .* (504)"),
    ("dropped before", DROPPED_BEFORE, BackendAmbiguousError, "never came"),
    ("dropped after", DROPPED_AFTER, BackendAmbiguousError, "never came"),
    ("garbage", Answer(202, b"<html>?</html>"), BackendAmbiguousError, "has no usable"),
    ("nothing", Answer(202, b""), BackendAmbiguousError, "has no usable"),
    ("an array", Answer(202, b"[]"), BackendAmbiguousError, ""),
    ("another shape", Answer(202, {"policyId": 7, "policyEngineId": []}), BackendAmbiguousError, "has no usable"),
]

FOR_READS: list[tuple[str, Answer | Drop, type[BylawError], str]] = [
    ("bad gateway", Answer(502), BackendTransientError, "the service failed at .* (502)"),
    ("dropped", DROPPED_AFTER, BackendTransientError, "never came"),
    ("garbage", Answer(200, b"<html>?</html>"), BackendTerminalError, "has no usable"),
    ("nothing", Answer(200, b""), BackendTerminalError, "has no usable"),
    ("another shape", Answer(200, {"policies": 3, "policyEngines": 3, "policyId": 7}), BackendTerminalError, ""),
    ("items of another shape", Answer(200, {"policies": ["x"], "policyEngines": [1]}), BackendTerminalError, ""),
]


def cases(calls: dict[str, Write], *tables: list[tuple[str, Answer | Drop, type[BylawError], str]]) -> list[object]:
    return [
        pytest.param(operation, answer, error, told, id=f"{operation}: {name}")
        for operation in calls
        for table in tables
        for name, answer, error, told in table
    ]


@pytest.mark.parametrize(
    ("operation", "answer", "error", "told"),
    cases(WRITES | READS, EVERYWHERE) + cases(WRITES, FOR_WRITES) + cases(READS, FOR_READS),
)
def test_each_failure_is_of_the_class_that_helps(
    wire: Wire, backend: AgentCoreBackend, operation: str, answer: Answer | Drop, error: type[BylawError], told: str
) -> None:
    live = backend.create(ENGINE, desired(), "1")
    before = len(wire.sent(operation))
    wire.script(operation, answer)

    with pytest.raises(BylawError) as raised:
        (WRITES | READS)[operation](backend, live)

    assert type(raised.value) in {error, *error.__subclasses__()}
    assert re.search(told.replace("(", r"\(").replace(")", r"\)"), raised.value.message)
    assert len(wire.sent(operation)) == before + 1, "the SDK must not repeat a call by itself"


def test_a_missing_permission_is_named(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("ListPolicyEngines", NOT_PERMITTED)

    with pytest.raises(BackendTerminalError) as raised:
        backend.observe()

    assert raised.value.help == "allow `bedrock-agentcore:ListPolicyEngines` for this role"


def test_a_conflict_while_the_engine_changes_passes(wire: Wire, backend: AgentCoreBackend) -> None:
    backend.put_schema(ENGINE, None)
    backend.observe()
    (engine,) = wire.service.engines.values()
    engine["status"] = "UPDATING"
    wire.service.pending_reads = 10
    wire.service._left[engine["policyEngineId"]] = 10

    with pytest.raises(BackendNotReadyError, match="engine `refunds` is not active yet"):
        backend.create(ENGINE, desired(), "1")


@pytest.mark.parametrize("operation", ["UpdatePolicy", "DeletePolicy"])
def test_a_conflict_while_the_policy_changes_passes(wire: Wire, backend: AgentCoreBackend, operation: str) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.service.policies[live.id]["status"] = "UPDATING"
    wire.service._left[live.id] = 10

    with pytest.raises(BackendNotReadyError, match="is updating"):
        WRITES[operation](backend, live)


@pytest.mark.parametrize("operation", ["UpdatePolicy", "DeletePolicy"])
def test_any_other_conflict_is_one(wire: Wire, backend: AgentCoreBackend, operation: str) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.script(operation, refusal(409, "ConflictException", "because"))

    with pytest.raises(ConflictError, match="because"):
        WRITES[operation](backend, live)


def test_what_goes_away_while_it_is_changed_is_a_conflict(wire: Wire, backend: AgentCoreBackend) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.script("UpdatePolicy", refusal(404, "ResourceNotFoundException"))

    with pytest.raises(ConflictError, match="is gone"):
        backend.set_mode(live, Mode.LOG_ONLY)


def test_what_goes_away_while_it_is_deleted_is_deleted(wire: Wire, backend: AgentCoreBackend) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.script("DeletePolicy", refusal(404, "ResourceNotFoundException"))

    backend.delete(live)

    assert len(wire.sent("DeletePolicy")) == 1


def test_an_endpoint_that_nobody_serves_is_tried_again_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        backend = agentcore_backend(f"http://127.0.0.1:{free.getsockname()[1]}")

        with pytest.raises(BackendTransientError, match="cannot be reached"):
            backend.put_schema(ENGINE, None)


def test_what_nobody_answers_in_time_is_ambiguous_where_it_writes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = target(f"http://127.0.0.1:{silent.getsockname()[1]}")
        timing = Stopwatch().timing
        backend = open_with(connection(), options, session=session(), timing=timing, read_seconds=0.01)

        with pytest.raises(BackendTransientError, match=r"never came \(ReadTimeoutError\)"):
            backend.observe()
        with pytest.raises(BackendAmbiguousError, match=r"never came \(ReadTimeoutError\)"):
            backend._plane.create_engine("refunds", {}, None, "x" * 40)
        backend.close()


@pytest.mark.parametrize("operation", [*WRITES, *READS])
def test_secrets_are_never_repeated(wire: Wire, backend: AgentCoreBackend, operation: str) -> None:
    live = backend.create(ENGINE, desired(), "1")
    wire.script(operation, refusal(400, "ValidationException", "you sent " + " ".join(CANARIES)))

    with pytest.raises(BackendTerminalError) as raised:
        (WRITES | READS)[operation](backend, live)

    told = "".join(traceback.format_exception(raised.value)) + str(raised.value.help) + repr(raised.value)
    assert "you sent *** *** ***" in told
    assert not [secret for secret in CANARIES if secret in told]


def test_nothing_shows_secrets_when_it_is_printed(backend: AgentCoreBackend) -> None:
    backend.observe()
    shown = "".join(map(repr, (backend, vars(backend), vars(backend._plane), vars(backend.engines))))

    assert not [secret for secret in CANARIES if secret in shown]


def test_the_services_words_are_shown_on_one_short_line(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("ListPolicyEngines", refusal(400, "ValidationException", "a\r\n::error::\x1b[31m" + "x" * 100_000))

    with pytest.raises(BackendTerminalError) as raised:
        backend.observe()

    assert "a ::error:: [31mxxx" in raised.value.message
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 400


def test_deep_nesting_in_an_answer_does_no_harm(wire: Wire, backend: AgentCoreBackend) -> None:
    wire.script("ListPolicyEngines", Answer(200, b"[" * 100_000))

    with pytest.raises(BackendTerminalError, match="cannot be understood"):
        backend.observe()
