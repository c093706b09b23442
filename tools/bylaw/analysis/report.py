"""What linting found, and what it left out. Renderers read this; nothing here decides an exit code."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bylaw.analysis.finding import BaselineKey, Finding
from bylaw.model.diagnostics import Severity


class SkippedRule(NamedTuple):
    """A rule that said nothing because it could not, or was told not to, look."""

    rule: str
    app: str | None
    """None when it concerns all apps."""
    why: str


@dataclass(frozen=True)
class LintReport:
    """The outcome of one lint run over some apps."""

    findings: tuple[Finding, ...]
    """All of them, suppressed and baselined ones too, by place."""
    skipped: tuple[SkippedRule, ...]
    stale: tuple[BaselineKey, ...]
    """Baseline entries that nothing matched."""

    @cached_property
    def active(self) -> tuple[Finding, ...]:
        """Findings that count."""
        return tuple(finding for finding in self.findings if finding.counts)

    @cached_property
    def suppressed(self) -> tuple[Finding, ...]:
        """Findings that an author suppressed; each carries the reason."""
        return tuple(finding for finding in self.findings if finding.suppressed)

    @cached_property
    def baselined(self) -> tuple[Finding, ...]:
        """Findings that the baseline accepts."""
        return tuple(finding for finding in self.findings if finding.baselined and not finding.suppressed)

    def failing(self, fail_on: Severity) -> tuple[Finding, ...]:
        """Findings that count and are as bad as `fail_on`, or worse."""
        return tuple(finding for finding in self.active if finding.severity.at_least(fail_on))

    @property
    def headline(self) -> str:
        """The numbers in one line."""
        count = len(self.active)
        parts = [f"{count} finding" if count == 1 else f"{count} findings"]
        parts += [f"{len(self.suppressed)} suppressed"] if self.suppressed else []
        parts += [f"{len(self.baselined)} in baseline"] if self.baselined else []
        return ", ".join(parts)
