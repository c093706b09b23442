"""What makes a counterexample easy to read. A wish is assumed where it can be; it never changes an answer."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.extensions import extension_value
from bylaw.analysis.smt.arithmetic import DAY, Arithmetic
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.query import Query
from bylaw.analysis.smt.sorts import DATETIME, DECIMAL, DURATION, LONG
from bylaw.analysis.smt.terms import Function, Term, Terms

MAX_WISHES = 60
MAX_ROUNDS = 6


def wishes(query: Iterable[Term], terms: Terms) -> Iterator[Term]:
    """For every unknown of a query, the values that people read without effort."""
    arithmetic = Arithmetic(terms)
    for term in query:
        if term.op != "app" or not isinstance(term.data, Function):
            continue
        if term.data.name.endswith("?"):
            yield terms.not_(term)
        elif term.sort in {LONG, DECIMAL, DURATION}:
            whole = {LONG: 1, DECIMAL: 10_000, DURATION: 60_000}[term.sort]
            yield from _between(term, -1000 * whole, 1000 * whole, arithmetic, terms)
            yield from _between(term, 0, 100 * whole, arithmetic, terms)
            if whole > 1:
                yield _multiple(term, whole, terms)
        elif term.sort == DATETIME:
            first, last = (extension_value("datetime", f"{year}-01-01") or 0 for year in (2020, 2030))
            yield from _between(term, first, last, arithmetic, terms)
            yield _multiple(term, DAY, terms)


def grant(query: Query, assumptions: Iterable[Term]) -> bool:
    """Ask again with as many wishes as hold together; whether any model was found (false: ask without)."""
    fixed = list(assumptions)
    rest = list(dict.fromkeys(wishes(query.terms, query.frame.terms)))[:MAX_WISHES]
    for _ in range(MAX_ROUNDS):
        answer = query.check([*fixed, *rest]).answer
        if answer is Satisfiability.SAT:
            return True
        if answer is Satisfiability.UNKNOWN or not rest:
            return False
        core = query.solver.core()
        dropped = [wish for wish in rest if wish not in core]
        rest = dropped if len(dropped) < len(rest) else rest[: len(rest) // 2]
    return query.check(fixed).answer is Satisfiability.SAT


def _between(term: Term, low: int, high: int, arithmetic: Arithmetic, terms: Terms) -> Iterator[Term]:
    yield arithmetic.at_most(terms.constant(low, term.sort), term)
    yield arithmetic.at_most(term, terms.constant(high, term.sort))


def _multiple(term: Term, of: int, terms: Terms) -> Term:
    remainder = terms.operation("remainder", (term, terms.constant(of, term.sort)), term.sort)
    return terms.equal(remainder, terms.constant(0, term.sort))
