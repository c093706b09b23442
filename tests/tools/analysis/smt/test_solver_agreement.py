"""Over random terms: the solvers agree, and every value in a model is what its operation makes of the values of its arguments."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.analysis.smt.port import Constant, Limits, Satisfiability, Solver
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.sorts import ADDRESS, BOOL, LONG, STRING, Kind, Sort
from bylaw.analysis.smt.terms import Function, Op, Term, Terms, reachable
from tools.analysis.smt.interpretation import _EXACT, _MEANING, wrapped

LIMITS = Limits(steps=10_000_000, milliseconds=5_000)
COLOURS = Sort(Kind.CHOICE, "entity Colour", 0, 4)
USERS = Sort(Kind.OPAQUE, "entity User")
SORTS = (BOOL, LONG, ADDRESS, STRING, USERS, COLOURS)
LITERALS: dict[Sort, tuple[int | str, ...]] = {
    LONG: (0, 1, -1, 7, 2**63 - 1, -(2**63)),
    ADDRESS: (0, 1, 32, 2**127, 2**128 - 1),
    STRING: ("", "a", "b"),
    USERS: ("a", "b"),
    COLOURS: (0, 1, 2, 3),
}
FUNCTIONS = (
    ("name", (USERS,), STRING),
    ("level", (USERS, COLOURS), LONG),
    ("active", (USERS, BOOL), BOOL),
    ("shade", (STRING,), COLOURS),
    ("below 7", (LONG,), BOOL),
)
ON_LONG: tuple[Op, ...] = ("add", "sub", "neg", "quotient", "remainder", "less", "overflows")
ON_ADDRESS: tuple[Op, ...] = ("bit-and", "bit-or", "bit-not", "shift-right", "below")
BOOLEAN: tuple[Op, ...] = ("not", "and", "or", "ite", "eq", "like")
PATTERNS = (("a", None), (None, "b"))


class Problem(NamedTuple):
    """What is required, and what is assumed beside it."""

    required: tuple[Term, ...]
    assumed: tuple[Term, ...]


class Growing:
    """Terms by sort, ever larger ones made of those there are."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.terms = Terms()
        self.of: dict[Sort, list[Term]] = {sort: [] for sort in SORTS}
        for sort in SORTS:
            unknowns = [self.terms.function(f"{sort.name} {number}", (), sort) for number in range(3)]
            self.of[sort] += [self.terms.apply(unknown) for unknown in unknowns]
            self.of[sort] += [self.terms.constant(value, sort) for value in LITERALS.get(sort, ())]

    def any(self, sort: Sort) -> Term:
        return self._draw(st.sampled_from(self.of[sort]))

    def grow(self) -> None:
        op = self._draw(st.sampled_from((*ON_LONG, *ON_ADDRESS, *BOOLEAN * 2, "app")))
        made = self._application() if op == "app" else self._made(op)
        self.of[made.sort].append(made)

    def _application(self) -> Term:
        name, parameters, result = self._draw(st.sampled_from(FUNCTIONS))
        function = self.terms.function(name, parameters, result)
        return self.terms.apply(function, [self.any(sort) for sort in parameters])

    def _made(self, op: Op) -> Term:
        if op in ON_LONG:
            return self._number(op)
        if op in ON_ADDRESS:
            args = [self.any(ADDRESS) for _ in range(1 if op == "bit-not" else 2)]
            return self.terms.operation(op, args, BOOL if op == "below" else ADDRESS)
        sort = self._draw(st.sampled_from(SORTS))
        match op:
            case "not":
                return self.terms.not_(self.any(BOOL))
            case "and" | "or":
                parts = [self.any(BOOL) for _ in range(self._draw(st.integers(2, 3)))]
                return self.terms.and_(parts) if op == "and" else self.terms.or_(parts)
            case "ite":
                return self.terms.ite(self.any(BOOL), self.any(sort), self.any(sort))
            case "eq":
                return self.terms.equal(self.any(sort), self.any(sort))
            case _:
                pattern = self._draw(st.sampled_from(PATTERNS))
                return self.terms.operation("like", (self.any(STRING),), BOOL, pattern)

    def _number(self, op: Op) -> Term:
        if op in {"quotient", "remainder"}:
            divisor = self.terms.constant(self._draw(st.sampled_from((1, 2, 10, 86_400_000))), LONG)
            return self.terms.operation(op, (self.any(LONG), divisor), LONG)
        args = [self.any(LONG) for _ in range(1 if op == "neg" else 2)]
        if op == "overflows":
            operator = self._draw(st.sampled_from(("add", "sub", "mul")))
            return self.terms.operation("overflows", args, BOOL, operator)
        return self.terms.operation(op, args, BOOL if op == "less" else LONG)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    growing = Growing(draw)
    for _ in range(draw(st.integers(5, 25))):
        growing.grow()
    # The latest terms are the largest.
    large = st.sampled_from(growing.of[BOOL][-12:])
    both = [tuple(draw(st.lists(large, max_size=most))) for most in (5, 3)]
    return Problem(*both)


def expected(term: Term, args: Sequence[Any], functions: dict[Hashable, Any], value: Constant) -> Any:
    """What a term is worth, given what its arguments are; what is unknown, what `functions` says, which learns it."""
    if isinstance(term.data, Function) or term.op == "like":
        return functions.setdefault((term.data, *args), value)
    if term.op == "const":
        return functions.setdefault((term.sort, value), term.data) if term.sort.kind is Kind.OPAQUE else term.data
    if term.op == "overflows":
        exact = _EXACT[str(term.data)](*args)
        return exact != wrapped(exact)
    if term.op in _EXACT:
        return wrapped(_EXACT[term.op](*args))
    return _MEANING[term.op](*args)


def hold_model_against_meaning(solver: Solver, roots: Sequence[Term]) -> None:
    terms = list(reachable(roots))
    values = dict(zip(terms, solver.values(terms), strict=True))
    functions: dict[Hashable, Any] = {}
    for term in terms:
        worth = expected(term, [values[arg] for arg in term.args], functions, values[term])
        # The values of open sorts are names; a literal's is known by the literal.
        seen = term.data if term.op == "const" and term.sort.kind is Kind.OPAQUE else values[term]
        assert (seen, type(seen)) == (worth, type(worth)), (solver.name, term)
    assert all(values[root] is True for root in roots), solver.name


def settled(name: str, problem: Problem) -> Satisfiability:
    solver = make_solver(name)
    solver.require(problem.required)
    answer = solver.check(problem.assumed, LIMITS).answer
    if answer is Satisfiability.SAT:
        hold_model_against_meaning(solver, (*problem.required, *problem.assumed))
    elif answer is Satisfiability.UNSAT:
        core = solver.core()
        assert core <= set(problem.assumed)
        assert solver.check(list(core), LIMITS).answer is not Satisfiability.SAT
    return answer


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_two_solvers_agree_and_their_models_are_models(problem: Problem) -> None:
    answers = {settled(name, problem) for name in ("z3", "cvc5")}

    assert not answers >= {Satisfiability.SAT, Satisfiability.UNSAT}, problem
