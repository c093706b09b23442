"""The smallest example that still shows what it should: what can be left out or made plainer is, as long as the engine agrees."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.plainness import plainer
from bylaw.evaluation.interface import EntityData, Json
from bylaw.model.identifiers import EntityUid

MAX_TRIES = 400

Holds = Callable[[Concrete], bool]
"""Whether an example still shows what it is to show; false as well where it no longer fits the schema."""


def shrink(example: Concrete, holds: Holds) -> Concrete:
    """`example` with everything removed that `holds` does not need."""
    tries, place = 0, 0
    while tries < MAX_TRIES:
        found = None
        for number, candidate in enumerate(islice(_smaller(example), place, None), place):
            tries += 1
            if tries > MAX_TRIES or holds(candidate):
                found = number, candidate
                break
        if found is None:
            if place == 0:
                return example
            place = 0  # what was kept on the way may be needless now
        elif tries <= MAX_TRIES:
            # What came before in the order was just refused.
            place, example = found
    return example


def _smaller(example: Concrete) -> Iterator[Concrete]:
    """Examples with one thing less, the biggest things first."""
    request, entities = example
    needed = {request.principal, request.resource} | set(_referred(example))
    for entity in entities:
        if entity.uid not in needed:
            yield Concrete(request, tuple(other for other in entities if other is not entity))
    for context in _without_one(request.context):
        if isinstance(context, Mapping):
            yield Concrete(replace(request, context=context), entities)
    for index, entity in enumerate(entities):
        for smaller in _smaller_entity(entity):
            yield Concrete(request, (*entities[:index], smaller, *entities[index + 1 :]))


def _smaller_entity(entity: EntityData) -> Iterator[EntityData]:
    for parent in entity.parents:
        yield replace(entity, parents=tuple(other for other in entity.parents if other != parent))
    for tags in _without_one(entity.tags):
        if isinstance(tags, Mapping):
            yield replace(entity, tags=tags)
    for attributes in _without_one(entity.attributes):
        if isinstance(attributes, Mapping):
            yield replace(entity, attributes=attributes)


def _without_one(value: Json) -> Iterator[Json]:
    """`value` with one field or element less, or one value plainer, at any depth."""
    if isinstance(value, Mapping) and not _is_leaf(value):
        for name in value:
            yield {other: inner for other, inner in value.items() if other != name}
        for name, inner in value.items():
            for smaller in _without_one(inner):
                yield {**value, name: smaller}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield [*value[:index], *value[index + 1 :]]
            for smaller in _without_one(inner):
                yield [*value[:index], smaller, *value[index + 1 :]]
    else:
        yield from plainer(value)


def _is_leaf(value: Mapping[str, Json]) -> bool:
    return "__entity" in value or "__extn" in value


def _referred(example: Concrete) -> Iterator[EntityUid]:
    """The entities that something else in the example names."""
    todo: list[Json] = [example.request.context]
    for entity in example.entities:
        yield from entity.parents
        todo += [entity.attributes, entity.tags]
    while todo:
        value = todo.pop()
        if isinstance(value, Mapping):
            uid = value.get("__entity")
            if isinstance(uid, Mapping):
                yield EntityUid(str(uid.get("type")), str(uid.get("id")))
            else:
                todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
