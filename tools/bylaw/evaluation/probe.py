"""Probes: what each atomic condition of each policy came out as, asked of the engine itself.

A condition becomes a policy of its own, `permit (<the scope of its policy>) when { condition };`, and the scope alone becomes
another one. All of them stand in one set, so that a single call answers for a whole app: being a reason means true, being among
the errors means error, neither means false. Policies that do not decide (`log_only`) are probed as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from bylaw.evaluation.conditions import Outcome, Structure, Trace
from bylaw.evaluation.engine import SLICE_ABOVE, Engine, Result
from bylaw.evaluation.interface import EntityData, Request
from bylaw.evaluation.store import Store
from bylaw.evaluation.units import Unit
from bylaw.languages.cedar.ast import Clause, Expression, Scope, ScopeAny, Statement
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled
from bylaw.languages.cedar.schema import Schema
from bylaw.model.identifiers import PolicyId


@dataclass(frozen=True)
class Subject:
    """One policy that can match: a static one, or a link of a template."""

    id: PolicyId
    policy: CedarPolicy
    """The file it comes from; the template of a link."""
    statement: Statement
    """With slots filled."""

    @cached_property
    def structure(self) -> Structure:
        """Its clauses and atomic conditions."""
        return Structure(self.statement)


class Probed(NamedTuple):
    """A policy whose scope matched: what became of it, and what its erroring conditions said."""

    trace: Trace
    messages: dict[int, str]
    """By position of the condition, for those that were reached."""


def subjects(policies: Iterable[CedarPolicy], links: Iterable[CedarLink]) -> tuple[Subject, ...]:
    """Static policies, then links."""
    static = (policy for policy in policies if not policy.statement.is_template)
    return (
        *(Subject(policy.ref.policy, policy, policy.statement) for policy in static),
        *(Subject(link.ref.policy, link.template, filled(link)) for link in links),
    )


class Prober:
    """Traces requests through every condition of every policy.

    Raises:
        MalformedRequestError: the stable entities are not of the schema.
    """

    def __init__(
        self,
        subjects: Sequence[Subject],
        schema: Schema | None,
        entities: str = "[]",
        *,
        slice_above: int = SLICE_ABOVE,
    ) -> None:
        self.subjects = tuple(subjects)
        self._owners: list[tuple[int, int]] = []  # per unit: its subject, and its condition or -1 for the scope
        units = []
        for number, subject in enumerate(self.subjects):
            units.append(_probe(subject.statement, None))
            units += [_probe(subject.statement, condition.expression) for condition in subject.structure.conditions]
            self._owners += [(number, condition) for condition in range(-1, len(subject.structure.conditions))]
        # A policy has about six probes, and slicing pays off by the number of policies.
        whole = len(self.subjects) <= slice_above
        self._engine = Engine(units, schema, entities, slice_above=len(units) if whole else 0)

    @classmethod
    def of(cls, program: CedarProgram) -> Self:
        """The prober of a whole app."""
        return cls(subjects(program.policies, program.links), program.schema, program.entities_json)

    def store(self, entities: Sequence[EntityData]) -> Store:
        """The entities that requests with `entities` see."""
        return self._engine.store(entities)

    def trace(self, requests: Sequence[Request], entities: Sequence[EntityData]) -> list[dict[int, Probed]]:
        """For each request the positions of the subjects whose scope matched, with their traces.

        Raises:
            MalformedRequestError: a request or an entity does not fit the schema.
        """
        return list(map(self._probed, self._engine.run(requests, entities)))

    def _probed(self, result: Result) -> dict[int, Probed]:
        true: dict[int, set[int]] = {}
        for position in result.reasons:
            subject, condition = self._owners[position]
            true.setdefault(subject, set()).add(condition)
        errors: dict[int, dict[int, str]] = {}
        for position, message in result.errors:
            subject, condition = self._owners[position]
            errors.setdefault(subject, {})[condition] = message
        in_scope = (subject for subject, conditions in true.items() if -1 in conditions)
        return {subject: self._combined(subject, true[subject], errors.get(subject, {})) for subject in in_scope}

    def _combined(self, subject: int, true: set[int], errors: dict[int, str]) -> Probed:
        def outcome_of(condition: int) -> Outcome:
            if condition in true:
                return Outcome.TRUE
            return Outcome.ERROR if condition in errors else Outcome.FALSE

        trace = self.subjects[subject].structure.trace(outcome_of)
        reached = {c: message for c, message in errors.items() if trace.conditions[c] is Outcome.ERROR}
        return Probed(trace, reached)


class ScopeProber:
    """Says which part of a scope did not match: each part becomes a policy of its own."""

    def __init__(self, subjects: Sequence[Subject], schema: Schema | None, entities: str = "[]") -> None:
        self.subjects = tuple(subjects)
        units = [unit for subject in self.subjects for unit in _scope_probes(subject.statement)]
        self._engine = Engine(units, schema, entities)

    def mismatches(self, request: Request, entities: Sequence[EntityData]) -> list[tuple[Scope, ...]]:
        """For each subject the scope parts that `request` does not match, in the order of the source."""
        matched = set(self._engine.run([request], entities)[0].reasons)
        return [
            tuple(scope for part, scope in enumerate(subject.statement.scopes) if 3 * number + part not in matched)
            for number, subject in enumerate(self.subjects)
        ]


def _scope_probes(statement: Statement) -> Iterable[Unit]:
    anything = statement._replace(
        effect="permit",
        annotations=(),
        clauses=(),
        principal=ScopeAny("principal", 0, 0),
        action=ScopeAny("action", 0, 0),
        resource=ScopeAny("resource", 0, 0),
    )
    for probe in (
        anything._replace(principal=statement.principal),
        anything._replace(action=statement.action),
        anything._replace(resource=statement.resource),
    ):
        yield Unit(canonical_text(probe), probe.scopes)


def _probe(statement: Statement, condition: Expression | None) -> Unit:
    clauses = () if condition is None else (Clause("when", condition, 0, 0),)
    probe = statement._replace(effect="permit", annotations=(), clauses=clauses)
    return Unit(canonical_text(probe), probe.scopes)
