"""Atomic conditions of a policy, and how their outcomes combine.

A clause is a tree of `&&`, `||`, `!` and `if`; its leaves are the atomic conditions. Only the engine says whether a leaf is true,
false or an error (`bylaw.evaluation.probe`). What follows for the tree is Cedar's short circuit and nothing else: an operand to
the right counts only when those to its left let the engine reach it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeAlias

from bylaw.languages.cedar.ast import Binary, Boolean, Expression, If, Not, Statement


class Outcome(StrEnum):
    """What became of a condition, a clause or a policy in one request."""

    TRUE = "true"
    FALSE = "false"
    ERROR = "error"
    NOT_REACHED = "not reached"


class And(NamedTuple):
    """Right counts when left is true."""

    left: "Tree"
    right: "Tree"


class Or(NamedTuple):
    """Right counts when left is false."""

    left: "Tree"
    right: "Tree"


class Inverse(NamedTuple):
    """`!`."""

    operand: "Tree"


class Choice(NamedTuple):
    """`if`; one branch counts."""

    condition: "Tree"
    consequence: "Tree"
    alternative: "Tree"


Tree: TypeAlias = And | Or | Inverse | Choice | int
"""An integer is the position of an atomic condition in its policy."""


class Condition(NamedTuple):
    """One atomic condition."""

    clause: int
    """The position of its clause."""
    expression: Expression

    @property
    def is_constant(self) -> bool:
        """Whether it is `true` or `false` by itself, and so cannot be seen both ways."""
        return isinstance(self.expression, Boolean)


class Trace(NamedTuple):
    """What became of a policy whose scope matched."""

    outcome: Outcome
    """True when it was satisfied."""
    clauses: tuple[Outcome, ...]
    """Of the body of each clause: false satisfies an `unless`."""
    conditions: tuple[Outcome, ...]


@dataclass(frozen=True)
class Structure:
    """The clauses of a statement as trees over its atomic conditions."""

    statement: Statement

    @cached_property
    def _parts(self) -> tuple[tuple[Tree, ...], tuple[Condition, ...]]:
        found: list[Condition] = []
        trees = [_tree(clause.body, number, found) for number, clause in enumerate(self.statement.clauses)]
        return tuple(trees), tuple(found)

    @property
    def trees(self) -> tuple[Tree, ...]:
        """One tree for each clause."""
        return self._parts[0]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every atomic condition, in the order of the source."""
        return self._parts[1]

    def trace(self, outcome_of: Callable[[int], Outcome]) -> Trace:
        """What follows for clauses and policy from the outcomes of the conditions; the scope is taken to match."""
        seen = [Outcome.NOT_REACHED] * len(self.conditions)
        clauses = [Outcome.NOT_REACHED] * len(self.trees)
        for number, tree in enumerate(self.trees):
            clauses[number] = body = _run(tree, outcome_of, seen)
            wanted = Outcome.TRUE if self.statement.clauses[number].kind == "when" else Outcome.FALSE
            if body is not wanted:
                failed = Outcome.ERROR if body is Outcome.ERROR else Outcome.FALSE
                return Trace(failed, tuple(clauses), tuple(seen))
        return Trace(Outcome.TRUE, tuple(clauses), tuple(seen))

    def stopped_by(self, trace: Trace) -> int | None:
        """The first condition because of which the policy was not satisfied; none when it was."""
        if trace.outcome is Outcome.TRUE:
            return None
        last = max(number for number, outcome in enumerate(trace.clauses) if outcome is not Outcome.NOT_REACHED)
        return next(_deciding(self.trees[last], trace.conditions), None)


def _tree(node: Expression, clause: int, found: list[Condition]) -> Tree:
    match node:
        case Binary("&&", left, right):
            return And(_tree(left, clause, found), _tree(right, clause, found))
        case Binary("||", left, right):
            return Or(_tree(left, clause, found), _tree(right, clause, found))
        case Not(operand):
            return Inverse(_tree(operand, clause, found))
        case If(condition, consequence, alternative):
            first = _tree(condition, clause, found)
            return Choice(first, _tree(consequence, clause, found), _tree(alternative, clause, found))
        case _:
            found.append(Condition(clause, node))
            return len(found) - 1


def _run(tree: Tree, outcome_of: Callable[[int], Outcome], seen: list[Outcome]) -> Outcome:
    if isinstance(tree, int):
        seen[tree] = outcome = outcome_of(tree)
        return outcome
    match tree:
        case And(left, right):
            first = _run(left, outcome_of, seen)
            return _run(right, outcome_of, seen) if first is Outcome.TRUE else first
        case Or(left, right):
            first = _run(left, outcome_of, seen)
            return _run(right, outcome_of, seen) if first is Outcome.FALSE else first
        case Inverse(operand):
            return _inverse(_run(operand, outcome_of, seen))
        case Choice(condition, consequence, alternative):
            first = _run(condition, outcome_of, seen)
            if first is Outcome.ERROR:
                return first
            return _run(consequence if first is Outcome.TRUE else alternative, outcome_of, seen)


def _inverse(outcome: Outcome) -> Outcome:
    return {Outcome.TRUE: Outcome.FALSE, Outcome.FALSE: Outcome.TRUE}.get(outcome, outcome)


def _value(tree: Tree, seen: tuple[Outcome, ...]) -> Outcome:
    """The outcome of a part of a tree that ran."""
    return _run(tree, seen.__getitem__, list(seen))


def _deciding(tree: Tree, seen: tuple[Outcome, ...]) -> Iterator[int]:
    """The conditions that made the tree come out as it did, in the order of the source."""
    if isinstance(tree, int):
        yield tree
        return
    match tree:
        case And(left, right) | Or(left, right):
            stopped = Outcome.TRUE if isinstance(tree, Or) else Outcome.FALSE
            first = _value(left, seen)
            if first in {stopped, Outcome.ERROR}:
                yield from _deciding(left, seen)
            else:
                # Both operands were needed for a conjunction to hold and for a disjunction to fail.
                second = _value(right, seen)
                if second is first:
                    yield from _deciding(left, seen)
                yield from _deciding(right, seen)
        case Inverse(operand):
            yield from _deciding(operand, seen)
        case Choice(condition, consequence, alternative):
            first = _value(condition, seen)
            if first is not Outcome.ERROR:
                yield from _deciding(consequence if first is Outcome.TRUE else alternative, seen)
            yield from _deciding(condition, seen)
