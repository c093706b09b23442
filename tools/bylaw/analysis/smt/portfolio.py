"""Two solvers as one: the second is asked only where the first gives up."""

from collections.abc import Callable, Iterable, Sequence

from bylaw.analysis.smt.port import Check, Constant, Limits, Satisfiability, Solver
from bylaw.analysis.smt.terms import Term


class Portfolio:
    """Answers as its first solver does; what that leaves unknown is put to the second, which is made when it is first needed."""

    def __init__(self, first: Solver, make_second: Callable[[], Solver]) -> None:
        self._first = first
        self._make_second = make_second
        self._second: Solver | None = None
        self._required: list[Term] = []
        self._answered = first
        self.name = f"{first.name} and another"

    def require(self, terms: Iterable[Term]) -> None:
        """Add what has to hold from now on."""
        added = list(terms)
        self._required += added
        self._first.require(added)
        if self._second is not None:
            self._second.require(added)

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        """Whether all that is required can hold together with `assumptions`; unknown only where both give up."""
        self._answered = self._first
        found = self._first.check(assumptions, limits)
        if found.answer is not Satisfiability.UNKNOWN:
            return found
        other = self._other().check(assumptions, limits)
        if other.answer is Satisfiability.UNKNOWN:
            return found
        self._answered = self._other()
        return other

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        """The values of terms in the model of whoever answered."""
        return self._answered.values(terms)

    def core(self) -> frozenset[Term]:
        """Assumptions of the last check that cannot hold together, as whoever answered says."""
        return self._answered.core()

    def _other(self) -> Solver:
        if self._second is None:
            self._second = self._make_second()
            self._second.require(self._required)
        return self._second
