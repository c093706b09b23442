"""The Cedar schema as typed values: entity types, actions, request environments.

Read from the canonical text that the engine prints (`bylaw.languages.cedar.schema_reader`), names resolved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from bylaw.model.identifiers import EntityUid


@dataclass(frozen=True, slots=True)
class PrimitiveType:
    """`Bool`, `Long` or `String`."""

    name: Literal["Bool", "Long", "String"]


@dataclass(frozen=True, slots=True)
class ExtensionType:
    """`decimal`, `ipaddr`, `datetime` or `duration`."""

    extension: str


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity of one declared type."""

    entity: str


@dataclass(frozen=True, slots=True)
class SetType:
    """A set of one element type."""

    element: "Type"


@dataclass(frozen=True, slots=True)
class AttributeType:
    """One attribute of a record or entity."""

    name: str
    type: "Type"
    required: bool


@dataclass(frozen=True, slots=True)
class RecordType:
    """A closed record; attributes sorted by name."""

    attributes: tuple[AttributeType, ...]

    def attribute(self, name: str) -> AttributeType | None:
        """The attribute called `name`, if declared."""
        return next((a for a in self.attributes if a.name == name), None)


Type: TypeAlias = PrimitiveType | ExtensionType | EntityType | SetType | RecordType


@dataclass(frozen=True, slots=True)
class EntityDeclaration:
    """One entity type."""

    name: str
    member_of: tuple[str, ...]
    """Types that may be its direct parents, sorted."""
    attributes: RecordType
    tags: Type | None
    choices: tuple[str, ...] | None
    """Ids of an enumerated type."""
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ActionDeclaration:
    """One action or action group."""

    uid: EntityUid
    groups: tuple[EntityUid, ...]
    """Direct parents, sorted."""
    principals: tuple[str, ...]
    resources: tuple[str, ...]
    context: RecordType
    annotations: tuple[tuple[str, str], ...] = ()


class Environment(NamedTuple):
    """A request environment: the unit in which the validator checks a policy."""

    principal: str
    action: EntityUid
    resource: str


@dataclass(frozen=True, eq=False)
class Schema:
    """All declarations by full name. Equal only to itself, so that answers about it can be kept."""

    entities: Mapping[str, EntityDeclaration]
    actions: Mapping[EntityUid, ActionDeclaration]
    text: str
    """The canonical text it was read from."""

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        """Every request environment, by action, principal and resource."""
        return tuple(
            Environment(principal, action.uid, resource)
            for _, action in sorted(self.actions.items())
            for principal in sorted(set(action.principals))
            for resource in sorted(set(action.resources))
        )

    @cached_property
    def _action_ancestors(self) -> Mapping[EntityUid, frozenset[EntityUid]]:
        closure: dict[EntityUid, frozenset[EntityUid]] = {}

        def ancestors(uid: EntityUid) -> frozenset[EntityUid]:
            if uid not in closure:
                closure[uid] = frozenset({uid})  # INVARIANT: the engine refuses cyclic action groups
                above = (ancestors(group) for group in self.actions[uid].groups if group in self.actions)
                closure[uid] = frozenset({uid}).union(*above)
            return closure[uid]

        for uid in self.actions:
            ancestors(uid)
        return closure

    def action_in(self, action: EntityUid, group: EntityUid) -> bool:
        """Whether `action` is `group` or a member of it, at any depth."""
        return group in self._action_ancestors.get(action, frozenset())

    @cached_property
    def _type_ancestors(self) -> Mapping[str, frozenset[str]]:
        closure: dict[str, frozenset[str]] = {}
        for name in self.entities:
            seen: set[str] = set()
            todo = list(self.entities[name].member_of)
            while todo:
                parent = todo.pop()
                if parent not in seen:
                    seen.add(parent)
                    todo.extend(self.entities[parent].member_of if parent in self.entities else ())
            closure[name] = frozenset(seen)
        return closure

    def type_can_be_in(self, descendant: str, ancestor: str) -> bool:
        """Whether an entity of one type can be `in` one of the other: the same type (reflexive) or a declared ancestor."""
        return descendant == ancestor or ancestor in self.ancestor_types(descendant)

    def ancestor_types(self, name: str) -> frozenset[str]:
        """The types that an entity of type `name` can be in, at any depth. `name` is one of them only if declared to be."""
        return self._type_ancestors.get(name, frozenset())
