"""A query: terms that should hold together, asked of a solver with all that makes its answer one about real requests."""

from collections.abc import Iterable, Mapping, Sequence

from bylaw.analysis.smt.axioms import Axioms
from bylaw.analysis.smt.frame import Frame
from bylaw.analysis.smt.port import Check, Constant, Limits, Satisfiability, Solver
from bylaw.analysis.smt.refinement import likes, pairwise, read_strings
from bylaw.analysis.smt.terms import Term, reachable

MAX_ROUNDS = 200
"""Lemmas are told in rounds; there are finitely many, so this only bounds the time of hard patterns."""


class Query:
    """What is required of one request environment. Grows; never shrinks."""

    def __init__(self, frame: Frame, solver: Solver, limits: Limits) -> None:
        self.frame = frame
        self.solver = solver
        self._limits = limits
        self._axioms = Axioms(frame)
        self.strings: Mapping[Constant, str] = {}
        """After sat: the text of every string value of the model."""

    @property
    def terms(self) -> Iterable[Term]:
        """Every term of the query."""
        return self._axioms.terms

    @property
    def nested_literals(self) -> tuple[Term, ...]:
        """The set literals that stand inside other sets."""
        inside = [leaf for leaves in self._axioms.universe.nested().values() for leaf in leaves]
        return tuple(term for term in reachable(inside) if term.op == "set")

    def require(self, terms: Iterable[Term]) -> None:
        """Add what has to hold in every answer from now on."""
        given = list(terms)
        self.solver.require([*given, *self._axioms.extend(given)])

    def name(self, terms: Iterable[Term]) -> None:
        """Add the axioms of terms that will be assumed, and relate the patterns in them."""
        self.solver.require(self._axioms.extend(terms))
        self.solver.require(self._with_axioms(pairwise(likes(self.terms), self.frame.terms)))

    def check(self, assumptions: Sequence[Term] = ()) -> Check:
        """Whether the query can hold together with `assumptions` for some request and entity store."""
        self.solver.require(self._axioms.extend(assumptions))
        for _ in range(MAX_ROUNDS):
            answer = self.solver.check(assumptions, self._limits)
            if answer.answer is not Satisfiability.SAT:
                return answer
            read = read_strings(self.solver, likes(self.terms), self.frame.terms)
            if read.too_hard:
                return Check(Satisfiability.UNKNOWN, "too many patterns overlap on one string")
            if not read.lemmas:
                self.strings = read.strings
                return answer
            self.solver.require(self._with_axioms(read.lemmas))
        return Check(Satisfiability.UNKNOWN, "patterns needed too many lemmas")

    def _with_axioms(self, lemmas: Iterable[Term]) -> list[Term]:
        given = list(lemmas)
        return [*given, *self._axioms.extend(given)]
