"""Which reads of optional attributes and tags nothing guards.

Follows the engine's type checker (tested against it): what `has` and `hasTag` establish holds to the right of `&&`, in the
`then` part of an `if`, and in later clauses; `||` keeps what both sides establish; negation keeps nothing, so
`!(x has a) || x.a` is unguarded. Parts that the types alone show to be never evaluated are not looked at.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    Boolean,
    Entity,
    Expression,
    Has,
    If,
    Is,
    Long,
    Method,
    Not,
    Set,
    Statement,
    String,
    Variable,
    children,
)
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import EntityType, Environment, RecordType, Schema, SetType, Type
from bylaw.languages.cedar.typer import attribute_of, environments_of, type_of
from bylaw.languages.cedar.walk import nodes
from bylaw.model.identifiers import EntityUid

Read: TypeAlias = Attribute | Method
Known: TypeAlias = frozenset[str]
"""The guards known to hold, as canonical text."""

Truth: TypeAlias = bool | None
"""What a condition always is, where its types alone tell."""

_NOTHING: Known = frozenset()


class UnguardedRead(NamedTuple):
    """A read that is an error wherever the attribute or tag is absent."""

    node: Read
    guard: str
    """The condition that has to hold before it."""
    environment: Environment
    """One request environment in which it is so."""


def guard_of(read: Read) -> str:
    """The condition that makes `read` safe, as canonical text."""
    if isinstance(read, Method):
        return expression_text(read._replace(name="hasTag"))
    return expression_text(Has(read.base, (read.name,), read.start, read.end))


def unguarded_reads(
    statement: Statement, schema: Schema, environments: Iterable[Environment] | None = None
) -> tuple[UnguardedRead, ...]:
    """Every unguarded read of `statement`, in the order of the source; `environments` restricts where it is looked for."""
    if not _may_read_absent(statement, schema):
        return ()
    found: dict[tuple[int, int], UnguardedRead] = {}
    where = environments_of(statement, schema) if environments is None else environments
    for environment in _distinct(statement, where, schema):
        for read in _Flow(environment, schema).reads(statement):
            found.setdefault((read.node.start, read.node.end), read)
    return tuple(read for _, read in sorted(found.items(), key=lambda item: item[0]))


def _may_read_absent(statement: Statement, schema: Schema) -> bool:
    """Whether any read could be of something optional: typing costs, and most policies are done here."""
    optional = _optional_names(schema)
    return any(
        (isinstance(node, Attribute) and node.name in optional) or (isinstance(node, Method) and node.name == "getTag")
        for node in nodes(statement)
    )


@lru_cache(maxsize=64)
def _optional_names(schema: Schema) -> frozenset[str]:
    todo: list[Type] = [entity.attributes for entity in schema.entities.values()]
    todo += [entity.tags for entity in schema.entities.values() if entity.tags is not None]
    todo += [action.context for action in schema.actions.values()]
    found: set[str] = set()
    seen: set[int] = set()
    while todo:
        type_ = todo.pop()
        # Common types are one object, however often they are named.
        if id(type_) in seen:
            continue
        seen.add(id(type_))
        if isinstance(type_, SetType):
            todo.append(type_.element)
        elif isinstance(type_, RecordType):
            found.update(attribute.name for attribute in type_.attributes if not attribute.required)
            todo.extend(attribute.type for attribute in type_.attributes)
    return frozenset(found)


def _distinct(statement: Statement, environments: Iterable[Environment], schema: Schema) -> Iterator[Environment]:
    """One of those environments that are the same for all that `statement` mentions."""
    mentioned = {node.name for node in nodes(statement) if isinstance(node, Variable)}
    seen = set()
    for environment in environments:
        action = schema.actions.get(environment.action)
        key = (
            environment.principal if "principal" in mentioned else None,
            environment.resource if "resource" in mentioned else None,
            environment.action if "action" in mentioned else None,
            id(action.context) if action and "context" in mentioned else None,
        )
        if key not in seen:
            seen.add(key)
            yield environment


class _Flow:
    """One pass over a statement in one environment."""

    def __init__(self, environment: Environment, schema: Schema) -> None:
        self._environment = environment
        self._schema = schema
        self._found: list[UnguardedRead] = []

    def reads(self, statement: Statement) -> list[UnguardedRead]:
        """The unguarded reads of all clauses."""
        known = _NOTHING
        for clause in statement.clauses:
            truth, gained = self._visit(clause.body, known)
            if clause.kind == "unless":
                truth, gained = (None if truth is None else not truth), _NOTHING
            if truth is False:
                break
            known |= gained
        return self._found

    def _visit(self, node: Expression, known: Known) -> tuple[Truth, Known]:
        """What `node` always is, by its types alone, and what holds wherever it is true."""
        match node:
            case Binary("&&", left, right):
                return self._and(left, right, known)
            case Binary("||", left, right):
                return self._or(left, right, known)
            case If():
                return self._if(node, known)
            case Not(operand):
                truth, _ = self._visit(operand, known)
                return _negated(truth), _NOTHING
        if not isinstance(node, Is):
            for child in children(node):
                self._visit(child, known)
        match node:
            case Boolean(value):
                return value, _NOTHING
            case Has():
                return self._has(node)
            case Is():
                return self._is(node, known)
            case Method(receiver, "hasTag", (_,)):
                return self._has_tag(receiver), frozenset({expression_text(node)})
            case Attribute() | Method():
                self._check(node, known)
            case Binary("==" | "!=" | "in"):
                return self._truth(node), _NOTHING
        return None, _NOTHING

    def _and(self, left: Expression, right: Expression, known: Known) -> tuple[Truth, Known]:
        truth, gained = self._visit(left, known)
        if truth is False:
            return False, _NOTHING
        other, more = self._visit(right, known | gained)
        return (False if other is False else True if truth and other else None), gained | more

    def _or(self, left: Expression, right: Expression, known: Known) -> tuple[Truth, Known]:
        truth, gained = self._visit(left, known)
        if truth:
            return True, gained
        other, more = self._visit(right, known)
        if truth is False:
            return other, more
        if other is False:
            return truth, gained
        return (True, more) if other else (None, gained & more)

    def _if(self, node: If, known: Known) -> tuple[Truth, Known]:
        truth, gained = self._visit(node.condition, known)
        if truth is False:
            return self._visit(node.alternative, known)
        then, after_then = self._visit(node.consequence, known | gained)
        if truth:
            return then, gained | after_then
        other, after_else = self._visit(node.alternative, known)
        return (then if then is other else None), (gained | after_then) & after_else

    def _is(self, node: Is, known: Known) -> tuple[Truth, Known]:
        self._visit(node.base, known)
        truth = self._truth(node._replace(ancestor=None))
        if truth is not False and node.ancestor is not None:
            self._visit(node.ancestor, known)
            truth = _both(truth, self._truth(Binary("in", node.base, node.ancestor, node.start, node.end)))
        return truth, _NOTHING

    def _has(self, node: Has) -> tuple[Truth, Known]:
        """`x has a.b` is `x has a && x.a has b`."""
        truth: Truth = True
        gained, base = _NOTHING, node.base
        for name in node.path:
            step = Has(base, (name,), node.start, node.end)
            truth = _both(truth, self._declared(base, name))
            if truth is False:
                return False, _NOTHING
            gained |= {expression_text(step)}
            base = Attribute(base, name, node.start, node.end)
        return truth, gained

    def _declared(self, base: Expression, name: str) -> Truth:
        owner = type_of(base, self._environment, self._schema)
        if owner is None:
            return None
        declared = attribute_of(owner, name, self._schema)
        if declared is None:
            return False
        # An entity may be missing from the request, and has nothing then; a record is there with all it requires.
        return True if declared.required and isinstance(owner, RecordType) else None

    def _has_tag(self, receiver: Expression) -> Truth:
        owner = type_of(receiver, self._environment, self._schema)
        declared = self._schema.entities.get(owner.entity) if isinstance(owner, EntityType) else None
        return False if declared is not None and declared.tags is None else None

    def _check(self, node: Read, known: Known) -> None:
        if isinstance(node, Method):
            if node.name != "getTag":
                return
        else:
            owner = type_of(node.base, self._environment, self._schema)
            declared = attribute_of(owner, node.name, self._schema)
            if declared is None or declared.required:
                return
        guard = guard_of(node)
        if guard not in known:
            self._found.append(UnguardedRead(node, guard, self._environment))

    def _truth(self, node: Expression) -> Truth:
        """What a comparison always is in this environment, by its types alone."""
        match node:
            case Binary("==", left, right):
                return self._equal(left, right)
            case Binary("!=", left, right):
                return _negated(self._equal(left, right))
            case Binary("in", left, right):
                return self._in(left, right)
            case Is(base, name, None):
                actual = type_of(base, self._environment, self._schema)
                return actual.entity == name if isinstance(actual, EntityType) else None
        return None

    def _equal(self, left: Expression, right: Expression) -> Truth:
        one, other = self._literal(left), self._literal(right)
        if one is not None and other is not None:
            return one == other
        types = [type_of(side, self._environment, self._schema) for side in (left, right)]
        distinct = all(isinstance(type_, EntityType) for type_ in types) and types[0] != types[1]
        return False if distinct else None

    def _in(self, left: Expression, right: Expression) -> Truth:
        targets = right.elements if isinstance(right, Set) else (right,)
        own = self._uid(left)
        uids = [self._uid(target) for target in targets]
        if own in self._schema.actions and own is not None:
            known = [uid for uid in uids if uid is not None]
            return any(self._schema.action_in(own, uid) for uid in known) if len(known) == len(uids) else None
        lower = type_of(left, self._environment, self._schema)
        if not isinstance(lower, EntityType):
            return None
        uppers = [self._element(target) for target in targets]
        if not uppers or not all(isinstance(upper, EntityType) for upper in uppers):
            return None
        reachable = (isinstance(u, EntityType) and self._schema.type_can_be_in(lower.entity, u.entity) for u in uppers)
        return None if any(reachable) else False

    def _element(self, node: Expression) -> Type | None:
        found = type_of(node, self._environment, self._schema)
        return found.element if isinstance(found, SetType) else found

    def _uid(self, node: Expression) -> EntityUid | None:
        if isinstance(node, Entity):
            return EntityUid(node.type, node.id)
        return self._environment.action if isinstance(node, Variable) and node.name == "action" else None

    def _literal(self, node: Expression) -> bool | int | str | EntityUid | None:
        return node.value if isinstance(node, Boolean | Long | String) else self._uid(node)


def _negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _both(one: Truth, other: Truth) -> Truth:
    return False if one is False or other is False else True if one and other else None
