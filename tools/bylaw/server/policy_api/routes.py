"""Engines, policies and generations over HTTP. Nothing is decided here: a route reads, asks the provider, and answers."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from bylaw.server.policy_api.models import (
    AssetsAnswer,
    EngineAnswer,
    EngineCreate,
    EnginesAnswer,
    GenerationAnswer,
    GenerationsAnswer,
    GenerationStart,
    PoliciesAnswer,
    PolicyAnswer,
    PolicyCreate,
    PolicyUpdate,
)
from bylaw.server.policy_api.provider import etag
from bylaw.server.policy_api.surroundings import (
    Calling,
    Condition,
    EngineId,
    GenerationId,
    IdempotencyKey,
    Part,
    PolicyId,
    Providing,
    demand_admin,
    failures,
)

BASE: Final = "/api/v1/policy"
router: Final = APIRouter(prefix=BASE, tags=["policy"], redirect_slashes=False)


@router.post("/engines", status_code=201, responses=failures(403, 409))
def create_engine(
    wanted: EngineCreate,
    response: Response,
    provider: Providing,
    caller: Calling,
    idempotency_key: IdempotencyKey = None,
) -> EngineAnswer:
    """Make an engine."""
    demand_admin(caller)
    answer = provider.create_engine(caller, wanted, idempotency_key)
    response.headers["ETag"] = etag(answer)
    return answer


@router.get("/engines", responses=failures())
def list_engines(provider: Providing, part: Part) -> EnginesAnswer:
    """List engines, the oldest first."""
    return provider.engines(part)


@router.get("/engines/{engine_id}", responses=failures(404))
def get_engine(engine_id: EngineId, response: Response, provider: Providing) -> EngineAnswer:
    """One engine."""
    answer = provider.engine(engine_id)
    response.headers["ETag"] = etag(answer)
    return answer


@router.delete("/engines/{engine_id}", status_code=204, responses=failures(403, 409, 412))
def delete_engine(
    engine_id: EngineId,
    provider: Providing,
    caller: Calling,
    condition: Condition,
    cascade: Annotated[bool, Query(description="Delete its policies too.")] = False,  # noqa: FBT002 - by name only
) -> None:
    """Delete an engine; one that does not exist is deleted already."""
    demand_admin(caller)
    provider.delete_engine(caller, engine_id, condition, cascade=cascade)


@router.post("/engines/{engine_id}/policies", status_code=201, responses=failures(403, 404, 409))
def create_policy(
    engine_id: EngineId,
    wanted: PolicyCreate,
    response: Response,
    provider: Providing,
    caller: Calling,
    idempotency_key: IdempotencyKey = None,
) -> PolicyAnswer:
    """Make a policy of one Cedar statement."""
    demand_admin(caller)
    answer = provider.create_policy(caller, engine_id, wanted, idempotency_key)
    response.headers["ETag"] = etag(answer)
    return answer


@router.get("/engines/{engine_id}/policies", responses=failures(404))
def list_policies(engine_id: EngineId, provider: Providing, part: Part) -> PoliciesAnswer:
    """List the policies of an engine, the oldest first."""
    return provider.policies(engine_id, part)


@router.get("/engines/{engine_id}/policies/{policy_id}", responses=failures(404))
def get_policy(engine_id: EngineId, policy_id: PolicyId, response: Response, provider: Providing) -> PolicyAnswer:
    """One policy."""
    answer = provider.policy(engine_id, policy_id)
    response.headers["ETag"] = etag(answer)
    return answer


@router.put("/engines/{engine_id}/policies/{policy_id}", responses=failures(403, 404, 409, 412))
def update_policy(
    engine_id: EngineId,
    policy_id: PolicyId,
    wanted: PolicyUpdate,
    response: Response,
    provider: Providing,
    caller: Calling,
    condition: Condition,
) -> PolicyAnswer:
    """Change a policy; absent members stay as they are."""
    demand_admin(caller)
    answer = provider.update_policy(caller, engine_id, policy_id, wanted, condition)
    response.headers["ETag"] = etag(answer)
    return answer


@router.delete("/engines/{engine_id}/policies/{policy_id}", status_code=204, responses=failures(403, 409, 412))
def delete_policy(
    engine_id: EngineId, policy_id: PolicyId, provider: Providing, caller: Calling, condition: Condition
) -> None:
    """Delete a policy; one that does not exist is deleted already."""
    demand_admin(caller)
    provider.delete_policy(caller, engine_id, policy_id, condition)


@router.post("/engines/{engine_id}/generations", status_code=201, responses=failures(403, 404, 409, 501))
def start_generation(
    engine_id: EngineId, wanted: GenerationStart, provider: Providing, caller: Calling
) -> GenerationAnswer:
    """Begin to write policies from words."""
    demand_admin(caller)
    return provider.start_generation(caller, engine_id, wanted)


@router.get("/engines/{engine_id}/generations", responses=failures(404, 501))
def list_generations(engine_id: EngineId, provider: Providing, part: Part) -> GenerationsAnswer:
    """List generations."""
    return provider.generations(engine_id, part)


@router.get("/engines/{engine_id}/generations/{generation_id}", responses=failures(404, 501))
def get_generation(engine_id: EngineId, generation_id: GenerationId, provider: Providing) -> GenerationAnswer:
    """One generation."""
    return provider.generation(engine_id, generation_id)


@router.get("/engines/{engine_id}/generations/{generation_id}/assets", responses=failures(404, 501))
def list_assets(engine_id: EngineId, generation_id: GenerationId, provider: Providing, part: Part) -> AssetsAnswer:
    """What a generation has come up with."""
    return provider.assets(engine_id, generation_id, part)
