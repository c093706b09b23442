"""The part of a schema that one request environment can reach, as a digest: a change elsewhere does not concern it."""

from collections.abc import Iterable, Iterator

from bylaw.languages.cedar.schema import (
    EntityType,
    Environment,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.model.digests import Digest, digest_text


def slice_digest(schema: Schema, environment: Environment, named: Iterable[str] = ()) -> Digest:
    """Of every declaration that policies in `environment` can read, or that is one of the entity types `named`.

    Args:
        schema: Has `environment`.
        environment: Where the policies apply.
        named: Entity types that the policies name.
    """
    action = schema.actions[environment.action]
    roots = {environment.principal, environment.resource, *_types(action.context)}
    roots |= {name for name in named if name in schema.entities}
    reached = sorted(_reached(schema, roots))
    groups = sorted(str(uid) for uid in schema.actions if schema.action_in(environment.action, uid))
    return digest_text(
        "\n".join([repr(environment), repr(action.context), repr(groups), *_declarations(schema, reached)])
    )


def _declarations(schema: Schema, reached: Iterable[str]) -> Iterator[str]:
    for name in reached:
        if name in schema.entities:
            yield _declaration(schema, name)
        else:
            # An attribute holds actions: all that there are, and what each is in, are values and facts.
            actions = sorted(uid for uid in schema.actions if uid.type == name)
            yield repr([(uid, schema.actions[uid].groups) for uid in actions])


def _declaration(schema: Schema, name: str) -> str:
    found = schema.entities[name]
    ancestors = sorted(schema.ancestor_types(name))
    return repr((name, ancestors, found.attributes, found.tags, found.choices))


def _reached(schema: Schema, roots: set[str]) -> set[str]:
    found: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        declaration = schema.entities.get(name)
        if declaration is not None:
            todo.extend(schema.ancestor_types(name))
            todo.extend(_types(declaration.attributes))
            todo.extend(() if declaration.tags is None else _types(declaration.tags))
    return found


def _types(type_: Type) -> Iterator[str]:
    """The entity types that a type mentions."""
    match type_:
        case EntityType(name):
            yield name
        case SetType(element):
            yield from _types(element)
        case RecordType(attributes):
            for attribute in attributes:
                yield from _types(attribute.type)
        case _:
            return
