"""Requests that make a policy err, run on the engine before anybody sees them."""

from bylaw.analysis.proven import Witness
from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.frame import World
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import Room
from bylaw.analysis.smt.shrinking import shrink
from bylaw.analysis.smt.singly import Place
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.terms import Function, Term
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.languages.cedar.schema import Schema
from bylaw.model.errors import InternalError


def erring(subject: Subject, place: Place, world: World) -> Witness | str:
    """A small request that makes `subject` err in `world`, which is known to be possible; or why none is given.

    Raises:
        InternalError: the engine does not report the error.
    """
    room = place.room(world)
    room.query.require([room.terms.not_(room.compile(subject).ok)])
    check = room.check()
    if check.answer is not Satisfiability.SAT:
        return check.reason
    example = room.example(*_present(room))
    errs = Errs(subject, place.schema)
    if not errs(example):
        request = example.request
        message = (
            f"the engine contradicts the analysis: no error of `{subject.id}` where the analysis says that there is one "
            f"({request.principal}, {request.action}, {request.resource})"
        )
        raise InternalError(message, help="no result is given; report it with the policies and the schema")
    named = {entity.uid for entity in example.entities} & subject.entities

    def holds(candidate: Concrete) -> bool:
        # An entity that the policy names would be missed for a reason of its own.
        return named <= {entity.uid for entity in candidate.entities} and errs(candidate)

    return Witness(*shrink(example, holds))


def _present(room: Room) -> list[Term]:
    """As many entities as can be in the store, by what says that they are."""
    kept: list[Term] = []
    for term in list(room.query.terms):
        is_presence = isinstance(term.data, Function) and term.data.name.endswith(" exists") and len(term.args) == 1
        if is_presence and room.check(*kept, term).answer is Satisfiability.SAT:
            kept.append(term)
    return kept


class Errs:
    """Whether the engine reports an error of one policy."""

    def __init__(self, subject: Subject, schema: Schema) -> None:
        self._subject = subject
        self._replay = Replay([subject], schema)

    def __call__(self, example: Concrete) -> bool:
        """Whether it does in an example."""
        try:
            answer = self._replay.answer(example)
        except MalformedRequestError:
            return False
        return any(error.policy == self._subject.id for error in answer.errors)
