"""Counterexamples are run on the engine before anybody sees them. Where it disagrees, the fault is ours and said to be."""

from collections.abc import Iterable

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.subjects import Subject
from bylaw.evaluation.engine import Engine
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.evaluation.values import Reading, readings
from bylaw.languages.cedar.schema import Schema
from bylaw.model.decisions import Answer, Decision, PolicyError
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import PolicyId


class Replay:
    """The engine over one set of subjects."""

    def __init__(self, subjects: Iterable[Subject], schema: Schema) -> None:
        self._subjects = tuple(subjects)
        self._engine = Engine((subject.unit for subject in self._subjects), schema)

    def answer(self, example: Concrete) -> Answer:
        """What the engine decides.

        Raises:
            MalformedRequestError: the request or an entity is not of the schema.
        """
        (result,) = self._engine.run([example.request], example.entities)
        ids = [subject.id for subject in self._subjects]
        return Answer(
            decision=Decision.ALLOW if result.allowed else Decision.DENY,
            determining=tuple(sorted(ids[position] for position in result.reasons)),
            errors=tuple(PolicyError(ids[position], message) for position, message in result.errors),
        )

    def readings(self, policies: Iterable[PolicyId], example: Concrete) -> tuple[Reading, ...]:
        """What the conditions of `policies` read in an example, each path once."""
        store = self._engine.store(example.entities)
        found: dict[str, Reading] = {}
        wanted = frozenset(policies)
        for subject in self._subjects:
            if subject.id in wanted:
                for clause in subject.statement.clauses:
                    found.update((reading.path, reading) for reading in readings(clause.body, example.request, store))
        return tuple(found.values())

    def confirm(self, example: Concrete, claim: Decision) -> Answer:
        """The answer, which has to be the one that was proved.

        Raises:
            InternalError: it is another, or the engine refuses the example.
        """
        try:
            answer = self.answer(example)
        except MalformedRequestError as error:
            raise _disagreement(f"it refuses a counterexample: {error}", example) from None
        if answer.decision is not claim:
            raise _disagreement(f"it says `{answer.decision}` where the analysis says `{claim}`", example)
        return answer


def _disagreement(what: str, example: Concrete) -> InternalError:
    request = example.request
    return InternalError(
        f"the engine contradicts the analysis: {what} ({request.principal}, {request.action}, {request.resource})",
        help="no result is given; report it with the policies and the schema",
    )
