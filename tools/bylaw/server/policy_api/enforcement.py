"""`GET /enforcement`."""

from fastapi import APIRouter

from bylaw.server.policy_api.authorizer import Authorizer, no_decisions
from bylaw.server.policy_api.models import EnforcementAnswer
from bylaw.server.policy_api.routes import BASE
from bylaw.server.policy_api.surroundings import failures


def enforcement_router(authorizer: Authorizer | None) -> APIRouter:
    """Make the route; without an authorizer nothing is enforced here."""
    router = APIRouter(prefix=BASE, tags=["policy"])

    @router.get("/enforcement", responses=failures(501))
    async def enforcement() -> EnforcementAnswer:
        """Which engine decides where a request names none, and what of it is loaded."""
        if authorizer is None:
            raise no_decisions()
        return await authorizer.enforcement()

    return router
