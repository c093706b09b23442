"""The unknowns of a request environment: attributes, tags, context and hierarchy as functions nothing is known of.

An attribute of an entity type is one function from entities to each leaf of its type; the context is constants. The names of the
functions are paths, unambiguous whatever an attribute is called.
"""

from collections.abc import Sequence

from bylaw.analysis.smt.sorts import ADDRESS, BOOL, STRING, Sort, Sorts
from bylaw.analysis.smt.terms import Function, Term, Terms
from bylaw.analysis.smt.values import Field, Ip, Record, Value
from bylaw.languages.cedar.schema import ExtensionType, RecordType, Type

PARTS = ("v6", "address", "prefix")
"""The leaves of an IP address."""


def attribute_path(owner: str, name: str) -> str:
    """The path of an attribute of what stands at `owner`."""
    return f"{owner}[{name!r}]"


class Symbols:
    """Unknown values, made as they are asked for."""

    def __init__(self, terms: Terms, sorts: Sorts) -> None:
        self.terms = terms
        self.sorts = sorts
        self.addresses: dict[Term, Ip] = {}
        """Each leaf of an unknown IP address, with the whole."""
        self.hierarchies: dict[Function, tuple[Sort, Sort]] = {}
        """The functions that stand for membership, with the sorts of both sides."""

    def value(self, type_: Type, path: str, args: Sequence[Term] = ()) -> Value:
        """The unknown value of `type_` at `path`, for the entities (and tag key) `args`."""
        if isinstance(type_, RecordType):
            return Unknown(self, type_, path, args)
        sort = self.sorts.scalar(type_)
        if sort is not None:
            return self._leaf(path, args, sort)
        if not isinstance(type_, ExtensionType):
            message = f"a type without a sort: {type_}"
            raise TypeError(message)
        v6, address, prefix = (self._leaf(f"{path}.{part}", args, BOOL if part == "v6" else ADDRESS) for part in PARTS)
        ip = Ip(v6, address, prefix)
        self.addresses.update(dict.fromkeys(ip, ip))
        return ip

    def present(self, path: str, args: Sequence[Term]) -> Term:
        """Whether the optional attribute at `path` is there."""
        return self._leaf(f"{path}?", args, BOOL)

    def _leaf(self, path: str, args: Sequence[Term], sort: Sort) -> Term:
        return self.terms.apply(self.terms.function(path, [arg.sort for arg in args], sort), args)

    def entity(self, type_name: str, name: str) -> Term:
        """An unknown entity, such as the principal of the request."""
        return self._leaf(f"{name}: {type_name}", (), self.sorts.entity(type_name))

    def attributes(self, entity: Term) -> "Unknown | None":
        """The attributes of an entity as a record; none where its type declares none (an action)."""
        name = self.type_name(entity)
        declaration = self.sorts.schema.entities.get(name)
        return None if declaration is None else Unknown(self, declaration.attributes, name, (entity,))

    def type_name(self, entity: Term) -> str:
        """The entity type of a term."""
        return entity.sort.name.removeprefix("entity ")

    def tag(self, entity: Term, key: Term) -> Field | None:
        """The tag called `key`; none where the type has no tags."""
        name = self.type_name(entity)
        declaration = self.sorts.schema.entities.get(name)
        if declaration is None or declaration.tags is None:
            return None
        path, args = f"{name} tag", (entity, key)
        return Field(self.present(path, args), self.value(declaration.tags, path, args))

    def ancestor(self, lower: Term, upper: Term) -> Term:
        """Whether `upper` is a proper ancestor of `lower`; the caller knows that the types allow it."""
        return self.terms.apply(self.hierarchy(lower.sort, upper.sort), (lower, upper))

    def hierarchy(self, lower: Sort, upper: Sort) -> Function:
        """Membership between two entity types."""
        found = self.terms.function(f"{lower.name} in {upper.name}", (lower, upper), BOOL)
        self.hierarchies[found] = (lower, upper)
        return found

    def exists(self, entity: Term) -> Term:
        """Whether the entity store holds `entity` (asked in an open world)."""
        return self._leaf(f"{entity.sort.name} exists", (entity,), BOOL)

    def member(self, set_: Term, element: Sequence[Term]) -> Term:
        """Whether the unknown set `set_` holds the element with these leaves."""
        sorts = (set_.sort, *(leaf.sort for leaf in element))
        return self.terms.apply(self.terms.function(f"member of {set_.sort.name}", sorts, BOOL), (set_, *element))

    def key(self, text: str) -> Term:
        """A string literal."""
        return self.terms.constant(text, STRING)


class Unknown(Record):
    """A record nothing is known of but its type."""

    def __init__(self, symbols: Symbols, type_: RecordType, path: str, args: Sequence[Term]) -> None:
        self._symbols = symbols
        self._type = type_
        self._path = path
        self._args = args

    @property
    def type(self) -> RecordType:
        """Its type."""
        return self._type

    def field(self, name: str) -> Field | None:
        """The field called `name`."""
        attribute = self._type.attribute(name)
        if attribute is None:
            return None
        path = attribute_path(self._path, name)
        present = self._symbols.terms.true if attribute.required else self._symbols.present(path, self._args)
        return Field(present, self._symbols.value(attribute.type, path, self._args))
