"""Which types can hold equal values, and how types read in messages."""

from collections.abc import Iterable

from bylaw.analysis.wording import listed
from bylaw.languages.cedar.schema import RecordType, SetType, Type


def never_equal(one: Type | None, other: Type | None) -> bool:
    """Whether no value of one type equals any of the other. Not so where either is unknown, or both are sets or records."""
    if one is None or other is None:
        return False
    if isinstance(one, SetType | RecordType) or isinstance(other, SetType | RecordType):
        return type(one) is not type(other)
    return one != other


def type_name(type_: Type) -> str:
    """A type in the words of a schema."""
    if isinstance(type_, SetType):
        return f"Set<{type_name(type_.element)}>"
    # The others hold nothing but their name.
    return "a record" if isinstance(type_, RecordType) else type_[0]


def shown(types: Iterable[Type | None]) -> str:
    """The names of `types` in a message: `A` or `B`."""
    return listed(sorted({type_name(type_) for type_ in types if type_ is not None}), "or")
