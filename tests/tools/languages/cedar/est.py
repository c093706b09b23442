"""Our tree as the engine's JSON policy format, to compare the two node by node."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    Boolean,
    Call,
    Entity,
    Expression,
    Has,
    If,
    Is,
    Like,
    Long,
    Method,
    Negate,
    Not,
    Record,
    Scope,
    ScopeAny,
    ScopeEqual,
    ScopeIn,
    ScopeInSet,
    ScopeIs,
    Set,
    Slot,
    Statement,
    String,
    Variable,
)
from bylaw.languages.cedar.engine import tree

Json = dict[str, Any]
_BINARY_METHODS = {"contains", "containsAll", "containsAny", "getTag", "hasTag"}


def engine_trees(text: str) -> list[Json]:
    """The engine's trees of the statements of `text`, in order. A bare `@note` counts as `@note("")`: both have the empty value."""
    found = tree(text)
    named = {**found["staticPolicies"], **found["templates"]}
    assert found["templateLinks"] == []
    return [_valued(named[f"policy{number}"]) for number in range(len(named))]


def _valued(policy: Json) -> Json:
    values = {name: value or "" for name, value in policy.get("annotations", {}).items()}
    return {**policy, "annotations": values}


def our_trees(statements: Iterable[Statement]) -> list[Json]:
    """Our trees in the engine's format."""
    return [_statement(statement) for statement in statements]


def _statement(statement: Statement) -> Json:
    return {
        "effect": statement.effect,
        "principal": _scope(statement.principal),
        "action": _scope(statement.action),
        "resource": _scope(statement.resource),
        "conditions": [{"kind": clause.kind, "body": expression_tree(clause.body)} for clause in statement.clauses],
        "annotations": {annotation.name: annotation.value for annotation in statement.annotations},
    }


def _scope(scope: Scope) -> Json:
    match scope:
        case ScopeAny():
            return {"op": "All"}
        case ScopeEqual(_, target):
            return {"op": "==", **_target(target)}
        case ScopeIn(_, target) | ScopeInSet(_, (target,)):
            return {"op": "in", **_target(target)}
        case ScopeInSet(_, targets):
            return {"op": "in", "entities": [_uid(target) for target in targets]}
        case ScopeIs(_, type_, target):
            tree = {"op": "is", "entity_type": type_}
            return tree if target is None else tree | {"in": _target(target)}


def _target(target: Entity | Slot) -> Json:
    return {"slot": f"?{target.name}"} if isinstance(target, Slot) else {"entity": _uid(target)}


def _uid(entity: Entity) -> Json:
    return {"type": entity.type, "id": entity.id}


def expression_tree(node: Expression) -> Json:  # noqa: C901, PLR0911, PLR0912 - one line a node type
    """One expression in the engine's format."""
    match node:
        case Variable(name):
            return {"Var": name}
        case Slot(name):
            return {"Slot": f"?{name}"}
        case Boolean(value) | Long(value) | String(value):
            return {"Value": value}
        case Entity():
            return {"Value": {"__entity": _uid(node)}}
        case Not(operand):
            return {"!": {"arg": expression_tree(operand)}}
        case Negate(operand):
            return {"neg": {"arg": expression_tree(operand)}}
        case Binary(operator, left, right):
            return {operator: {"left": expression_tree(left), "right": expression_tree(right)}}
        case Attribute(base, name):
            return {".": {"left": expression_tree(base), "attr": name}}
        case Has(base, path):
            return _has(expression_tree(base), path)
        case Like(base, pattern):
            return {"like": {"left": expression_tree(base), "pattern": _pattern(pattern)}}
        case Is(base, type_, ancestor):
            within: Mapping[str, Any] = {} if ancestor is None else {"in": expression_tree(ancestor)}
            return {"is": {"left": expression_tree(base), "entity_type": type_, **within}}
        case If(condition, consequence, alternative):
            parts = zip(("if", "then", "else"), (condition, consequence, alternative), strict=True)
            return {"if-then-else": {name: expression_tree(part) for name, part in parts}}
        case Set(elements):
            return {"Set": [expression_tree(element) for element in elements]}
        case Record(fields):
            return {"Record": {name: expression_tree(value) for name, value in fields}}
        case Call(function, arguments):
            return {function: [expression_tree(argument) for argument in arguments]}
        case Method(receiver, "isEmpty", ()):
            return {"isEmpty": {"arg": expression_tree(receiver)}}
        case Method(receiver, name, (argument,)) if name in _BINARY_METHODS:
            return {name: {"left": expression_tree(receiver), "right": expression_tree(argument)}}
        case Method(receiver, name, arguments):
            return {name: [expression_tree(part) for part in (receiver, *arguments)]}


def _has(base: Json, path: tuple[str, ...]) -> Json:
    """`has a.b` is `has a && a has b`."""
    whole: Json = {"has": {"left": base, "attr": path[0]}}
    for before, name in pairwise(path):
        base = {".": {"left": base, "attr": before}}
        whole = {"&&": {"left": whole, "right": {"has": {"left": base, "attr": name}}}}
    return whole


def _pattern(pattern: tuple[str | None, ...]) -> list[Any]:
    return [item for part in pattern for item in (["Wildcard"] if part is None else [{"Literal": c} for c in part])]
