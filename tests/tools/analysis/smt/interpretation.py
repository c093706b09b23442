"""A concrete reading of terms: what a term is worth for one request and one entity store.

A second semantics beside the solver's, written from the meaning of each operation. Unknowns are looked up in the request and the
store; what has no meaning there (an attribute that is absent, or of an entity that is missing) is given an arbitrary value, one of
two, so that a test can tell whether anything depends on it.
"""

import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from bylaw.analysis.smt.frame import Frame
from bylaw.analysis.smt.globs import matches
from bylaw.analysis.smt.sorts import ADDRESS, BOOL, STRING, Kind, Sort, Sorts
from bylaw.analysis.smt.symbols import PARTS, Unknown, attribute_path
from bylaw.analysis.smt.terms import Function, Term, reachable
from bylaw.evaluation.interface import Request
from bylaw.languages.cedar.schema import EntityType, ExtensionType, PrimitiveType, RecordType, SetType, Type
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.documents import ABSENT, UNASKED, Store, address_of, extension_of, field, uid_of

Leaf: TypeAlias = "bool | int | str | EntityUid | frozenset[tuple[Leaf, ...]]"
"""Entities of closed types are positions, milliseconds and ten-thousandths integers, sets the leaves of their elements."""
Arguments: TypeAlias = tuple[Any, ...]
Reader: TypeAlias = Callable[[Arguments], Any]

ONES: Final = 2**128 - 1


class Reading:
    """Documents as leaves, by the types of a schema."""

    def __init__(self, sorts: Sorts, *, odd: bool) -> None:
        self._sorts = sorts
        self._odd = odd

    def arbitrary(self, sort: Sort) -> Leaf:
        """Some value of a sort, one of two."""
        if sort.name.startswith("Set<"):
            return frozenset()
        if sort.name.startswith("entity ") and sort.kind is Kind.OPAQUE:
            return EntityUid(sort.name.removeprefix("entity "), "no such" if self._odd else "")
        choices: dict[Kind, tuple[Leaf, Leaf]] = {
            Kind.BOOL: (False, True),
            Kind.BITS: (0, 77 if sort == ADDRESS else -(2**63)),
            Kind.CHOICE: (0, sort.size - 1),
            Kind.OPAQUE: ("", "no such"),
        }
        return choices[sort.kind][self._odd]

    def sorts_of(self, type_: Type) -> list[Sort]:
        """The sorts of the leaves of a type."""
        scalar = self._sorts.scalar(type_)
        if scalar is not None:
            return [scalar]
        if not isinstance(type_, RecordType):
            return [BOOL, ADDRESS, ADDRESS]
        found: list[Sort] = []
        for attribute in type_.attributes:
            found += ([] if attribute.required else [BOOL]) + self.sorts_of(attribute.type)
        return found

    def leaves(self, document: Any, type_: Type) -> list[Leaf]:
        """The leaves of a whole value, in the order of `Values.leaves`."""
        match type_:
            case RecordType(attributes):
                found: list[Leaf] = []
                for attribute in attributes:
                    there = attribute.name in document
                    found += [] if attribute.required else [there]
                    # An absent field has the values that the terms `nothing: …` have.
                    found += (
                        self.leaves(document[attribute.name], attribute.type)
                        if there
                        else map(self.arbitrary, self.sorts_of(attribute.type))
                    )
                return found
            case ExtensionType("ipaddr"):
                return list(address_of(document))
            case ExtensionType(extension):
                return [extension_of(document, extension)]
            case SetType(element):
                return [frozenset(tuple(self.leaves(member, element)) for member in document)]
            case EntityType():
                return [self.entity(uid_of(document))]
            case PrimitiveType():
                return [document]

    def entity(self, uid: EntityUid) -> Leaf:
        """An entity: itself, or its position in a closed type."""
        members = self._sorts.members(uid.type)
        return uid if members is None else members.index(uid.id)

    def uid(self, leaf: Any, sort: Sort) -> EntityUid:
        """The entity that a leaf stands for."""
        type_name = sort.name.removeprefix("entity ")
        members = self._sorts.members(type_name)
        return leaf if members is None else EntityUid(type_name, members[leaf])


class Unknowns:
    """The uninterpreted functions of a frame by name, each as a look-up in a request and a store."""

    def __init__(self, frame: Frame, request: Request, store: Store, *, odd: bool) -> None:
        self._frame = frame
        self._store = store
        self._reading = reading = Reading(frame.sorts, odd=odd)
        self._readers: dict[str, Reader] = {}
        for role, uid in (("principal", request.principal), ("resource", request.resource)):
            self._add(f"{role}: {uid.type}", partial(lambda leaf, _: leaf, reading.entity(uid)))
        assert isinstance(frame.context, Unknown)
        self._declare(frame.context._path, frame.context.type, lambda _: request.context)
        for declaration in frame.schema.entities.values():
            name = declaration.name
            self._declare(name, declaration.attributes, lambda args: store.part(args[0], "attrs"))
            self._add(f"entity {name} exists", lambda args: args[0] in store.documents)
            if declaration.tags is not None:
                self._add(f"{name} tag?", lambda args: self._there(_tag(store, args)))
                self._declare(f"{name} tag", declaration.tags, partial(_tag, store))

    def apply(self, function: Function, args: Arguments) -> Any:
        """The value of a function."""
        if function.name.startswith("nothing: "):
            return self._reading.arbitrary(function.result)
        if function.name.startswith("member of "):
            return args[1:] in args[0]
        if function in self._frame.symbols.hierarchies:
            lower, upper = map(self._reading.uid, args, function.parameters)
            return upper in self._store.ancestors(lower)
        return self._readers[function.name](args)

    def above(self, entity: Any, sort: Sort) -> frozenset[Arguments]:
        """The ancestors of an entity, as elements of a set."""
        ancestors = self._store.ancestors(self._reading.uid(entity, sort))
        return frozenset((self._reading.entity(uid),) for uid in ancestors)

    def _add(self, name: str, reader: Reader) -> None:
        assert name not in self._readers, f"two unknowns are called {name}"
        self._readers[name] = reader

    def _declare(self, path: str, type_: Type, read: Reader) -> None:
        """Add the functions of everything of `type_` that stands at `path`."""
        if isinstance(type_, RecordType):
            for attribute in type_.attributes:
                inner = attribute_path(path, attribute.name)
                read_field: Reader = partial(lambda name, args: field(read(args), name), attribute.name)
                if not attribute.required:
                    self._add(f"{inner}?", partial(lambda read_one, args: self._there(read_one(args)), read_field))
                self._declare(inner, attribute.type, read_field)
            return
        sorts = self._reading.sorts_of(type_)
        names = [path] if len(sorts) == 1 else [f"{path}.{part}" for part in PARTS]
        for position, (name, sort) in enumerate(zip(names, sorts, strict=True)):
            self._add(name, partial(self._leaf, read, type_, position, sort))

    def _there(self, document: Any) -> Any:
        return self._reading.arbitrary(BOOL) if document is UNASKED else document is not ABSENT

    def _leaf(self, read: Reader, type_: Type, position: int, sort: Sort, args: Arguments) -> Leaf:
        document = read(args)
        if document is ABSENT or document is UNASKED:
            return self._reading.arbitrary(sort)
        return self._reading.leaves(document, type_)[position]


def _tag(store: Store, args: Arguments) -> Any:
    entity, key = args
    return field(store.part(entity, "tags"), key)


class Interpretation:
    """The values of the terms of one frame, for one request and one store; `odd` picks the arbitrary ones."""

    def __init__(self, frame: Frame, request: Request, store: Store, *, odd: bool = False) -> None:
        self._unknowns = Unknowns(frame, request, store, odd=odd)
        self._values: dict[Term, Any] = {}

    def value(self, root: Term) -> Any:
        """What `root` is worth."""
        if root not in self._values:
            for term in reachable((root,)):
                if term not in self._values:
                    self._values[term] = self._of(term, tuple(self._values[arg] for arg in term.args))
        return self._values[root]

    def _of(self, term: Term, args: Arguments) -> Any:
        match term.op:
            case "const":
                entity = term.sort.kind is Kind.OPAQUE and term.sort != STRING
                return EntityUid(term.sort.name.removeprefix("entity "), str(term.data)) if entity else term.data
            case "app":
                assert isinstance(term.data, Function)
                return self._unknowns.apply(term.data, args)
            case "set":
                width: Any = term.data
                return frozenset(args[start : start + width] for start in range(0, len(args), width))
            case "like":
                pattern: Any = term.data
                return matches(pattern, args[0])
            case "reaches":
                entity, set_ = args
                return not self._unknowns.above(entity, term.args[0].sort).isdisjoint(set_)
            case "overflows":
                exact = _EXACT[str(term.data)](*args)
                return exact != wrapped(exact)
            case "add" | "sub" | "mul":
                return wrapped(_EXACT[term.op](*args))
            case _:
                return _MEANING[term.op](*args)


_EXACT: Mapping[str, Callable[[int, int], int]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def wrapped(number: int) -> int:
    """The 64-bit signed number with the same lower bits."""
    low = number & (2**64 - 1)
    return low - 2**64 if low >= 2**63 else low


def _quotient(number: int, divisor: int) -> int:
    """Toward zero."""
    return abs(number) // divisor * (-1 if number < 0 else 1)


_MEANING: Mapping[str, Callable[..., Any]] = {
    "not": operator.not_,
    "and": lambda *parts: all(parts),
    "or": lambda *parts: any(parts),
    "ite": lambda condition, then, otherwise: then if condition else otherwise,
    "eq": operator.eq,
    "subset": lambda inner, outer: inner <= outer,
    "overlap": lambda one, other: not one.isdisjoint(other),
    "empty": lambda set_: not set_,
    "neg": lambda number: wrapped(-number),
    "quotient": _quotient,
    "remainder": lambda number, divisor: number - _quotient(number, divisor) * divisor,
    "less": operator.lt,
    "below": operator.lt,
    "bit-and": operator.and_,
    "bit-or": operator.or_,
    "bit-not": lambda bits: bits ^ ONES,
    "shift-right": lambda bits, by: bits >> min(by, 128),
}
