"""`authorize`: its bodies, and from a body to an answer, without the web framework, which costs more than a decision.

Entities and context are Cedar's own JSON; `principal`, `action` and `resource` are `{"type": …, "id": …}`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from bylaw.evaluation.interface import EntityData, MalformedRequestError, Request
from bylaw.model.identifiers import EntityUid
from bylaw.server.policy_api.compiled import CompiledSet, Verdict
from bylaw.server.policy_api.models import Storable
from bylaw.server.problems import HttpProblemError, faults, invalid

MAX_BATCH: Final = 500
MAX_ENTITIES: Final = 1000

_Word = Annotated[str, StringConstraints(max_length=1000), Storable]
_TypeName = Annotated[
    str, StringConstraints(pattern=r"^[_a-zA-Z][_a-zA-Z0-9]*(::[_a-zA-Z][_a-zA-Z0-9]*)*$", max_length=1000)
]
_Record = Annotated[dict[str, Any], Field(max_length=1000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EntityReference(_Body):
    """An entity by type and id."""

    type: _TypeName
    id: _Word


class Entity(_Body):
    """An entity as Cedar writes it in JSON."""

    uid: EntityReference
    attrs: _Record = Field(default_factory=dict)
    parents: Annotated[list[EntityReference], Field(max_length=1000)] = Field(default_factory=list)
    tags: _Record = Field(default_factory=dict)


class Question(_Body):
    """May `principal` do `action` on `resource`, in this `context`?"""

    principal: EntityReference
    action: EntityReference
    resource: EntityReference
    context: _Record = Field(default_factory=dict)


class AuthorizeRequest(Question):
    """One question; without `engine_id` it goes to the engine that is enforced."""

    engine_id: _Word | None = None
    entities: Annotated[list[Entity], Field(max_length=MAX_ENTITIES)] = Field(default_factory=list)


class AuthorizeBatchRequest(_Body):
    """Several questions with the same entities, all answered from one set of policies."""

    engine_id: _Word | None = None
    entities: Annotated[list[Entity], Field(max_length=MAX_ENTITIES)] = Field(default_factory=list)
    requests: Annotated[list[Question], Field(min_length=1, max_length=MAX_BATCH)]


class PolicyErrorAnswer(BaseModel):
    """A policy that could not be evaluated for this request and so took no part."""

    policy_id: str
    message: str


class LoggedAnswer(BaseModel):
    """A policy in mode LOG_ONLY that applies to the request; it took no part."""

    policy_id: str
    effect: str


class DecisionAnswer(BaseModel):
    """A decision."""

    decision: Annotated[str, StringConstraints(pattern="^(allow|deny)$")]
    determining: list[str]
    """Ids of the policies that made the decision; empty where it is the default, deny."""
    errors: list[PolicyErrorAnswer]
    log_only: list[LoggedAnswer]


class AuthorizeAnswer(DecisionAnswer):
    """A decision, and the set of policies that made it."""

    engine_id: str
    fingerprint: str
    """SHA-256 over the policies of the engine."""


class AuthorizeBatchAnswer(BaseModel):
    """Decisions in the order of the questions, and the set of policies that made all of them."""

    decisions: list[DecisionAnswer]
    engine_id: str
    fingerprint: str


ONE: Final = TypeAdapter(AuthorizeRequest)
MANY: Final = TypeAdapter(AuthorizeBatchRequest)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of which engine."""

    engine: str | None
    questions: tuple[Request, ...]
    entities: tuple[EntityData, ...]
    batch: bool


def read_question(body: bytes, *, batch: bool) -> Asked:
    """Read a body; what is wrong with it is a 422."""
    try:
        if batch:
            many = MANY.validate_json(body)
            return Asked(many.engine_id, tuple(map(_request, many.requests)), _entities(many.entities), batch=True)
        one = ONE.validate_json(body)
    except ValidationError as error:
        found = faults(error.errors(include_url=False, include_context=False), before=("body",))
        raise HttpProblemError(422, found) from None
    return Asked(one.engine_id, (_request(one),), _entities(one.entities), batch=False)


def answer(asked: Asked, compiled: CompiledSet) -> bytes:
    """Decide, and write the answer."""
    try:
        verdicts = compiled.decide(asked.questions, asked.entities)
    except MalformedRequestError as error:
        raise _refusal(asked, compiled, error) from None
    except ValueError:  # what JSON cannot say, such as infinity
        raise invalid("malformed_request", ("body",), "a value that is no Cedar value") from None
    end: dict[str, object] = {"engine_id": compiled.engine, "fingerprint": compiled.fingerprint}
    if asked.batch:
        return _json({"decisions": [_decision(verdict) for verdict in verdicts], **end})
    return _json({**_decision(verdicts[0]), **end})


def _refusal(asked: Asked, compiled: CompiledSet, error: MalformedRequestError) -> HttpProblemError:
    """Say which of several questions cannot be decided."""
    if asked.batch:
        for number, question in enumerate(asked.questions):
            try:
                compiled.decide((question,), asked.entities)
            except MalformedRequestError as found:
                return invalid("malformed_request", ("body", "requests", number), found.message)
    return invalid("malformed_request", ("body",), error.message)


def _decision(verdict: Verdict) -> dict[str, object]:
    return {
        "decision": "allow" if verdict.allowed else "deny",
        "determining": verdict.determining,
        "errors": [{"policy_id": policy, "message": message} for policy, message in verdict.errors],
        "log_only": [{"policy_id": policy, "effect": effect} for policy, effect in verdict.log_only],
    }


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _request(question: Question) -> Request:
    return Request(_uid(question.principal), _uid(question.action), _uid(question.resource), question.context)


def _entities(entities: list[Entity]) -> tuple[EntityData, ...]:
    return tuple(
        [
            EntityData(_uid(entity.uid), entity.attrs, entity.tags, tuple(map(_uid, entity.parents)))
            for entity in entities
        ]
    )


def _uid(reference: EntityReference) -> EntityUid:
    return EntityUid(reference.type, reference.id)
