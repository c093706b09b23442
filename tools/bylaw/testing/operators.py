"""Mutation operators: every small change to one statement, each with what it does to the set of requests that match.

Operators work on the tree and hand back a tree, so that a mutant is printed in canonical form. `growth` says what a change does
to the truth of the part it changes: `+1` true for more requests, `-1` for fewer, `0` for others. On the way up it is turned around
by `!` and `unless` and forgotten below the condition of an `if`.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeVar

from bylaw.languages.cedar.ast import (
    Binary,
    BinaryOperator,
    Boolean,
    Call,
    Clause,
    Expression,
    Has,
    If,
    Like,
    Long,
    Method,
    Not,
    Scope,
    ScopeAny,
    ScopeIn,
    ScopeInSet,
    ScopeIs,
    Set,
    Statement,
    String,
)
from bylaw.languages.cedar.canonical import expression_text, scope_text
from bylaw.testing.steps import neighbours

Operator = Literal[
    "flip-effect", "drop-policy", "drop-scope", "drop-action", "drop-clause", "swap-clause", "drop-conjunct", "drop-disjunct",
    "drop-guard", "swap-logic", "negate", "swap-branches", "boundary", "constant", "drop-element", "broaden-like",
]  # fmt: skip

T = TypeVar("T")
Growth = Literal[-1, 0, 1]


class Range(NamedTuple):
    """A range of the source, in code points."""

    start: int
    end: int


class Edit(NamedTuple):
    """A statement with one change."""

    operator: Operator
    statement: Statement | None
    """None when the policy is dropped."""
    growth: Growth
    """Of the requests that the policy matches."""
    at: Range
    """What was changed."""
    before: str
    after: str
    """What stands in the place of `before`; empty where it is dropped."""


class _Change(NamedTuple):
    """An expression with one change."""

    operator: Operator
    node: Expression
    growth: Growth
    at: Range
    before: str
    after: str


_STRICT: dict[BinaryOperator, tuple[BinaryOperator, Growth]] = {
    "<": ("<=", 1),
    "<=": ("<", -1),
    ">": (">=", 1),
    ">=": (">", -1),
}
_METHODS: dict[str, tuple[str, Growth]] = {
    "lessThan": ("lessThanOrEqual", 1),
    "lessThanOrEqual": ("lessThan", -1),
    "greaterThan": ("greaterThanOrEqual", 1),
    "greaterThanOrEqual": ("greaterThan", -1),
}
# What a larger right operand does to the truth of a comparison.
_UPWARD: dict[str, Growth] = {
    "<": 1, "<=": 1, ">": -1, ">=": -1, "lessThan": 1, "lessThanOrEqual": 1, "greaterThan": -1, "greaterThanOrEqual": -1,
}  # fmt: skip
# What a smaller set does: as the receiver, as the argument.
_SMALLER_SET: dict[str, tuple[Growth, Growth]] = {"contains": (-1, 0), "containsAny": (-1, -1), "containsAll": (-1, 1)}


def edits(statement: Statement) -> Iterator[Edit]:
    """Every change of one step, in the order of the source."""
    head = Range(*statement.head)
    flipped = statement._replace(effect="forbid" if statement.effect == "permit" else "permit")
    yield Edit("flip-effect", flipped, 0, head, statement.effect, flipped.effect)
    yield Edit("drop-policy", None, -1, head, statement.effect, "")
    yield from _scope_edits(statement)
    for number, clause in enumerate(statement.clauses):
        yield from _clause_edits(statement, number, clause)


def _scope_edits(statement: Statement) -> Iterator[Edit]:
    for scope in statement.scopes:
        for operator, changed, growth in _scope_changes(scope):
            at = Range(scope.start, scope.end)
            edited = _with_scope(statement, changed)
            yield Edit(operator, edited, growth, at, scope_text(scope), scope_text(changed))


def _with_scope(statement: Statement, scope: Scope) -> Statement:
    match scope.variable:
        case "principal":
            return statement._replace(principal=scope)
        case "action":
            return statement._replace(action=scope)
        case _:
            return statement._replace(resource=scope)


def _scope_changes(scope: Scope) -> Iterator[tuple[Operator, Scope, Growth]]:
    if isinstance(scope, ScopeAny):
        return
    yield "drop-scope", ScopeAny(scope.variable, scope.start, scope.end), 1
    if isinstance(scope, ScopeIs) and scope.target is not None:
        yield "drop-scope", scope._replace(target=None), 1
        yield "drop-scope", ScopeIn(scope.variable, scope.target, scope.start, scope.end), 1
    if isinstance(scope, ScopeInSet) and len(scope.targets) > 1:
        for number in range(len(scope.targets)):
            yield "drop-action", scope._replace(targets=_without(scope.targets, number)), -1


def _clause_edits(statement: Statement, number: int, clause: Clause) -> Iterator[Edit]:
    before, after = statement.clauses[:number], statement.clauses[number + 1 :]
    at = Range(clause.start, clause.end)
    text = f"{clause.kind} {{ {expression_text(clause.body)} }}"
    yield Edit("drop-clause", statement._replace(clauses=(*before, *after)), 1, at, text, "")
    swapped = clause._replace(kind="unless" if clause.kind == "when" else "when")
    yield Edit("swap-clause", statement._replace(clauses=(*before, swapped, *after)), 0, at, clause.kind, swapped.kind)
    for change in _conditions(clause.body, whole=True):
        changed = clause._replace(body=change.node)
        growth = change.growth if clause.kind == "when" else _opposite(change.growth)
        edited = statement._replace(clauses=(*before, changed, *after))
        yield Edit(change.operator, edited, growth, change.at, change.before, change.after)


def _conditions(node: Expression, *, whole: bool = False) -> Iterator[_Change]:
    """Changes of a part whose value is a truth. Negating a whole clause is `swap-clause`, so `whole` leaves it out."""
    match node:
        case Binary("&&" | "||"):
            yield from _logic(node)
        case Not(operand):
            if not whole:
                yield _changed("negate", node, operand, 0)
            for change in _conditions(operand, whole=True):
                yield change._replace(node=node._replace(operand=change.node), growth=_opposite(change.growth))
        case If():
            yield from _branches(node)
        case Boolean(value):
            if not whole:
                yield _changed("negate", node, node._replace(value=not value), -1 if value else 1)
        case _:
            if not whole:
                yield _changed("negate", node, Not(node, node.start, node.end), 0)
            yield from _atom(node)


def _logic(node: Binary) -> Iterator[_Change]:
    conjunction = node.operator == "&&"
    more: Growth = 1 if conjunction else -1
    # A chain is left-nested: dropping the left side only where it is one operand drops each operand once.
    if not (isinstance(node.left, Binary) and node.left.operator == node.operator):
        yield _dropped(node, node.left, node.right, more)
    yield _dropped(node, node.right, node.left, more)
    other: BinaryOperator = "||" if conjunction else "&&"
    between = Range(node.left.end, node.right.start)
    yield _Change("swap-logic", node._replace(operator=other), more, between, node.operator, other)
    for change in _conditions(node.left):
        yield change._replace(node=node._replace(left=change.node))
    for change in _conditions(node.right):
        yield change._replace(node=node._replace(right=change.node))


def _dropped(node: Binary, dropped: Expression, kept: Expression, growth: Growth) -> _Change:
    guard = isinstance(dropped, Has) or (isinstance(dropped, Method) and dropped.name == "hasTag")
    operator: Operator = "drop-guard" if guard else "drop-conjunct" if node.operator == "&&" else "drop-disjunct"
    return _Change(operator, kept, growth, Range(dropped.start, dropped.end), expression_text(dropped), "")


def _changed(operator: Operator, node: Expression, changed: Expression, growth: Growth) -> _Change:
    return _Change(
        operator, changed, growth, Range(node.start, node.end), expression_text(node), expression_text(changed)
    )


def _branches(node: If) -> Iterator[_Change]:
    swapped = node._replace(consequence=node.alternative, alternative=node.consequence)
    yield _changed("swap-branches", node, swapped, 0)
    for change in _conditions(node.condition, whole=True):
        yield change._replace(node=node._replace(condition=change.node), growth=0)
    for change in _conditions(node.consequence):
        yield change._replace(node=node._replace(consequence=change.node))
    for change in _conditions(node.alternative):
        yield change._replace(node=node._replace(alternative=change.node))


def _atom(node: Expression) -> Iterator[_Change]:
    """Changes inside an atomic condition."""
    if isinstance(node, Binary) and node.operator in _STRICT:
        operator, growth = _STRICT[node.operator]
        yield _changed("boundary", node, node._replace(operator=operator), growth)
    if isinstance(node, Method) and node.name in _METHODS:
        name, growth = _METHODS[node.name]
        yield _changed("boundary", node, node._replace(name=name), growth)
    if isinstance(node, Like):
        for pattern in _broader(node.pattern):
            yield _changed("broaden-like", node, node._replace(pattern=pattern), 1)
    yield from _operands(node)


def _operands(node: Expression) -> Iterator[_Change]:
    """Changes of the values that an atomic condition compares."""
    match node:
        case Binary(operator, left, right):
            upward = _UPWARD.get(operator, 0)
            for change in _values(left, _opposite(upward), 0):
                yield change._replace(node=node._replace(left=change.node))
            for change in _values(right, upward, -1 if operator == "in" else 0):
                yield change._replace(node=node._replace(right=change.node))
        case Method(receiver, name, arguments):
            upward = _UPWARD.get(name, 0)
            as_receiver, as_argument = _SMALLER_SET.get(name, (0, 0))
            for change in _values(receiver, _opposite(upward), as_receiver):
                yield change._replace(node=node._replace(receiver=change.node))
            for number, argument in enumerate(arguments):
                for change in _values(argument, upward, as_argument):
                    changed = (*arguments[:number], change.node, *arguments[number + 1 :])
                    yield change._replace(node=node._replace(arguments=changed))
        case _:
            pass


def _values(node: Expression, upward: Growth, smaller: Growth) -> Iterator[_Change]:
    """Changes of a value: `upward` is what a larger one does, `smaller` what a smaller set does."""
    match node:
        case Long() | Call(_, (String(),)):
            for step, changed in neighbours(node):
                yield _changed("constant", node, changed, upward if step > 0 else _opposite(upward))
        case Set(elements) if len(elements) > 1:
            for number, element in enumerate(elements):
                fewer = node._replace(elements=_without(elements, number))
                at = Range(element.start, element.end)
                yield _Change("drop-element", fewer, smaller, at, expression_text(element), "")
        case Binary() | Method():
            # Deeper in arithmetic or in a chain of methods the direction is not followed any more.
            for change in _operands(node):
                yield change._replace(growth=0)
        case _:
            pass


def _broader(pattern: tuple[str | None, ...]) -> Iterator[tuple[str | None, ...]]:
    """Patterns that match everything that `pattern` does, and more."""
    if not pattern or pattern == (None,):
        return
    if pattern[0] is not None:
        yield (None, *pattern)
    if pattern[-1] is not None:
        yield (*pattern, None)
    if None in pattern:
        yield (None,)


def _opposite(growth: Growth) -> Growth:
    turned: dict[Growth, Growth] = {-1: 1, 0: 0, 1: -1}
    return turned[growth]


def _without(items: tuple[T, ...], number: int) -> tuple[T, ...]:
    return (*items[:number], *items[number + 1 :])
