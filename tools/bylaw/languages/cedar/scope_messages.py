"""What is wrong with the scope of a policy: types and actions it names, and why it applies to nothing."""

from collections.abc import Iterable, Iterator

from bylaw.languages.cedar.ast import Entity, Scope, ScopeAny, ScopeEqual, ScopeIn, ScopeIs, Statement
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.told import Asked, Told, named_in
from bylaw.languages.cedar.typer import environments_of
from bylaw.languages.cedar.walk import scope_targets
from bylaw.languages.cedar.wording import code
from bylaw.model.identifiers import EntityUid


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
    free = statement._replace(principal=_any(statement.principal), resource=_any(statement.resource))
    applicable = environments_of(free, schema)
    if not applicable:
        yield _action(statement.action, schema)
        return
    blamed = [
        scope
        for scope, alone in (
            (statement.principal, free._replace(principal=statement.principal)),
            (statement.resource, free._replace(resource=statement.resource)),
        )
        if not environments_of(alone, schema)
    ]
    for scope in blamed:
        yield _type(scope, applicable, schema)
    if not blamed:
        place = (statement.principal.start, statement.resource.end)
        yield Told(place, "no action takes such a principal together with such a resource", _environments(applicable))


def _any(scope: Scope) -> ScopeAny:
    return ScopeAny(scope.variable, scope.start, scope.end)


def _action(scope: Scope, schema: Schema) -> Told:
    place = (scope.start, scope.end)
    target = getattr(scope, "target", None)
    if not isinstance(target, Entity):
        return Told(
            place, "no action of this list applies to anything", "give one of them an `appliesTo` in the schema"
        )
    uid = EntityUid(target.type, target.id)
    members = sorted(str(other) for other in schema.actions if other != uid and schema.action_in(other, uid))
    if isinstance(scope, ScopeEqual) and members:
        return Told(
            place, f"{code(str(uid))} is a group, and no request is made for a group", f"write `action in {uid}`"
        )
    return Told(place, f"{code(str(uid))} applies to nothing", "give it an `appliesTo` in the schema")


def _type(scope: Scope, applicable: Iterable[Environment], schema: Schema) -> Told:
    place = (scope.start, scope.end)
    name = scope.variable
    types = sorted({e.principal if name == "principal" else e.resource for e in applicable})
    known = f"{name} types there: {', '.join(map(code, types[:8]))}"
    match scope:
        case ScopeIs(_, own, Entity(group)) if not schema.type_can_be_in(own, group):
            remedy = f"write `entity {own} in [{group}]` in the schema, if it can be"
            return Told(place, f"entity type {code(own)} is never in {code(group)}", remedy)
        case ScopeEqual(_, Entity(own)) | ScopeIs(_, own):
            return Told(place, f"no action of this scope has the {name} type {code(own)}", known)
        case ScopeIn(_, Entity(group)):
            return Told(place, f"no {name} of this scope's actions is ever in {code(group)}", known)
        case _:
            return Told(place, f"no action of this scope takes such a {name}", known)


def _environments(applicable: Iterable[Environment]) -> str:
    shown = [f"{e.principal} · {e.action.id} · {e.resource}" for e in list(applicable)[:4]]
    return f"possible: {', '.join(map(code, shown))}"
