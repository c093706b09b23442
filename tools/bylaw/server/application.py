"""The server put together: the gate around the Policy API and, behind it, the AgentCore face."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, Protocol

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bylaw import __version__
from bylaw.backends.connection import Clock, IdFactory, random_id
from bylaw.backends.local.store import Store, open_store
from bylaw.model.errors import BylawError
from bylaw.server.agentcore import Signer, agentcore_app
from bylaw.server.agentcore.face import AgentCoreFace
from bylaw.server.description import describe
from bylaw.server.gate import GUARDED, Gate
from bylaw.server.options import MAX_STALE_SECONDS, POLL_SECONDS, ProviderKind, ServerOptions
from bylaw.server.policy_api.active import ActiveSets, Patience
from bylaw.server.policy_api.authorizer import Authorizer
from bylaw.server.policy_api.enforcement import enforcement_router
from bylaw.server.policy_api.local import LocalProvider
from bylaw.server.policy_api.provider import Provider
from bylaw.server.policy_api.routes import router
from bylaw.server.problems import HttpProblemError, faults, of_error

THREADS: Final = 12
"""At work on the database at a time; its pool gives that many connections and a few more."""
_OWN: Final = (GUARDED, "/openapi.json", "/healthz")


def build_application(options: ServerOptions, clock: Clock | None = None) -> FastAPI:
    """Put a server together; nothing is read or written yet."""
    clock = clock or _now
    store = open_store(options.url, clock)
    face = _agentcore(options, store, clock)
    provider = _provider(options, store, face)
    sets = ActiveSets(store, clock, time.monotonic, Patience(POLL_SECONDS, MAX_STALE_SECONDS))
    authorizer = Authorizer(sets, store, options.enforced) if provider.store is not None else None
    app = Application(
        title="bylaw Policy API",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan([store, provider, *([face] if face is not None else [])]),
    )
    app.state.provider = provider
    app.openapi = lambda: describe(app, keys=options.keyring is not None)  # type: ignore[method-assign] # as its manual says
    app.include_router(router)
    app.include_router(enforcement_router(authorizer))
    app.add_api_route("/healthz", _healthy, include_in_schema=False)
    _answer_problems(app)
    if face is not None:
        app.router.routes.append(Rest(face))
    app.gate = Gate(
        app.framework,
        keyring=options.keyring,
        authorizer=authorizer,
        clock=clock,
        ids=request_ids(random_id()),
        limit=options.max_body,
    )
    return app


class Application(FastAPI):
    """The framework behind the gate; around the framework's own middleware, since a decision needs none of it."""

    gate: Gate

    async def framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is behind the gate."""
        await super().__call__(scope, receive, send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.gate(scope, receive, send)


class Closing(Protocol):
    """What holds connections."""

    def close(self) -> None:
        """Give them back."""


def request_ids(process: str) -> IdFactory:
    """Number the requests of one process; `process` tells it from others."""
    numbers = count(1)
    return lambda: f"{process[:16]}{next(numbers):016x}"


def _provider(options: ServerOptions, store: Store, face: AgentCoreFace | None) -> Provider:
    if options.provider is not ProviderKind.AGENTCORE:
        return LocalProvider(store, held=face.holds) if face is not None else LocalProvider(store)
    from bylaw.server.policy_api.agentcore import agentcore_provider  # noqa: PLC0415 - needs the AWS SDK, an extra

    return agentcore_provider(options.region, options.endpoint_url)


def _agentcore(options: ServerOptions, store: Store, clock: Clock) -> AgentCoreFace | None:
    """The AgentCore face; none where callers need keys and none of them can sign for it."""
    aws = options.keyring.aws if options.keyring is not None else {}
    if options.provider is ProviderKind.AGENTCORE or (options.keyring is not None and not aws):
        return None
    credentials = {name: Signer(key.secret, key.role) for name, key in aws.items()}
    return agentcore_app(options.url, store, clock, replace(options.agentcore, credentials=credentials))


class Rest(Mount):
    """Whatever is not this server's own."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__("", app)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave the Policy API's paths alone: what it does not know is not found, not somebody else's."""
        if scope["type"] == "http" and scope["path"].startswith(_OWN):
            return Match.NONE, {}
        return super().matches(scope)


def _answer_problems(app: FastAPI) -> None:
    @app.exception_handler(HttpProblemError)
    async def _problem(request: Request, problem: HttpProblemError) -> JSONResponse:
        del request
        return JSONResponse({"detail": problem.detail}, problem.status, problem.headers)

    @app.exception_handler(BylawError)
    async def _error(request: Request, error: BylawError) -> JSONResponse:
        return await _problem(request, of_error(error))

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> JSONResponse:
        del error  # raised again behind this answer, and logged by the gate
        return await _problem(request, HttpProblemError(500, "Internal server error"))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return await _problem(request, HttpProblemError(422, faults(error.errors())))


def _lifespan(opened: Sequence[Closing]) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield
        for item in opened:
            item.close()

    return lifespan


async def _healthy() -> dict[str, str]:
    return {"status": "ok"}


def _now() -> datetime:
    return datetime.now(UTC)
