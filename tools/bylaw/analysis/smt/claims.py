"""Invariants proved or refuted: in each request environment, and with a request that breaks what does not hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bylaw.analysis.invariants import Always, Implies, Invariant, Never, Only, Requests
from bylaw.analysis.smt.asking import Finding, Shown, ask
from bylaw.analysis.smt.frame import OPEN
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.subjects import Slices, Subject, subjects
from bylaw.analysis.smt.verdicts import EnvironmentVerdict, Job, compare
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_slice import slice_digest
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.model.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one invariant. A finding that is sat is a request that breaks it."""

    invariant: Invariant
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        """Where it does not hold."""
        return tuple(finding for finding in self.findings if finding.found is Satisfiability.SAT)

    @property
    def unsettled(self) -> tuple[Finding, ...]:
        """Where it could be neither proved nor refuted."""
        return tuple(finding for finding in self.findings if finding.found is Satisfiability.UNKNOWN)

    @property
    def holds(self) -> bool:
        """Whether it is proved in every environment."""
        return not self.broken and not self.unsettled


def prove(invariants: Sequence[Invariant], programs: Mapping[AppId, CedarProgram], options: Options) -> Iterator[Proof]:
    """Prove each of `invariants`; `programs` holds their apps, and those that they name, valid and with a schema.

    Raises:
        InternalError: the engine contradicts an example.
    """
    everything = {app: subjects(program) for app, program in programs.items()}
    for invariant in invariants:
        schema = programs[invariant.app].schema
        assert schema is not None, invariant.app  # noqa: S101 - an invariant of an app without a schema was refused
        world = replace(options, world=OPEN) if invariant.open_world else options
        yield Proof(invariant, tuple(_findings(invariant, everything, schema, programs, world)))


def _findings(
    invariant: Invariant,
    everything: Mapping[AppId, Sequence[Subject]],
    schema: Schema,
    programs: Mapping[AppId, CedarProgram],
    options: Options,
) -> Iterator[Finding]:
    own = everything[invariant.app]
    match invariant.claim:
        case Never(requests):
            yield from ask(_subject("never", requests), own, schema, options)
        case Always(requests):
            yield from ask(_subject("always", requests), own, schema, options, Decision.DENY)
        case Only(may, satisfies):
            yield from ask(_subject("may", may), own, schema, options, unless=_subject("satisfies", satisfies))
        case Implies(app):
            other = programs[app].schema
            yield from _beyond(own, everything[app], schema, other, options)


def _beyond(
    own: Sequence[Subject], other: Sequence[Subject], schema: Schema, other_schema: Schema | None, options: Options
) -> Iterator[Finding]:
    """For each environment whether one app allows what the other does not."""
    ours, theirs = Slices(own, schema), Slices(other, other_schema) if other_schema else None
    for environment in schema.environments:
        mine, their = ours.of(environment), () if theirs is None else theirs.of(environment)
        named = {uid.type for subject in (*mine, *their) for uid in subject.entities}
        if (
            their
            and other_schema
            and slice_digest(schema, environment, named) != slice_digest(other_schema, environment, named)
        ):
            reason = "the two apps type this environment differently"
            yield Finding(environment, Satisfiability.UNKNOWN, reason=reason)
        else:
            yield _newly_allowed(compare(Job(environment, _renamed(their), _renamed(mine), schema), options))


def _newly_allowed(verdict: EnvironmentVerdict) -> Finding:
    if verdict.widening:
        example = verdict.widening[0]
        shown = Shown(example.concrete, example.after, example.reads)
        return Finding(verdict.environment, Satisfiability.SAT, shown)
    unknown = verdict.verdict is Verdict.UNKNOWN
    return Finding(
        verdict.environment, Satisfiability.UNKNOWN if unknown else Satisfiability.UNSAT, reason=verdict.reason
    )


def _renamed(policies: Sequence[Subject]) -> tuple[Subject, ...]:
    """Ids with their apps: policies of two apps may be called alike."""
    return tuple(
        replace(subject, ref=PolicyRef(subject.ref.app, PolicyId(f"{subject.ref.app}/{subject.id}")))
        for subject in policies
    )


def _subject(name: str, requests: Requests) -> Subject:
    """The statement of an invariant as a permit that nobody deploys."""
    ref = PolicyRef(AppId("invariant"), PolicyId(name))
    return Subject(ref, requests.statement, CedarPolicy(ref, requests.span.path, requests.text, requests.statement))
