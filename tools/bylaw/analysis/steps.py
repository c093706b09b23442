"""One walk over the clauses of a policy: nodes with what is known where they are evaluated, in the order of the source.

All rules share the walk. A step is a bare tuple because there is one for every node of every policy.
"""

from typing import TypeAlias

from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    Boolean,
    Entity,
    Expression,
    Has,
    If,
    Like,
    Long,
    Not,
    Slot,
    Statement,
    String,
    Variable,
    children,
)

Guards: TypeAlias = "tuple[Expression, bool, Guards] | None"
"""What is known where a node is evaluated, innermost first: an expression, whether it held, the rest."""

Step: TypeAlias = "tuple[Expression, Expression | None, Guards, bool | None]"
"""A node, its parent (none directly below a clause), the guards, and whether the policy applies rather when the node is true
(False: when it is false; None: neither can be said)."""

_UNARY = (Attribute, Has, Like)
_LEAVES = frozenset({Variable, String, Long, Entity, Boolean, Slot})


def steps_of(statement: Statement) -> list[Step]:
    """The nodes of all clauses, but for the variables that paths begin with.

    A clause is evaluated where those before it have let the policy pass.
    """
    steps: list[Step] = []
    guards: Guards = None
    for clause in statement.clauses:
        _walk((clause.body, None, guards, clause.kind == "when"), steps)
        guards = (clause.body, clause.kind == "when", guards)
    return steps


def _walk(first: Step, steps: list[Step]) -> None:
    todo = [first]
    while todo:
        step = todo.pop()
        steps.append(step)
        node, _, guards, positive = step
        if type(node) in _LEAVES:
            continue
        if isinstance(node, Binary):
            operator = node.operator
            if operator in {"&&", "||"}:
                todo.append((node.right, node, (node.left, operator == "&&", guards), positive))
                todo.append((node.left, node, guards, positive))
            else:
                todo.append((node.right, node, guards, None))
                todo.append((node.left, node, guards, None))
        elif isinstance(node, _UNARY):
            # The variable that a path begins with says nothing by itself, and is every third node.
            if type(node.base) is not Variable:
                todo.append((node.base, node, guards, None))
        elif isinstance(node, Not):
            todo.append((node.operand, node, guards, None if positive is None else not positive))
        elif isinstance(node, If):
            todo.append((node.alternative, node, (node.condition, False, guards), positive))
            todo.append((node.consequence, node, (node.condition, True, guards), positive))
            todo.append((node.condition, node, guards, None))
        else:
            todo += ((child, node, guards, None) for child in reversed(children(node)))
