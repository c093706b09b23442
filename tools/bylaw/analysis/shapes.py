"""Cheap keys of policies: equal for policies with one canonical form, nearly always different for others.

Canonical text costs more than linting a policy; the rules that compare all policies of an app group them by shape first and
print only what shares one.
"""

from typing import TypeAlias

from bylaw.languages.cedar.ast import (
    Entity,
    Scope,
    ScopeAny,
    ScopeEqual,
    ScopeIn,
    ScopeInSet,
    Slot,
    Statement,
)

ScopeKey: TypeAlias = tuple[object, ...]
ScopeKeys: TypeAlias = tuple[ScopeKey, ScopeKey, ScopeKey]

DEPTH = 4
"""How far an outline looks into a clause: deep enough to see the constants of a usual condition."""


def clauses_outline(statement: Statement) -> tuple[object, ...]:
    """The clauses as far as an outline shows them: equal for equal clauses."""
    return tuple((clause.kind, _outline(clause.body, DEPTH)) for clause in statement.clauses)


def scope_keys(statement: Statement) -> ScopeKeys:
    """The three parts of the scope without their places."""
    return (scope_key(statement.principal), scope_key(statement.action), scope_key(statement.resource))


def scope_key(scope: Scope) -> ScopeKey:
    """A scope part without its place; `in [one]` is `in one`."""
    match scope:
        case ScopeAny():
            return ("any",)
        case ScopeEqual(_, target):
            return ("==", *_target(target))
        case ScopeIn(_, target):
            return ("in", *_target(target))
        case ScopeInSet(_, targets):
            named = frozenset(_target(target) for target in targets)
            return ("in", *next(iter(named))) if len(named) == 1 else ("in", named)
    return ("is", scope.type) if scope.target is None else ("is", scope.type, *_target(scope.target))


def _target(target: Entity | Slot) -> tuple[str, str]:
    return ("?", target.name) if isinstance(target, Slot) else (target.type, target.id)


def _outline(node: tuple[object, ...], depth: int) -> tuple[object, ...]:
    """Type, names and constants of `node` and of what is not too far below it."""
    parts: list[object] = [type(node)]
    for part in node[:-2]:
        if not isinstance(part, tuple):
            parts.append(part)
        elif not hasattr(part, "_fields"):
            parts.append(len(part))
        else:
            parts.append(_outline(part, depth - 1) if depth else type(part))
    return tuple(parts)
