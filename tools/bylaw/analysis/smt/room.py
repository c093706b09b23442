"""One request environment in which sets of policies are analysed: what was compiled there, and what its models mean."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bylaw.analysis.smt.extraction import Concrete, Extraction
from bylaw.analysis.smt.frame import CLOSED, Frame, NotAnalysableError, World
from bylaw.analysis.smt.naming import Names
from bylaw.analysis.smt.policies import Compiled, PolicyCompiler, PolicySet, policy_set
from bylaw.analysis.smt.port import DEFAULT_LIMITS, Check, Limits, Satisfiability, Solver
from bylaw.analysis.smt.query import Query
from bylaw.analysis.smt.sorts import Sorts
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.analysis.smt.wishes import grant
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.digests import Digest
from bylaw.model.identifiers import EntityUid

MAX_EXAMPLES = 3
OUT_OF_TIME = "the time of the run was up"
Familiar = Mapping[str, Sequence[str]]
"""Ids by entity type that a reader of the repository knows."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to solve."""

    solver: Callable[[], Solver]
    limits: Limits = DEFAULT_LIMITS
    world: World = CLOSED
    familiar: Familiar | None = None
    examples: int = MAX_EXAMPLES
    """Shown of each direction of a change in one environment, each with another policy as its cause."""
    in_time: Callable[[], bool] = lambda: True
    """Asked before each environment; once false, the rest is unknown."""


class Room:
    """Compiles subjects in one environment and answers questions about them.

    Raises:
        NotAnalysableError: from every method that compiles, where a statement has no terms.
    """

    def __init__(self, environment: Environment, schema: Schema, options: Options) -> None:
        self.terms = Terms()
        self.frame = Frame(self.terms, Sorts(schema), environment, options.world)
        self._options = options
        self._compiler = PolicyCompiler(self.frame)
        self._compiled: dict[Digest, Compiled] = {}
        self._named: set[EntityUid] = set()
        self._read: set[EntityUid] = set()
        self._query: Query | None = None

    def compile(self, subject: Subject) -> Compiled:
        """The terms of one subject; equal ones are compiled once."""
        found = self._compiled.get(subject.digest)
        if found is None:
            found = self._compiled[subject.digest] = self._compiler.compile(subject.id, subject.statement)
            self._named |= subject.entities
            self._read |= subject.read
        return found._replace(policy=subject.id)

    def set(self, subjects: Iterable[Subject]) -> PolicySet:
        """The set of these subjects."""
        return policy_set([self.compile(subject) for subject in subjects], self.frame)

    @property
    def query(self) -> Query:
        """What is asked of the solver; made when something first has to be asked."""
        if self._query is None:
            self._query = Query(self.frame, self._options.solver(), self._options.limits)
        return self._query

    def check(self, *wanted: Term) -> Check:
        """Whether some request makes all of `wanted` true."""
        if any(term is self.terms.false for term in wanted):
            return Check(Satisfiability.UNSAT)
        return self.query.check([term for term in wanted if term is not self.terms.true])

    def example(self, *wanted: Term) -> Concrete:
        """A request that makes all of `wanted` true, of which `check` has said that there is one."""
        assumed = [term for term in wanted if term is not self.terms.true]
        if not grant(self.query, assumed) and self.query.check(assumed).answer is not Satisfiability.SAT:
            raise NotAnalysableError("the solver ran out of its limits while a request was looked for")
        names = Names(self._named, self._options.familiar or {})
        return Extraction(self.query, names).concrete(sorted(self._read))
