"""`bylaw eval`: one request, decided and explained."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.uids import parse_uid
from bylaw.model.decisions import Answer
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import EntityUid


@dataclass(frozen=True)
class Evaluated:
    """An answer with its explanation, line by line."""

    answer: Answer
    lines: tuple[str, ...]


def evaluate(
    program: CedarProgram, *, principal: str, action: str, resource: str, context: Json, entities: Json
) -> Evaluated:
    """Decide one request.

    Raises:
        UsageError: a part of the request cannot be read.
        MalformedRequestError: it does not fit the schema.
    """
    request = Request(_uid(principal), _uid(action), _uid(resource), _mapping(context, "the context"))
    answer = CedarEvaluator.of(program).decide([request], tuple(_entities(entities)))[0]
    return Evaluated(answer, tuple(_lines(program, answer)))


def _lines(program: CedarProgram, answer: Answer) -> Iterator[str]:
    for policy in answer.determining:
        found = program.by_id.get(policy)
        place = f"  {found.span(*found.statement.head)}" if found else ""
        yield f"  by {policy}{place}"
    if not answer.determining:
        yield "  no permit is satisfied"
    for error in answer.errors:
        yield f"  {error.policy} errors and drops out: {error.message}"


def _uid(text: str) -> EntityUid:
    uid = parse_uid(text)
    if uid is None:
        raise UsageError(f"`{text}` is no entity", help='write it as `Type::"id"`, in quotes for the shell')
    return uid


def _mapping(value: Json, what: str) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{what} is no JSON object", help='write it like `{"input": {"amount": 20}}`')
    return value


def _entities(value: Json) -> Iterator[EntityData]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise UsageError(
            "the entities are no JSON list", help='write them like `[{"uid": {"type": "User", "id": "a"}}]`'
        )
    for item in value:
        entity = _mapping(item, "an entity")
        parents = entity.get("parents", [])
        if isinstance(parents, str) or not isinstance(parents, Sequence):
            raise UsageError("the parents of an entity are no JSON list", help="write `parents: []`")
        yield EntityData(
            uid=_uid_json(entity.get("uid")),
            attributes=_mapping(entity.get("attrs", {}), "the attributes of an entity"),
            tags=_mapping(entity.get("tags", {}), "the tags of an entity"),
            parents=tuple(map(_uid_json, parents)),
        )


def _uid_json(value: Json) -> EntityUid:
    found = _mapping(value, "a uid")
    inner = found.get("__entity", found)
    type_, id_ = (inner.get("type"), inner.get("id")) if isinstance(inner, Mapping) else (None, None)
    if not isinstance(type_, str) or not isinstance(id_, str):
        raise UsageError("a uid has no `type` and `id`", help='write `{"type": "User", "id": "a"}`')
    return EntityUid(type_, id_)
