"""A portfolio asks its second solver only where the first gives up; and solvers are made by name."""

import subprocess
import sys
from collections.abc import Iterable, Sequence

import pytest

from bylaw.analysis.smt import solvers
from bylaw.analysis.smt.port import DEFAULT_LIMITS, Check, Constant, Limits, Satisfiability, Solver
from bylaw.analysis.smt.portfolio import Portfolio
from bylaw.analysis.smt.solvers import SOLVERS, make_solver
from bylaw.analysis.smt.sorts import BOOL
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.model.errors import UsageError

TERMS = Terms()
P, Q, R = (TERMS.apply(TERMS.function(name, (), BOOL)) for name in "pqr")
SAT, UNSAT, UNKNOWN = map(Check, Satisfiability)
TIRED = Check(Satisfiability.UNKNOWN, "tired")
TIGHT = Limits(7, 8)


class Scripted:
    """Says what it is told to say, and remembers what it was told and asked."""

    def __init__(self, name: str, *answers: Check) -> None:
        self.name = name
        self.required: list[Term] = []
        self.asked: list[tuple[tuple[Term, ...], Limits]] = []
        self._answers = list(answers)

    def require(self, terms: Iterable[Term]) -> None:
        self.required += terms

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        self.asked.append((tuple(assumptions), limits))
        return self._answers.pop(0)

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        return [self.name for _ in terms]

    def core(self) -> frozenset[Term]:
        return frozenset(self.asked[-1][0] if self.name == "second" else ())


def forbidden() -> Solver:
    raise AssertionError("there is no need for a second solver")


def test_the_second_is_not_even_made_while_the_first_answers() -> None:
    first = Scripted("first", SAT, UNSAT)
    portfolio = Portfolio(first, forbidden)
    portfolio.require([P])

    assert portfolio.check([Q], TIGHT) == SAT
    assert portfolio.values([P, Q]) == ["first", "first"]
    assert portfolio.check([R], TIGHT) == UNSAT
    assert portfolio.core() == frozenset()
    assert first.required == [P]
    assert first.asked == [((Q,), TIGHT), ((R,), TIGHT)]


@pytest.mark.parametrize("answer", [SAT, UNSAT])
def test_where_the_first_gives_up_the_second_is_told_everything_and_asked_the_same(answer: Check) -> None:
    first, second = Scripted("first", SAT, TIRED), Scripted("second", answer)
    portfolio = Portfolio(first, lambda: second)
    portfolio.require(iter([P]))
    portfolio.check([], DEFAULT_LIMITS)
    portfolio.require(iter([Q]))

    assert portfolio.check([R], TIGHT) == answer
    assert second.required == first.required == [P, Q]
    assert second.asked == [((R,), TIGHT)]
    assert portfolio.values([P]) == ["second"]
    assert portfolio.core() == {R}


def test_from_then_on_both_are_told_and_the_first_is_still_asked_first() -> None:
    first, second = Scripted("first", TIRED, SAT), Scripted("second", SAT)
    portfolio = Portfolio(first, lambda: second)
    portfolio.check([P], TIGHT)
    portfolio.require(iter([Q]))

    assert first.required == second.required == [Q]
    assert portfolio.check([R], TIGHT) == SAT
    assert len(second.asked) == 1
    assert portfolio.values([P]) == ["first"]


def test_where_both_give_up_the_reason_is_that_of_the_first() -> None:
    first, second = Scripted("first", TIRED, TIRED), Scripted("second", Check(TIRED.answer, "bored"), SAT)
    made = []
    portfolio = Portfolio(first, lambda: made.append(second) or second)  # type: ignore[func-returns-value]

    assert portfolio.check([P], TIGHT) == TIRED
    assert portfolio.check([P], TIGHT) == SAT
    assert made == [second]


def test_another_round_of_what_the_second_settled_is_asked_of_it_at_once() -> None:
    first, second = Scripted("first", TIRED, UNSAT), Scripted("second", SAT, SAT, TIRED)
    portfolio = Portfolio(first, lambda: second)
    portfolio.check([P], TIGHT)

    portfolio.require([Q])
    assert portfolio.check([P], TIGHT) == SAT
    assert len(first.asked) == 1
    portfolio.require([R])
    assert portfolio.check([P], TIGHT) == UNSAT
    assert portfolio.core() == frozenset()
    assert (len(first.asked), len(second.asked)) == (2, 3)


def test_solvers_are_made_by_name() -> None:
    assert {name: make_solver(name).name for name in SOLVERS} == {name: name for name in SOLVERS}
    assert make_solver().name == "portfolio"


def test_an_unknown_solver_is_an_error_of_usage() -> None:
    with pytest.raises(UsageError, match="there is no solver `yices`") as raised:
        make_solver("yices")

    assert raised.value.help == "the solvers are portfolio, z3, cvc5"


@pytest.mark.parametrize(
    ("missing", "best", "broken"),
    [
        ({"cvc5"}, "z3", {"portfolio": "cvc5", "cvc5": "cvc5"}),
        ({"z3"}, "cvc5", {"portfolio": "z3", "z3": "z3"}),
        ({"z3", "cvc5"}, None, {"portfolio": "z3", "z3": "z3", "cvc5": "cvc5"}),
    ],
)
def test_what_is_not_installed_is_done_without_or_asked_for(
    monkeypatch: pytest.MonkeyPatch, missing: set[str], best: str | None, broken: dict[str, str]
) -> None:
    monkeypatch.setattr(solvers, "find_spec", lambda module: None if module in missing else module)

    for name, module in broken.items():
        with pytest.raises(UsageError, match=f"the solver `{name}` needs `{module}`, which is not installed") as raised:
            make_solver(name)
        assert raised.value.help == "pip install 'bylaw[smt]'"
    if best is None:
        with pytest.raises(UsageError, match="none is installed"):
            make_solver()
    else:
        assert make_solver().name == best


LAZILY = """
import sys
from bylaw.analysis.smt.port import Limits
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.sorts import BOOL, LONG
from bylaw.analysis.smt.terms import Terms

terms = Terms()
x, y = (terms.apply(terms.function(name, (), LONG)) for name in "xy")
hard = terms.equal(terms.operation("mul", (x, y), LONG), terms.constant(9223371873002223329, LONG))
assert {"z3", "cvc5"}.isdisjoint(sys.modules)
solver = make_solver()
assert solver.check([], Limits()).answer == "sat"
assert "z3" in sys.modules and "cvc5" not in sys.modules
solver.check([hard, terms.operation("less", (x, y), BOOL)], Limits(steps=1))
assert "cvc5" in sys.modules
"""


def test_packages_are_loaded_when_they_are_needed() -> None:
    subprocess.run([sys.executable, "-c", LAZILY], check=True, timeout=60)
