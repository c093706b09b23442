"""Where a guard can be put so that no decision changes (`bylaw.analysis.proofs` says why, and checks)."""

from bylaw.analysis.finding import Edit
from bylaw.analysis.proofs import always_evaluated
from bylaw.languages.cedar.ast import Binary, Clause, Expression, If, Statement
from bylaw.languages.cedar.walk import nodes_of


def guard_edits(statement: Statement, read: Expression, guard: str) -> tuple[Edit, ...]:
    """The edits that put `guard` in front of `read`; none where it cannot be done safely."""
    clause = next(clause for clause in statement.clauses if _holds(clause.body, read))
    return _before_unless(clause, read, guard) if clause.kind == "unless" else _inside(clause.body, read, guard)


def _before_unless(clause: Clause, read: Expression, guard: str) -> tuple[Edit, ...]:
    """A clause of its own: inside an `unless`, a guard that fails would make the policy apply."""
    if not _holds_always(clause.body, read):
        return ()
    return (Edit(clause.start, clause.start, f"when {{ {guard} }} "),)


def _inside(body: Expression, read: Expression, guard: str) -> tuple[Edit, ...]:
    candidates = [body]
    while (inner := _step(candidates[-1], read)) is not None:
        candidates.append(inner)
    for place in reversed(candidates):
        if _holds_always(place, read):
            return _joined(place, guard)
    return ()


def _step(node: Expression, read: Expression) -> Expression | None:
    """The operand with `read` in it, where its being false means that the whole clause is false."""
    if not isinstance(node, Binary) or node.operator not in {"&&", "||"}:
        return None
    if _holds(node.right, read):
        return node.right
    return node.left if node.operator == "&&" else None


def _joined(place: Expression, guard: str) -> tuple[Edit, ...]:
    if isinstance(place, If) or (isinstance(place, Binary) and place.operator == "||"):
        return (Edit(place.start, place.start, f"{guard} && ("), Edit(place.end, place.end, ")"))
    return (Edit(place.start, place.start, f"{guard} && "),)


def _holds(node: Expression, read: Expression) -> bool:
    return any(part is read for part in nodes_of(node))


def _holds_always(node: Expression, read: Expression) -> bool:
    return any(part is read for part in always_evaluated(node))
