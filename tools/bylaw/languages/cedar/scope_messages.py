"""What is wrong with the scope of a policy: types and actions it names, and why it applies to nothing."""

from collections.abc import Callable, Iterable, Iterator

from bylaw.languages.cedar.ast import Entity, Scope, ScopeAny, ScopeIs, Statement
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.told import Asked, Told, named_in
from bylaw.languages.cedar.typer import environments_of
from bylaw.languages.cedar.walk import scope_targets
from bylaw.languages.cedar.wording import code


def scope_literals(statement: Statement) -> Iterator[Entity]:
    """The entities that the scope names."""
    yield from (target for target in scope_targets(statement) if isinstance(target, Entity))


def scope_types(policy: CedarPolicy, name: str) -> Iterator[tuple[int, int]]:
    """Where the scope names an entity type."""
    for literal in scope_literals(policy.statement):
        if literal.type == name:
            yield (literal.start, literal.end)
    for scope in policy.statement.scopes:
        if isinstance(scope, ScopeIs) and scope.type == name:
            yield named_in(policy.text, name, scope.start, scope.end)


def inapplicable(asked: Asked) -> Iterator[Told]:
    """Which part of the scope keeps every declared action from applying."""
    statement, schema = asked.policy.statement, asked.schema
    for blamed, others in _suspects(statement):
        if environments_of(others, schema) or isinstance(blamed, ScopeAny):
            continue
        # The rest of the scope already admits nothing, so this part is not what is wrong.
    yield _first_blamed(asked.policy, statement, schema)


def _suspects(statement: Statement) -> Iterator[tuple[Scope, Statement]]:
    yield statement.action, statement._replace(action=_any(statement.action))
    yield statement.principal, statement._replace(principal=_any(statement.principal))
    yield statement.resource, statement._replace(resource=_any(statement.resource))


def _any(scope: Scope) -> ScopeAny:
    return ScopeAny(scope.variable, scope.start, scope.end)
