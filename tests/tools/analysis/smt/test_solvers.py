"""What every solver has to do: each operation at its boundaries, models, cores, limits."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product

import pytest

from bylaw.analysis.smt.cvc5_solver import Cvc5Solver
from bylaw.analysis.smt.port import DEFAULT_LIMITS, Check, Limits, Satisfiability, Solver
from bylaw.analysis.smt.solvers import SOLVERS, make_solver
from bylaw.analysis.smt.sorts import ADDRESS, BOOL, LONG, STRING, Kind, Sort
from bylaw.analysis.smt.terms import Op, Term, Terms

SAT, UNSAT, UNKNOWN = Satisfiability
MIN, MAX, ONES = -(2**63), 2**63 - 1, 2**128 - 1
TERMS = Terms()
P, Q, R = (TERMS.apply(TERMS.function(name, (), BOOL)) for name in "pqr")
X, Y = (TERMS.apply(TERMS.function(name, (), LONG)) for name in "xy")
S, T = (TERMS.apply(TERMS.function(name, (), STRING)) for name in "st")
COLOURS = Sort(Kind.CHOICE, "entity Colour", 0, 3)


@pytest.fixture(params=list(SOLVERS))
def solver(request: pytest.FixtureRequest) -> Solver:
    name: str = request.param
    return make_solver(name)


def long(value: int) -> Term:
    return TERMS.constant(value, LONG)


def text(value: str) -> Term:
    return TERMS.constant(value, STRING)


def less(left: Term, right: Term) -> Term:
    return TERMS.operation("less", (left, right), BOOL)


def differ(left: Term, right: Term) -> Term:
    return TERMS.not_(TERMS.equal(left, right))


def answer(solver: Solver, *assumptions: Term) -> Satisfiability:
    return solver.check(assumptions, DEFAULT_LIMITS).answer


def operation(op: Op, args: Sequence[int], sort: Sort, result: Sort) -> tuple[list[Term], Term]:
    """An operation on unknowns, and what says which numbers they are."""
    unknowns = [TERMS.apply(TERMS.function(f"{sort.name} {number}", (), sort)) for number in range(len(args))]
    pinned = [TERMS.equal(one, TERMS.constant(value, sort)) for one, value in zip(unknowns, args, strict=True)]
    return pinned, TERMS.operation(op, unknowns, result)


def of_long() -> Iterator[tuple[Op, tuple[int, ...], int]]:
    yield from (("add", (MAX, 1), MIN), ("add", (MIN, -1), MAX), ("add", (MIN, MAX), -1), ("add", (-2, 1), -1))
    yield from (("sub", (MIN, 1), MAX), ("sub", (MAX, -1), MIN), ("sub", (0, MIN), MIN), ("sub", (1, 2), -1))
    yield from (("mul", (MAX, 2), -2), ("mul", (MIN, -1), MIN), ("mul", (-3, 5), -15), ("mul", (2**32, 2**32), 0))
    yield from (("neg", (MIN,), MIN), ("neg", (MAX,), -MAX), ("neg", (0,), 0))
    yield from (("quotient", (7, 2), 3), ("quotient", (-7, 2), -3), ("quotient", (MIN, 2), MIN // 2))
    yield from (("quotient", (MIN, 1), MIN), ("quotient", (MIN, MAX), -1), ("quotient", (MAX, MAX), 1))
    yield from (("remainder", (7, 2), 1), ("remainder", (-7, 2), -1), ("remainder", (MIN, 10), -8))
    yield from (("remainder", (MIN, MAX), -1), ("remainder", (6, 3), 0))


def of_addresses() -> Iterator[tuple[Op, tuple[int, ...], int]]:
    yield from (("bit-and", (ONES, 2**127 + 1), 2**127 + 1), ("bit-and", (12, 10), 8))
    yield from (("bit-or", (2**127, 1), 2**127 + 1), ("bit-or", (12, 10), 14))
    yield from (("bit-not", (0,), ONES), ("bit-not", (2**127,), 2**127 - 1))
    yield from (("shift-right", (ONES, by), ONES >> by) for by in (0, 1, 32, 64, 127, 128))
    yield from (("shift-right", (ONES, by), 0) for by in (129, 2**64, ONES))


def compared() -> Iterator[tuple[Op, Sort, tuple[int, int], bool]]:
    for low, high in pairwise((MIN, -1, 0, 1, MAX)):
        yield from (("less", LONG, (low, high), True), ("less", LONG, (high, low), False))
    for low, high in pairwise((0, 1, 2**64, 2**127, ONES)):
        yield from (("below", ADDRESS, (low, high), True), ("below", ADDRESS, (high, low), False))
    yield from (("less", LONG, (MIN, MIN), False), ("below", ADDRESS, (ONES, ONES), False))


@pytest.mark.parametrize(("op", "args", "result"), [*of_long(), *of_addresses()])
def test_an_operation_has_one_result(solver: Solver, op: Op, args: tuple[int, ...], result: int) -> None:
    sort = ADDRESS if (op, args, result) in set(of_addresses()) else LONG
    pinned, term = operation(op, args, sort, sort)
    solver.require(pinned)

    assert answer(solver) is SAT
    assert solver.values([term]) == [result]
    assert answer(solver, differ(term, TERMS.constant(result, sort))) is UNSAT


@pytest.mark.parametrize(("op", "sort", "args", "holds"), list(compared()))
def test_numbers_are_compared_with_sign_and_addresses_without(
    solver: Solver,
    op: Op,
    sort: Sort,
    args: tuple[int, int],
    holds: bool,  # noqa: FBT001
) -> None:
    pinned, term = operation(op, args, sort, BOOL)
    solver.require(pinned)

    assert answer(solver, term) is (SAT if holds else UNSAT)
    assert answer(solver, TERMS.not_(term)) is (UNSAT if holds else SAT)


@pytest.mark.parametrize(
    ("operator", "fit", "overflow"),
    [
        ("add", [(MAX, 0), (MIN, 0), (MAX, MIN), (MAX - 1, 1)], [(MAX, 1), (1, MAX), (MIN, -1), (MIN, MIN)]),
        ("sub", [(MIN, 0), (-1, MIN), (MIN, MIN), (MAX, MAX)], [(MIN, 1), (MAX, -1), (0, MIN), (-2, MAX)]),
        (
            "mul",
            [(MIN, 1), (MIN, 0), (2**32, -(2**31)), (3037000499, 3037000499), (MAX, -1)],
            [(MIN, -1), (-1, MIN), (MAX, 2), (2**32, 2**31), (3037000500, 3037000500), (MIN, MIN), (-(2**32), 2**32)],
        ),
    ],
)
def test_operators_overflow_at_both_ends(
    solver: Solver, operator: str, fit: list[tuple[int, int]], overflow: list[tuple[int, int]]
) -> None:
    over = TERMS.operation("overflows", (X, Y), BOOL, operator)

    for numbers, does in ((fit, False), (overflow, True)):
        for left, right in numbers:
            here = [TERMS.equal(X, long(left)), TERMS.equal(Y, long(right))]
            assert answer(solver, *here, TERMS.boolean(does)) is (SAT if does else UNSAT)
            assert answer(solver, *here, over) is (SAT if does else UNSAT), (left, right)
            assert answer(solver, *here, TERMS.not_(over)) is (UNSAT if does else SAT), (left, right)


def test_connectives(solver: Solver) -> None:
    for p, q, r in product((True, False), repeat=3):
        here = [term if value else TERMS.not_(term) for term, value in ((P, p), (Q, q), (R, r))]
        assert answer(solver, *here) is SAT
        found = solver.values(
            [
                TERMS.and_((P, Q, R)),
                TERMS.or_((P, Q, R)),
                TERMS.equal(P, Q),
                TERMS.ite(P, Q, R),
                TERMS.ite(P, long(1), long(2)),
            ]
        )
        assert found == [p and q and r, p or q or r, p == q, q if p else r, 1 if p else 2]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_members_of_closed_sorts_are_positions(solver: Solver, size: int) -> None:
    sort = Sort(Kind.CHOICE, f"entity Of{size}", 0, size)
    member = TERMS.apply(TERMS.function(f"of {size}", (), sort))
    positions = [TERMS.equal(member, TERMS.constant(position, sort)) for position in range(size)]

    for position, is_it in enumerate(positions):
        assert answer(solver, is_it) is SAT
        assert solver.values([member]) == [position]
    assert all(answer(solver, one, other) is UNSAT for one, other in combinations(positions, 2))


def test_literals_of_open_sorts_differ_whenever_they_are_first_met(solver: Solver) -> None:
    literals = [text(value) for value in ("", "a", "b", "c d", "|")]
    for literal in literals:
        assert answer(solver, TERMS.equal(S, literal)) is SAT
    for one, other in combinations(literals, 2):
        assert answer(solver, TERMS.equal(S, one), TERMS.equal(S, other)) is UNSAT

    assert answer(solver, TERMS.equal(S, text("a")), *(differ(T, literal) for literal in literals)) is SAT
    values = solver.values([*literals, S, T])
    assert len(set(values)) == len(literals) + 1
    assert values[1] == values[-2]


def test_literals_of_two_sorts_are_apart(solver: Solver) -> None:
    users = Sort(Kind.OPAQUE, "entity User")
    user = TERMS.apply(TERMS.function("user", (), users))

    assert answer(solver, TERMS.equal(S, text("a")), TERMS.equal(user, TERMS.constant("a", users))) is SAT


@pytest.mark.parametrize("result", [BOOL, LONG, STRING, COLOURS], ids=lambda sort: sort.name)
def test_functions_of_equal_arguments_are_equal(solver: Solver, result: Sort) -> None:
    function = TERMS.function(f"to {result.name}", (STRING, LONG, BOOL, COLOURS), result)
    one, other = (TERMS.apply(TERMS.function(name, (), COLOURS)) for name in ("one", "other"))
    left, right = TERMS.apply(function, (S, X, P, one)), TERMS.apply(function, (T, Y, Q, other))
    same = [TERMS.equal(*pair) for pair in ((S, T), (X, Y), (P, Q), (one, other))]

    assert answer(solver, differ(left, right), *same) is UNSAT
    assert solver.core() == {differ(left, right), *same}
    for number in range(len(same)):
        assert answer(solver, differ(left, right), *same[:number], *same[number + 1 :]) is SAT


def test_a_pattern_is_a_predicate_of_its_own(solver: Solver) -> None:
    likes = {(term, p): TERMS.operation("like", (term,), BOOL, p) for term in (S, T) for p in (("a",), ("b", None))}
    one, other, else_one = likes[S, ("a",)], likes[S, ("b", None)], likes[T, ("a",)]

    assert answer(solver, one, TERMS.not_(other)) is SAT
    assert answer(solver, one, TERMS.not_(else_one)) is SAT
    assert answer(solver, one, TERMS.not_(else_one), TERMS.equal(S, T)) is UNSAT


def test_sets_and_their_atoms_are_values_of_their_own(solver: Solver) -> None:
    sort = Sort(Kind.OPAQUE, "Set<String>")
    one, other = (TERMS.operation("set", args, sort, 1) for args in ((S,), (T,)))
    atoms = [
        *(TERMS.operation(op, (one, other), BOOL) for op in ("subset", "overlap")),
        TERMS.operation("empty", (one,), BOOL),
        TERMS.operation("reaches", (S, one), BOOL),
    ]

    for values in product((True, False), repeat=len(atoms)):
        wanted = [atom if value else TERMS.not_(atom) for atom, value in zip(atoms, values, strict=True)]
        assert answer(solver, *wanted, differ(one, other)) is SAT
        assert solver.values(atoms) == list(values)


def test_what_is_required_stays(solver: Solver) -> None:
    solver.require([less(X, Y)])
    assert answer(solver) is SAT
    solver.require([less(Y, long(MIN + 2))])
    assert answer(solver) is SAT
    assert solver.values([X, Y]) == [MIN, MIN + 1]
    solver.require([differ(X, long(MIN))])
    assert answer(solver) is UNSAT
    assert solver.core() == frozenset()


def test_assumptions_hold_for_one_check(solver: Solver) -> None:
    solver.require([TERMS.or_((P, Q))])

    assert answer(solver, TERMS.not_(P), TERMS.not_(Q), R) is UNSAT
    assert solver.core() == {TERMS.not_(P), TERMS.not_(Q)}
    assert answer(solver, TERMS.not_(P)) is SAT
    assert solver.values([P, Q]) == [False, True]


@pytest.mark.parametrize(
    ("assumptions", "needed"),
    [
        ([less(X, long(3)), less(long(5), X), P], {0, 1}),
        ([TERMS.and_((P, Q)), R, TERMS.not_(P)], {0, 2}),
        ([TERMS.or_((P, Q)), TERMS.not_(P), TERMS.not_(Q), R], {0, 1, 2}),
        ([TERMS.not_(TERMS.or_((P, Q))), TERMS.or_((P, Q)), Q], {0}),
        ([TERMS.not_(less(X, long(3))), R, TERMS.equal(X, long(2))], {0, 2}),
        ([TERMS.ite(P, TERMS.equal(X, Y), Q), differ(X, Y), P], {0, 1, 2}),
        ([P, TERMS.false, Q], {1}),
        ([TERMS.true, P, P, TERMS.not_(P)], {1, 3}),
        ([TERMS.equal(S, text("a")), TERMS.equal(T, text("b")), TERMS.equal(S, T), R], {0, 1, 2}),
    ],
    ids=str,
)
def test_any_terms_can_be_assumed(solver: Solver, assumptions: list[Term], needed: set[int]) -> None:
    for _ in range(2):
        assert answer(solver, *assumptions) is UNSAT
        found = solver.core()
        assert found <= set(assumptions)
        assert found >= {assumptions[position] for position in needed}
        assert answer(solver, *found) is UNSAT
        # What was assumed binds nobody later.
        assert all(answer(solver, assumption) is SAT for assumption in assumptions if assumption is not TERMS.false)


FACTORS = [
    TERMS.equal(TERMS.operation("mul", (X, Y), LONG), long(3037000453 * 3036999907)),
    TERMS.not_(TERMS.operation("overflows", (X, Y), BOOL, "mul")),
    *(less(long(1), factor) for factor in (X, Y)),
]


@pytest.mark.parametrize("limits", [Limits(1_000), Limits(steps=10**9, milliseconds=100)], ids=["steps", "time"])
def test_a_hard_question_ends_as_unknown_and_spoils_nothing(solver: Solver, limits: Limits) -> None:
    solver.require(FACTORS)

    check = solver.check([P], limits)

    assert check.answer is UNKNOWN
    assert check.reason
    assert answer(solver, less(X, long(0))) is UNSAT
    assert solver.core() == {less(X, long(0))}
    assert answer(solver, TERMS.equal(X, long(3037000453))) is SAT
    assert solver.values([Y]) == [3036999907]


def test_limits_can_change_between_checks(solver: Solver) -> None:
    solver.require([less(X, Y)])
    for steps in (10_000_000, 20_000_000, 10_000_000):
        assert solver.check([less(Y, X)], Limits(steps)) == Check(UNSAT)
        assert solver.core() == {less(Y, X)}
        assert solver.check([less(long(0), X)], Limits(steps)) == Check(SAT)


def test_only_sat_has_values(solver: Solver) -> None:
    solver.require([P])
    assert answer(solver, TERMS.not_(P)) is UNSAT
    with pytest.raises(RuntimeError):
        solver.values([P])

    solver.require(FACTORS)
    assert solver.check([], Limits(1_000)).answer is UNKNOWN
    with pytest.raises(RuntimeError):
        solver.values([P])


def test_values_are_of_the_last_check_whatever_is_required_since(solver: Solver) -> None:
    solver.require([less(X, long(MIN + 1))])
    assert answer(solver) is SAT

    solver.require([less(long(0), Y), TERMS.equal(S, text("new"))])

    assert solver.values([X, less(long(0), X)]) == [MIN, False]
    assert answer(solver, TERMS.equal(S, text("newer"))) is UNSAT


def test_what_cvc5_raises_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    solver = Cvc5Solver()
    solver.require([less(X, Y)])

    def broken(_: Limits) -> None:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(solver, "_prepared", broken)
        assert solver.check([], DEFAULT_LIMITS) == Check(UNKNOWN, "cvc5: out of memory")

    assert answer(solver, less(Y, X)) is UNSAT
    assert answer(solver) is SAT
