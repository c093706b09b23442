"""Bounds on the shape of a statement, held before anything recursive runs and before the engine sees a text.

The engine recurses on its input: deep nesting kills its process, and a long chain of operators can make a forbid silently stop
applying. Both bounds lie far below the smallest such input that was measured, and above anything a person writes.
"""

from bylaw.languages.cedar.ast import Statement, children

MAX_NESTING = 50
"""Open brackets at one place."""

MAX_DEPTH = 90
"""Levels of one statement's tree: a chain counts its length, and all clauses of a policy count as one chain."""


def first_too_deep(texts: list[str]) -> int | None:
    """The index of the first token whose bracket nests deeper than allowed."""
    if len(texts) <= MAX_NESTING:
        return None
    depth = 0
    for index, text in enumerate(texts):
        if text in {"(", "[", "{"}:
            depth += 1
            if depth > MAX_NESTING:
                return index
        elif text in {")", "]", "}"}:
            depth -= 1
    return None


def statement_depth(statement: Statement) -> int:
    """How many levels the tree of `statement` has."""
    deepest, clauses = 0, len(statement.clauses)
    for index, clause in enumerate(statement.clauses):
        todo = [(clause.body, clauses - index)]
        while todo:
            node, depth = todo.pop()
            deepest = max(deepest, depth)
            todo.extend((child, depth + 1) for child in children(node))
    return deepest
