"""What every request passes before anything reads it: bounds, ids, who calls. And what every answer carries.

Written as plain ASGI: decisions are answered here, since a web framework around them costs more than they do.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import structlog

from bylaw.backends.connection import Clock, IdFactory
from bylaw.model.errors import BylawError
from bylaw.server.keys import ANYBODY, Keyring, Principal
from bylaw.server.policy_api.authorizer import MANY, ONE, Authorizer, no_decisions
from bylaw.server.problems import HttpProblemError, invalid, of_error

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

GUARDED: Final = "/api/v1/policy"
"""Below this, callers need a key; the other face has its own way of knowing them."""
MAX_HEADER_BYTES: Final = 32 * 1024

_ID: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}")
_LOOPBACK_HOST: Final = re.compile(rb"(?i)(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?")
_SAFE: Final = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
_JSON: Final = (b"content-type", b"application/json")
_CLOSE: Final = (b"connection", b"close")
_UNAUTHORISED: Final = "Invalid or missing credentials"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the headers of a request say to the gate."""

    request_id: bytes
    correlation_id: bytes
    values: dict[bytes, bytes]
    """Headers by lower-case name; of one that stands twice nothing can be known, so it is empty."""

    @property
    def echoed(self) -> Headers:
        """What the answer says about which request it belongs to, and to browsers."""
        return [(b"x-request-id", self.request_id), (b"x-correlation-id", self.correlation_id), *_SAFE]


class Gate:
    """ASGI application around the rest of the server."""

    def __init__(
        self,
        app: App,
        *,
        keyring: Keyring | None,
        authorizer: Authorizer | None,
        clock: Clock,
        ids: IdFactory,
        limit: int,
    ) -> None:
        self._app = app
        self._keyring = keyring
        self._authorizer = authorizer
        self._clock = clock
        self._ids = ids
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrived = self._arrived(scope["headers"])
        begun = False

        async def echoing(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"x-request-id"]
                message = {**message, "headers": [*kept, *arrived.echoed]}
            await send(message)

        try:
            await self._pass(scope, receive, echoing, arrived)
        except HttpProblemError as problem:
            await _refuse(echoing, problem)
        except BylawError as error:
            await _refuse(echoing, of_error(error))
        except Exception:  # noqa: BLE001 - the last resort: an answer with the request's id, and the facts in the log
            structlog.get_logger("bylaw.server").exception("bug", request=arrived.request_id.decode())
            if not begun:
                await _refuse(echoing, HttpProblemError(500, "Internal server error"))

    async def _pass(self, scope: Scope, receive: Receive, send: Send, arrived: Arrived) -> None:
        path: str = scope["path"]
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
            raise HttpProblemError(431, "Request headers are too large", {"Connection": "close"})
        if self._keyring is None and _LOOPBACK_HOST.fullmatch(arrived.values.get(b"host", b"localhost")) is None:
            raise HttpProblemError(400, "Invalid host header: without keys this server answers on loopback names only")
        if path.startswith(GUARDED):
            scope["bylaw.principal"] = self._principal(arrived)
            scope["bylaw.correlation"] = arrived.correlation_id.decode()
        body = await self._body(receive, arrived)
        if path in {ONE, MANY}:
            await self._decide(scope, body, send, arrived)
        else:
            await self._app(scope, _replaying(body, receive), send)

    def _arrived(self, headers: Headers) -> Arrived:
        values: dict[bytes, bytes] = {}
        for name, value in headers:
            values[name] = b"" if name in values else value
        request_id, correlation_id = values.get(b"x-request-id", b""), values.get(b"x-correlation-id", b"")
        if _ID.fullmatch(request_id) is None:
            request_id = self._ids().encode()
        return Arrived(request_id, correlation_id if _ID.fullmatch(correlation_id) else request_id, values)

    def _principal(self, arrived: Arrived) -> Principal:
        """Who calls: by a bearer token if there is one, right or wrong, else by `X-Api-Key`."""
        if self._keyring is None:
            return ANYBODY
        given = arrived.values.get(b"authorization")
        scheme, _, token = (given or b"").partition(b" ")
        is_bearer = given == b"" or scheme.lower() == b"bearer"
        key = token.strip(b" ") if is_bearer else arrived.values.get(b"x-api-key", b"")
        principal = self._keyring.find(key, self._clock())
        if principal is None:
            raise HttpProblemError(401, _UNAUTHORISED, {"WWW-Authenticate": "Bearer"})
        return principal

    async def _body(self, receive: Receive, arrived: Arrived) -> bytes:
        """Read the whole body, as far as it may be long."""
        length = arrived.values.get(b"content-length", b"0")
        if length.isdigit() and len(length) < 20 and int(length) > self._limit:
            raise self._too_large()
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":  # the caller has gone away
                break
            part = message.get("body", b"")
            size += len(part)
            if size > self._limit:
                raise self._too_large()
            parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts)

    def _too_large(self) -> HttpProblemError:
        return HttpProblemError(413, f"Request body is larger than {self._limit} bytes", {"Connection": "close"})

    async def _decide(self, scope: Scope, body: bytes, send: Send, arrived: Arrived) -> None:
        if scope["method"] != "POST":
            raise HttpProblemError(405, "Method Not Allowed", {"Allow": "POST"})
        if self._authorizer is None:
            raise no_decisions()
        kind = arrived.values.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != b"application/json":
            raise invalid("content_type", ("header", "content-type"), "the body has to be application/json")
        answer = await self._authorizer.answer(body, batch=scope["path"] == MANY)
        await _answer(send, 200, [_JSON], answer)


async def _refuse(send: Send, problem: HttpProblemError) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await _answer(send, problem.status, [_JSON, *headers], json.dumps({"detail": problem.detail}).encode())


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read already, once, and then whatever else comes."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
