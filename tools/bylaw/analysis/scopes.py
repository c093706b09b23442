"""Scope parts: what each admits, as far as the schema tells."""

from collections.abc import Iterator

from bylaw.analysis.paths import uid_of
from bylaw.languages.cedar.ast import Entity, Scope, ScopeAny, ScopeEqual, ScopeInSet, ScopeIs
from bylaw.languages.cedar.schema import Schema
from bylaw.model.identifiers import EntityUid


def could_be(scope: Scope, schema: Schema) -> bool:
    """Whether a principal or resource of some request environment meets this part of the scope, the other parts aside."""
    types = (e.principal if scope.variable == "principal" else e.resource for e in schema.environments)
    return any(_admits_type(scope, type_name, schema) for type_name in types)


def _admits_type(scope: Scope, candidate: str, schema: Schema) -> bool:
    target = getattr(scope, "target", None)
    group = target.type if isinstance(target, Entity) else None
    if isinstance(scope, ScopeEqual):
        return group is None or candidate == group
    if isinstance(scope, ScopeIs) and candidate != scope.type:
        return False
    return group is None or schema.type_can_be_in(candidate, group)


def actions_admitted(scope: Scope, schema: Schema) -> Iterator[EntityUid]:
    """The declared actions that meet an action scope."""
    if isinstance(scope, ScopeAny):
        return iter(schema.actions)
    targets = scope.targets if isinstance(scope, ScopeInSet) else (getattr(scope, "target", None),)
    wanted = [uid_of(target) for target in targets if isinstance(target, Entity)]
    if isinstance(scope, ScopeEqual):
        return (uid for uid in schema.actions if uid in wanted)
    return (uid for uid in schema.actions if any(schema.action_in(uid, group) for group in wanted))
