"""A derived schema in Cedar's JSON schema format, for tools that take no other. https://docs.cedarpolicy.com/schema/json-schema.html"""

import json
from typing import TypeAlias

from bylaw.languages.cedar.schema import (
    ActionDeclaration,
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

_Json: TypeAlias = "bool | str | list[_Json] | dict[str, _Json]"
_PRIMITIVES = {"Bool": "Boolean"}


def schema_json_text(namespace: str, schema: Schema) -> str:
    """The declarations of `schema`, all of which are in `namespace`, by name."""
    entities = {_short(namespace, name): _entity(item) for name, item in sorted(schema.entities.items())}
    actions = {uid.id: _action(item) for uid, item in sorted(schema.actions.items())}
    document = {namespace: {"entityTypes": entities, "actions": actions}}
    return json.dumps(document, indent=2) + "\n"


def _entity(entity: EntityDeclaration) -> _Json:
    if entity.choices is not None:
        return {"enum": list(entity.choices)}
    shape: dict[str, _Json] = {"shape": _type(entity.attributes)} if entity.attributes.attributes else {}
    return shape | ({"tags": _type(entity.tags)} if entity.tags is not None else {})


def _action(action: ActionDeclaration) -> _Json:
    groups: list[_Json] = [{"id": group.id} for group in action.groups]
    found: dict[str, _Json] = {"memberOf": groups} if groups else {}
    if action.principals:
        found["appliesTo"] = {
            "principalTypes": list(action.principals),
            "resourceTypes": list(action.resources),
            "context": _type(action.context),
        }
    return found


def _type(type_: Type) -> dict[str, _Json]:
    match type_:
        case PrimitiveType(name):
            return {"type": _PRIMITIVES.get(name, name)}
        case ExtensionType(name):
            return {"type": "Extension", "name": name}
        case EntityType(name):
            return {"type": "Entity", "name": name}
        case SetType(element):
            return {"type": "Set", "element": _type(element)}
        case RecordType(attributes):
            return {"type": "Record", "attributes": {item.name: _attribute(item) for item in attributes}}


def _attribute(attribute: AttributeType) -> _Json:
    return _type(attribute.type) | ({} if attribute.required else {"required": False})


def _short(namespace: str, name: str) -> str:
    return name.removeprefix(f"{namespace}::")
