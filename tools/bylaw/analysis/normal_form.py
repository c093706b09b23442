"""A normal form of policies: two texts with one normal form decide alike, and err alike, on every request.

    unless { x }                                  when { !x }
    !!x                                           x                       where a truth value is asked for
    a != b                                        !(a == b)
    !(a < b)                                      a >= b
    x == c                                        [c].contains(x)         c a constant
    x like "c"                                    [c].contains(x)         no wildcard, and x is known to be a string
    [c].contains(x) || [d].contains(x)            [c, d].contains(x)      neighbours, constants sorted and once each
    a || (b || c), a && (b && c)                  (a || b) || c, (a && b) && c

Each step keeps what is evaluated and in which order, so it keeps errors. Equal normal forms prove equal meaning; different ones
prove nothing.
"""

from bylaw.analysis.chains import operands
from bylaw.analysis.literals import literal_of
from bylaw.analysis.patterns import literals
from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    BinaryOperator,
    Call,
    Clause,
    Expression,
    Has,
    If,
    Is,
    Like,
    Method,
    Negate,
    Not,
    Record,
    Set,
    Statement,
    String,
)
from bylaw.languages.cedar.canonical import canonical_text, expression_text

_OPPOSITE: dict[BinaryOperator, BinaryOperator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def normal_text(statement: Statement) -> str:
    """The canonical text of the normal form. Only for statements within the bounds of the reader: it recurses."""
    return canonical_text(statement._replace(clauses=tuple(map(_clause, statement.clauses))))


def _clause(clause: Clause) -> Clause:
    body = _normal(clause.body, truth=True)
    return Clause("when", body if clause.kind == "when" else _not(body, truth=True), 0, 0)


def _normal(node: Expression, *, truth: bool = False) -> Expression:
    """`node` in normal form; `truth` tells that anything but a truth value is an error where it stands."""
    match node:
        case Not(operand):
            return _not(_normal(operand, truth=True), truth=truth)
        case Binary("&&" | "||" as operator):
            parts = (_normal(part, truth=True) for part in operands(node, operator))
            # A part may have become a chain itself: `!!(a || b)`.
            return _chain(operator, [piece for part in parts for piece in operands(part, operator)])
        case Binary("!=", left, right):
            return _not(_equal(_normal(left), _normal(right)), truth=True)
        case Binary("==", left, right):
            return _equal(_normal(left), _normal(right))
        case Like(base, () | (str(),) as pattern):
            return _equal(_normal(base), String("".join(literals(pattern)), 0, 0))
        case Method(Set(elements), "contains", (tested,)):
            return _contains([_normal(element) for element in elements], _normal(tested))
        case If(condition, consequence, alternative):
            branches = (_normal(consequence, truth=truth), _normal(alternative, truth=truth))
            return If(_normal(condition, truth=True), *branches, 0, 0)
        case _:
            return _inside(node)


def _inside(node: Expression) -> Expression:
    """`node` with its operands in normal form, itself kept."""
    match node:
        case Negate(operand):
            return node._replace(operand=_normal(operand))
        case Binary(_, left, right):
            return node._replace(left=_normal(left), right=_normal(right))
        case Attribute(base) | Has(base) | Like(base):
            return node._replace(base=_normal(base))
        case Is(base, _, ancestor):
            return node._replace(base=_normal(base), ancestor=None if ancestor is None else _normal(ancestor))
        case Set(elements):
            return node._replace(elements=tuple(map(_normal, elements)))
        case Record(fields):
            return node._replace(fields=tuple((name, _normal(value)) for name, value in fields))
        case Call(_, arguments):
            return node._replace(arguments=tuple(map(_normal, arguments)))
        case Method(receiver, _, arguments):
            return node._replace(receiver=_normal(receiver), arguments=tuple(map(_normal, arguments)))
        case _:
            return node


def _not(operand: Expression, *, truth: bool) -> Expression:
    if isinstance(operand, Binary) and operand.operator in _OPPOSITE:
        return operand._replace(operator=_OPPOSITE[operand.operator])
    # `!!x` is an error where x is no truth value, and x alone is one only where a truth value is asked for.
    if isinstance(operand, Not) and (truth or not isinstance(operand.operand, Attribute | If | Method)):
        return operand.operand
    return Not(operand, 0, 0)


def _equal(left: Expression, right: Expression) -> Expression:
    if literal_of(right) is not None:
        return _contains([right], left)
    return Binary("==", left, right, 0, 0)


def _contains(elements: list[Expression], tested: Expression) -> Expression:
    if all(literal_of(element) is not None for element in elements):
        by_text = {expression_text(element): element for element in elements}
        elements = [by_text[text] for text in sorted(by_text)]
    return Method(Set(tuple(elements), 0, 0), "contains", (tested,), 0, 0)


def _chain(operator: BinaryOperator, parts: list[Expression]) -> Expression:
    joined: list[Expression] = []
    for part in parts:
        merged = _merged(joined[-1], part) if joined and operator == "||" else None
        if merged is None:
            joined.append(part)
        else:
            joined[-1] = merged
    whole = joined[0]
    for part in joined[1:]:
        whole = Binary(operator, whole, part, 0, 0)
    return whole


def _merged(one: Expression, other: Expression) -> Expression | None:
    """Two tests of one expression against constants as one."""
    match one, other:
        case Method(Set(first), "contains", (tested,)), Method(Set(second), "contains", (again,)):
            constant = all(literal_of(element) is not None for element in (*first, *second))
            if constant and expression_text(tested) == expression_text(again):
                return _contains([*first, *second], tested)
    return None
