"""Schemas in JSON form to the same declarations as written that Cedar schema text gives.

What this does not understand it leaves out: the engine refuses it, and says where.
"""

from collections.abc import Iterator

from bylaw.languages.cedar.json_places import Node
from bylaw.languages.cedar.schema_grammar import (
    EMPTY_RECORD,
    Annotations,
    Name,
    RawAction,
    RawCommonType,
    RawEntity,
    RawField,
    RawGroup,
    RawRecord,
    RawSchema,
    RawSet,
    RawType,
)

_PRIMITIVES = {"Long": "__cedar::Long", "String": "__cedar::String", "Boolean": "__cedar::Bool"}
_BY_NAME = frozenset(("Entity", "EntityOrCommon", "Extension"))


def declarations_of(document: Node) -> RawSchema:
    """The declarations of a schema in JSON form."""
    found = RawSchema()
    for namespace, member in document.members.items():
        body = member.node
        for name, node in _named(body, "commonTypes"):
            found.types.append(RawCommonType(namespace, name, _type(node)))
        found.entities.extend(_entity(namespace, name, node) for name, node in _named(body, "entityTypes"))
        found.actions.extend(_action(namespace, name, node) for name, node in _named(body, "actions"))
    return found


def _named(body: Node, key: str) -> Iterator[tuple[Name, Node]]:
    section = body.get(key)
    for name, member in section.members.items() if section else ():
        yield Name(name, member.start, member.end), member.node


def _entity(namespace: str, name: Name, node: Node) -> RawEntity:
    tags, choices = node.get("tags"), node.get("enum")
    return RawEntity(
        namespace,
        name,
        parents=_names(node.get("memberOfTypes")),
        record=_type(node.get("shape")),
        tags=_type(tags) if tags else None,
        choices=tuple(item.text or "" for item in choices.items) if choices else None,
        annotations=_annotations(node),
    )


def _action(namespace: str, name: Name, node: Node) -> RawAction:
    applies = node.get("appliesTo") or Node(None, 0, 0)
    groups = node.get("memberOf")
    return RawAction(
        namespace,
        name,
        groups=tuple(_groups(groups)) if groups else (),
        principals=_names(applies.get("principalTypes")),
        resources=_names(applies.get("resourceTypes")),
        context=_type(applies.get("context")),
        annotations=_annotations(node),
    )


def _groups(groups: Node) -> Iterator[RawGroup]:
    for item in groups.items:
        name, type_ = item.get("id"), item.get("type")
        if name is not None and name.text is not None:
            yield RawGroup((type_.text if type_ else None) or "", Name(name.text, item.start, item.end))


def _type(node: Node | None) -> RawType:
    kind = node.get("type") if node else None
    if node is None or kind is None or kind.text is None:
        return EMPTY_RECORD
    if kind.text == "Set":
        return RawSet(_type(node.get("element")))
    if kind.text == "Record":
        return RawRecord(tuple(_fields(node.get("attributes"))))
    name = node.get("name") if kind.text in _BY_NAME else kind
    if name is None or name.text is None:
        return EMPTY_RECORD
    return Name(_PRIMITIVES.get(name.text, name.text) if name is kind else name.text, name.start, name.end)


def _fields(attributes: Node | None) -> Iterator[RawField]:
    for name, member in attributes.members.items() if attributes else ():
        required = member.node.get("required")
        optional = required is not None and required.value is False
        yield RawField(Name(name, member.start, member.end), _type(member.node), not optional)


def _names(node: Node | None) -> tuple[Name, ...]:
    return tuple(
        Name(item.text, item.start, item.end) for item in (node.items if node else ()) if item.text is not None
    )


def _annotations(node: Node) -> Annotations:
    found = node.get("annotations")
    return tuple((name, member.node.text or "") for name, member in found.members.items()) if found else ()
