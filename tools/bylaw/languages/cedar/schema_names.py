"""Resolves the names of a schema as the engine does.

A bare name is a common type or else an entity type of its own namespace, then of the empty one, then what is built in.
"""

from collections.abc import Mapping

from bylaw.languages.cedar.schema import (
    AttributeType,
    EntityType,
    ExtensionType,
    PrimitiveType,
    RecordType,
    SetType,
    Type,
)
from bylaw.languages.cedar.schema_grammar import Name, RawAction, RawCommonType, RawGroup, RawSchema, RawSet, RawType
from bylaw.model.identifiers import EntityUid

BUILTIN: Mapping[str, Type] = {
    "Bool": PrimitiveType("Bool"),
    "Long": PrimitiveType("Long"),
    "String": PrimitiveType("String"),
    **{name: ExtensionType(name) for name in ("decimal", "ipaddr", "datetime", "duration")},
}
_RESERVED = "__cedar::"


def full_name(namespace: str, name: str) -> str:
    """A declared name with its namespace."""
    return f"{namespace}::{name}" if namespace else name


def _candidates(namespace: str, path: str) -> tuple[str, ...]:
    return (path,) if "::" in path or not namespace else (f"{namespace}::{path}", path)


class RawNames:
    """What the names of one schema stand for."""

    def __init__(self, schema: RawSchema) -> None:
        self.types = {full_name(item.namespace, item.name.text): item for item in schema.types}
        self.entities = {full_name(item.namespace, item.name.text) for item in schema.entities}
        self.actions = {self.action_uid(item) for item in schema.actions}

    @staticmethod
    def action_uid(action: RawAction) -> EntityUid:
        """The full name of a declared action."""
        return EntityUid(full_name(action.namespace, "Action"), action.name.text)

    def group(self, namespace: str, group: RawGroup) -> EntityUid:
        """The action group that a parent names; the first that could be meant, if there is none."""
        found = [EntityUid(type_, group.name.text) for type_ in _candidates(namespace, group.type or "Action")]
        return next((uid for uid in found if uid in self.actions), found[0])

    def entity(self, namespace: str, path: str) -> str:
        """The full name of an entity type; as written, if there is none."""
        return next((name for name in _candidates(namespace, path) if name in self.entities), path)

    def action_type(self, namespace: str, path: str) -> str | None:
        """The full name of the type of the actions of some namespace, if `path` names one."""
        known = {uid.type for uid in self.actions}
        return next((name for name in _candidates(namespace, path) if name in known), None)

    def common_type(self, namespace: str, path: str) -> RawCommonType | None:
        """The common type that `path` names, if it names one."""
        for name in _candidates(namespace, path):
            if name in self.types or name in self.entities:
                return self.types.get(name)
        return None

    def knows_type(self, namespace: str, path: str) -> bool:
        """Whether a type of that name can be used as the type of a value."""
        declared = any(name in self.types or name in self.entities for name in _candidates(namespace, path))
        return declared or path.removeprefix(_RESERVED) in BUILTIN

    def knows_entity(self, namespace: str, path: str) -> bool:
        """Whether an entity type of that name is declared."""
        return self.entity(namespace, path) in self.entities


class Resolver:
    """Types with their names resolved. One common type gives one object, however often it is named."""

    def __init__(self, names: RawNames) -> None:
        self._names = names
        self._common: dict[str, Type] = {}

    def type(self, namespace: str, raw: RawType) -> Type:
        """What `raw` means inside `namespace`; common types are put in the place of their names."""
        match raw:
            case Name():
                return self._named(namespace, raw.text)
            case RawSet(element):
                return SetType(self.type(namespace, element))
        return RecordType(
            tuple(
                sorted(
                    (
                        AttributeType(field.name.text, self.type(namespace, field.type), field.required)
                        for field in raw.fields
                    ),
                    key=lambda attribute: attribute.name,
                )
            )
        )

    def record(self, namespace: str, raw: RawType) -> RecordType:
        """A record, which may be given by the name of a common type."""
        found = self.type(namespace, raw)
        return found if isinstance(found, RecordType) else RecordType(())

    def _named(self, namespace: str, path: str) -> Type:
        if not path.startswith(_RESERVED):
            common = self._names.common_type(namespace, path)
            if common is not None:
                full = full_name(common.namespace, common.name.text)
                if full not in self._common:
                    self._common[full] = self.type(common.namespace, common.type)
                return self._common[full]
            entity = self._names.entity(namespace, path)
            if entity in self._names.entities:
                return EntityType(entity)
            action = self._names.action_type(namespace, path)
            if action is not None:
                return EntityType(action)
        name = path.removeprefix(_RESERVED)
        # The engine has resolved every name, so what is left is an extension type, if a newer one than we know.
        return BUILTIN.get(name) or ExtensionType(name)
