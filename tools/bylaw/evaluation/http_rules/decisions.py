"""What a decision says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bylaw.languages.http_rules.model import Mode, Source


class Verdict(StrEnum):
    """What enforcing says of a request, whatever the mode."""

    ALLOW = "allow"
    DENY = "deny"
    RATE_LIMIT = "rate_limit"
    KILL_SWITCH = "kill_switch"
    ERROR = "error"
    """The request could not be read."""


class RuleKind(StrEnum):
    """What decided."""

    ALLOW = "allow"
    DENY = "deny"
    RATE_LIMIT = "rate_limit"
    KILL_SWITCH = "kill_switch"
    DEFAULT = "default"


class Stage(StrEnum):
    """A part of an evaluation."""

    KILL_SWITCH = "kill_switch"
    RATE_LIMIT = "rate_limit"
    DENY_RULES = "deny_rules"
    ALLOW_RULES = "allow_rules"
    DEFAULT = "default"
    ERROR = "error"


class Result(StrEnum):
    """How a step of an evaluation ended."""

    ACTIVE = "active"
    PASS = "pass"  # noqa: S105  # no secret: what telemetry calls it
    EXCEEDED = "exceeded"
    SKIPPED = "skipped"
    MATCHED = "matched"
    NO_MATCH = "no_match"
    ALLOW = "allow"
    DENY = "deny"
    FAILED = "failed"


class Step(NamedTuple):
    """One step: a rule that was tried, or a stage without rules."""

    stage: Stage
    rule: str | None
    result: Result
    detail: str | None = None


class Tried(NamedTuple):
    """The first rules of a tier, tried in order with one result."""

    stage: Stage
    names: Sequence[str]
    tried: int
    result: Result
    detail: str | None = None

    def steps(self) -> Iterator[Step]:
        """One for each rule."""
        return (Step(self.stage, name, self.result, self.detail) for name in self.names[: self.tried])


Trail: TypeAlias = tuple[Step | Tried, ...]
"""Steps, many of them in short: few decisions are asked for theirs."""

KILL_SWITCH_ACTIVE = "kill switch active"
DENIED_BY_DEFAULT = "denied by default policy"


def rate_limited(rule: str) -> str:
    """The `deny_reason` of an exceeded limit."""
    return f"rate limit '{rule}' exceeded"


def denied_by(rule: str) -> str:
    """The `deny_reason` of a deny rule."""
    return f"denied by rule '{rule}'"


@dataclass(frozen=True, slots=True)
class HttpDecision:
    """The decision on one request."""

    allowed: bool
    """Whether it may leave: in dry run, whatever the rules say."""
    verdict: Verdict
    deny_reason: str | None
    """A text that clients parse. Kept where dry run lets the request leave; none for one that could not be read."""
    matched_rule: str | None
    matched_rule_kind: RuleKind | None
    """None for a request that could not be read."""
    mode: Mode
    source: Source | None
    """Whose rule decided; none where no rule did."""
    retry_after_ms: int | None = None
    """When a limit lets the request pass at the earliest, in milliseconds from its time."""
    trail: Trail = field(default=(), repr=False, compare=False)

    @property
    def evaluation_path(self) -> tuple[Step, ...]:
        """Every step in order, one for each rule that was tried."""
        return tuple(_steps(self.trail))


def _steps(trail: Trail) -> Iterator[Step]:
    for part in trail:
        if isinstance(part, Tried):
            yield from part.steps()
        else:
            yield part
