"""What every solver behind the port has to do, and how two of them answer as one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.analysis.smt import solvers
from bylaw.analysis.smt.arithmetic import Arithmetic
from bylaw.analysis.smt.port import DEFAULT_LIMITS, Check, Constant, Limits, Satisfiability, Solver
from bylaw.analysis.smt.portfolio import Portfolio
from bylaw.analysis.smt.solvers import SOLVERS, make_cvc5, make_solver, make_z3
from bylaw.analysis.smt.sorts import ADDRESS, BOOL, LONG, STRING, Kind, Sort
from bylaw.analysis.smt.terms import Op, Term, Terms
from bylaw.model.errors import UsageError

SAT, UNSAT, UNKNOWN = Satisfiability.SAT, Satisfiability.UNSAT, Satisfiability.UNKNOWN
LEAST, MOST = -(2**63), 2**63 - 1
COLOUR = Sort(Kind.CHOICE, "Colour", size=3)
LONGS: Sequence[int] = (0, 1, -1, 2, 3, -7, 2**32, LEAST, LEAST + 1, MOST)


class World:
    """Terms with a solver of their own."""

    def __init__(self, make: Callable[[], Solver]) -> None:
        self.terms = Terms()
        self.solver = make()

    def unknown(self, name: str, sort: Sort = LONG) -> Term:
        return self.terms.apply(self.terms.function(name, (), sort))

    def says(self, term: Term, value: int | str) -> Term:
        return self.terms.equal(term, self.terms.constant(value, term.sort))

    def check(self, *assumptions: Term, limits: Limits = DEFAULT_LIMITS) -> Check:
        return self.solver.check(assumptions, limits)

    def follows(self, given: Iterable[Term], claim: Term) -> bool:
        """Whether `claim` holds wherever `given` does, and that is somewhere."""
        fixed = list(given)
        answers = self.check(*fixed, claim).answer, self.check(*fixed, self.terms.not_(claim)).answer
        assert UNKNOWN not in answers
        return answers == (SAT, UNSAT)


@pytest.fixture(params=SOLVERS)
def world(request: pytest.FixtureRequest) -> World:
    return World(SOLVERS[request.param])


def wrapped(value: int) -> int:
    return (value - LEAST) % 2**64 + LEAST


def quotient(a: int, b: int) -> int:
    return abs(a) // abs(b) * (-1 if (a < 0) is not (b < 0) else 1)


EXACT: dict[Op, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}
ORDERS: dict[Op, Callable[[int, int], bool]] = {
    "less": lambda a, b: a < b,
    "below": lambda a, b: a % 2**64 < b % 2**64,
}


@pytest.mark.parametrize("name", EXACT)
def test_sums_differences_and_products_wrap_and_tell_when(world: World, name: Op) -> None:
    x, y = world.unknown("x"), world.unknown("y")
    result = world.terms.operation(name, (x, y), LONG)
    overflows = world.terms.operation("overflows", (x, y), BOOL, name)
    for a in LONGS:
        for b in LONGS:
            exact = EXACT[name](a, b)
            given = (world.says(x, a), world.says(y, b))
            assert world.follows(given, world.says(result, wrapped(exact))), (a, b)
            told = overflows if wrapped(exact) != exact else world.terms.not_(overflows)
            assert world.follows(given, told), (a, b)


@pytest.mark.parametrize("name", ORDERS)
def test_orders_are_of_signed_and_of_unsigned_numbers(world: World, name: Op) -> None:
    x, y = world.unknown("x"), world.unknown("y")
    below = world.terms.operation(name, (x, y), BOOL)
    for a in LONGS:
        for b in LONGS:
            told = below if ORDERS[name](a, b) else world.terms.not_(below)
            assert world.follows((world.says(x, a), world.says(y, b)), told), (a, b)


def test_division_is_toward_zero(world: World) -> None:
    x = world.unknown("x")
    for divisor in (2, 3, 86_400_000):
        by = world.terms.constant(divisor, LONG)
        parts = [world.terms.operation(name, (x, by), LONG) for name in ("quotient", "remainder")]
        for a in LONGS:
            whole = quotient(a, divisor)
            claims = map(world.says, parts, (whole, a - whole * divisor))
            assert world.follows([world.says(x, a)], world.terms.and_(claims)), (a, divisor)


def test_negation_wraps_at_the_least_number(world: World) -> None:
    x = world.unknown("x")
    negated = world.terms.operation("neg", (x,), LONG)
    for a in LONGS:
        assert world.follows([world.says(x, a)], world.says(negated, wrapped(-a)))


def test_addresses_have_128_unsigned_bits(world: World) -> None:
    x, y = world.unknown("x", ADDRESS), world.unknown("y", ADDRESS)
    ones, top = 2**128 - 1, 2**127
    both = (world.says(x, top | 5), world.says(y, 127))
    cases: list[tuple[Op, tuple[Term, ...], int]] = [
        ("bit-and", (x, y), 5),
        ("bit-or", (x, y), top | 127),
        ("bit-not", (x,), ones ^ (top | 5)),
        ("shift-right", (x, y), 1),
    ]
    for name, args, value in cases:
        assert world.follows(both, world.says(world.terms.operation(name, args, ADDRESS), value)), name
    assert world.follows(both, world.terms.operation("below", (y, x), BOOL))
    assert world.check(*both).answer is SAT
    assert world.solver.values([x, y]) == [top | 5, 127]


def test_values_of_a_model_are_numbers_with_their_sign_and_truth(world: World) -> None:
    x, p, colour = world.unknown("x"), world.unknown("p", BOOL), world.unknown("c", COLOUR)
    assert world.check(world.says(x, LEAST), p, world.says(colour, 2)).answer is SAT

    values = world.solver.values([x, p, colour, world.terms.not_(p)])

    assert values == [LEAST, True, 2, False]


def test_literals_of_an_open_sort_differ_however_late_they_come(world: World) -> None:
    s, t = world.unknown("s", STRING), world.unknown("t", STRING)
    assert world.check(world.says(s, "a"), world.terms.equal(s, t)).answer is SAT
    assert world.check(world.says(s, "a"), world.says(t, "b"), world.terms.equal(s, t)).answer is UNSAT
    assert world.check(world.says(s, "c"), world.says(t, "b"), world.terms.equal(s, t)).answer is UNSAT
    assert world.check(world.says(s, "c"), world.says(t, "c")).answer is SAT

    first, second, literal = world.solver.values([s, t, world.terms.constant("c", STRING)])

    assert first == second == literal
    assert isinstance(first, str)


def test_functions_give_equal_values_for_equal_arguments(world: World) -> None:
    rank = world.terms.function("rank", (STRING, LONG), LONG)
    s, t, x = world.unknown("s", STRING), world.unknown("t", STRING), world.unknown("x")
    one, other = world.terms.apply(rank, (s, x)), world.terms.apply(rank, (t, x))

    assert world.follows([world.terms.equal(s, t)], world.terms.equal(one, other))
    assert world.check(world.terms.not_(world.terms.equal(one, other))).answer is SAT


def test_what_is_required_stays_and_what_is_assumed_does_not(world: World) -> None:
    x, y = world.unknown("x"), world.unknown("y")
    less = world.terms.operation("less", (x, y), BOOL)
    world.solver.require([less])

    assert world.check(world.says(x, 5), world.says(y, 5)).answer is UNSAT
    assert world.check(world.says(x, 4), world.says(y, 5)).answer is SAT
    world.solver.require([world.says(x, 6)])
    assert world.check(world.says(y, 5)).answer is UNSAT
    assert world.check().answer is SAT


def test_a_core_is_of_what_was_assumed_and_cannot_hold_together(world: World) -> None:
    x, y = world.unknown("x"), world.unknown("y")
    assumed = [world.says(y, 1), world.says(x, 1), world.terms.not_(world.says(x, 1)), world.unknown("p", BOOL)]
    assert world.check(*assumed).answer is UNSAT

    core = world.solver.core()

    assert core == {assumed[1], assumed[2]}
    assert world.check(*core).answer is UNSAT


def test_what_cannot_be_settled_in_time_is_unknown_and_says_why(world: World) -> None:
    factors = [world.unknown(f"f{number}") for number in range(3)]
    arithmetic = Arithmetic(world.terms)
    product, ok = factors[0], []
    for factor in factors[1:]:
        ok.append(world.terms.not_(world.terms.operation("overflows", (product, factor), BOOL, "mul")))
        product = world.terms.operation("mul", (product, factor), LONG)
    bounds = [arithmetic.less(world.terms.constant(1, LONG), factor) for factor in factors]
    hard = world.says(product, 4611686014132420609 * 2 - 1)

    found = world.check(hard, *ok, *bounds, limits=Limits(steps=100_000, milliseconds=500))

    assert found.answer is UNKNOWN
    assert found.reason
    assert world.check(world.says(factors[0], 1)).answer is SAT


@dataclass
class Scripted:
    """A solver that says what it was told to."""

    answers: list[Satisfiability]
    name: str = "scripted"
    required: list[Term] = field(default_factory=list)
    asked: int = 0

    def require(self, terms: Iterable[Term]) -> None:
        self.required += terms

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        assert (list(assumptions), limits) == ([], DEFAULT_LIMITS)
        self.asked += 1
        return Check(self.answers.pop(0), self.name)

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        return [self.name for _ in terms]

    def core(self) -> frozenset[Term]:
        return frozenset(self.required)


class TestPortfolio:
    def test_the_second_is_asked_only_where_the_first_gives_up(self) -> None:
        first, second = Scripted([SAT, UNKNOWN, UNSAT], "first"), Scripted([SAT], "second")
        made: list[Solver] = []

        def make() -> Solver:
            made.append(second)
            return second

        both, terms = Portfolio(first, make), Terms()
        both.require([terms.true])
        assert both.check([], DEFAULT_LIMITS).reason == "first"
        assert (made, both.values([terms.true])) == ([], ["first"])
        assert both.check([], DEFAULT_LIMITS).reason == "second"
        assert (second.required, both.values([terms.true])) == ([terms.true], ["second"])
        both.require([terms.false])
        assert first.required == second.required == [terms.true, terms.false]
        assert both.check([], DEFAULT_LIMITS).answer is UNSAT
        assert (len(made), second.asked, both.core()) == (1, 1, frozenset(first.required))

    def test_where_both_give_up_the_first_says_why(self) -> None:
        both = Portfolio(Scripted([UNKNOWN], "first"), lambda: Scripted([UNKNOWN], "second"))

        assert both.check([], DEFAULT_LIMITS) == Check(UNKNOWN, "first")


class TestWhichSolver:
    def test_cvc5_stands_behind_z3_where_it_is_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(make_solver(), Portfolio)
        monkeypatch.setattr(solvers, "find_spec", lambda name: None if name == "cvc5" else object())
        assert make_solver().name == "z3"

    def test_what_is_not_installed_is_named_with_its_remedy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(solvers, "find_spec", lambda _: None)
        for make in (make_z3, make_cvc5, make_solver):
            with pytest.raises(UsageError) as caught:
                make()
            assert caught.value.help == "pip install 'bylaw[smt]'"


NUMBERS = st.sampled_from(LONGS)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Terms, Term]:
    """A condition over a few unknowns."""
    terms = Terms()

    def unknown(name: str, sort: Sort) -> Term:
        return terms.apply(terms.function(name, (), sort))

    def number(depth: int) -> Term:
        match draw(st.integers(0, 5 if depth else 1)):
            case 0:
                return terms.constant(draw(NUMBERS), LONG)
            case 1:
                return unknown(draw(st.sampled_from("xyz")), LONG)
            case 2:
                return terms.operation("neg", (number(depth - 1),), LONG)
            case 3:
                return terms.ite(truth(depth - 1), number(depth - 1), number(depth - 1))
            case _:
                return terms.operation(
                    draw(st.sampled_from(("add", "sub"))), (number(depth - 1), number(depth - 1)), LONG
                )

    def truth(depth: int) -> Term:
        match draw(st.integers(0, 6 if depth else 1)):
            case 0:
                return unknown(draw(st.sampled_from("pq")), BOOL)
            case 1:
                texts = [unknown(name, STRING) for name in "st"] + [terms.constant(text, STRING) for text in "ab"]
                return terms.equal(draw(st.sampled_from(texts)), draw(st.sampled_from(texts)))
            case 2:
                return terms.not_(truth(depth - 1))
            case 3:
                return terms.and_((truth(depth - 1), truth(depth - 1)))
            case 4:
                return terms.operation(
                    draw(st.sampled_from(("less", "below"))), (number(depth - 1), number(depth - 1)), BOOL
                )
            case 5:
                pair = (number(depth - 1), number(depth - 1))
                return terms.operation("overflows", pair, BOOL, draw(st.sampled_from(("add", "sub"))))
            case _:
                return terms.equal(number(depth - 1), number(depth - 1))

    return terms, terms.and_(truth(4) for _ in range(3))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_two_solvers_agree_and_their_models_hold_for_each_other(question: tuple[Terms, Term]) -> None:
    terms, condition = question
    if condition.op == "const":
        return
    both = [make_z3(), make_cvc5()]
    one, other = (solver.check([condition], DEFAULT_LIMITS).answer for solver in both)
    assert one is other
    if one is SAT:
        unknowns = [terms.apply(terms.function(name, (), LONG)) for name in "xyz"]
        for solver, judge in (both, both[::-1]):
            values = solver.values(unknowns)
            given = [
                terms.equal(term, terms.constant(value, LONG))
                for term, value in zip(unknowns, values, strict=True)
                if isinstance(value, int)
            ]
            assert judge.check([condition, *given], DEFAULT_LIMITS).answer is SAT
