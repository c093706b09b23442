"""Which clause, bound, scope or annotation differs between two versions of one Cedar policy.

Clauses are taken apart into the conditions that are joined by `&&`; conditions that stand on both sides fall away whatever their
order, the rest are paired by likeness, and for each pair the smallest differing sub-expression is named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from bylaw.diff.edits import Edit
from bylaw.languages.cedar.ast import Binary, Expression, Statement, children
from bylaw.languages.cedar.canonical import expression_text, scope_text
from bylaw.languages.cedar.program import CedarPolicy

LIKENESS = 0.5
"""Two conditions below this ratio of common text are one removed and one added, not one changed."""


@dataclass(frozen=True, slots=True)
class _Condition:
    """One condition of a policy with its printed form."""

    kind: str
    text: str
    node: Expression


def cedar_edits(before: CedarPolicy, after: CedarPolicy) -> tuple[Edit, ...]:
    """Every difference between two versions of a policy, in the order in which a reader meets them."""
    return (*_head_edits(before, after), *_condition_edits(before, after), *_annotation_edits(before, after))


def _head_edits(before: CedarPolicy, after: CedarPolicy) -> Iterator[Edit]:
    old, new = before.statement, after.statement
    if old.effect != new.effect:
        yield Edit("effect", old.effect, new.effect, span=after.span(*new.head))
    for old_scope, new_scope in zip(old.scopes, new.scopes, strict=True):
        was, is_ = scope_text(old_scope), scope_text(new_scope)
        if was != is_:
            yield Edit(new_scope.variable, was, is_, span=after.span(new_scope.start, new_scope.end))


def _condition_edits(before: CedarPolicy, after: CedarPolicy) -> Iterator[Edit]:
    removed, added = _unshared(_conditions(before.statement), _conditions(after.statement))
    for condition in added:
        partner = _closest(condition, removed)
        span = after.span(condition.node.start, condition.node.end)
        if partner is None:
            yield Edit(condition.kind, None, condition.text, span=span)
        else:
            removed.remove(partner)
            yield Edit(condition.kind, partner.text, condition.text, _smallest(partner.node, condition.node), span)
    for condition in removed:
        span = before.span(condition.node.start, condition.node.end)
        yield Edit(condition.kind, condition.text, None, span=span)


def _conditions(statement: Statement) -> list[_Condition]:
    return [
        _Condition(clause.kind, expression_text(node), node)
        for clause in statement.clauses
        for node in (conjuncts(clause.body) if clause.kind == "when" else [clause.body])
    ]


def conjuncts(node: Expression) -> list[Expression]:
    """The operands of a chain of `&&`, left to right."""
    operands: list[Expression] = []
    while isinstance(node, Binary) and node.operator == "&&":
        operands.append(node.right)
        node = node.left
    operands.append(node)
    return operands[::-1]


def _unshared(old: list[_Condition], new: list[_Condition]) -> tuple[list[_Condition], list[_Condition]]:
    """Those that stand on one side only; a condition that stands twice is matched twice."""
    rest = list(old)
    added = []
    for condition in new:
        twin = next((other for other in rest if (other.kind, other.text) == (condition.kind, condition.text)), None)
        if twin is None:
            added.append(condition)
        else:
            rest.remove(twin)
    return rest, added


def _closest(condition: _Condition, candidates: list[_Condition]) -> _Condition | None:
    alike = [(_likeness(condition, other), other) for other in candidates if other.kind == condition.kind]
    best = max(alike, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= LIKENESS else None


def _likeness(one: _Condition, other: _Condition) -> float:
    return SequenceMatcher(None, one.text, other.text, autojunk=False).ratio()


def _smallest(before: Expression, after: Expression) -> str | None:
    """The smallest part that differs, as `before → after`; none when it is the whole."""
    whole = before
    while type(before) is type(after):
        pairs = list(zip(children(before), children(after), strict=False))
        unlike = [(one, other) for one, other in pairs if expression_text(one) != expression_text(other)]
        same_shape = len(children(before)) == len(children(after)) and _own_part(before) == _own_part(after)
        if len(unlike) != 1 or not same_shape:
            break
        before, after = unlike[0]
    operators = _operators(before, after)
    if operators is not None:
        return operators
    return None if before is whole else f"{expression_text(before)} → {expression_text(after)}"


def _operators(before: Expression, after: Expression) -> str | None:
    """`<= → <` where only the operator differs."""
    if isinstance(before, Binary) and isinstance(after, Binary) and before.operator != after.operator:
        same = [expression_text(node) for node in children(before)] == [
            expression_text(node) for node in children(after)
        ]
        return f"{before.operator} → {after.operator}" if same else None
    return None


def _own_part(node: Expression) -> tuple[object, ...]:
    """What a node is apart from its children and its place."""
    below = children(node)
    return tuple(part for part in node[:-2] if not any(part is child for child in below) and not _holds(part, below))


def _holds(part: object, below: tuple[Expression, ...]) -> bool:
    return isinstance(part, tuple) and any(item is child for item in part for child in below)


def _annotation_edits(before: CedarPolicy, after: CedarPolicy) -> Iterator[Edit]:
    places = {item.name: after.span(item.start, item.end) for item in after.statement.annotations}
    for name in sorted({*before.annotations, *after.annotations}):
        was, is_ = before.annotations.get(name), after.annotations.get(name)
        if was != is_:
            yield Edit(f"@{name}", was, is_, span=places.get(name))
