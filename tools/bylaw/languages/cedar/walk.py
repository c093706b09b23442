"""Walks over a statement's tree."""

from collections.abc import Iterator

from bylaw.languages.cedar.ast import (
    Entity,
    Expression,
    ScopeEqual,
    ScopeIn,
    ScopeInSet,
    ScopeIs,
    Slot,
    Statement,
    children,
)


def nodes(statement: Statement) -> Iterator[Expression]:
    """Every expression of the clauses, parents before children, in the order of the source."""
    for clause in statement.clauses:
        yield from nodes_of(clause.body)


def nodes_of(root: Expression) -> Iterator[Expression]:
    """`root` and everything below it."""
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(children(node)))


def scope_targets(statement: Statement) -> Iterator[Entity | Slot]:
    """The entities and slots of the scope."""
    for scope in statement.scopes:
        match scope:
            case ScopeEqual(_, target) | ScopeIn(_, target):
                yield target
            case ScopeIs(_, _, target) if target is not None:
                yield target
            case ScopeInSet(_, targets):
                yield from targets
            case _:
                pass


def entities(statement: Statement) -> Iterator[Entity]:
    """Every entity literal, scope first."""
    yield from (target for target in scope_targets(statement) if isinstance(target, Entity))
    yield from (node for node in nodes(statement) if isinstance(node, Entity))
