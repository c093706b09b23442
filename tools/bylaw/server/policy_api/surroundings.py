"""What the routes take from a request: who calls, on whose conditions, which part of a listing."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Path, Query, Request

from bylaw.server.keys import Principal
from bylaw.server.policy_api.models import DEFAULT_PAGE, MAX_PAGE, Problem, ValidationProblem
from bylaw.server.policy_api.provider import Caller, Precondition, Provider, Slice
from bylaw.server.problems import HttpProblemError, invalid

_KEY: Final = r"^[\x21-\x7e]{1,255}$"
_TAGS: Final = re.compile(r'\*|(?:W/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W/)?"[\x21\x23-\x7e]*")*')


async def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


async def _caller(request: Request) -> Caller:
    principal: Principal = request.scope["bylaw.principal"]
    return Caller(principal, request.scope["bylaw.correlation"])


async def _condition(if_match: Annotated[str | None, Header(max_length=2000)] = None) -> Precondition:
    if if_match is None:
        return Precondition()
    if _TAGS.fullmatch(if_match.strip()) is None:
        raise invalid("if_match", ("header", "if-match"), "not a list of entity tags", if_match)
    return Precondition(frozenset(tag.strip() for tag in if_match.split(",")))


async def _slice(
    max_results: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
    next_token: Annotated[str | None, Query()] = None,
) -> Slice:
    return Slice(max_results, next_token)


Providing = Annotated[Provider, Depends(_provider)]
Calling = Annotated[Caller, Depends(_caller)]
Condition = Annotated[Precondition, Depends(_condition)]
Part = Annotated[Slice, Depends(_slice)]
EngineId = Annotated[str, Path(description="Of a policy engine; opaque.", min_length=1)]
PolicyId = Annotated[str, Path(description="Of a policy; opaque.", min_length=1)]
GenerationId = Annotated[str, Path(description="Of a generation; opaque.", min_length=1)]
IdempotencyKey = Annotated[
    str | None, Header(pattern=_KEY, description="Repeating a request with the same key and body changes nothing.")
]

EVERYWHERE: Final = (400, 401, 413, 422, 431, 500, 503)
"""What every operation may answer instead of success."""
_REASONS: Final = {
    400: "The request cannot be understood.",
    401: "No credentials, or wrong ones.",
    403: "Only admins may do this.",
    404: "It does not exist.",
    409: "Something is in the way.",
    412: "It is not as the caller has seen it.",
    413: "The body is too large.",
    422: "The request is not valid.",
    431: "The headers are too large.",
    500: "A bug of the server.",
    501: "The provider cannot do this.",
    503: "The store cannot be reached just now.",
}


def failures(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The failures of an operation, for its description: those of every one, and `statuses`."""
    return {
        status: {
            "model": ValidationProblem if status == 422 else Problem,
            "description": _REASONS[status],
        }
        for status in sorted({*EVERYWHERE, *statuses})
    }


def demand_admin(caller: Caller) -> None:
    """Refuse with 403 who may only read. Asked once the request is known to be valid, as clients of this API expect."""
    if not caller.principal.is_admin:
        raise HttpProblemError(403, "Admin access required")
