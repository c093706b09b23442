"""The sorts of symbolic terms, and which of them a type of the schema is made of.

A value is a bundle of leaves, each of one sort: a record is its fields, an IP address is family, address and prefix. So a solver
meets nothing but booleans, bit vectors, uninterpreted sorts and functions over them.
"""

from enum import Enum
from typing import Literal, NamedTuple

from bylaw.languages.cedar.schema import (
    EntityType,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)


class Kind(Enum):
    """How a solver represents a sort."""

    BOOL = "bool"
    BITS = "bits"
    """A signed number of `width` bits."""
    OPAQUE = "opaque"
    """Values that are only equal or not; as many as are wanted."""
    CHOICE = "choice"
    """One of `size` declared members, by position."""


class Sort(NamedTuple):
    """The sort of a term. Sorts of different names never mix."""

    kind: Kind
    name: str
    width: int = 0
    size: int = 0


def choice_width(sort: Sort) -> int:
    """The bits that the positions of a closed sort take."""
    return max(1, (sort.size - 1).bit_length())


BOOL = Sort(Kind.BOOL, "Bool")
LONG = Sort(Kind.BITS, "Long", 64)
DECIMAL = Sort(Kind.BITS, "decimal", 64)
DATETIME = Sort(Kind.BITS, "datetime", 64)
DURATION = Sort(Kind.BITS, "duration", 64)
ADDRESS = Sort(Kind.BITS, "address", 128)
STRING = Sort(Kind.OPAQUE, "String")

_SCALARS: dict[Literal["Bool", "Long", "String"], Sort] = {"Bool": BOOL, "Long": LONG, "String": STRING}
_EXTENSIONS = {"decimal": DECIMAL, "datetime": DATETIME, "duration": DURATION}


class Sorts:
    """The sorts of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._entities: dict[str, Sort] = {}
        self._types: dict[Sort, Type] = {
            **{sort: PrimitiveType(name) for name, sort in _SCALARS.items()},
            **{sort: ExtensionType(name) for name, sort in _EXTENSIONS.items()},
        }
        self._members: dict[str, tuple[str, ...]] = {}
        for uid in sorted(schema.actions):
            self._members[uid.type] = (*self._members.get(uid.type, ()), uid.id)
        self._members.update((d.name, d.choices) for d in schema.entities.values() if d.choices is not None)

    def entity(self, type_name: str) -> Sort:
        """The sort of the entities of one type: closed for enumerated types and actions, else open."""
        found = self._entities.get(type_name)
        if found is None:
            members = self._members.get(type_name)
            kind = Kind.OPAQUE if members is None else Kind.CHOICE
            found = self._entities[type_name] = Sort(kind, f"entity {type_name}", 0, len(members or ()))
            self._types[found] = EntityType(type_name)
        return found

    def type_of(self, sort: Sort) -> Type:
        """The type whose values are one leaf of `sort`."""
        return self._types[sort]

    def members(self, type_name: str) -> tuple[str, ...] | None:
        """The ids of a closed entity type in the order of their positions; none for an open one."""
        return self._members.get(type_name)

    def scalar(self, type_: Type) -> Sort | None:
        """The sort of a type whose values are one leaf; none for records and IP addresses."""
        match type_:
            case PrimitiveType(name):
                return _SCALARS[name]
            case ExtensionType(name):
                return _EXTENSIONS.get(name)
            case EntityType(name):
                return self.entity(name)
            case SetType(element):
                return self.set(element)
            case RecordType():
                return None

    def set(self, element: Type) -> Sort:
        """The sort of the sets over one element type."""
        sort = Sort(Kind.OPAQUE, f"Set<{shape(element)}>")
        self._types.setdefault(sort, SetType(element))
        return sort


def shape(type_: Type) -> str:
    """A type written out in full: equal for equal types only."""
    match type_:
        case PrimitiveType(name) | ExtensionType(name):
            return name
        case EntityType(name):
            return f"entity {name}"
        case SetType(element):
            return f"Set<{shape(element)}>"
        case RecordType(attributes):
            return "{" + ",".join(f"{a.name!r}{'' if a.required else '?'}:{shape(a.type)}" for a in attributes) + "}"
