"""The original server of the Policy API, rebuilt for tests with all that is odd about it.

What it does was measured on agentic-primitives-gateway 1.3.0: 500 with the class of the exception for whatever it has no word for,
`next_token: null` always in the in-memory provider, members it does not know dropped, policies for engines that do not exist.
"""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

BASE = "/api/v1/policy"
NO_GENERATIONS = "Policy generation not supported by this provider"
Json = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=1000)]


class EngineCreate(BaseModel):
    name: str
    description: str = ""
    config: Json = {}


class PolicyCreate(BaseModel):
    policy_body: str
    description: str = ""


class PolicyUpdate(BaseModel):
    policy_body: str
    description: str | None = None


class GenerationStart(BaseModel):
    config: Json = {}


class ServerError(Exception):
    """An exception of a class of somebody else's, by its name."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")


@dataclass
class Seen:
    """One request, as it came in."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class World:
    """What the server holds, and what the test changes in it."""

    engines: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, dict[str, Json]] = field(default_factory=dict)
    """By engine, whether that exists or not."""
    keys: dict[str, str] = field(default_factory=dict)
    """Key to role; empty lets everybody in as administrator."""
    enforced: str | None = None
    seen: list[Seen] = field(default_factory=list)
    hook: Callable[[Request], Response | None] = lambda _: None
    """May answer instead of the server."""
    after: Callable[[Request, Response], Response] = lambda _, response: response
    """May answer something else than the server did."""
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def id(self) -> str:
        return f"{next(self.numbers):032x}"

    def now(self) -> str:
        return (datetime(2027, 1, 1, tzinfo=UTC) + timedelta(seconds=next(self.numbers))).isoformat()

    def writes(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.method != "GET"]

    def all_policies(self) -> list[Json]:
        return [policy for held in self.policies.values() for policy in held.values()]


class Noop:
    """The in-memory provider."""

    def __init__(self, world: World) -> None:
        self.world = world

    def create_engine(self, wanted: EngineCreate) -> Json:
        world, id_ = self.world, self.world.id()
        world.engines[id_] = {
            "policy_engine_id": id_,
            "name": wanted.name,
            "description": wanted.description,
            "status": "ACTIVE",
            "created_at": world.now(),
        }
        return world.engines[id_]

    def engines(self, limit: int, token: str | None) -> tuple[list[Json], str | None]:
        del token
        return list(self.world.engines.values())[:limit], None

    def engine(self, engine_id: str) -> Json:
        return self.world.engines[engine_id]

    def delete_engine(self, engine_id: str) -> None:
        self.world.engines.pop(engine_id, None)
        self.world.policies.pop(engine_id, None)

    def create_policy(self, engine_id: str, wanted: PolicyCreate) -> Json:
        world, id_ = self.world, self.world.id()
        policy = {
            "policy_id": id_,
            "policy_engine_id": engine_id,
            "definition": wanted.policy_body,
            "description": wanted.description,
            "created_at": world.now(),
        }
        world.policies.setdefault(engine_id, {})[id_] = policy
        return policy

    def policies(self, engine_id: str, limit: int, token: str | None) -> tuple[list[Json], str | None]:
        del token
        return list(self.world.policies.get(engine_id, {}).values())[:limit], None

    def policy(self, engine_id: str, policy_id: str) -> Json:
        return self.world.policies.get(engine_id, {})[policy_id]

    def update_policy(self, engine_id: str, policy_id: str, wanted: PolicyUpdate) -> Json:
        policy = self.policy(engine_id, policy_id)
        policy["definition"] = wanted.policy_body
        if wanted.description is not None:
            policy["description"] = wanted.description
        return policy

    def delete_policy(self, engine_id: str, policy_id: str) -> None:
        self.world.policies.get(engine_id, {}).pop(policy_id, None)

    def generations(self) -> dict[str, Json]:
        raise HTTPException(501, NO_GENERATIONS)


class AgentCore(Noop):
    """The provider that passes everything on to Amazon Bedrock AgentCore, as seen through it.

    A policy is CREATING in the answer, and comes out as `fate` says once it has been looked at `delay` times; it is DELETING until
    it has been looked at as often.
    """

    def __init__(self, world: World, delay: int = 0) -> None:
        super().__init__(world)
        self.delay = delay
        self.fate: Callable[[str], str] = lambda _: "ACTIVE"
        self.ticks: dict[str, int] = {}
        self.made: dict[str, Json] = {}
        self.assets: list[Json] = []

    def create_engine(self, wanted: EngineCreate) -> Json:
        if any(engine["name"] == wanted.name for engine in self.world.engines.values()):
            raise ServerError("ConflictException", "An error occurred when calling CreatePolicyEngine: name in use")
        return super().create_engine(wanted)

    def engine(self, engine_id: str) -> Json:
        if engine_id not in self.world.engines:
            raise ServerError("ResourceNotFoundException", "An error occurred: no such policy engine")
        return self.world.engines[engine_id]

    def create_policy(self, engine_id: str, wanted: PolicyCreate) -> Json:
        self.engine(engine_id)
        if len(wanted.policy_body) < 35:
            raise ServerError("ParamValidationError", "Parameter validation failed: definition.cedar.statement")
        policy = super().create_policy(engine_id, wanted)
        policy |= {"name": "policy_" + self.world.id()[-12:], "status": "CREATING", "updated_at": self.world.now()}
        policy |= {"enforcement_mode": "ACTIVE", "status_reasons": []}
        self.ticks[policy["policy_id"]] = self.delay
        return {**policy, "response_metadata": {"RequestId": self.world.id()}}

    def policies(self, engine_id: str, limit: int, token: str | None) -> tuple[list[Json], str | None]:
        self.engine(engine_id)
        if limit > 100:
            raise ServerError("ValidationException", "maxResults must be at most 100")
        for policy_id in list(self.world.policies.get(engine_id, {})):
            self._tick(engine_id, policy_id)
        everything = list(self.world.policies.get(engine_id, {}).values())
        start = int(token.removeprefix("t")) if token else 0
        end = start + limit
        return everything[start:end], f"t{end}" if end < len(everything) else None

    def policy(self, engine_id: str, policy_id: str) -> Json:
        self._tick(engine_id, policy_id)
        try:
            return super().policy(engine_id, policy_id)
        except KeyError:
            raise ServerError("ResourceNotFoundException", "An error occurred: no such policy") from None

    def update_policy(self, engine_id: str, policy_id: str, wanted: PolicyUpdate) -> Json:
        if wanted.description is not None:
            raise ServerError("ParamValidationError", "Invalid type for parameter description, valid types: dict")
        policy = self.policy(engine_id, policy_id)
        if policy["status"] not in {"ACTIVE", "UPDATE_FAILED"}:
            raise ServerError("ConflictException", f"policy is {policy['status']}")
        policy |= {"definition": wanted.policy_body, "status": "UPDATING", "updated_at": self.world.now()}
        self.ticks[policy_id] = self.delay
        return dict(policy)

    def delete_policy(self, engine_id: str, policy_id: str) -> None:
        policy = self.policy(engine_id, policy_id)
        if policy["status"] in {"CREATING", "UPDATING"}:
            raise ServerError("ConflictException", f"policy is {policy['status']}")
        policy["status"] = "DELETING"
        self.ticks[policy_id] = self.delay

    def generations(self) -> dict[str, Json]:
        return self.made

    def _tick(self, engine_id: str, policy_id: str) -> None:
        policy = self.world.policies.get(engine_id, {}).get(policy_id)
        if policy is None or policy["status"] not in {"CREATING", "UPDATING", "DELETING"}:
            return
        left = self.ticks[policy_id]
        self.ticks[policy_id] = left - 1
        if left > 0:
            return
        if policy["status"] == "DELETING":
            del self.world.policies[engine_id][policy_id]
            return
        outcome = self.fate(policy["definition"])
        policy["status"] = outcome
        policy["status_reasons"] = [] if outcome == "ACTIVE" else ["the policy is overly permissive"]


def original(world: World, provider: Noop | None = None) -> FastAPI:
    """The application; `world` can be changed while it runs."""
    app = FastAPI(title="Agentic Primitives Gateway", version="1.3.0")
    app.include_router(_routes(world, provider or Noop(world)), prefix=BASE)

    @app.exception_handler(HTTPException)
    def http_problem(_: Request, error: HTTPException) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else None
        return JSONResponse({"detail": error.detail}, error.status_code, headers)

    @app.middleware("http")
    async def around(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        body = await request.body()
        headers = dict(request.headers)
        world.seen.append(Seen(request.method, request.url.path, request.url.query, headers, body))
        instead = world.hook(request)
        if instead is not None:
            return instead
        try:
            response = await proceed(request)
        except ServerError as error:
            response = JSONResponse({"detail": str(error)}, 500)
        except KeyError as error:
            response = JSONResponse({"detail": f"KeyError: {error}"}, 500)
        return world.after(request, response)

    return app


def _routes(world: World, provider: Noop) -> APIRouter:
    def anybody(request: Request) -> str:
        if not world.keys:
            return "admin"
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        key = value if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        if key not in world.keys:
            raise HTTPException(401, "Invalid or missing credentials")
        return world.keys[key]

    def admin(role: Annotated[str, Depends(anybody)]) -> None:
        if role != "admin":
            raise HTTPException(403, "Admin access required")

    routes = APIRouter(dependencies=[Depends(anybody)])
    _engine_routes(routes, world, provider, admin)
    _policy_routes(routes, provider, admin)
    _generation_routes(routes, world, provider)
    return routes


def _engine_routes(routes: APIRouter, world: World, provider: Noop, admin: Callable[..., None]) -> None:
    @routes.get("/enforcement")
    async def enforcement() -> Json:
        return {"active": True, "engine_id": world.enforced}

    @routes.post("/engines", status_code=201)
    async def create_engine(wanted: EngineCreate, _: Annotated[None, Depends(admin)]) -> Json:
        return provider.create_engine(wanted)

    @routes.get("/engines")
    async def list_engines(max_results: Limit = 100, next_token: str | None = None) -> Json:
        items, token = provider.engines(max_results, next_token)
        return {"policy_engines": items, "next_token": token}

    @routes.get("/engines/{engine_id}")
    async def get_engine(engine_id: str) -> Json:
        return provider.engine(engine_id)

    @routes.delete("/engines/{engine_id}", status_code=204)
    async def delete_engine(engine_id: str, _: Annotated[None, Depends(admin)]) -> None:
        provider.delete_engine(engine_id)


def _policy_routes(routes: APIRouter, provider: Noop, admin: Callable[..., None]) -> None:
    @routes.post("/engines/{engine_id}/policies", status_code=201)
    async def create_policy(engine_id: str, wanted: PolicyCreate, _: Annotated[None, Depends(admin)]) -> Json:
        return provider.create_policy(engine_id, wanted)

    @routes.get("/engines/{engine_id}/policies")
    async def list_policies(engine_id: str, max_results: Limit = 100, next_token: str | None = None) -> Json:
        items, token = provider.policies(engine_id, max_results, next_token)
        return {"policies": items, "next_token": token}

    @routes.get("/engines/{engine_id}/policies/{policy_id}")
    async def get_policy(engine_id: str, policy_id: str) -> Json:
        return provider.policy(engine_id, policy_id)

    @routes.put("/engines/{engine_id}/policies/{policy_id}")
    async def update_policy(
        engine_id: str, policy_id: str, wanted: PolicyUpdate, _: Annotated[None, Depends(admin)]
    ) -> Json:
        return provider.update_policy(engine_id, policy_id, wanted)

    @routes.delete("/engines/{engine_id}/policies/{policy_id}", status_code=204)
    async def delete_policy(engine_id: str, policy_id: str, _: Annotated[None, Depends(admin)]) -> None:
        provider.delete_policy(engine_id, policy_id)


def _generation_routes(routes: APIRouter, world: World, provider: Noop) -> None:
    @routes.post("/engines/{engine_id}/generations", status_code=201)
    async def start(engine_id: str, wanted: GenerationStart) -> Json:
        made = provider.generations()
        for name in ("name", "resource", "content"):
            if name not in wanted.config:
                raise ServerError("ParamValidationError", f'Missing required parameter in input: "{name}"')
        generation = {
            "policy_generation_id": world.id(),
            "policy_engine_id": engine_id,
            "status": "GENERATING",
            "created_at": world.now(),
            "name": wanted.config["name"],
            "resource": wanted.config["resource"],
            "status_reasons": [],
        }
        made[generation["policy_generation_id"]] = generation
        return generation

    @routes.get("/engines/{engine_id}/generations")
    async def listed(engine_id: str, max_results: Limit = 100) -> Json:
        made = [g for g in provider.generations().values() if g["policy_engine_id"] == engine_id]
        return {"policy_generations": made[:max_results], "next_token": None}

    @routes.get("/engines/{engine_id}/generations/{generation_id}")
    async def get(engine_id: str, generation_id: str) -> Json:
        made = provider.generations()
        if generation_id not in made or made[generation_id]["policy_engine_id"] != engine_id:
            raise ServerError("ResourceNotFoundException", "no such generation")
        return made[generation_id]

    @routes.get("/engines/{engine_id}/generations/{generation_id}/assets")
    async def assets(engine_id: str, generation_id: str) -> Json:
        del engine_id
        provider.generations()[generation_id]
        held = provider.assets if isinstance(provider, AgentCore) else []
        return {"policy_generation_assets": held, "next_token": None}
