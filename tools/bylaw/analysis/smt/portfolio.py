"""Two solvers as one: the second is made, and asked, only where the first gives up."""

from collections.abc import Callable, Iterable, Sequence

from bylaw.analysis.smt.port import Check, Constant, Limits, Satisfiability, Solver
from bylaw.analysis.smt.terms import Term


class Portfolio:
    """The answers of the first solver, and where it has none those of a second, each within the same limits."""

    name = "portfolio"

    def __init__(self, first: Solver, make_second: Callable[[], Solver]) -> None:
        self._first = first
        self._make_second = make_second
        self._second: Solver | None = None
        self._required: list[Term] = []
        self._answered = first
        self._given_up: tuple[Term, ...] | None = None
        """Assumptions that the second has just settled after the first had given up on them."""

    def require(self, terms: Iterable[Term]) -> None:
        """Add what has to hold from now on."""
        given = list(terms)
        self._first.require(given)
        if self._second is None:
            self._required += given
        else:
            self._second.require(given)

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        """Whether all that is required can hold together with `assumptions`; where neither knows, why the first does not."""
        if self._given_up == tuple(assumptions):
            # Another round of one question: the first would spend all of its limits on it again.
            check = self._ask_second(assumptions, limits)
            if check.answer is not Satisfiability.UNKNOWN:
                return check
        self._given_up = None
        self._answered = self._first
        first = self._first.check(assumptions, limits)
        if first.answer is not Satisfiability.UNKNOWN:
            return first
        second = self._ask_second(assumptions, limits)
        return first if second.answer is Satisfiability.UNKNOWN else second

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        """The values of terms in the model of the last check, which was sat."""
        return self._answered.values(terms)

    def core(self) -> frozenset[Term]:
        """Assumptions of the last check, which was unsat, that cannot hold together."""
        return self._answered.core()

    def _ask_second(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        if self._second is None:
            self._second = self._make_second()
            self._second.require(self._required)
            self._required = []
        check = self._second.check(assumptions, limits)
        if check.answer is not Satisfiability.UNKNOWN:
            self._answered = self._second
            self._given_up = tuple(assumptions)
        return check
