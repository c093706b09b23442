"""Sets as terms: a literal is its elements, an unknown one a value that has members.

Cedar observes a set only through its members, so a literal folds into equalities, and of an unknown set there are four kinds of
atoms: `member`, `subset`, `overlap` and `empty`. `bylaw.analysis.smt.membership` says what they mean to a solver.

An element is given as its leaves (`Values.leaves`).
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from bylaw.analysis.smt.sorts import BOOL, Sort, Sorts
from bylaw.analysis.smt.symbols import Symbols
from bylaw.analysis.smt.terms import Term
from bylaw.analysis.smt.values import Ip, Record, Value, Values

Element: TypeAlias = tuple[Term, ...]


def elements(literal: Term) -> tuple[Element, ...]:
    """The elements of a set literal."""
    width = literal.data
    if not isinstance(width, int) or literal.op != "set":
        message = "not a set literal"
        raise TypeError(message)
    return tuple(literal.args[start : start + width] for start in range(0, len(literal.args), width))


class Sets:
    """Constructors of sets, and of equality, which has to look into sets."""

    def __init__(self, symbols: Symbols, values: Values) -> None:
        self._terms = symbols.terms
        self._symbols = symbols
        self._values = values

    @property
    def _sorts(self) -> Sorts:
        return self._symbols.sorts

    def literal(self, members: Iterable[Element], sort: Sort) -> Term:
        """The set of these elements, of which there is at least one."""
        distinct = sorted(set(members), key=lambda element: [leaf.id for leaf in element])
        leaves = tuple(leaf for element in distinct for leaf in element)
        return self._terms.operation("set", leaves, sort, len(distinct[0]))

    def contains(self, set_: Term, element: Element) -> Term:
        """Whether `element` is in the set."""
        if set_.op == "ite":
            condition, then, otherwise = set_.args
            return self._terms.ite(condition, self.contains(then, element), self.contains(otherwise, element))
        if set_.op == "set":
            return self._terms.or_(self.same(element, other) for other in elements(set_))
        return self._symbols.member(set_, element)

    def contains_all(self, set_: Term, other: Term) -> Term:
        """Whether every element of `other` is in `set_`."""
        if other is set_:
            return self._terms.true
        if other.op == "set":
            return self._terms.and_(self.contains(set_, element) for element in elements(other))
        for choice, rebuild in ((other, lambda o: (set_, o)), (set_, lambda s: (s, other))):
            if choice.op == "ite":
                condition, then, otherwise = choice.args
                return self._terms.ite(
                    condition, self.contains_all(*rebuild(then)), self.contains_all(*rebuild(otherwise))
                )
        return self._terms.operation("subset", (other, set_), BOOL)

    def contains_any(self, set_: Term, other: Term) -> Term:
        """Whether the two have an element in common."""
        if set_.op == "set":
            set_, other = other, set_
        if other.op == "set":
            return self._terms.or_(self.contains(set_, element) for element in elements(other))
        if other.op == "ite":
            set_, other = other, set_
        if set_.op == "ite":
            condition, then, otherwise = set_.args
            return self._terms.ite(condition, self.contains_any(then, other), self.contains_any(otherwise, other))
        if set_ is other:
            return self._terms.not_(self.is_empty(set_))
        left, right = sorted((set_, other), key=lambda term: term.id)
        return self._terms.operation("overlap", (left, right), BOOL)

    def is_empty(self, set_: Term) -> Term:
        """Whether it has no element; a literal always has one."""
        if set_.op == "set":
            return self._terms.false
        if set_.op == "ite":
            condition, then, otherwise = set_.args
            return self._terms.ite(condition, self.is_empty(then), self.is_empty(otherwise))
        return self._terms.operation("empty", (set_,), BOOL)

    def reached(self, entity: Term, set_: Term) -> Term:
        """Whether some element of a set of entities is a proper ancestor of `entity`; the types allow it."""
        if set_.op == "set":
            return self._terms.or_(self._symbols.ancestor(entity, other) for (other,) in elements(set_))
        if set_.op == "ite":
            condition, then, otherwise = set_.args
            return self._terms.ite(condition, self.reached(entity, then), self.reached(entity, otherwise))
        return self._terms.operation("reaches", (entity, set_), BOOL)

    def same(self, left: Sequence[Term], right: Sequence[Term]) -> Term:
        """Whether two elements, given as leaves, are equal."""
        return self._terms.and_(self.equal(one, other) for one, other in zip(left, right, strict=True))

    def equal(self, left: Value, right: Value) -> Term:
        """Cedar's `==`, which never errors; values of different types are not equal."""
        match left, right:
            case Term(), Term():
                if left.sort != right.sort:
                    return self._terms.false
                return (
                    self._equal_sets(left, right)
                    if left.sort.name.startswith("Set<")
                    else self._terms.equal(left, right)
                )
            case Ip(), Ip():
                return self._terms.and_(self._terms.equal(one, other) for one, other in zip(left, right, strict=True))
            case Record(), Record():
                return self._equal_records(left, right)
        return self._terms.false

    def _equal_records(self, left: Record, right: Record) -> Term:
        names = sorted({attribute.name for type_ in (left.type, right.type) for attribute in type_.attributes})
        parts = []
        for name in names:
            one, other = left.field(name), right.field(name)
            if one is None or other is None:
                there = one or other
                parts.append(self._terms.not_(there.present) if there else self._terms.true)
            else:
                parts.append(self._terms.equal(one.present, other.present))
                parts.append(self._terms.implies(one.present, self.equal(one.value, other.value)))
        return self._terms.and_(parts)

    def _equal_sets(self, left: Term, right: Term) -> Term:
        if left is right:
            return self._terms.true
        if right.op == "ite":
            left, right = right, left
        if left.op == "ite":
            condition, then, otherwise = left.args
            return self._terms.ite(condition, self._equal_sets(then, right), self._equal_sets(otherwise, right))
        if left.op == "set" or right.op == "set":
            return self._terms.and_((self.contains_all(left, right), self.contains_all(right, left)))
        return self._terms.equal(left, right)
