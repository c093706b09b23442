"""Conditions whose value is settled before any request is seen, and why.

Only what the form and the schema alone show: literals, an expression compared with itself, `has` on a required attribute, `is`
where one type is possible. What takes reasoning over values is the solver's business.
"""

from typing import NamedTuple

from bylaw.analysis.literals import ORDERED, literal_of
from bylaw.analysis.paths import path_of
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


COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
METHODS = ("contains", "containsAll", "containsAny")


def constant_of(node: Expression, site: Site, view: PolicyView) -> Constant | None:
    """The settled value of one condition that is not composed of others."""
    key = id(node)
    if key not in view.constants:
        found = _find(node, site, view)
        view.constants[key] = None if found is None else (found.value, found.reason)
    known = view.constants[key]
    return None if known is None else Constant(*known)


def folded(node: Expression, site: Site, view: PolicyView) -> bool | None:
    """The settled value of a condition, composed ones included."""
    match node:
        case Not(operand):
            value = folded(operand, site, view)
            return None if value is None else not value
        case Binary("&&" | "||" as operator, left, right):
            values = (folded(left, site, view), folded(right, site, view))
            absorbing = operator == "||"
            if absorbing in values[:1] or (absorbing in values and values[0] is not None):
                return absorbing
            return (not absorbing) if values == (not absorbing, not absorbing) else None
        case _:
            constant = constant_of(node, site, view)
            return constant.value if constant else None


def is_condition(node: Expression, site: Site) -> bool:
    """Whether `node` stands where a truth value is asked for, rather than as a value among others."""
    parent = site.parent
    if parent is None or isinstance(parent, Not):
        return True
    if isinstance(parent, If):
        return node is parent.condition
    return isinstance(parent, Binary) and parent.operator in {"&&", "||"}


def _find(node: Expression, site: Site, view: PolicyView) -> Constant | None:
    match node:
        case Boolean(value):
            return Constant(value, "")
        case Binary(operator, left, right):
            return _comparison(operator, left, right)
        case Method(Set(()), "contains" | "containsAny"):
            return Constant(False, "the set is empty")
        case Has():
            return _required(node, site, view) if view.facts.schema else None
        case Is(Variable(name), type_name, None):
            return _only_type(name, type_name, site, view) if view.facts.schema else None
        case _:
            return None


def _comparison(operator: str, left: Expression, right: Expression) -> Constant | None:
    if operator == "in" and isinstance(right, Set) and not right.elements:
        return Constant(False, "the set is empty")
    if type(left) is not type(right):
        return None
    first, second = literal_of(left), literal_of(right)
    if first is not None and second is not None:
        return _literals(operator, first.domain, first.value == second.value, first, second)
    if operator in COMPARISONS and first is None and second is None:
        path = path_of(left)
        if path is not None and path == path_of(right):
            return Constant(operator in {"==", "<=", ">=", "in"}, "both sides are the same")
    return None


def _literals(operator: str, domain: str, equal: bool, *sides: tuple[str, object]) -> Constant | None:  # noqa: FBT001
    (_, first), (other, second) = sides
    equal = equal and domain == other
    if operator in {"==", "!="}:
        return Constant(equal is (operator == "=="), "both sides are constants")
    if domain not in ORDERED or other != domain or not isinstance(first, int) or not isinstance(second, int):
        return None
    value = {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}.get(operator)
    return None if value is None else Constant(value, "both sides are constants")


def _required(node: Has, site: Site, view: PolicyView) -> Constant | None:
    """`has` of one required attribute. An entity other than principal and resource may be missing, and then `has` is false."""
    if len(node.path) != 1:
        return None
    types = view.types(node.base, site)
    for type_ in types:
        if isinstance(type_, EntityType) and not isinstance(node.base, Variable):
            return None
        attribute = attribute_of(type_, node.path[0], view.schema)
        if attribute is None or not attribute.required:
            return None
    return Constant(True, f"the schema requires {code(node.path[0])}") if types else None


def _only_type(name: str, type_name: str, site: Site, view: PolicyView) -> Constant | None:
    if name not in {"principal", "resource"}:
        return None
    possible = {e.principal if name == "principal" else e.resource for e in view.environments_at(site)}
    if possible == {type_name}:
        return Constant(True, f"the {name} can be nothing else here")
    if possible and type_name not in possible:
        others = listed(sorted(possible), "or")
        return Constant(False, f"the {name} can only be {others} here")
    return None
