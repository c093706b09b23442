"""From the nodes of a policy to the rules that look at them.

The set of rules is turned into tables once: node type, operator or method name to the rules that asked for it. Thirty rules then
cost little more than one, because a node reaches only the rules that can say something about it.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from bylaw.analysis.finding import Hit
from bylaw.analysis.rule import NodeRule, PolicyRule
from bylaw.analysis.view import IN_SCOPE, PolicyView, Site
from bylaw.languages.cedar.ast import Binary, Method

_Rules: TypeAlias = tuple[NodeRule[Any], ...]

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


def check_policy(view: PolicyView, table: RuleTable) -> tuple[Hit, ...]:
    """All hits of one policy. A pure function of the policy, the facts and the rules."""
    hits: list[Hit] = []
    for policy_rule in table.policy_rules:
        if found := policy_rule.check(view):
            hits.extend(found)
    for scope in view.statement.scopes:
        for rule in table.by_type.get(type(scope), ()):
            hits.extend(rule.check(scope, IN_SCOPE, view))
    by_type, by_operator, by_method = table.by_type, table.by_operator, table.by_method
    for node, parent, guards, positive in view.steps:
        # Spelled out, because this line runs for every node of every policy.
        if type(node) is Binary:
            rules = by_operator[node.operator]
        elif type(node) is Method:
            rules = by_method.get(node.name, table.any_method)
        else:
            rules = by_type.get(type(node), ())
        if rules:
            site = Site(parent, guards, positive)
            for rule in rules:
                if found := rule.check(node, site, view):
                    hits.extend(found)
    return tuple(hits)
