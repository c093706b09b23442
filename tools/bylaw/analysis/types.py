"""Which types can hold equal values, and how types read in messages."""

from collections.abc import Iterable

from bylaw.analysis.wording import listed
from bylaw.languages.cedar.schema import EntityType, ExtensionType, PrimitiveType, RecordType, SetType, Type


def never_equal(one: Type | None, other: Type | None) -> bool:
    """Whether no value of one type equals any of the other. Not so where either is unknown, or both are sets or records."""
    if one is None or other is None:
        return False
    if isinstance(one, SetType | RecordType) or isinstance(other, SetType | RecordType):
        return type(one) is not type(other)
    return one != other


def type_name(type_: Type) -> str:
    """A type in the words of a schema."""
    match type_:
        case PrimitiveType(name) | ExtensionType(name) | EntityType(name):
            return name
        case SetType(element):
            return f"Set<{type_name(element)}>"
        case RecordType():
            return "a record"


def shown(types: Iterable[Type | None]) -> str:
    """The names of `types` in a message: `A` or `B`."""
    return listed(sorted({type_name(type_) for type_ in types if type_ is not None}), "or")
