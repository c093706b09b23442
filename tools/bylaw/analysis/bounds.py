"""What a comparison with a constant lets through, and whether two such comparisons contradict or imply each other.

Everything ordered is an integer (`bylaw.analysis.literals`), so `< 5` is the closed interval up to 4, in every domain alike.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from bylaw.analysis.literals import ORDERED, Literal, Value, literal_of
from bylaw.analysis.paths import path_of
from bylaw.analysis.steps import Step
from bylaw.analysis.view import PolicyView
from bylaw.languages.cedar.ast import Attribute, Binary, Expression, Method, Set, Variable


class Interval(NamedTuple):
    """All values from `low` to `high`, both included; unbounded where none."""

    low: int | None
    high: int | None

    def holds(self, value: Value) -> bool:
        """Whether `value` is in it."""
        number = int(value) if isinstance(value, int) else 0
        return (self.low is None or self.low <= number) and (self.high is None or number <= self.high)


class OneOf(NamedTuple):
    """Exactly these values."""

    values: frozenset[Value]


class NoneOf(NamedTuple):
    """All values but these."""

    values: frozenset[Value]


Allowed: TypeAlias = Interval | OneOf | NoneOf


class Bound(NamedTuple):
    """What a comparison demands of one path."""

    path: str
    domain: str
    allowed: Allowed


FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_NAMED = (Attribute, Method, Variable)
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_DECIMAL = {"lessThan": "<", "lessThanOrEqual": "<=", "greaterThan": ">", "greaterThanOrEqual": ">="}
COMPARISONS = tuple(FLIPPED)
COMPARING_METHODS = frozenset({"contains", *_DECIMAL})


def bound_of(expression: Expression, *, value: bool = True) -> Bound | None:
    """What `expression` demands when it is to be `value`; none when it compares no path with constants."""
    if isinstance(expression, Binary):
        return _comparison(expression.operator, expression.left, expression.right, value=value)
    if isinstance(expression, Method) and len(expression.arguments) == 1:
        argument = expression.arguments[0]
        if expression.name == "contains" and isinstance(expression.receiver, Set):
            return _membership(expression.receiver, argument, value=value)
        if expression.name in _DECIMAL:
            return _comparison(_DECIMAL[expression.name], expression.receiver, argument, value=value)
    return None


def _comparison(operator: str, left: Expression, right: Expression, *, value: bool) -> Bound | None:
    if operator not in FLIPPED:
        return None
    literal = literal_of(right)
    if literal is None:
        literal, left, operator = literal_of(left), right, FLIPPED[operator]
    path = path_of(left) if literal else None
    if path is None or literal is None:
        return None
    allowed = allowed_by(operator if value else _NEGATED[operator], literal)
    return Bound(path, literal.domain, allowed) if allowed else None


def allowed_by(operator: str, literal: Literal) -> Allowed | None:
    """What `path operator literal` lets through."""
    domain, value = literal
    if operator == "==":
        return OneOf(frozenset({value}))
    if operator == "!=":
        return NoneOf(frozenset({value}))
    if domain not in ORDERED or not isinstance(value, int):
        return None
    match operator:
        case "<":
            return Interval(None, value - 1)
        case "<=":
            return Interval(None, value)
        case ">":
            return Interval(value + 1, None)
        case _:
            return Interval(value, None)


def _membership(options: Set, tested: Expression, *, value: bool) -> Bound | None:
    path = path_of(tested)
    literals = [literal_of(element) for element in options.elements]
    known = [literal for literal in literals if literal is not None]
    if path is None or not known or len(known) < len(literals) or len({k.domain for k in known}) != 1:
        return None
    values = frozenset(k.value for k in known)
    return Bound(path, known[0].domain, OneOf(values) if value else NoneOf(values))


def compares_again(view: PolicyView) -> bool:
    """Whether two comparisons may be of one path. Cheap, and true rather once too often: only the last name is looked at."""
    if view.compares_again is None:
        view.compares_again = _compares_again(view.steps)
    return view.compares_again


def _compares_again(steps: Iterable[Step]) -> bool:
    seen: set[object] = set()
    for step in steps:
        node = step[0]
        kind = type(node)
        if kind is Binary and node.operator in FLIPPED:  # type: ignore[union-attr]
            sides: tuple[Expression, ...] = (node.left, node.right)  # type: ignore[union-attr]
        elif kind is Method and node.name in COMPARING_METHODS:  # type: ignore[union-attr]
            sides = (node.receiver, *node.arguments)  # type: ignore[union-attr]
        else:
            continue
        for side in sides:
            name = side.name if isinstance(side, _NAMED) else None
            if name is not None:
                if name in seen:
                    return True
                seen.add(name)
    return False


def contradict(one: Allowed, other: Allowed) -> bool:
    """Whether nothing is let through by both."""
    match one, other:
        case Interval(), Interval():
            return _apart(one, other) or _apart(other, one)
        case OneOf(values), _:
            return not any(holds(other, value) for value in values)
        case _, OneOf(values):
            return not any(holds(one, value) for value in values)
        case _:
            return False


def implies(one: Allowed, other: Allowed) -> bool:
    """Whether whatever `one` lets through, `other` lets through as well."""
    match one, other:
        case OneOf(values), _:
            return all(holds(other, value) for value in values)
        case Interval(low, high), Interval(other_low, other_high):
            return (other_low is None or (low is not None and low >= other_low)) and (
                other_high is None or (high is not None and high <= other_high)
            )
        case Interval(), NoneOf(values):
            return not any(one.holds(value) for value in values)
        case NoneOf(values), NoneOf(others):
            return others <= values
        case _:
            return False


def _apart(below: Interval, above: Interval) -> bool:
    return below.high is not None and above.low is not None and below.high < above.low


def holds(allowed: Allowed, value: Value) -> bool:
    """Whether `value` is let through."""
    if isinstance(allowed, Interval):
        return allowed.holds(value)
    return (value in allowed.values) is isinstance(allowed, OneOf)
