"""Our trees in the form of the engine's own: its JSON policy format, to hold the two against each other."""

import json
from typing import Any, TypeAlias

import cedarpy

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

Json: TypeAlias = dict[str, Any]

_OPERATOR_METHODS = frozenset(("contains", "containsAll", "containsAny", "getTag", "hasTag"))


def engine_trees(text: str) -> list[Json]:
    """The engine's trees of the statements of `text`, in order.

    Raises:
        ValueError: the engine cannot parse it.
    """
    document = json.loads(cedarpy.policies_to_json_str(text))
    policies = document["staticPolicies"] | document["templates"]
    return [_without_nulls(policies[f"policy{index}"]) for index in range(len(policies))]


def engine_accepts(text: str) -> bool:
    """Whether the engine reads `text`."""
    try:
        cedarpy.PolicySet.from_str(text)
    except ValueError:
        return False
    return True


def _without_nulls(policy: Json) -> Json:
    """A bare annotation has no value in the engine's tree, an empty one in ours: they mean the same."""
    annotations = policy.get("annotations")
    if not annotations:
        return policy
    return policy | {"annotations": {name: value or "" for name, value in annotations.items()}}


def our_tree(statement: Statement) -> Json:
    """The tree that the engine should have."""
    tree: Json = {
        "effect": statement.effect,
        "principal": _scope(statement.principal),
        "action": _scope(statement.action),
        "resource": _scope(statement.resource),
        "conditions": [{"kind": clause.kind, "body": expression_tree(clause.body)} for clause in statement.clauses],
    }
    if statement.annotations:
        tree["annotations"] = {item.name: item.value for item in statement.annotations}
    return tree


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
        case ScopeIs(_, type_, None):
            return {"op": "is", "entity_type": type_}
        case ScopeIs(_, type_, target):
            return {"op": "is", "entity_type": type_, "in": _target(target)}


def _target(target: Entity | Slot) -> Json:
    return {"slot": f"?{target.name}"} if isinstance(target, Slot) else {"entity": _uid(target)}


def _uid(entity: Entity) -> Json:
    return {"type": entity.type, "id": entity.id}


def expression_tree(node: Expression) -> Json:  # noqa: PLR0911 - one return a node type
    """The engine's tree of an expression."""
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
            tree: Json = {"left": expression_tree(base), "entity_type": type_}
            return {"is": tree if ancestor is None else tree | {"in": expression_tree(ancestor)}}
        case If(condition, consequence, alternative):
            parts = zip(("if", "then", "else"), (condition, consequence, alternative), strict=True)
            return {"if-then-else": {name: expression_tree(part) for name, part in parts}}
        case Set(elements):
            return {"Set": _all(elements)}
        case Record(fields):
            return {"Record": {name: expression_tree(value) for name, value in fields}}
        case Call(function, arguments):
            return {function: _all(arguments)}
        case Method():
            return _method(node)


def _all(nodes: tuple[Expression, ...]) -> list[Json]:
    return [expression_tree(node) for node in nodes]


def _has(base: Json, path: tuple[str, ...]) -> Json:
    first, *rest = path
    tree: Json = {"has": {"left": base, "attr": first}}
    for name, above in zip(rest, path, strict=False):
        base = {".": {"left": base, "attr": above}}
        tree = {"&&": {"left": tree, "right": {"has": {"left": base, "attr": name}}}}
    return tree


def _pattern(pattern: tuple[str | None, ...]) -> list[Any]:
    parts: list[Any] = []
    for part in pattern:
        parts += ["Wildcard"] if part is None else [{"Literal": character} for character in part]
    return parts


def _method(node: Method) -> Json:
    receiver, arguments = expression_tree(node.receiver), _all(node.arguments)
    if node.name in _OPERATOR_METHODS:
        return {node.name: {"left": receiver, "right": arguments[0]}}
    if node.name == "isEmpty":
        return {"isEmpty": {"arg": receiver}}
    return {node.name: [receiver, *arguments]}
