"""Bounds on the size and shape of a statement, held before anything recursive runs and before the engine sees a text.

The engine recurses on its input: deep nesting kills its process, and a long chain of operators can make a forbid silently stop
applying. Its formatter takes time by the square of what it formats. All bounds lie far below the smallest such input that was
measured, and above anything a person writes.
"""

from itertools import pairwise

from bylaw.languages.cedar.ast import Expression, Has, Statement, children

MAX_NESTING = 50
"""Open brackets at one place."""

MAX_DEPTH = 90
"""Levels of one statement's tree: a chain counts its length, and all clauses of a policy count as one chain."""

MAX_TOKENS = 10_000
"""Tokens of one statement; a set of five thousand names. At this size the engine's formatter still answers within half a second."""


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
        elif text in {")", "]", "}"} and depth:
            depth -= 1
    return None


def first_too_long(texts: list[str]) -> int | None:
    """The index of the first token of the first statement that has too many.

    A bare annotation counts as its five canonical tokens, `@name("")`: the canonical text of an accepted statement must be
    accepted as well, and in nothing else is it longer than its source.
    """
    if 3 * len(texts) <= MAX_TOKENS:
        return None
    ends = [index + 1 for index, text in enumerate(texts) if text == ";"]
    for start, end in pairwise([0, *ends, len(texts)]):
        bare = sum(texts[index] == "@" and texts[index + 2] != "(" for index in range(start, end - 2))
        if end - start + 3 * bare > MAX_TOKENS:
            return start
    return None


def statement_depth(statement: Statement) -> int:
    """How many levels the tree of `statement` has; each clause counts as the innermost of the chain of clauses."""
    clauses = statement.clauses
    return max((expression_depth(clause.body, len(clauses)) for clause in clauses), default=0)


def expression_depth(root: Expression, above: int = 1) -> int:
    """How many levels the tree of `root` has, the first of which is number `above`."""
    deepest, todo = 0, [(root, above)]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, Has):
            # The engine reads `has a.b.c` as a chain of three conditions.
            depth += len(node.path) - 1
        deepest = max(deepest, depth)
        todo.extend((child, depth + 1) for child in children(node))
    return deepest
