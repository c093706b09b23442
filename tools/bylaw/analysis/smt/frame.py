"""One request environment, ready to be compiled in: its unknowns, and what `in` means there.

In the closed world every entity that is referred to is in the store. In the open one an entity may be missing: it has no
attributes, tags or ancestors, and reading from it errors.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bylaw.analysis.smt.arithmetic import Arithmetic
from bylaw.analysis.smt.sets import Sets
from bylaw.analysis.smt.sorts import Kind, Sorts
from bylaw.analysis.smt.symbols import Symbols
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.analysis.smt.values import Values
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.identifiers import EntityUid


class NotAnalysableError(Exception):
    """Something that has no terms; the message says what, in the words of a policy author."""


class World(NamedTuple):
    """What is assumed of the entity store."""

    open: bool = False
    """Whether entities may be missing from it."""


CLOSED, OPEN = World(), World(open=True)


class Frame:
    """One request environment in which expressions are compiled: its unknowns, and the constructors over one store of terms."""

    def __init__(self, terms: Terms, sorts: Sorts, environment: Environment, world: World = CLOSED) -> None:
        self.terms = terms
        self.sorts = sorts
        self.environment = environment
        self.world = world
        self.symbols = Symbols(terms, sorts)
        self.values = Values(terms, sorts)
        self.sets = Sets(self.symbols, self.values)
        self.arithmetic = Arithmetic(terms)
        self.principal = self.symbols.entity(environment.principal, "principal")
        self.resource = self.symbols.entity(environment.resource, "resource")
        self.action = self.literal(environment.action)
        self.context = self.symbols.value(self.schema.actions[environment.action].context, "context")

    @property
    def schema(self) -> Schema:
        """The schema that gives everything its type."""
        return self.sorts.schema

    def literal(self, uid: EntityUid) -> Term:
        """An entity literal.

        Raises:
            NotAnalysableError: it is none of the declared members of its type.
        """
        sort = self.sorts.entity(uid.type)
        if sort.kind is Kind.OPAQUE:
            return self.terms.constant(uid.id, sort)
        members = self.sorts.members(uid.type) or ()
        if uid.id not in members:
            message = f"`{uid}` is not declared"
            raise NotAnalysableError(message)
        return self.terms.constant(members.index(uid.id), sort)

    def is_in(self, entity: Term, ancestor: Term) -> Term:
        """`entity in ancestor`, both entities."""
        lower, upper = self.symbols.type_name(entity), self.symbols.type_name(ancestor)
        if is_action(lower) and entity.sort.kind is Kind.CHOICE:
            return self._action_in(entity, ancestor)
        same = self.terms.equal(entity, ancestor) if lower == upper else self.terms.false
        if upper not in self.schema.ancestor_types(lower):
            return same
        return self.terms.or_((same, self.terms.and_((self.exists(entity), self.symbols.ancestor(entity, ancestor)))))

    def _action_in(self, action: Term, group: Term) -> Term:
        """By the declared groups: actions and what they are in are part of the schema."""
        found = []
        for lower in self._possible(action):
            for upper in self._possible(group):
                if self.schema.action_in(lower, upper):
                    here = self.terms.equal(action, self.literal(lower))
                    found.append(self.terms.and_((here, self.terms.equal(group, self.literal(upper)))))
        return self.terms.or_(found)

    def _possible(self, action: Term) -> Iterable[EntityUid]:
        """The actions that a term can be."""
        name = self.symbols.type_name(action)
        ids = self.sorts.members(name) or ()
        known = (ids[action.data],) if action.op == "const" and isinstance(action.data, int) else ids
        return [EntityUid(name, id_) for id_ in known]

    def exists(self, entity: Term) -> Term:
        """Whether the store holds `entity`: always in a closed world; declared members are in every store."""
        if not self.world.open or entity.sort.kind is Kind.CHOICE:
            return self.terms.true
        return self.symbols.exists(entity)


def is_action(type_name: str) -> bool:
    """Whether a type is that of actions, in some namespace."""
    return type_name.rpartition("::")[2] == "Action"
