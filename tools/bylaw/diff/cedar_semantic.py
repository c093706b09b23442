"""What a change of an app in Cedar means: for every request environment, whether it newly allows or no longer allows any request.

Both sides are compared under the schema of each environment. Where the part of the schema that an environment reaches differs,
both sides are read under the new one, which is possible only where the old policies are valid there. An environment that one side
lacks allows nothing on that side.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.subjects import Slices, Subject, subjects
from bylaw.analysis.smt.verdicts import EnvironmentVerdict, Example, Job, compare_all
from bylaw.diff.semantic import AppVerdict, Parts
from bylaw.diff.templates import TemplateVerdict, compare_templates
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.schema_slice import slice_digest
from bylaw.languages.cedar.validate import policy_problems
from bylaw.model.digests import Digest, digest_json
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.model.verdicts import Verdict, combined


class Presence(StrEnum):
    """What became of a request environment."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"
    RETYPED = "retyped"
    """Its types changed; both sides were read under the new ones."""


@dataclass(frozen=True, slots=True)
class EnvironmentChange:
    """What a change means in one environment."""

    presence: Presence
    verdict: EnvironmentVerdict

    @property
    def environment(self) -> Environment:
        """The environment."""
        return self.verdict.environment


@dataclass(frozen=True, slots=True)
class Group:
    """Environments in which the same change has the same effect, for the same policies."""

    verdict: Verdict
    presence: Presence
    widened_by: tuple[PolicyId, ...]
    narrowed_by: tuple[PolicyId, ...]
    reason: str
    changes: tuple[EnvironmentChange, ...]


@dataclass(frozen=True, slots=True)
class CedarVerdict(AppVerdict):
    """What a change means for one app in Cedar."""

    changes: tuple[EnvironmentChange, ...] = ()
    templates: tuple[TemplateVerdict, ...] = ()
    """Templates that changed, whatever fills their slots: they decide nothing themselves, so no part of the verdict."""

    @property
    def parts(self) -> Parts:
        """Its request environments."""
        widening = sum(change.verdict.widens for change in self.changes)
        shown = sum(bool(change.verdict.widening) for change in self.changes)
        return Parts("request environment", len(self.changes), widening, shown)

    @property
    def verdict(self) -> Verdict:
        """Of all environments together."""
        return combined(change.verdict.verdict for change in self.changes)

    @property
    def widened_by(self) -> frozenset[PolicyId]:
        """Permits gained and forbids lost that make the difference."""
        return frozenset(policy for change in self.changes for policy in change.verdict.widened_by)

    @property
    def narrowed_by(self) -> frozenset[PolicyId]:
        """Permits lost and forbids gained that make the difference."""
        return frozenset(policy for change in self.changes for policy in change.verdict.narrowed_by)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Environments that are not equal, by effect and cause, the widening ones first."""
        found: dict[tuple[object, ...], list[EnvironmentChange]] = {}
        for change in self.changes:
            if change.verdict.verdict is not Verdict.EQUAL or change.presence in {Presence.ADDED, Presence.REMOVED}:
                found.setdefault(_key(change), []).append(change)
        groups = [_group(changes) for changes in found.values()]
        return tuple(sorted(groups, key=lambda group: _ORDER.index(group.verdict)))


_ORDER = (Verdict.UNKNOWN, Verdict.CHANGES, Verdict.WIDENS, Verdict.NARROWS, Verdict.EQUAL)


CompareAll = Callable[[Sequence[Job], Options], Sequence[EnvironmentVerdict]]
"""How environments are compared: `verdicts.compare_all`, or a memory in front of it."""


def compare_programs(
    app: AppId,
    before: CedarProgram | None,
    after: CedarProgram | None,
    options: Options,
    solve: CompareAll = compare_all,
) -> AppVerdict:
    """The verdict on going from one version of an app to another; none where a side does not have it. Both have passed validation.

    Raises:
        InternalError: the engine contradicts an example.
    """
    sides = (_Side(before), _Side(after))
    if any(program is not None and program.schema is None for program in (before, after)):
        return AppVerdict(app, sides[0].digest, sides[1].digest, "the app has no schema")
    changes = tuple(_changes(*sides, options, solve))
    templates = compare_templates(before, after, options)
    return CedarVerdict(app, sides[0].digest, sides[1].digest, changes=changes, templates=templates)


class _Side:
    """One version of an app."""

    def __init__(self, program: CedarProgram | None) -> None:
        self.schema: Schema | None = program.schema if program else None
        self.subjects: tuple[Subject, ...] = subjects(program) if program else ()
        self.slices = Slices(self.subjects, self.schema) if self.schema else None

    @property
    def digest(self) -> Digest:
        policies = sorted([subject.id, subject.digest] for subject in self.subjects)
        return digest_json({"policies": policies, "schema": self.schema.text if self.schema else None})

    def of(self, environment: Environment) -> tuple[Subject, ...]:
        return self.slices.of(environment) if self.slices else ()

    def has(self, environment: Environment) -> bool:
        return self.slices is not None and environment in set(self.slices)


def _changes(before: _Side, after: _Side, options: Options, solve: CompareAll) -> Iterator[EnvironmentChange]:
    presences = {
        environment: _presence(environment, before, after)
        for environment in sorted({*(before.slices or ()), *(after.slices or ())})
    }
    jobs: dict[Environment, Job] = {}
    unread: dict[Environment, PolicyId] = {}
    for environment, presence in presences.items():
        schema = before.schema if presence is Presence.REMOVED else after.schema
        if schema is not None:
            jobs[environment] = Job(environment, before.of(environment), after.of(environment), schema)
            invalid = _invalid(before.of(environment), schema) if presence is Presence.RETYPED else None
            if invalid is not None:
                unread[environment] = invalid
    verdicts = iter(solve([job for environment, job in jobs.items() if environment not in unread], options))
    for environment in jobs:
        verdict = _cannot_tell(environment, unread[environment]) if environment in unread else next(verdicts)
        yield EnvironmentChange(presences[environment], verdict)


def _cannot_tell(environment: Environment, policy: PolicyId) -> EnvironmentVerdict:
    reason = f"the schema changed, and `{policy}` as it was is not valid under the new one"
    return EnvironmentVerdict(environment, Verdict.UNKNOWN, reason=reason)


def _presence(environment: Environment, before: _Side, after: _Side) -> Presence:
    if not before.has(environment):
        return Presence.ADDED
    if not after.has(environment):
        return Presence.REMOVED
    if before.schema is after.schema or before.schema is None or after.schema is None:
        return Presence.KEPT
    if before.schema.text == after.schema.text:
        return Presence.KEPT
    named = {uid.type for side in (before, after) for subject in side.of(environment) for uid in subject.entities}
    same = slice_digest(before.schema, environment, named) == slice_digest(after.schema, environment, named)
    return Presence.KEPT if same else Presence.RETYPED


def _invalid(policies: Iterable[Subject], schema: Schema) -> PolicyId | None:
    return next((subject.id for subject in policies if policy_problems(subject.policy, schema)), None)


def _key(change: EnvironmentChange) -> tuple[object, ...]:
    verdict = change.verdict
    return (verdict.verdict, change.presence, verdict.widened_by, verdict.narrowed_by, verdict.reason)


def _group(changes: list[EnvironmentChange]) -> Group:
    verdict = changes[0].verdict
    return Group(
        verdict.verdict,
        changes[0].presence,
        verdict.widened_by,
        verdict.narrowed_by,
        verdict.reason,
        tuple(changes),
    )


def examples(changes: Iterable[EnvironmentChange], *, widening: bool) -> Iterator[Example]:
    """The examples of one direction, one of each cause."""
    found: dict[PolicyId, Example] = {}
    for change in changes:
        for example in change.verdict.widening if widening else change.verdict.narrowing:
            found.setdefault(example.cause, example)
    yield from found.values()
