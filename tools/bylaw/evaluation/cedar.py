"""Concrete decisions of Cedar policies, by the Cedar engine itself."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Self

from bylaw.evaluation.engine import SLICE_ABOVE, Engine, Result
from bylaw.evaluation.interface import EntityData, Request
from bylaw.evaluation.units import link_unit, static_unit
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.model.decisions import Answer, Decision, PolicyError
from bylaw.model.effects import Mode
from bylaw.model.identifiers import PolicyId


class CedarEvaluator:
    """Decides requests against static policies and links of templates.

    Policies in mode `log_only` do not decide, and links of such templates neither: they are left out. Templates among `policies`
    decide through their links only.

    Raises:
        MalformedRequestError: the stable entities are not of the schema.
    """

    def __init__(
        self,
        policies: Iterable[CedarPolicy],
        links: Iterable[CedarLink] = (),
        schema: Schema | None = None,
        entities: str = "[]",
        *,
        slice_above: int = SLICE_ABOVE,
    ) -> None:
        static = [policy for policy in policies if decides(policy) and not policy.statement.is_template]
        linked = [link for link in links if decides(link.template)]
        self._ids: tuple[PolicyId, ...] = (
            *(policy.ref.policy for policy in static),
            *(link.ref.policy for link in linked),
        )
        units = chain(map(static_unit, static), map(link_unit, linked))
        self._engine = Engine(units, schema, entities, slice_above=slice_above)

    @classmethod
    def of(cls, program: CedarProgram) -> Self:
        """The evaluator of a whole app."""
        return cls(program.policies, program.links, program.schema, program.entities_json)

    def decide(self, requests: Sequence[Request], entities: Sequence[EntityData]) -> tuple[Answer, ...]:
        """The answer to each request, all with the same entities beside the stable ones.

        Raises:
            MalformedRequestError: a request or an entity does not fit the schema.
        """
        return tuple(map(self._answer, self._engine.run(requests, entities)))

    def _answer(self, result: Result) -> Answer:
        errors = (PolicyError(self._ids[position], message) for position, message in result.errors)
        return Answer(
            decision=Decision.ALLOW if result.allowed else Decision.DENY,
            determining=tuple(sorted(self._ids[position] for position in result.reasons)),
            errors=tuple(sorted(errors, key=lambda error: error.policy)),
        )


def decides(policy: CedarPolicy) -> bool:
    """Whether `policy` takes part in decisions."""
    return policy.mode is Mode.ACTIVE
