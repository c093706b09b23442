"""Numbers that are compared with constants only need no arithmetic: where a number lies among those constants says it all.

`amount < 17` becomes a proposition, and of two such the lower implies the higher. Any choice that respects this is that of some
number, because there is one between any two constants, so satisfiability stays what it is. Solvers are several times faster without
64 bits for each comparison. A model of such terms has no numbers: examples come from queries that are asked as they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from bylaw.analysis.smt.arithmetic import MAX, MIN
from bylaw.analysis.smt.sorts import BOOL, Kind, Sort
from bylaw.analysis.smt.terms import Function, Term, Terms, reachable

_BOOLEAN = frozenset({"not", "and", "or"})


class Orders:
    """Rewrites the terms of one query, all of which have to be given at once."""

    def __init__(self, terms: Terms, roots: Iterable[Term]) -> None:
        self._terms = terms
        self._cuts: dict[Function, set[int]] = defaultdict(set)
        self._unknowns: dict[Term, None] = {}
        self._rewritten: dict[Term, Term] = {}
        skeleton = list(_skeleton(roots))
        atoms = [term for term in skeleton if not _is_connective(term)]
        kept = {t.data for t in reachable(_opaque(atoms)) if _is_number(t.sort) and isinstance(t.data, Function)}
        for term in atoms:
            self._rewritten[term] = self._atom(term, kept)
        for term in skeleton:
            if _is_connective(term):
                self._rewritten[term] = self._connective(term)

    def rewrite(self, root: Term) -> Term:
        """One of the roots, rewritten."""
        return self._rewritten[root]

    def axioms(self) -> Iterator[Term]:
        """What holds between the propositions."""
        for unknown in self._unknowns:
            if isinstance(unknown.data, Function):
                for lower, higher in pairwise(sorted(self._cuts[unknown.data])):
                    yield self._terms.implies(self._below(unknown, lower), self._below(unknown, higher))

    def _atom(self, term: Term, kept: set[Function]) -> Term:
        compared = _compared(term)
        if compared is None or compared[0].data in kept:
            return term
        unknown, value = compared
        if term.op == "eq":
            return self._terms.and_((self._cut(unknown, value + 1), self._terms.not_(self._cut(unknown, value))))
        if term.args[0] is unknown:
            return self._cut(unknown, value)
        return self._terms.not_(self._cut(unknown, value + 1))

    def _cut(self, unknown: Term, value: int) -> Term:
        """That `unknown` is below `value`."""
        if isinstance(unknown.data, Function) and MIN < value <= MAX:
            self._unknowns[unknown] = None
            self._cuts[unknown.data].add(value)
            return self._below(unknown, value)
        return self._terms.boolean(value > MAX)

    def _below(self, unknown: Term, value: int) -> Term:
        name = f"{unknown.data.name if isinstance(unknown.data, Function) else ''} below {value}"
        # A function of the same arguments: equal entities have equal attributes.
        parameters = [arg.sort for arg in unknown.args]
        return self._terms.apply(self._terms.function(name, parameters, BOOL), unknown.args)

    def _connective(self, term: Term) -> Term:
        args = [self._rewritten[arg] for arg in term.args]
        match term.op:
            case "not":
                return self._terms.not_(args[0])
            case "and":
                return self._terms.and_(args)
            case "or":
                return self._terms.or_(args)
            case "ite":
                return self._terms.ite(*args)
            case _:
                return self._terms.equal(*args)


def _skeleton(roots: Iterable[Term]) -> Iterator[Term]:
    """The boolean structure of `roots` down to its atoms, arguments before what they are arguments of."""
    seen: set[Term] = set()
    todo = [(root, False) for root in roots]
    while todo:
        term, expanded = todo.pop()
        if expanded:
            yield term
        elif term not in seen:
            seen.add(term)
            todo.append((term, True))
            if _is_connective(term):
                todo.extend((arg, False) for arg in term.args)


def _is_connective(term: Term) -> bool:
    return term.op in _BOOLEAN or (term.op in {"eq", "ite"} and all(arg.sort.kind is Kind.BOOL for arg in term.args))


def _opaque(atoms: Iterable[Term]) -> Iterator[Term]:
    """What of `atoms` is left as it is."""
    for atom in atoms:
        compared = _compared(atom)
        yield from (atom,) if compared is None else compared[0].args


def _compared(term: Term) -> tuple[Term, int] | None:
    """What of a comparison of an unknown number with a constant."""
    if term.op not in {"eq", "less"}:
        return None
    for unknown, constant in (term.args, reversed(term.args)):
        if isinstance(unknown.data, Function) and constant.op == "const" and _is_number(unknown.sort):
            return (unknown, constant.data) if isinstance(constant.data, int) else None
    return None


def _is_number(sort: Sort) -> bool:
    return sort.kind is Kind.BITS and sort.width == 64
