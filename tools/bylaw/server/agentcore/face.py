"""The AgentCore control plane as an ASGI application: a REST-JSON protocol over the objects in the database."""

import json
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import anyio.to_thread
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from bylaw.backends.connection import Clock, random_id
from bylaw.backends.database import Database, open_database
from bylaw.backends.local.store import Store
from bylaw.model.digests import digest_json
from bylaw.model.errors import BylawError
from bylaw.server.agentcore import engines, gateways, generations, policies, tagging
from bylaw.server.agentcore.context import Answer, Context, Handler
from bylaw.server.agentcore.fate import FATE, Fate
from bylaw.server.agentcore.kinds import Kind
from bylaw.server.agentcore.lifecycle import Lifecycle
from bylaw.server.agentcore.model import load_model
from bylaw.server.agentcore.objects import Objects
from bylaw.server.agentcore.options import AgentCoreOptions
from bylaw.server.agentcore.refusals import Refusal, denied
from bylaw.server.agentcore.requests import Call, projected, read_call
from bylaw.server.agentcore.signing import SignedRequest, authenticate, region_of
from bylaw.server.agentcore.tables import COMPONENT
from bylaw.server.agentcore.throttling import Throttle
from bylaw.server.keys import Role

MAX_BODY: Final = 1 << 20
HANDLERS: Final[Mapping[str, Handler]] = {
    **engines.HANDLERS,
    **policies.HANDLERS,
    **generations.HANDLERS,
    **gateways.HANDLERS,
    **tagging.HANDLERS,
}


def agentcore_app(url: str, store: Store, clock: Clock, options: AgentCoreOptions) -> "AgentCoreFace":
    """The face over the database at `url`; policies in force are put into `store`. Nothing is read or written yet."""
    return AgentCoreFace(open_database(url, COMPONENT), store, clock, options)


class AgentCoreFace:
    """ASGI application."""

    def __init__(self, database: Database, store: Store, clock: Clock, options: AgentCoreOptions) -> None:
        self._database = database
        self._clock = clock
        self._options = options
        self._model = load_model()
        self._throttle = Throttle(options.rate_factor) if options.throttled else None
        self._lifecycle = Lifecycle(database, store, options, threading.Lock())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            body = await _body(request)
            status, answer = await anyio.to_thread.run_sync(self._answer, request, body)
            await _send(send, status, json.dumps(answer).encode() if answer is not None else b"")
        except Refusal as refusal:
            await _send(send, refusal.status, json.dumps(refusal.body).encode(), refusal.error)
        except ClientDisconnect:
            return
        except BylawError as error:
            structlog.get_logger("bylaw.server").warning("database", message=error.message)
            await _send(send, 500, b'{"message": "The store cannot be used just now"}', "InternalServerException")

    def holds(self, engine_id: str) -> bool:
        """Whether an engine is one of this face's."""
        with self._database.reading() as connection:
            return Objects(connection).find(Kind.ENGINE, engine_id) is not None

    def close(self) -> None:
        """Give the connections to the database back."""
        self._database.close()

    def _answer(self, request: Request, body: bytes) -> tuple[int, Any]:
        now, scope = self._clock(), request.scope
        path = scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace").partition("?")[0]
        headers = {name.lower(): value for name, value in request.headers.items()}
        signed = SignedRequest(request.method, path, scope["query_string"].decode("ascii", "replace"), headers, body)
        signer = authenticate(signed, self._options.credentials, now) if self._options.credentials else None
        call = read_call(self._model, signed.method, path, signed.query, body)
        if self._throttle is not None:
            self._throttle.take(call.operation.name, now)
        if signer is not None and signer.role is not Role.ADMIN and call.operation.method != "GET":
            raise denied(f"User is not authorized to perform bedrock-agentcore:{call.operation.name}")
        region = region_of(unquote(headers.get("authorization", ""))) or self._options.region
        fate: Fate = scope.get(FATE, Fate())
        return self._handled(call, region, fate)

    def _handled(self, call: Call, region: str, fate: Fate) -> tuple[int, Any]:
        now = self._clock()
        self._lifecycle.settle(now)
        reads = call.operation.method == "GET"
        with self._database.reading() if reads else self._database.writing() as connection:
            context = Context(Objects(connection), self._options, now, region, fate)
            answer = HANDLERS[call.operation.name](context, call.values) if reads else _once(context, call)
        if call.operation.output is None or call.operation.status == 204:
            return call.operation.status, None
        return call.operation.status, projected(self._model, call.operation.output, answer)


def _once(context: Context, call: Call) -> Answer:
    """A write; one that bears a client token again is answered as it was."""
    name, token = call.operation.name, call.values.get("clientToken")
    if token is None:
        return HANDLERS[name](context, call.values)
    request = digest_json([context.region, {key: value for key, value in call.values.items() if key != "clientToken"}])
    known = context.objects.answered(name, token, request)
    if known is not None:
        return dict(json.loads(known))
    answer = HANDLERS[name](context, call.values)
    context.objects.remember(name, token, request, json.dumps(answer), context.now)
    return answer


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise Refusal("RequestEntityTooLargeException", f"The body has more than {MAX_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


async def _send(send: Send, status: int, body: bytes, error: str | None = None) -> None:
    headers = [(b"content-length", str(len(body)).encode()), (b"x-amzn-requestid", random_id().encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    if error is not None:
        headers.append((b"x-amzn-errortype", error.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
