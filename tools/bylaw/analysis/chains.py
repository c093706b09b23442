"""Chains: `a && b && c` and `a || b || c` as the lists they are meant as."""

from bylaw.languages.cedar.ast import Binary, Expression


def operands(node: Expression, operator: str) -> tuple[Expression, ...]:
    """The operands of a chain of one operator, in the order of the source."""
    found = []
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, Binary) and part.operator == operator:
            todo += (part.right, part.left)
        else:
            found.append(part)
    return tuple(found)


def is_outermost(node: Binary, parent: Expression | None) -> bool:
    """Whether `node` is the whole of its chain."""
    return not (isinstance(parent, Binary) and parent.operator == node.operator)
