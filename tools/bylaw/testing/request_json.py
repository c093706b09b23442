"""A request as JSON, with the entities it can reach and no others: what `bylaw eval` reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.evaluation.values import entity_reference
from bylaw.model.identifiers import EntityUid


def request_json(request: Request, entities: Iterable[EntityData]) -> dict[str, Json]:
    """A request with the entities it can reach, in the form that `bylaw eval` reads."""
    return {
        "principal": str(request.principal),
        "action": str(request.action),
        "resource": str(request.resource),
        "context": dict(request.context),
        "entities": [_entity_json(entity) for entity in _reachable(request, entities)],
    }


def _reachable(request: Request, entities: Iterable[EntityData]) -> list[EntityData]:
    by_uid = {entity.uid: entity for entity in entities}
    todo = [request.principal, request.resource, *_references(request.context)]
    found: dict[EntityUid, EntityData] = {}
    while todo:
        entity = by_uid.get(todo.pop())
        if entity is not None and entity.uid not in found:
            found[entity.uid] = entity
            todo += [*entity.parents, *_references(entity.attributes), *_references(entity.tags)]
    return [found[uid] for uid in sorted(found)]


def _references(value: Json) -> Iterator[EntityUid]:
    uid = entity_reference(value)
    if uid is not None:
        yield uid
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _references(item)


def _entity_json(entity: EntityData) -> dict[str, Json]:
    return {
        "uid": {"type": entity.uid.type, "id": entity.uid.id},
        "attrs": dict(entity.attributes),
        "tags": dict(entity.tags),
        "parents": [{"type": parent.type, "id": parent.id} for parent in entity.parents],
    }
