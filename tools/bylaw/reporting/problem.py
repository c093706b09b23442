"""The one row that every renderer of problems takes.

A diagnostic of a reader and a finding of analysis become the same value here, so that one fact reads the same in text, JSON,
SARIF and annotations.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bylaw.analysis.finding import Finding
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.errors import BylawError
from bylaw.model.identifiers import PolicyRef
from bylaw.model.spans import Position, Span


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence about one place, and what became of it."""

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    help: str | None = None
    fingerprint: str | None = None
    """Stable when lines above move; none where nobody computed one."""
    suppressed_reason: str | None = None
    """Why it does not count; none when it counts."""
    url: str | None = None
    """The page that documents `code`."""
    policy: PolicyRef | None = None
    baselined: bool = False
    """Known from the baseline: listed, not counted against the fail level."""

    @property
    def active(self) -> bool:
        """Whether it counts: neither suppressed nor in the baseline."""
        return self.suppressed_reason is None and not self.baselined

    @property
    def sort_key(self) -> tuple[str, Position, int, str, str]:
        """By file, place, severity, code, message."""
        path, start = (self.span.path, self.span.start) if self.span else ("", Position(0, 0))
        return (path, start, self.severity.rank, self.code, self.message)

    @property
    def worst_first(self) -> tuple[int, tuple[str, Position, int, str, str]]:
        """By severity, then by place: the order in which limits keep problems."""
        return (self.severity.rank, self.sort_key)


def from_diagnostic(diagnostic: Diagnostic) -> Problem:
    """The row of what a reader found."""
    return Problem(
        code=diagnostic.code,
        severity=diagnostic.severity,
        message=diagnostic.message,
        span=diagnostic.span,
        help=diagnostic.help,
    )


def from_finding(finding: Finding, url: str | None = None) -> Problem:
    """The row of what a lint rule found; `url` is the address of the rule's page."""
    return Problem(
        code=finding.rule,
        severity=finding.severity,
        message=finding.message,
        span=finding.span,
        help=finding.help,
        fingerprint=finding.fingerprint,
        suppressed_reason=finding.suppressed.reason if finding.suppressed else None,
        url=url,
        policy=finding.policy,
        baselined=finding.baselined,
    )


def from_error(error: BylawError) -> tuple[Problem, ...]:
    """The rows of an exception, one for each of its diagnostics."""
    return tuple(from_diagnostic(item) for item in error.diagnostics)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many problems there are of each kind. Suppressed and known ones are counted apart, never dropped."""

    errors: int = 0
    warnings: int = 0
    notes: int = 0
    suppressed: int = 0
    baselined: int = 0

    @property
    def active(self) -> int:
        """How many count."""
        return self.errors + self.warnings + self.notes


def count(problems: Iterable[Problem]) -> Counts:
    """Count `problems`."""
    rows = tuple(problems)
    active = [row.severity for row in rows if row.active]
    return Counts(
        errors=active.count(Severity.ERROR),
        warnings=active.count(Severity.WARNING),
        notes=active.count(Severity.NOTE),
        suppressed=sum(row.suppressed_reason is not None for row in rows),
        baselined=sum(row.baselined and row.suppressed_reason is None for row in rows),
    )


def amount(number: int, noun: str) -> str:
    """`1 error`, `2 errors`, `1,234 policies`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def headline(problems: Iterable[Problem], noun: str = "problem") -> str:
    """One line: `3 problems (1 error, 2 warnings), 1 suppressed, 40 in baseline`."""
    counts = count(problems)
    kinds = ((counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note"))
    detail = ", ".join(amount(number, kind) for number, kind in kinds if number)
    parts = [f"{amount(counts.active, noun)} ({detail})" if counts.active else f"no {noun}s"]
    parts += [f"{counts.suppressed:,} suppressed"] if counts.suppressed else []
    parts += [f"{counts.baselined:,} in baseline"] if counts.baselined else []
    return ", ".join(parts)
