"""Why an entity does not conform to its schema: each value that does not, with what would.

Consulted only for entities that the engine has refused. It knows the form of values, not every text that a decimal or an
address may have: where it finds nothing, the engine's sentence is told.
"""

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.languages.cedar.json_places import Member, Node
from bylaw.languages.cedar.schema import (
    AttributeType,
    EntityDeclaration,
    EntityType,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from bylaw.languages.cedar.wording import choose_from, code
from bylaw.model.identifiers import EntityUid

_PRIMITIVES: dict[str, type] = {"Bool": bool, "Long": int, "String": str}
_FUNCTIONS = {"ip": "ipaddr", "decimal": "decimal", "datetime": "datetime", "duration": "duration"}


class Unfit(NamedTuple):
    """What does not conform, and where."""

    message: str
    start: int
    end: int
    help: str | None = None


def uid_of(node: Node | None) -> EntityUid | None:
    """The entity that a JSON value refers to, in either of its two forms."""
    if node is None:
        return None
    node = node.get("__entity") or node
    type_, id_ = node.get("type"), node.get("id")
    if type_ is None or id_ is None or type_.text is None or id_.text is None:
        return None
    return EntityUid(type_.text, id_.text)


def unfit(entity: Node, uid: EntityUid, schema: Schema) -> Iterator[Unfit]:
    """Everything about one entity that does not conform to `schema`."""
    at = entity.get("uid") or entity
    declared = schema.entities.get(uid.type)
    if declared is None:
        remedy = choose_from(uid.type, schema.entities, "entity types")
        yield Unfit(f"no entity type {code(uid.type)} in the schema", at.start, at.end, remedy)
        return
    yield from _choice(uid, at, schema)
    attributes = entity.get("attrs") or Node({}, at.start, at.end)
    yield from _record(attributes, declared.attributes, code(str(uid)), at, schema)
    yield from _tags(entity.get("tags"), declared, schema)
    for parent in (entity.get("parents") or Node([], 0, 0)).items:
        yield from _parent(parent, uid, schema)


def _choice(uid: EntityUid, at: Node, schema: Schema) -> Iterator[Unfit]:
    declared = schema.entities.get(uid.type)
    if declared is not None and declared.choices is not None and uid.id not in declared.choices:
        remedy = choose_from(uid.id, declared.choices, f"ids of `{uid.type}`")
        yield Unfit(f"{code(uid.type)} has no entity {code(uid.id)}", at.start, at.end, remedy)


def _tags(tags: Node | None, declared: EntityDeclaration, schema: Schema) -> Iterator[Unfit]:
    for name, member in tags.members.items() if tags else ():
        if declared.tags is None:
            remedy = f"declare them in the schema, `entity {declared.name} … tags String;`"
            yield Unfit(f"entity type {code(declared.name)} has no tags", member.start, member.end, remedy)
            return
        yield from _value(member.node, declared.tags, f"the tag {code(name)}", schema)


def _parent(parent: Node, uid: EntityUid, schema: Schema) -> Iterator[Unfit]:
    above = uid_of(parent)
    if above is None:
        yield Unfit("not an entity", parent.start, parent.end, 'write {"type": …, "id": …}')
    elif above.type not in schema.entities:
        remedy = choose_from(above.type, schema.entities, "entity types")
        yield Unfit(f"no entity type {code(above.type)} in the schema", parent.start, parent.end, remedy)
    elif not _can_be_in(uid.type, above.type, schema):
        remedy = f"write `entity {uid.type} in [{above.type}]` in the schema, if it can be"
        message = f"entity type {code(uid.type)} is never in {code(above.type)}"
        yield Unfit(message, parent.start, parent.end, remedy)
    else:
        yield from _choice(above, parent, schema)


def _can_be_in(lower: str, upper: str, schema: Schema) -> bool:
    """Not reflexive: an entity of a type can only be in another one of it where the schema says so."""
    return any(parent == upper or schema.type_can_be_in(parent, upper) for parent in schema.entities[lower].member_of)


def _record(node: Node, type_: RecordType, what: str, at: Node, schema: Schema) -> Iterator[Unfit]:
    if not isinstance(node.value, dict):
        yield Unfit(f"{what} needs an object with its attributes", node.start, node.end)
        return
    for attribute in type_.attributes:
        if attribute.required and attribute.name not in node.members:
            yield Unfit(f"{what} has no {code(attribute.name)}", at.start, at.end, _add(attribute))
    for name, member in node.members.items():
        attribute_or_none = type_.attribute(name)
        if attribute_or_none is None:
            yield _undeclared(name, member, type_)
        else:
            yield from _value(member.node, attribute_or_none.type, code(name), schema)


def _add(attribute: AttributeType) -> str:
    return f"add it; the schema declares `{attribute.name}: {_word(attribute.type)}`"


def _undeclared(name: str, member: Member, type_: RecordType) -> Unfit:
    remedy = choose_from(name, (attribute.name for attribute in type_.attributes), "declared")
    return Unfit(f"the schema declares no attribute {code(name)} here", member.start, member.end, remedy)


def _value(node: Node, type_: Type, what: str, schema: Schema) -> Iterator[Unfit]:
    if node.value is None:
        yield Unfit(f"{what} is null, which Cedar does not know", node.start, node.end, "leave the attribute out")
        return
    match type_:
        case PrimitiveType(name):
            # A truth value is a number to Python.
            fits = type(node.value) is _PRIMITIVES[name]
        case EntityType(name):
            uid = uid_of(node)
            fits = uid is not None and uid.type == name
            if uid is not None and fits:
                yield from _choice(uid, node, schema)
        case ExtensionType(name):
            fits = _is_extension(node, name)
        case SetType(element):
            fits = isinstance(node.value, list)
            for item in node.items:
                yield from _value(item, element, f"an element of {what}", schema)
        case RecordType():
            yield from _record(node, type_, what, node, schema)
            return
    if not fits:
        yield Unfit(f"{what} is {_shape(node)}, the schema wants {_word(type_)}", node.start, node.end, _form(type_))


def _is_extension(node: Node, name: str) -> bool:
    if node.text is not None:
        return True
    call = node.get("__extn") or node
    function = call.get("fn")
    return function is not None and function.text is not None and _FUNCTIONS.get(function.text) == name


def _shape(node: Node) -> str:
    uid = uid_of(node)
    if uid is not None:
        return f"the entity {code(str(uid))}"
    match node.value:
        case bool():
            return "a truth value"
        case int():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def _word(type_: Type) -> str:
    match type_:
        case PrimitiveType(name) | ExtensionType(name):
            return name
        case EntityType(name):
            return f"an entity of type {name}"
        case SetType(element):
            return f"a set of {_word(element)}"
        case RecordType():
            return "a record"


def _form(type_: Type) -> str | None:
    match type_:
        case EntityType(name):
            return f'write {{"type": "{name}", "id": …}}'
        case ExtensionType(name):
            return f"write the {name} as a string"
        case SetType():
            return "write a list"
        case _:
            return None
