"""One walk over the nodes of a policy, shared by all node rules.

The set of rules is turned into tables once: node type, operator or method name to the rules that asked for it. Thirty rules then
cost little more than one, because a node reaches only the rules that can say something about it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from bylaw.analysis.finding import Hit
from bylaw.analysis.rule import NodeRule, PolicyRule
from bylaw.analysis.view import IN_SCOPE, Guards, PolicyView, Site
from bylaw.languages.cedar.ast import Attribute, Binary, Clause, Expression, If, Like, Method, Not, children

_Rules: TypeAlias = tuple[NodeRule[Any], ...]
_Step: TypeAlias = tuple[Expression, Expression | None, Guards, bool | None]

_OPERATORS = ("||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*")


class RuleTable:
    """Rules over one policy, by what they look at."""

    def __init__(self, rules: Sequence[NodeRule[Any] | PolicyRule]) -> None:
        node_rules = [rule for rule in rules if isinstance(rule, NodeRule)]
        self.policy_rules = tuple(rule for rule in rules if isinstance(rule, PolicyRule))
        self.by_operator = {
            operator: tuple(r for r in node_rules if operator in r.operators or Binary in r.nodes)
            for operator in _OPERATORS
        }
        self.any_method: _Rules = tuple(rule for rule in node_rules if Method in rule.nodes)
        names = {name for rule in node_rules for name in rule.methods}
        self.by_method = {
            name: tuple(r for r in node_rules if name in r.methods or Method in r.nodes) for name in names
        }
        kinds = {kind for rule in node_rules for kind in rule.nodes} - {Binary, Method}
        self.by_type: dict[type, _Rules] = {
            kind: tuple(rule for rule in node_rules if kind in rule.nodes) for kind in kinds
        }

    def for_node(self, node: Expression) -> _Rules:
        """The rules that asked for nodes like this one."""
        kind = type(node)
        if kind is Binary:
            return self.by_operator[node.operator]  # type: ignore[union-attr]
        if kind is Method:
            return self.by_method.get(node.name, self.any_method)  # type: ignore[union-attr]
        return self.by_type.get(kind, ())


def check_policy(view: PolicyView, table: RuleTable) -> tuple[Hit, ...]:
    """All hits of one policy. A pure function of the policy, the facts and the rules."""
    hits: list[Hit] = []
    for policy_rule in table.policy_rules:
        hits.extend(policy_rule.check(view))
    for scope in view.statement.scopes:
        for rule in table.by_type.get(type(scope), ()):
            hits.extend(rule.check(scope, IN_SCOPE, view))
    guards: Guards = None
    for clause in view.statement.clauses:
        _check_clause(clause, guards, view, table, hits)
        guards = (clause.body, clause.kind == "when", guards)
    return tuple(hits)


def _check_clause(clause: Clause, guards: Guards, view: PolicyView, table: RuleTable, hits: list[Hit]) -> None:
    for_node = table.for_node
    todo: list[_Step] = [(clause.body, None, guards, clause.kind == "when")]
    while todo:
        step = todo.pop()
        node, parent, known, positive = step
        rules = for_node(node)
        if rules:
            site = Site(parent, known, positive)
            for rule in rules:
                hits.extend(rule.check(node, site, view))
        below = _below(node, known, positive=positive)
        if below:
            todo.extend(below)


def _below(node: Expression, known: Guards, *, positive: bool | None) -> Iterable[_Step]:
    """The children of `node`, last first, with what is known and which way each pushes."""
    kind = type(node)
    if isinstance(node, Binary):
        operator = node.operator
        if operator in {"&&", "||"}:
            right = (node.right, node, (node.left, operator == "&&", known), positive)
            return (right, (node.left, node, known, positive))
        return ((node.right, node, known, None), (node.left, node, known, None))
    if kind is Attribute or kind is Like:
        return ((node.base, node, known, None),)  # type: ignore[union-attr]
    if isinstance(node, Not):
        return ((node.operand, node, known, None if positive is None else not positive),)
    if isinstance(node, If):
        return _branches(node, known, positive=positive)
    return [(child, node, known, None) for child in reversed(children(node))]


def _branches(node: If, known: Guards, *, positive: bool | None) -> Iterable[_Step]:
    return (
        (node.alternative, node, (node.condition, False, known), positive),
        (node.consequence, node, (node.condition, True, known), positive),
        (node.condition, node, known, None),
    )
