"""How a fix shows, when it runs, that it changes no decision.

`NORMAL_FORM`: the policies before and after have one normal form.

`GUARD`: the policy after is the policy before with one guard, `has` or `hasTag`, joined by `&&` in front of an expression that
reads what the guard asks for. That changes no decision when

- the expression is evaluated only on the way to a clause being true: below `&&`, or on the right of `||`, never below a negation,
  and in an `unless` not at all; so that being false, like an error, keeps the policy from applying; and
- whenever the expression is evaluated, so is the read: it stands where nothing is skipped.

With the field present the guard is true and nothing changes. With the field absent the policy before erred, and so did not
apply; the policy after is false, and does not apply either. For a `permit` both grant nothing; for a `forbid` both forbid
nothing. (An erring policy is reported by the engine and a false one is not: that is what the fix is for.)
"""

from collections.abc import Iterator

from bylaw.analysis.finding import Proof
from bylaw.analysis.guards import is_guard
from bylaw.analysis.normal_form import normal_text
from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    Expression,
    Has,
    If,
    Is,
    Method,
    Statement,
    children,
)
from bylaw.languages.cedar.canonical import canonical_text, expression_text


def holds(proof: Proof, before: Statement, after: Statement) -> bool:
    """Whether `proof` shows that both policies decide alike."""
    if proof is Proof.NORMAL_FORM:
        return normal_text(before) == normal_text(after)
    wanted = canonical_text(before)
    return any(canonical_text(without) == wanted for without in _without_one_guard(after))


def _without_one_guard(statement: Statement) -> Iterator[Statement]:
    """`statement` without one of its guards, for each guard that changes no decision."""
    for index, clause in enumerate(statement.clauses):
        if clause.kind == "when":
            for body in _unguarded(clause.body):
                clauses = (*statement.clauses[:index], clause._replace(body=body), *statement.clauses[index + 1 :])
                yield statement._replace(clauses=clauses)
            if is_guard(clause.body) and _next_reads(statement, index, clause.body):
                yield statement._replace(clauses=(*statement.clauses[:index], *statement.clauses[index + 1 :]))


def _next_reads(statement: Statement, index: int, guard: Has | Method) -> bool:
    """Whether the clause after the one at `index` always reads what `guard` asks for."""
    return any(_guards(guard, clause.body) for clause in statement.clauses[index + 1 : index + 2])


def _unguarded(node: Expression) -> Iterator[Expression]:
    """`node` without one guard, for each that stands where being false means that the clause is false."""
    if not isinstance(node, Binary) or node.operator not in {"&&", "||"}:
        return
    if node.operator == "&&":
        yield from (node._replace(left=left) for left in _unguarded(node.left))
        if _guards(node.left, node.right):
            yield node.right
        # `a && guard && b` is `(a && guard) && b`: the guard is the right operand further down on the left.
        inner = node.left
        if isinstance(inner, Binary) and inner.operator == "&&" and _guards(inner.right, node.right):
            yield node._replace(left=inner.left)
    yield from (node._replace(right=right) for right in _unguarded(node.right))


def _guards(guard: Expression, guarded: Expression) -> bool:
    return is_guard(guard) and any(is_read(guard, part) for part in always_evaluated(guarded))


def always_evaluated(node: Expression) -> Iterator[Expression]:
    """`node` and everything below it that is evaluated whenever `node` is."""
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        if isinstance(current, Binary) and current.operator in {"&&", "||"}:
            todo.append(current.left)
        elif isinstance(current, If):
            todo.append(current.condition)
        elif isinstance(current, Is):
            todo.append(current.base)  # `x is T in g` asks about `g` only where `x is T`
        else:
            todo.extend(reversed(children(current)))


def is_read(guard: Has | Method, node: Expression) -> bool:
    """Whether `node` reads exactly what `guard` asks for."""
    if isinstance(guard, Has):
        if not isinstance(node, Attribute) or len(guard.path) != 1 or node.name != guard.path[0]:
            return False
        return expression_text(node.base) == expression_text(guard.base)
    if not isinstance(node, Method) or node.name != "getTag":
        return False
    same_key = list(map(expression_text, node.arguments)) == list(map(expression_text, guard.arguments))
    return same_key and expression_text(node.receiver) == expression_text(guard.receiver)
