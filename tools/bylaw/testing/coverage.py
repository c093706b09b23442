"""Policy coverage: what the cases of an app's suites made its policies do.

    policy        matched in at least one case
    decisive      was among the determining policies of a case
    clause        each `when` and `unless` seen both true and false, where it was reached
    condition     each atomic condition seen both true and false, where it was reached
    environment   at least one asserted allow and one asserted deny in each request environment

A policy whose scope never matched is not covered by appearing as "not matched". Constants (`true`) are no conditions. Outcomes
that are errors are counted and reported, not gated. A template is covered by its links together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from bylaw.languages.cedar.schema import Environment
from bylaw.model.decisions import Decision
from bylaw.model.effects import Effect
from bylaw.model.identifiers import PolicyId
from bylaw.model.spans import Span
from bylaw.testing.exclusions import Exclusion
from bylaw.testing.ratio import Ratio, total

Level = Literal["policy", "decisive", "clause", "condition", "environment"]


@dataclass(frozen=True, slots=True)
class Hits:
    """How often something came out as what."""

    true: int = 0
    false: int = 0
    error: int = 0
    not_reached: int = 0

    @property
    def reached(self) -> int:
        """How often it was evaluated."""
        return self.true + self.false + self.error

    @property
    def ratio(self) -> Ratio:
        """Of the two outcomes that count."""
        return Ratio((self.true > 0) + (self.false > 0), 2)


@dataclass(frozen=True, slots=True)
class Covered:
    """One clause or atomic condition."""

    span: Span
    text: str
    hits: Hits
    excluded: str | None = None
    """Why it does not count, where the source says so."""

    @property
    def missing(self) -> tuple[Literal["true", "false"], ...]:
        """The outcomes that were never seen."""
        if self.excluded is not None:
            return ()
        return (*(("true",) if not self.hits.true else ()), *(("false",) if not self.hits.false else ()))


@dataclass(frozen=True, slots=True)
class PolicyCoverage:
    """One policy file."""

    policy: PolicyId
    effect: Effect
    span: Span
    """The effect word."""
    in_scope: int
    """Cases whose scope matched."""
    matched: int
    """Cases that satisfied it."""
    decisive: int
    """Cases that it was among the determining policies of."""
    errors: int
    clauses: tuple[Covered, ...]
    conditions: tuple[Covered, ...]
    log_only: bool = False
    excluded: str | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentCoverage:
    """One request environment."""

    environment: Environment
    allows: int
    """Cases that assert an allow."""
    denies: int
    always_denied: bool
    """No permit is written for it, so there is no allow to see."""

    @property
    def missing(self) -> tuple[Decision, ...]:
        """The decisions that no case asserts."""
        wanted = (Decision.DENY,) if self.always_denied else (Decision.ALLOW, Decision.DENY)
        return tuple(
            decision for decision in wanted if not (self.allows if decision is Decision.ALLOW else self.denies)
        )


class Missing(NamedTuple):
    """Something that no case did."""

    level: Level
    policy: PolicyId | None
    span: Span | None
    message: str


class Shortfall(NamedTuple):
    """A level below its gate."""

    level: Level
    ratio: Ratio
    least: int

    def __str__(self) -> str:
        return f"{self.level} coverage is {self.ratio}, gate {self.least} %"


@dataclass(frozen=True)
class CoverageReport:
    """The coverage of one app; policies sorted by id."""

    app: str
    cases: int
    """Executed cases that could be traced."""
    policies: tuple[PolicyCoverage, ...]
    environments: tuple[EnvironmentCoverage, ...]
    exclusions: tuple[Exclusion, ...]
    """Comments that take parts out, in the order of the policies."""

    @cached_property
    def figures(self) -> Mapping[Level, Ratio]:
        """What the gates look at."""
        counted = [policy for policy in self.policies if policy.excluded is None]
        active = [policy for policy in counted if not policy.log_only]
        return {
            "policy": Ratio(sum(policy.matched > 0 for policy in counted), len(counted)),
            "decisive": Ratio(sum(policy.decisive > 0 for policy in active), len(active)),
            "clause": total(_ratios(part for policy in counted for part in policy.clauses)),
            "condition": total(_ratios(part for policy in counted for part in policy.conditions)),
            "environment": total(
                Ratio((1 if e.always_denied else 2) - len(e.missing), 1 if e.always_denied else 2)
                for e in self.environments
            ),
        }

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """Everything that no case did, by file and line."""
        found = [missing for policy in self.policies if policy.excluded is None for missing in _missing(policy)]
        found += [
            Missing("policy", exclusion.policy, exclusion.span, "an exclusion without a reason has no effect")
            for exclusion in self.exclusions
            if not exclusion.reason
        ]
        found += [
            Missing("environment", None, None, f"no case asserts {decision} for {_environment_text(e.environment)}")
            for e in self.environments
            for decision in e.missing
        ]
        return tuple(found)

    def below(self, gates: Mapping[Level, int]) -> tuple[Shortfall, ...]:
        """The gates that are not met. A level with nothing in it is met."""
        return tuple(
            Shortfall(level, self.figures[level], least)
            for level, least in gates.items()
            if not self.figures[level].at_least(least)
        )

    def only(self, policies: Iterable[PolicyId]) -> "CoverageReport":
        """The same report for some policies alone, as a gate over changed policies needs it."""
        kept = frozenset(policies)
        return CoverageReport(
            app=self.app,
            cases=self.cases,
            policies=tuple(policy for policy in self.policies if policy.policy in kept),
            environments=(),
            exclusions=tuple(exclusion for exclusion in self.exclusions if exclusion.policy in kept),
        )


def _ratios(parts: Iterable[Covered]) -> Iterator[Ratio]:
    return (part.hits.ratio for part in parts if part.excluded is None)


def _missing(policy: PolicyCoverage) -> Iterator[Missing]:
    if not policy.in_scope:
        yield Missing("policy", policy.policy, policy.span, f"`{policy.policy}`: no case is in its scope")
        return
    if not policy.matched:
        yield Missing("policy", policy.policy, policy.span, f"`{policy.policy}`: no case satisfies it")
    elif not policy.decisive and not policy.log_only:
        yield Missing("decisive", policy.policy, policy.span, f"`{policy.policy}`: it decides no case")
    for part in policy.clauses:
        for outcome in part.missing:
            yield Missing("clause", policy.policy, part.span, f"`{part.text}` is never {outcome}")
    for part in policy.conditions:
        for outcome in part.missing:
            reached = "" if part.hits.reached else ", it is never reached"
            yield Missing("condition", policy.policy, part.span, f"`{part.text}` is never {outcome}{reached}")


def _environment_text(environment: Environment) -> str:
    return f"({environment.principal}, {environment.action.id}, {environment.resource})"
