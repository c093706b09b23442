"""A request that makes a part of a policy come out as no case made it, or a proof that there is none.

The part becomes a permit that nobody deploys: the scope of its policy, everything that is evaluated before the part and has to
hold for it to be reached, and the part. Cedar's short circuit does the rest, errors included.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.frame import NotAnalysableError
from bylaw.analysis.smt.places import Place, Places
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.properties import allows
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import OUT_OF_TIME
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.telling import NOT_SHOWN, Unsettled
from bylaw.analysis.smt.terms import Term
from bylaw.languages.cedar.ast import Binary, Clause, Expression, If, Not, Statement
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.typer import environments_of
from bylaw.model.decisions import Answer, Decision
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef

QUESTION = PolicyId("question")


@dataclass(frozen=True, slots=True)
class Reached:
    """A request that makes the part come out so, and what the program answers, in the store of a case."""

    concrete: Concrete
    answer: Answer


class Unreachable(NamedTuple):
    """Proved: no case can make it come out so."""


Reaching: TypeAlias = Reached | Unreachable | Unsettled


def whole_policy(statement: Statement) -> Statement:
    """Whether a policy is satisfied, as a question."""
    return statement._replace(effect="permit", annotations=())


def clause_as(statement: Statement, number: int, *, outcome: bool) -> Statement:
    """Whether the body of clause `number` comes out as `outcome`, the clauses before it being satisfied."""
    return _asked(statement, number, (), statement.clauses[number].body, outcome=outcome)


def condition_as(statement: Statement, number: int, *, outcome: bool) -> Statement:
    """Whether the atomic condition `number`, counted through all clauses, is reached and comes out as `outcome`."""
    found = [
        (clause, before, leaf) for clause, one in enumerate(statement.clauses) for before, leaf in _leaves(one.body, ())
    ]
    clause, before, leaf = found[number]
    return _asked(statement, clause, before, leaf, outcome=outcome)


def _leaves(node: Expression, before: tuple[Expression, ...]) -> Iterator[tuple[tuple[Expression, ...], Expression]]:
    """The atomic conditions in the order of the source, each with what has to hold for it to be reached."""
    match node:
        case Binary("&&", left, right):
            yield from _leaves(left, before)
            yield from _leaves(right, (*before, left))
        case Binary("||", left, right):
            yield from _leaves(left, before)
            yield from _leaves(right, (*before, _not(left)))
        case Not(operand):
            yield from _leaves(operand, before)
        case If(condition, consequence, alternative):
            yield from _leaves(condition, before)
            yield from _leaves(consequence, (*before, condition))
            yield from _leaves(alternative, (*before, _not(condition)))
        case _:
            yield before, node


def _asked(
    statement: Statement, clause: int, before: tuple[Expression, ...], part: Expression, *, outcome: bool
) -> Statement:
    wanted = part if outcome else _not(part)
    for condition in reversed(before):
        wanted = Binary("&&", condition, wanted, 0, 0)
    clauses = (*statement.clauses[:clause], Clause("when", wanted, 0, 0))
    return whole_policy(statement)._replace(clauses=clauses)


def _not(node: Expression) -> Expression:
    return Not(node, 0, 0)


def reach(places: Places, question: Statement, decisive: PolicyId | None = None) -> Reaching:
    """A request that satisfies `question`, from the first environment that has one.

    Args:
        places: Where to look.
        question: A permit that is deployed nowhere.
        decisive: A policy that has to be among the determining ones as well.

    Raises:
        InternalError: the engine contradicts an example.
    """
    doubt = ""
    for place in places.of(environments_of(question, places.schema)):
        if not places.options.in_time():
            return Unsettled(OUT_OF_TIME)
        try:
            found = _settled(place, question, decisive, places)
        except NotAnalysableError as error:
            found = Unsettled(f"not analysable: {error}")
        if isinstance(found, Reached):
            return found
        if isinstance(found, Unsettled):
            doubt = doubt or found.reason
    return Unsettled(doubt) if doubt else Unreachable()


def _settled(place: Place, question: Statement, decisive: PolicyId | None, places: Places) -> Reaching:
    """Proofs share what was compiled for others; an example is looked for anew."""
    asked = _Asked(place, question, decisive, places)
    if place.check(asked.wanted).answer is Satisfiability.UNSAT:
        return Unreachable()
    return _Asked(places.fresh(place.environment), question, decisive, places).reaching()


class _Asked:
    """One question in one environment."""

    def __init__(self, place: Place, question: Statement, decisive: PolicyId | None, places: Places) -> None:
        self._place = place
        self._decisive = decisive
        self._permits = decisive is not None and places.subjects[decisive].effect == "permit"
        ref = PolicyRef(AppId(places.app), QUESTION)
        self._subject = Subject(ref, question, CedarPolicy(ref, "question", "", question))
        self._replay = Replay([self._subject], place.schema)

    def reaching(self) -> Reaching:
        """The answer."""
        place = self._place
        check, example = place.witness(self.wanted)
        if example is None:
            return Unreachable() if check.answer is Satisfiability.UNSAT else Unsettled(check.reason)
        self._replay.confirm(example, Decision.ALLOW)
        small = place.shown(example, self._holds)
        return Unsettled(NOT_SHOWN) if small is None else Reached(small, place.replay.answer(place.stored(small)))

    @cached_property
    def wanted(self) -> Term:
        """A forbid that is satisfied determines the decision; a permit does where the set allows."""
        place = self._place
        satisfied = place.compile(self._subject).satisfied
        terms = place.room.terms
        return terms.and_((satisfied, allows(place.set, terms))) if self._permits else satisfied

    def _holds(self, candidate: Concrete) -> bool:
        if self._replay.answer(candidate).decision is not Decision.ALLOW:
            return False
        return self._decisive is None or self._decisive in self._place.replay.answer(candidate).determining
