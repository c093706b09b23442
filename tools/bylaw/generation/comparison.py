"""What differs between two schemas, by their typed values: declarations, attributes, whether they are optional, types.

How a schema is written does not matter: names are resolved, attributes have no order.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import (
    ActionDeclaration,
    AttributeType,
    EntityDeclaration,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.languages.cedar.type_words import spelling
from bylaw.model.identifiers import EntityUid

K = TypeVar("K", str, EntityUid)
T = TypeVar("T")
MAX_SPELLED = 80
"""Characters of a type in a change."""


class ChangeKind(StrEnum):
    """What became of a thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Aspect(StrEnum):
    """What of a declaration a change is about."""

    DECLARATION = "declaration"
    ATTRIBUTE = "attribute"
    TYPE = "type"
    OPTIONALITY = "optionality"
    GROUPS = "groups"
    PRINCIPALS = "principals"
    RESOURCES = "resources"
    TAGS = "tags"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference."""

    kind: ChangeKind
    declaration: str
    """The action or entity type, by its full name."""
    aspect: Aspect
    path: str = ""
    """The attribute: `context.input.amount`, `[]` for the elements of a set; empty for the declaration as a whole."""
    before: str | None = None
    after: str | None = None


def compare_schemas(old: Schema, new: Schema) -> tuple[SchemaChange, ...]:
    """Every difference, entity types first, by name."""
    return (*_entities(old.entities, new.entities), *_actions(old, new))


def _entities(old: Mapping[str, EntityDeclaration], new: Mapping[str, EntityDeclaration]) -> Iterator[SchemaChange]:
    for name, before, after in _matched(old, new):
        if before is None or after is None:
            yield _whole(f"entity {name}", before)
            continue
        what = f"entity {name}"
        yield from _value(what, Aspect.GROUPS, before.member_of, after.member_of)
        yield from _record(what, "", before.attributes, after.attributes)
        yield from _tags(what, before.tags, after.tags)
        yield from _value(what, Aspect.CHOICES, before.choices or (), after.choices or ())


def _actions(old: Schema, new: Schema) -> Iterator[SchemaChange]:
    for uid, before, after in _matched(old.actions, new.actions):
        what = f"action {uid}"
        if before is None or after is None:
            yield _whole(what, before)
        else:
            yield from _action(what, before, after)


def _action(what: str, before: ActionDeclaration, after: ActionDeclaration) -> Iterator[SchemaChange]:
    yield from _value(what, Aspect.GROUPS, map(str, before.groups), map(str, after.groups))
    yield from _value(what, Aspect.PRINCIPALS, before.principals, after.principals)
    yield from _value(what, Aspect.RESOURCES, before.resources, after.resources)
    yield from _record(what, "context", before.context, after.context)


def _whole(what: str, before: object) -> SchemaChange:
    return SchemaChange(ChangeKind.ADDED if before is None else ChangeKind.REMOVED, what, Aspect.DECLARATION)


def _value(what: str, aspect: Aspect, before: Iterable[str], after: Iterable[str]) -> Iterator[SchemaChange]:
    """A change of a list of names, whose order does not matter."""
    old, new = sorted(set(before)), sorted(set(after))
    if old != new:
        yield SchemaChange(ChangeKind.CHANGED, what, aspect, "", ", ".join(old) or "none", ", ".join(new) or "none")


def _tags(what: str, before: Type | None, after: Type | None) -> Iterator[SchemaChange]:
    if before != after:
        sides = ("none" if side is None else spelled(side) for side in (before, after))
        yield SchemaChange(ChangeKind.CHANGED, what, Aspect.TAGS, "", *sides)


def _record(what: str, path: str, before: RecordType, after: RecordType) -> Iterator[SchemaChange]:
    old = {attribute.name: attribute for attribute in before.attributes}
    new = {attribute.name: attribute for attribute in after.attributes}
    for name, one, other in _matched(old, new):
        yield from _attribute(what, _inside(path, name), one, other)


def _attribute(
    what: str, path: str, before: AttributeType | None, after: AttributeType | None
) -> Iterator[SchemaChange]:
    if before is None or after is None:
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED
        sides = (None if side is None else _declared(side) for side in (before, after))
        yield SchemaChange(kind, what, Aspect.ATTRIBUTE, path, *sides)
        return
    if before.required != after.required:
        words = ("required" if side.required else "optional" for side in (before, after))
        yield SchemaChange(ChangeKind.CHANGED, what, Aspect.OPTIONALITY, path, *words)
    yield from _type(what, path, before.type, after.type)


def _type(what: str, path: str, before: Type, after: Type) -> Iterator[SchemaChange]:
    if before == after:
        return
    if isinstance(before, RecordType) and isinstance(after, RecordType):
        yield from _record(what, path, before, after)
    elif isinstance(before, SetType) and isinstance(after, SetType):
        yield from _type(what, f"{path}[]", before.element, after.element)
    else:
        yield SchemaChange(ChangeKind.CHANGED, what, Aspect.TYPE, path, spelled(before), spelled(after))


def spelled(type_: Type) -> str:
    """A type, shortened."""
    text = spelling(type_)
    return text if len(text) <= MAX_SPELLED else f"{text[: MAX_SPELLED - 1]}…"


def _declared(attribute: AttributeType) -> str:
    return spelled(attribute.type) if attribute.required else f"{spelled(attribute.type)}, optional"


def _inside(path: str, name: str) -> str:
    """As a policy reads it."""
    if not (name.isascii() and name.isidentifier()):
        return f"{path}[{quote(name)}]"
    return f"{path}.{name}" if path else name


def _matched(old: Mapping[K, T], new: Mapping[K, T]) -> Iterator[tuple[K, T | None, T | None]]:
    """Both sides of each key, sorted."""
    for key in sorted(old.keys() | new.keys()):
        yield key, old.get(key), new.get(key)
