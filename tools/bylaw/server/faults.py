"""Faults for rehearsals: a file says which requests go wrong, and how. Works around any face of the server.

faults:
  - {kind: throttle, match: "POST /policy-engines/*/policies", times: 3}
  - {kind: error, match: "*", probability: 0.1}
  - {kind: slow, match: "GET *", seconds: 0.5}
  - {kind: reset, match: "POST *", after: 2, times: 1}              # the write counts, its answer never comes
  - {kind: stuck, match: "POST /policy-engines/*/policies"}         # stays CREATING for ever
  - {kind: create-failed, match: "POST /policy-engines/*/policies", reason: "no capacity"}
"""

import asyncio
import json
import random
import threading
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, StringConstraints

from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.repository.documents.base import Document
from bylaw.repository.documents.loading import load_document
from bylaw.repository.text import decode
from bylaw.server.agentcore.fate import FATE, Fate

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_POLICY_API: Final = "/api/v1/policy"


class FaultRule(Document):
    """One way of going wrong."""

    kind: Literal["throttle", "error", "slow", "reset", "stuck", "create-failed"]
    match: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        default="*", description="glob over `METHOD /path`"
    )
    probability: float = Field(default=1.0, gt=0, le=1)
    after: int = Field(default=0, ge=0, description="matching requests that go well first")
    times: int | None = Field(default=None, ge=1, description="requests that go wrong; by default all")
    seconds: float = Field(default=1.0, ge=0, le=86_400, description="of `slow` and `stuck`")
    reason: str = Field(default="injected fault", max_length=500, description="of `create-failed`")


class FaultFile(Document):
    """The fault file."""

    faults: tuple[FaultRule, ...] = Field(max_length=100)


def read_faults(path: str) -> tuple[FaultRule, ...]:
    """Read a fault file.

    Raises:
        UsageError: there is no such file.
        InvalidInputError: it is no fault file.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}", help="name a file that can be read") from None
    text, problems = decode(data, path)
    if text is None:
        raise InvalidInputError(problems)
    document, problems = load_document(FaultFile, text, path)
    if document is None:
        raise InvalidInputError(problems)
    return document.faults


@dataclass
class _Chance:
    """Counts and draws. Repeats itself for the same seed and order of requests."""

    rules: Sequence[FaultRule]
    dice: random.Random
    met: dict[int, int] = field(default_factory=dict)
    done: dict[int, int] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, request: str) -> tuple[FaultRule, ...]:
        """The rules that strike a request."""
        with self.turn:
            return tuple(rule for number, rule in enumerate(self.rules) if self._strikes(number, rule, request))

    def _strikes(self, number: int, rule: FaultRule, request: str) -> bool:
        if not fnmatchcase(request, rule.match):
            return False
        self.met[number] = self.met.get(number, 0) + 1
        if self.met[number] <= rule.after or (rule.times is not None and self.done.get(number, 0) >= rule.times):
            return False
        if self.dice.random() >= rule.probability:
            return False
        self.done[number] = self.done.get(number, 0) + 1
        return True


def faulty(app: App, rules: Sequence[FaultRule], seed: int) -> App:
    """The application with faults around it."""
    chance = _Chance(rules, random.Random(seed))  # noqa: S311 - a rehearsal has to repeat itself

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        struck = {rule.kind: rule for rule in chance.draw(f"{scope['method']} {scope['path']}")}
        if "slow" in struck:
            await asyncio.sleep(struck["slow"].seconds)
        if "throttle" in struck:
            await _refuse(scope, send, 429, "ThrottlingException", "Rate exceeded")
        elif "error" in struck:
            await _refuse(scope, send, 500, "InternalServerException", "An internal error occurred")
        else:
            failed = struck.get("create-failed")
            stuck = struck.get("stuck")
            scope[FATE] = Fate(
                stuck.seconds if stuck is not None else 0.0, failed.reason if failed is not None else None
            )
            await app(scope, receive, _reset(send) if "reset" in struck else send)

    return answer


async def _refuse(scope: Message, send: Send, status: int, error: str, message: str) -> None:
    ours = scope["path"].startswith(_POLICY_API)
    body = {"detail": f"{error}: {message}"} if ours else {"message": message}
    data = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(data)).encode()),
        (b"x-amzn-errortype", error.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def _reset(send: Send) -> Send:
    """Everything is done, and the connection breaks instead of an answer."""

    async def broken(message: Message) -> None:
        if message["type"] != "http.response.start":
            return
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:  # uvicorn's: `send` is a method of the request's cycle, which knows its connection
            transport.abort()
        else:  # any other server: a body that never comes ends in the same way for the caller
            await send({**message, "headers": [(b"content-length", b"1")]})

    return broken
