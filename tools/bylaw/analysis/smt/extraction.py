"""From a model to a request with its entities, of the kind that the engine takes.

Only what the request reaches is written: its principal, resource and context, the entities that their attributes, tags and
ancestors name, and every entity that a policy names, because reading from one that is missing is an error. What the query says
nothing of takes the plainest value of its type.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bylaw.analysis.extensions import Address, address_text, extension_text
from bylaw.analysis.smt.addresses import V4_SHIFT
from bylaw.analysis.smt.naming import Names
from bylaw.analysis.smt.port import Constant
from bylaw.analysis.smt.query import Query
from bylaw.analysis.smt.sets import elements
from bylaw.analysis.smt.sorts import Kind
from bylaw.analysis.smt.symbols import PARTS, attribute_path
from bylaw.analysis.smt.terms import Function
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.languages.cedar.schema import EntityType, ExtensionType, PrimitiveType, RecordType, SetType, Type
from bylaw.model.identifiers import EntityUid


class Concrete(NamedTuple):
    """A request with the entity store it is decided against."""

    request: Request
    entities: tuple[EntityData, ...]


Arguments = tuple[Constant, ...]


class Extraction:
    """Reads the model of the last check of `query`, which was sat."""

    def __init__(self, query: Query, names: Names) -> None:
        self._frame = query.frame
        self._strings = query.strings
        self._names = names
        self._table: dict[str, dict[Arguments, Constant]] = {}
        self._members: dict[Constant, list[Arguments]] = {}
        self._written: dict[Constant, list[Arguments]] = {}
        self._uids: dict[tuple[str, Constant], EntityUid] = {}
        self._constants: dict[EntityUid, Constant] = {}
        self._todo: list[EntityUid] = []
        self._read(query)

    def concrete(self, literals: Iterable[EntityUid]) -> Concrete:
        """The request of the model; `literals` are the entities that policies name."""
        frame = self._frame
        environment = frame.environment
        principal = self._root("principal", environment.principal)
        resource = self._root("resource", environment.resource)
        context = self._value(frame.schema.actions[environment.action].context, "context", ())
        if not isinstance(context, Mapping):
            message = "a context is a record"
            raise TypeError(message)
        for uid in literals:
            self._reach(uid)
        entities: dict[EntityUid, EntityData] = {}
        while self._todo:
            uid = self._todo.pop()
            if uid not in entities and self._stored(uid):
                entities[uid] = self._entity(uid)
        request = Request(principal, environment.action, resource, context)
        return Concrete(request, tuple(entities[uid] for uid in sorted(entities)))

    def _read(self, query: Query) -> None:
        literals = [t for t in query.terms if t.op == "const" and t.sort.kind is Kind.OPAQUE]
        literals = [t for t in literals if t.sort.name.startswith("entity ")]
        values = query.solver.values(literals)
        for literal, value in zip(literals, values, strict=True):
            uid = EntityUid(self._frame.symbols.type_name(literal), str(literal.data))
            self._uids[uid.type, value] = uid
            self._constants[uid] = value
        unknowns = [term for term in query.terms if isinstance(term.data, Function)]
        wanted = [part for term in unknowns for part in (*term.args, term)]
        found = iter(query.solver.values(wanted))
        for term in unknowns:
            args = tuple(next(found) for _ in term.args)
            name, result = term.data.name if isinstance(term.data, Function) else "", next(found)
            self._table.setdefault(name, {})[args] = result
            if name.startswith("member of ") and result:
                self._members.setdefault(args[0], []).append(args[1:])
        self._read_literal_sets(query)

    def _read_literal_sets(self, query: Query) -> None:
        """Sets that are written down and stand inside other sets: no membership of theirs is asked, it is known."""
        literals = query.nested_literals
        found = iter(query.solver.values([part for term in literals for part in (term, *term.args)]))
        for term in literals:
            value = next(found)
            leaves = [next(found) for _ in term.args]
            width = len(leaves) // len(elements(term))
            starts = range(0, len(leaves), width)
            self._written[value] = [tuple(leaves[start : start + width]) for start in starts]

    def _root(self, role: str, type_name: str) -> EntityUid:
        found = self._table.get(f"{role}: {type_name}", {}).get(())
        return self._any(type_name) if found is None else self._uid(type_name, found)

    def _uid(self, type_name: str, value: Constant) -> EntityUid:
        """The entity of a value of the model; a new one is given a name."""
        members = self._frame.sorts.members(type_name)
        if members is not None:
            return EntityUid(type_name, members[int(value)])
        uid = self._uids.get((type_name, value))
        if uid is None:
            uid = self._uids[type_name, value] = self._names.fresh(type_name)
            self._constants[uid] = value
        self._reach(uid)
        return uid

    def _any(self, type_name: str) -> EntityUid:
        """Some entity of a type, where it does not matter which."""
        members = self._frame.sorts.members(type_name)
        if members is not None:
            return EntityUid(type_name, members[0])
        uid = next((uid for uid in self._constants if uid.type == type_name), None) or self._names.fresh(type_name)
        self._constants.setdefault(uid, f"any {uid}")
        self._reach(uid)
        return uid

    def _reach(self, uid: EntityUid) -> None:
        if self._frame.sorts.members(uid.type) is None:
            self._todo.append(uid)

    def _stored(self, uid: EntityUid) -> bool:
        exists = self._table.get(f"entity {uid.type} exists", {})
        return bool(exists.get((self._constants.get(uid, str(uid)),), True))

    def _entity(self, uid: EntityUid) -> EntityData:
        declaration = self._frame.schema.entities[uid.type]
        own = (self._constants.get(uid, f"unread {uid}"),)
        attributes = self._value(declaration.attributes, uid.type, own)
        tags: dict[str, Json] = {}
        if declaration.tags is not None:
            for args, there in self._table.get(f"{uid.type} tag?", {}).items():
                if there and args[:1] == own:
                    tags[self._strings[args[1]]] = self._value(declaration.tags, f"{uid.type} tag", args)
        return EntityData(uid, attributes if isinstance(attributes, Mapping) else {}, tags, self._parents(uid, own[0]))

    def _parents(self, uid: EntityUid, own: Constant) -> tuple[EntityUid, ...]:
        found = set()
        for function, (lower, upper) in self._frame.symbols.hierarchies.items():
            if lower.name == f"entity {uid.type}":
                above = upper.name.removeprefix("entity ")
                for args, holds in self._table.get(function.name, {}).items():
                    if holds and args[0] == own:
                        found.add(self._uid(above, args[1]))
        return tuple(sorted(found))

    def _value(self, type_: Type, path: str, args: Arguments) -> Json:
        match type_:
            case RecordType(attributes):
                record: dict[str, Json] = {}
                for attribute in attributes:
                    inner = attribute_path(path, attribute.name)
                    if attribute.required or self._table.get(f"{inner}?", {}).get(args):
                        record[attribute.name] = self._value(attribute.type, inner, args)
                return record
            case ExtensionType("ipaddr"):
                leaves = [self._table.get(f"{path}.{part}", {}).get(args) for part in PARTS]
                return self._leaves(type_, iter(leaves))
            case _:
                return self._leaves(type_, iter([self._table.get(path, {}).get(args)]))

    def _leaves(self, type_: Type, leaves: Iterable[Constant | None], *, inside: bool = False) -> Json:
        """A value from its leaves, in the order of `Values.leaves`; none is one that nothing is known of.

        `inside` a set, a set may be one that is written down: only there does the solver tell those apart from all others.
        """
        rest = iter(leaves)
        match type_:
            case RecordType(()):
                next(rest)
                return {}
            case RecordType(attributes):
                record: dict[str, Json] = {}
                for attribute in attributes:
                    there = attribute.required or bool(next(rest))
                    value = self._leaves(attribute.type, rest, inside=inside)
                    if there:
                        record[attribute.name] = value
                return record
            case ExtensionType("ipaddr"):
                return _address([next(rest) for _ in PARTS])
            case _:
                return self._leaf(type_, next(rest), inside=inside)

    def _leaf(self, type_: Type, value: Constant | None, *, inside: bool) -> Json:
        match type_:
            case PrimitiveType("Bool"):
                return bool(value)
            case PrimitiveType("Long"):
                return int(value or 0)
            case PrimitiveType():
                return "" if value is None else self._strings.get(value, "")
            case EntityType(name):
                uid = self._any(name) if value is None else self._uid(name, value)
                return {"__entity": {"type": uid.type, "id": uid.id}}
            case SetType(element):
                return self._set(element, value, inside=inside)
            case ExtensionType(function):
                return _extension(function, int(value or 0))
            case _:
                message = f"{type_} has no single leaf"
                raise TypeError(message)

    def _set(self, element: Type, value: Constant | None, *, inside: bool) -> Json:
        if value is None:
            return []
        known = (self._written.get(value) if inside else None) or self._members.get(value, [])
        return _distinct([self._leaves(element, leaves, inside=True) for leaves in known])


def _distinct(values: Sequence[Json]) -> list[Json]:
    return list({repr(value): value for value in values}.values())


def _address(leaves: Sequence[Constant | None]) -> Json:
    v6, address, prefix = leaves
    if address is None and prefix is None:
        text = address_text(Address(6, 1, 128)) if v6 else address_text(Address(4, 0x0A000001, 32))
    elif v6:
        text = address_text(Address(6, int(address or 0), int(prefix or 0)))
    else:
        text = address_text(Address(4, int(address or 0) >> V4_SHIFT, int(prefix or 0)))
    return {"__extn": {"fn": "ip", "arg": text}}


def _extension(function: str, value: int) -> Json:
    text = extension_text(function, value)
    if text is not None:
        return {"__extn": {"fn": function, "arg": text}}
    epoch: Json = {"__extn": {"fn": "datetime", "arg": "1970-01-01"}}
    by: Json = {"__extn": {"fn": "duration", "arg": extension_text("duration", value) or "0ms"}}
    return {"__extn": {"fn": "offset", "args": [epoch, by]}}
