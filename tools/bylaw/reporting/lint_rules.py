"""What code scanning is told of a lint rule, read from the rule's own metadata and docstring."""

import inspect
from typing import Final

from bylaw.analysis.finding import Confidence
from bylaw.analysis.rule import Rule
from bylaw.reporting.sarif_values import Precision, SarifRule

_PRECISION: Final[dict[Confidence, Precision]] = {
    Confidence.HIGH: "high",
    Confidence.MEDIUM: "medium",
    Confidence.LOW: "low",
}
_FINDS: Final = "## What it finds"


def sarif_rule(rule: type[Rule], url: str | None = None) -> SarifRule:
    """The descriptor of `rule`; `url` is the address of its page."""
    page = inspect.getdoc(rule) or rule.id
    short = page.split("\n", 1)[0]
    severity = rule.security_severity
    return SarifRule(
        id=rule.id,
        name=rule.id,
        short=short,
        full=_section(page, _FINDS) or short,
        level=rule.severity,
        help=page,
        help_markdown=page,
        url=url,
        tags=(str(rule.area), *sorted(rule.languages)),
        precision=_PRECISION[rule.confidence],
        security_severity=None if severity is None else f"{severity:.1f}",
        aliases=rule.aliases,
    )


def _section(page: str, heading: str) -> str:
    """The text under `heading`, as one paragraph."""
    _, found, rest = page.partition(f"{heading}\n")
    return " ".join(rest.partition("\n## ")[0].split()) if found else ""
