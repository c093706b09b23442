"""Symbolic Cedar values: one term, an IP address of three, or a record of fields.

Records are taken apart rather than given to the solver: a field is a term of its own, an optional one has a second that tells
whether it is there. So equality of records is equality of their fields, and what no policy reads is never built.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from bylaw.analysis.smt.sorts import Sorts
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.languages.cedar.schema import AttributeType, ExtensionType, RecordType, Type


class Ip(NamedTuple):
    """An address with a prefix. Both families stand in the upper bits of 128, so that one comparison serves both."""

    v6: Term
    address: Term
    prefix: Term


class Field(NamedTuple):
    """One field of a record; `value` has a meaning only where `present` holds."""

    present: Term
    value: "Value"


class Record(ABC):
    """A record whose fields are made when they are asked for."""

    @property
    @abstractmethod
    def type(self) -> RecordType:
        """Its type."""

    @abstractmethod
    def field(self, name: str) -> Field | None:
        """The field called `name`; none where the type has none."""


Value: TypeAlias = Term | Ip | Record


class Built(Record):
    """A record literal."""

    def __init__(self, terms: Terms, sorts: Sorts, fields: Mapping[str, Value]) -> None:
        self._terms = terms
        self._sorts = sorts
        self._fields = fields

    @property
    def type(self) -> RecordType:
        """Its type: every field is there."""
        parts = sorted(self._fields.items())
        return RecordType(tuple(AttributeType(name, type_of(v, self._sorts), required=True) for name, v in parts))

    def field(self, name: str) -> Field | None:
        """The field called `name`."""
        return Field(self._terms.true, self._fields[name]) if name in self._fields else None


class Chosen(Record):
    """One of two records."""

    def __init__(self, values: "Values", condition: Term, then: Record, otherwise: Record) -> None:
        self._values = values
        self._condition = condition
        self._then = then
        self._otherwise = otherwise

    @property
    def type(self) -> RecordType:
        """The type of both."""
        return self._then.type

    def field(self, name: str) -> Field | None:
        """The field of the one that is chosen."""
        then, otherwise = self._then.field(name), self._otherwise.field(name)
        if then is None or otherwise is None:
            return None
        return Field(
            self._values.terms.ite(self._condition, then.present, otherwise.present),
            self._values.ite(self._condition, then.value, otherwise.value),
        )


class Values:
    """Operations that every kind of value has."""

    def __init__(self, terms: Terms, sorts: Sorts) -> None:
        self.terms = terms
        self.sorts = sorts

    def ite(self, condition: Term, then: Value, otherwise: Value) -> Value:
        """`then` where `condition` holds, else `otherwise`; both of one type."""
        if condition is self.terms.true:
            return then
        if condition is self.terms.false:
            return otherwise
        match then, otherwise:
            case Term(), Term():
                return self.terms.ite(condition, then, otherwise)
            case Ip(), Ip():
                return Ip(*(self.terms.ite(condition, a, b) for a, b in zip(then, otherwise, strict=True)))
            case Record(), Record():
                return Chosen(self, condition, then, otherwise)
        message = "the branches of an `if` are of different types"
        raise TypeError(message)

    def leaves(self, value: Value, type_: Type) -> list[Term]:
        """The terms that `value` is made of: equal lists for equal values only, so what is absent is given a fixed value."""
        if isinstance(value, Term):
            return [value]
        if isinstance(value, Ip):
            return list(value)
        if not isinstance(type_, RecordType):
            message = f"a record where {type_} was expected"
            raise TypeError(message)
        if not type_.attributes:
            return [self.terms.true]  # an element has at least one leaf
        found: list[Term] = []
        for attribute in type_.attributes:
            field = value.field(attribute.name)
            if field is None:
                message = f"a record without `{attribute.name}`"
                raise TypeError(message)
            inner = self.leaves(field.value, attribute.type)
            if not attribute.required:
                inner = [self.terms.ite(field.present, leaf, self.filler(leaf)) for leaf in inner]
                found.append(field.present)
            found += inner
        return found

    def filler(self, leaf: Term) -> Term:
        """What stands for a leaf of an absent field."""
        return self.terms.apply(self.terms.function(f"nothing: {leaf.sort.name}", (), leaf.sort))


def type_of(value: Value, sorts: Sorts) -> Type:
    """The type of a value."""
    match value:
        case Term():
            return sorts.type_of(value.sort)
        case Ip():
            return ExtensionType("ipaddr")
        case Record():
            return value.type
