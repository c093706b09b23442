"""What can be proved of every policy of an app: the facts that rules report.

Three passes over the request environments: each policy by itself, then the set of those that can be satisfied, then what is
redundant in all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bylaw.analysis.proven import Covered, EnvironmentFacts, PolicyFacts, Proven, Witness
from bylaw.analysis.smt.constancy import Parts
from bylaw.analysis.smt.frame import CLOSED, OPEN, World
from bylaw.analysis.smt.redundancy import Redundancy, Sets
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.singly import Alone, Place, alone, errs_on_missing
from bylaw.analysis.smt.subjects import Slices, Subject, subjects
from bylaw.analysis.smt.together import NotSettledError, Together
from bylaw.analysis.smt.witnesses import erring
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.identifiers import PolicyRef


def survey(program: CedarProgram, options: Options) -> Proven:
    """Everything that can be proved of the policies of an app that has passed strict validation.

    Facts are about complete data; in the open world, `can_err_on_missing` is asked besides. Equal programs have equal answers.

    Raises:
        InternalError: the engine contradicts an example.
    """
    everything = subjects(program)
    if program.schema is None:
        return Proven((), (), {subject.ref: "the app has no schema" for subject in everything})
    return _Survey(everything, program.schema, options).result()


@dataclass
class _Draft:
    """What is known so far of one policy."""

    subject: Subject
    environments: list[Environment] = field(default_factory=list)
    never: list[Environment] = field(default_factory=list)
    always_errs: list[Environment] = field(default_factory=list)
    can_err: dict[Environment, Witness] = field(default_factory=dict)
    can_err_on_missing: dict[Environment, Witness] = field(default_factory=dict)
    unconditional: list[Environment] = field(default_factory=list)
    live: list[Environment] = field(default_factory=list)
    redundant: tuple[Covered, ...] = ()
    overridden: list[Covered] = field(default_factory=list)
    dead: list[Environment] = field(default_factory=list)
    parts: Parts = field(default_factory=Parts)
    is_compiled: bool = True
    """In every environment: otherwise nothing can be said of its parts."""
    reason: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether it is known of every environment if it can be satisfied there."""
        return set(self.environments) == {*self.live, *self.never}

    def note(self, environment: Environment, found: Alone) -> None:
        """Add what holds in one environment."""
        for holds, where in (
            (found.never, self.never),
            (found.always_errs, self.always_errs),
            (found.unconditional, self.unconditional),
            (found.satisfiable, self.live),
        ):
            if holds:
                where.append(environment)
        for part, value in found.parts:
            self.parts.note(part, value)
        self.is_compiled = self.is_compiled and found.is_compiled
        self.reason = self.reason or found.reason

    def facts(self) -> PolicyFacts:
        """The finished facts."""
        subject = self.subject
        return PolicyFacts(
            subject.ref,
            subject.span if subject.link is None else subject.link.span,
            subject.effect,
            tuple(self.environments),
            never=tuple(self.never),
            always_errs=tuple(self.always_errs),
            can_err=self.can_err,
            can_err_on_missing=self.can_err_on_missing,
            unconditional=tuple(self.unconditional),
            redundant=self.redundant,
            overridden=tuple(self.overridden),
            dead=tuple(self.dead),
            constant=self.parts.constant(subject.policy) if self.is_compiled else (),
        )


class _Survey:
    """One run over an app."""

    def __init__(self, everything: tuple[Subject, ...], schema: Schema, options: Options) -> None:
        self._schema = schema
        self._options = options
        self._slices = Slices(everything, schema)
        self._drafts: Mapping[PolicyRef, _Draft] = {subject.ref: _Draft(subject) for subject in everything}

    def result(self) -> Proven:
        """All passes."""
        for environment in self._slices:
            self._look_at_each(Place(environment, self._schema, self._options))
        live = {
            environment: [one for one in self._slices.of(environment) if environment in self._drafts[one.ref].live]
            for environment in self._slices
        }
        sets = Sets(live, self._schema, self._options)
        redundancy = Redundancy({ref: draft.live for ref, draft in self._drafts.items() if draft.is_settled})
        environments = []
        for environment in self._slices:
            environments.append(self._whole(environment, sets))
            redundancy.look(environment, sets.of(environment))
        for ref, found in redundancy.result(sets).items():
            self._drafts[ref].redundant = found
        for ref, reason in redundancy.unknown.items():
            self._drafts[ref].reason = self._drafts[ref].reason or reason
        drafts = [self._drafts[ref] for ref in sorted(self._drafts)]
        unknown = {draft.subject.ref: draft.reason for draft in drafts if draft.reason}
        return Proven(tuple(draft.facts() for draft in drafts), tuple(environments), unknown, self._options.world.open)

    def _look_at_each(self, place: Place) -> None:
        everything = self._slices.of(place.environment)
        parts = {subject.ref: self._drafts[subject.ref].parts for subject in everything}
        complete: list[Subject] = []
        for subject, found in alone(everything, place, parts):
            draft = self._drafts[subject.ref]
            draft.environments.append(place.environment)
            draft.note(place.environment, found)
            if found.can_err:
                self._show(draft, draft.can_err, place, CLOSED)
            elif found.never_errs and subject.effect == "forbid" and self._options.world.open:
                complete.append(subject)
        for subject, found in errs_on_missing(complete, place):
            draft = self._drafts[subject.ref]
            draft.reason = draft.reason or found.reason
            if found.can_err:
                self._show(draft, draft.can_err_on_missing, place, OPEN)

    def _show(self, draft: _Draft, shown: dict[Environment, Witness], place: Place, world: World) -> None:
        found = erring(draft.subject, place, world)
        if isinstance(found, Witness):
            shown[place.environment] = found
        else:
            draft.reason = draft.reason or found

    def _whole(self, environment: Environment, sets: Sets) -> EnvironmentFacts:
        drafts = [self._drafts[subject.ref] for subject in self._slices.of(environment)]
        policies = sets.of(environment)
        gaps = {draft.subject.effect for draft in drafts if environment not in {*draft.live, *draft.never}}
        for draft in drafts:
            if environment in draft.live:
                try:
                    self._among(draft, environment, policies, gaps)
                except NotSettledError as error:
                    draft.reason = draft.reason or str(error)
        has_permit = any(draft.subject.effect == "permit" for draft in drafts)
        try:
            return EnvironmentFacts(
                environment,
                allows_all="forbid" not in gaps and policies.allows_all(),
                allows_none="permit" not in gaps and policies.allows_none(),
                has_permit=has_permit,
                denies_all=policies.denying_all(),
            )
        except NotSettledError:
            return EnvironmentFacts(environment, has_permit=has_permit)

    def _among(self, draft: _Draft, environment: Environment, policies: Together, gaps: set[str]) -> None:
        ref = draft.subject.ref
        if draft.subject.effect == "permit":
            by = policies.overridden(ref)
            if by is not None:
                draft.overridden.append(Covered(environment, by))
        elif "permit" not in gaps and policies.is_dead(ref):
            draft.dead.append(environment)
