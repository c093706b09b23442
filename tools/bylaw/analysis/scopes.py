"""Scope parts: what each admits, as far as the schema tells, and which is wider than which."""

from collections.abc import Iterator

from bylaw.analysis.paths import uid_of
from bylaw.languages.cedar.ast import Entity, Scope, ScopeAny, ScopeEqual, ScopeIn, ScopeInSet, ScopeIs
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.identifiers import EntityUid


def literals_of(scope: Scope) -> tuple[Entity, ...]:
    """The entity literals that a scope part names."""
    if isinstance(scope, ScopeInSet):
        return scope.targets
    target = getattr(scope, "target", None)
    return (target,) if isinstance(target, Entity) else ()


def _type_in(scope: Scope, environment: Environment) -> str:
    return environment.principal if scope.variable == "principal" else environment.resource


def could_be(scope: Scope, schema: Schema) -> bool:
    """Whether some request environment, looked at for this part alone, admits it."""
    return any(admits(scope, environment, schema) for environment in schema.environments)


def admits(scope: Scope, environment: Environment, schema: Schema) -> bool:
    """Whether a request of `environment` can meet this scope part."""
    if scope.variable == "action":
        return _admits_action(scope, environment.action, schema)
    match scope:
        case ScopeEqual(_, Entity(type_name)):
            return _type_in(scope, environment) == type_name
        case ScopeIn(_, Entity(type_name)):
            return schema.type_can_be_in(_type_in(scope, environment), type_name)
        case ScopeIs(_, type_name, target):
            actual = _type_in(scope, environment)
            inside = not isinstance(target, Entity) or schema.type_can_be_in(actual, target.type)
            return actual == type_name and inside
        case _:
            return True


def _admits_action(scope: Scope, action: EntityUid, schema: Schema) -> bool:
    match scope:
        case ScopeEqual(_, Entity() as target):
            return action == uid_of(target)
        case ScopeIn(_, Entity() as target):
            return schema.action_in(action, uid_of(target))
        case ScopeInSet(_, targets):
            return any(schema.action_in(action, uid_of(target)) for target in targets)
        case _:
            return True


def actions_admitted(scope: Scope, schema: Schema) -> Iterator[EntityUid]:
    """The declared actions that meet an action scope."""
    return (uid for uid in schema.actions if isinstance(scope, ScopeAny) or _admits_action(scope, uid, schema))
