"""Typed terms: immutable, shared, folded while they are built.

Equal terms are one object, so comparing costs nothing and what two policy sets have in common is there once. The constructors
fold constants and obvious identities, because most of a policy set says nothing about one request environment: what folds away
here never reaches a solver. Numbers are 64-bit and signed, as in Cedar; an operation has a companion that tells whether it
overflows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bylaw.analysis.patterns import Pattern
from bylaw.analysis.smt.sorts import BOOL, Kind, Sort

Op: TypeAlias = Literal[
    "const", "app", "not", "and", "or", "ite", "eq", "like", "set", "subset", "overlap", "empty", "reaches",
    "add", "sub", "mul", "neg", "quotient", "remainder", "overflows", "less", "below",
    "bit-and", "bit-or", "bit-not", "shift-right",
]  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """An uninterpreted function; without parameters, a constant of unknown value."""

    name: str
    parameters: tuple[Sort, ...]
    result: Sort


Data: TypeAlias = "bool | int | str | Function | Pattern | None"


class Term:
    """One node. Made by `Terms` only; equal to itself only."""

    __slots__ = ("args", "data", "id", "op", "sort")

    def __init__(self, op: Op, args: "tuple[Term, ...]", data: Data, sort: Sort, id_: int) -> None:
        self.op: Op = op
        self.args = args
        self.data = data
        self.sort = sort
        self.id = id_

    def __repr__(self) -> str:
        name = self.data.name if isinstance(self.data, Function) else self.data
        inner = " ".join(map(repr, self.args))
        return f"({self.op} {name} {inner})" if inner else f"{name}"


def _by_id(term: Term) -> int:
    return term.id


class Terms:
    """Where terms are made and kept."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Term] = {}
        self._functions: dict[str, Function] = {}
        self.true = self._make("const", (), True, BOOL)
        self.false = self._make("const", (), False, BOOL)

    def _make(self, op: Op, args: tuple[Term, ...], data: Data, sort: Sort) -> Term:
        # `True == 1`: the sort keeps constants of different sorts apart.
        key = (op, args, data, sort)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Term(op, args, data, sort, len(self._known))
        return found

    def boolean(self, value: bool) -> Term:  # noqa: FBT001 - the value itself
        """`true` or `false`."""
        return self.true if value else self.false

    def constant(self, value: int | str, sort: Sort) -> Term:
        """A literal: a number for bit vectors, a position for choices, the text for opaque sorts."""
        return self._make("const", (), value, sort)

    def function(self, name: str, parameters: Sequence[Sort], result: Sort) -> Function:
        """The function called `name`, which always has this signature."""
        found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = Function(name, tuple(parameters), result)
        return found

    def apply(self, function: Function, args: Sequence[Term] = ()) -> Term:
        """The value of a function."""
        return self._make("app", tuple(args), function, function.result)

    def not_(self, term: Term) -> Term:
        """Negation."""
        if term.op == "not":
            return term.args[0]
        if term.op == "const":
            return self.boolean(not term.data)
        return self._make("not", (term,), None, BOOL)

    def and_(self, terms: Iterable[Term]) -> Term:
        """Conjunction: flat, without duplicates; false with a contradiction between two parts."""
        return self._junction("and", terms, self.true, self.false)

    def or_(self, terms: Iterable[Term]) -> Term:
        """Disjunction."""
        return self._junction("or", terms, self.false, self.true)

    def _junction(self, op: Literal["and", "or"], terms: Iterable[Term], unit: Term, zero: Term) -> Term:
        parts: dict[Term, None] = {}
        for term in terms:
            if term is zero:
                return zero
            if term.op == op:
                parts.update(dict.fromkeys(term.args))
            elif term is not unit:
                parts[term] = None
        if len(parts) > 1:
            if any(part.op == "not" and part.args[0] in parts for part in parts):
                return zero
            return self._make(op, tuple(sorted(parts, key=_by_id)), None, BOOL)
        return next(iter(parts), unit)

    def implies(self, premise: Term, conclusion: Term) -> Term:
        """Implication."""
        return self.or_((self.not_(premise), conclusion))

    def ite(self, condition: Term, then: Term, otherwise: Term) -> Term:
        """`then` where `condition` holds, else `otherwise`."""
        if condition is self.true or then is otherwise:
            return then
        if condition is self.false:
            return otherwise
        if then.sort is BOOL:
            return self._boolean_ite(condition, then, otherwise)
        if condition.op == "not":
            condition, then, otherwise = condition.args[0], otherwise, then
        return self._make("ite", (condition, then, otherwise), None, then.sort)

    def _boolean_ite(self, condition: Term, then: Term, otherwise: Term) -> Term:
        if then is self.true or then is condition:
            return self.or_((condition, otherwise))
        if then is self.false:
            return self.and_((self.not_(condition), otherwise))
        if otherwise is self.false or otherwise is condition:
            return self.and_((condition, then))
        if otherwise is self.true:
            return self.or_((self.not_(condition), then))
        return self._make("ite", (condition, then, otherwise), None, BOOL)

    def equal(self, left: Term, right: Term) -> Term:
        """Equality of two terms of one sort. (Sets are compared by `bylaw.analysis.smt.sets`.)"""
        if left is right:
            return self.true
        if left.op == "const" and right.op == "const":
            return self.false
        if left.sort.kind is Kind.BOOL:
            if left.op == "const" or right.op == "const":
                constant, other = (left, right) if left.op == "const" else (right, left)
                return other if constant is self.true else self.not_(other)
            if self.not_(left) is right:
                return self.false
        if left.op == "ite" and right.op == "const":
            return self._equal_ite(left, right)
        if right.op == "ite" and left.op == "const":
            return self._equal_ite(right, left)
        return self._make("eq", (left, right) if left.id < right.id else (right, left), None, BOOL)

    def _equal_ite(self, ite: Term, constant: Term) -> Term:
        """Into the branches, where one may fold: an `ite` of constants against a constant is a condition."""
        condition, then, otherwise = ite.args
        if then.op == "const" or otherwise.op == "const":
            return self.ite(condition, self.equal(then, constant), self.equal(otherwise, constant))
        return self._make("eq", (ite, constant) if ite.id < constant.id else (constant, ite), None, BOOL)

    def operation(self, op: Op, args: Sequence[Term], sort: Sort, data: Data = None) -> Term:
        """Any other operation, unfolded: the modules that own it fold it first."""
        return self._make(op, tuple(args), data, sort)


def reachable(roots: Iterable[Term]) -> Iterator[Term]:
    """Every term under `roots`, each once, arguments before what they are arguments of."""
    seen: set[Term] = set()
    todo = [(root, False) for root in roots]
    todo.reverse()
    while todo:
        term, expanded = todo.pop()
        if expanded:
            yield term
        elif term not in seen:
            seen.add(term)
            todo.append((term, True))
            todo.extend((arg, False) for arg in reversed(term.args) if arg not in seen)
