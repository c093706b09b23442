"""Conditions whose value is settled before any request is seen, and why.

Only what the form and the schema alone show: literals, an expression compared with itself, `has` on a required attribute, `is`
where one type is possible. What takes reasoning over values is the solver's business.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bylaw.analysis.bounds import allowed_by, holds
from bylaw.analysis.literals import Literal, literal_of
from bylaw.analysis.paths import path_of
from bylaw.analysis.steps import Guards
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code, listed
from bylaw.languages.cedar.ast import Binary, Boolean, Expression, Has, If, Is, Method, Not, Set, Variable
from bylaw.languages.cedar.schema import EntityType
from bylaw.languages.cedar.typer import attribute_of


class Constant(NamedTuple):
    """A settled value, and why it is settled; nothing where that is plain to see."""

    value: bool
    reason: str

    def of(self, text: str) -> str:
        """The sentence about the condition `text`."""
        why = f": {self.reason}" if self.reason else ""
        return f"{code(text)} is always {'true' if self.value else 'false'}{why}"


class Settled(NamedTuple):
    """A settled condition and where it stands."""

    node: Expression
    site: Site
    constant: Constant


def settled(view: PolicyView) -> Mapping[int, Settled]:
    """The settled conditions of a policy, none of them composed of others, by the id of their node."""
    if view.settled is None:
        view.settled = {}
        for node, parent, guards, positive in view.steps:
            look = _LOOKS.get(type(node))
            constant = look(node, guards, view) if look is not None else None
            if constant is not None:
                view.settled[id(node)] = Settled(node, Site(parent, guards, positive), constant)
    return view.settled


def folded(node: Expression, view: PolicyView) -> bool | None:
    """The settled value of a condition, composed ones included."""
    match node:
        case Not(operand):
            value = folded(operand, view)
            return None if value is None else not value
        case Binary("&&" | "||" as operator, left, right):
            values = (folded(left, view), folded(right, view))
            absorbing = operator == "||"
            if absorbing in values[:1] or (absorbing in values and values[0] is not None):
                return absorbing
            return (not absorbing) if values == (not absorbing, not absorbing) else None
        case _:
            found = settled(view).get(id(node))
            return found.constant.value if found else None


def is_condition(node: Expression, site: Site) -> bool:
    """Whether `node` stands where a truth value is asked for, rather than as a value among others."""
    parent = site.parent
    if parent is None or isinstance(parent, Not):
        return True
    if isinstance(parent, If):
        return node is parent.condition
    return isinstance(parent, Binary) and parent.operator in {"&&", "||"}


def _boolean(node: Boolean, _guards: Guards, _view: PolicyView) -> Constant | None:
    return Constant(node.value, "")


def _binary(node: Binary, _guards: Guards, _view: PolicyView) -> Constant | None:
    operator, left, right, _, _ = node
    if type(left) is not type(right):
        empty = operator == "in" and isinstance(right, Set) and not right.elements
        return Constant(False, "the set is empty") if empty else None
    if operator not in _COMPARISONS:
        return None
    first, second = literal_of(left), literal_of(right)
    if first is not None and second is not None:
        return _literals(operator, first, second)
    path = path_of(left)
    if path is not None and path == path_of(right):
        return Constant(operator in {"==", "<=", ">=", "in"}, "both sides are the same")
    return None


def _method(node: Method, _guards: Guards, _view: PolicyView) -> Constant | None:
    empty = node.name in {"contains", "containsAny"} and isinstance(node.receiver, Set) and not node.receiver.elements
    return Constant(False, "the set is empty") if empty else None


def _literals(operator: str, first: Literal, second: Literal) -> Constant | None:
    if operator in {"==", "!="}:
        return Constant((first == second) is (operator == "=="), "both sides are constants")
    bound = allowed_by(operator, second) if first.domain == second.domain else None
    return None if bound is None else Constant(holds(bound, first.value), "both sides are constants")


def _has(node: Has, guards: Guards, view: PolicyView) -> Constant | None:
    """`has` of one required attribute. An entity other than principal and resource may be missing, and then `has` is false."""
    if len(node.path) != 1 or node.path[0] not in view.facts.required_names:
        return None
    types = view.types(node.base, guards)
    for type_ in types:
        if isinstance(type_, EntityType) and not isinstance(node.base, Variable):
            return None
        attribute = attribute_of(type_, node.path[0], view.schema)
        if attribute is None or not attribute.required:
            return None
    return Constant(True, f"the schema requires {code(node.path[0])}") if types else None


def _is(node: Is, guards: Guards, view: PolicyView) -> Constant | None:
    """`is` where the schema leaves one type, or does not leave this one."""
    if view.facts.schema is None or node.ancestor is not None or not isinstance(node.base, Variable):
        return None
    name = node.base.name
    if name not in {"principal", "resource"}:
        return None
    possible = {e.principal if name == "principal" else e.resource for e in view.environments_at(guards)}
    if possible == {node.type}:
        return Constant(True, f"the {name} can be nothing else here")
    if possible and node.type not in possible:
        others = listed(sorted(possible), "or")
        return Constant(False, f"the {name} can only be {others} here")
    return None


_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_LOOKS: Mapping[type, Callable[[Any, Guards, PolicyView], Constant | None]] = {
    Boolean: _boolean,
    Binary: _binary,
    Method: _method,
    Has: _has,
    Is: _is,
}
