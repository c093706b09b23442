"""The entity literals of a policy, wherever they stand."""

from collections.abc import Iterator

from bylaw.analysis.scopes import literals_of
from bylaw.languages.cedar.ast import Entity, Statement, children


def entity_literals(statement: Statement) -> Iterator[Entity]:
    """Scope first, then clauses, in the order of the source."""
    for scope in statement.scopes:
        yield from literals_of(scope)
    for clause in statement.clauses:
        todo = [clause.body]
        while todo:
            node = todo.pop()
            if isinstance(node, Entity):
                yield node
            else:
                todo.extend(reversed(children(node)))
