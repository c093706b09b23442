"""Policy coverage: a table of policies, then every outcome that no case showed, by file and line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from rich.text import Text

from bylaw.model.identifiers import AppId
from bylaw.reporting import markdown
from bylaw.reporting.hostile import code_span, visible
from bylaw.reporting.json_v1 import Json, span_json
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Priority, Section
from bylaw.testing.coverage import CoverageReport, Covered, Level, PolicyCoverage
from bylaw.testing.ratio import Ratio, total

_HEADER = ("policy", "matched", "decisive", "clause", "condition")


@dataclass(frozen=True)
class CoverageResults:
    """The coverage of every app."""

    reports: Mapping[AppId, CoverageReport]


def coverage_text(report: CoverageReport, gates: Mapping[Level, int] | None) -> Text:
    """The table, what is missing, and the gates that are not met."""
    rows = [_row(policy) for policy in report.policies]
    width = max([len(report.app) + 9, *(len(row[0]) for row in rows)])
    text = Text(f"{report.app + ' coverage':<{width}}", style="bold")
    text.append("".join(f"{title:>11}" for title in _HEADER[1:]) + "\n", style="bold")
    for row, policy in zip(rows, report.policies, strict=True):
        whole = policy.matched and all(not part.missing for part in (*policy.clauses, *policy.conditions))
        text.append(
            f"{row[0]:<{width}}" + "".join(f"{cell:>11}" for cell in row[1:]) + "\n", style="" if whole else "yellow"
        )
    figures = ", ".join(f"{level} {ratio.percent:g}%" for level, ratio in report.figures.items())
    text.append(f"{figures} over {amount(report.cases, 'case')}\n")
    for missing in report.missing:
        text.append(f"  {missing.span or missing.policy or ''}  ", style="dim").append(f"{visible(missing.message)}\n")
    for shortfall in report.below(gates or {}):
        text.append(f"{shortfall}\n", style="bold red")
    return text


def _row(policy: PolicyCoverage) -> tuple[str, ...]:
    decisive = "log only" if policy.log_only else f"{policy.decisive:,}"
    return (
        visible(policy.policy),
        f"{policy.matched:,}",
        decisive,
        _percent(policy.clauses),
        _percent(policy.conditions),
    )


def _percent(parts: Iterable[Covered]) -> str:
    ratio: Ratio = total(part.hits.ratio for part in parts if part.excluded is None)
    return f"{ratio.percent:g}%" if ratio.whole else "-"


def coverage_section(report: CoverageReport) -> Section:
    """The figures of one app, folded."""
    rows = [(code_span(row[0], in_table=True), *row[1:]) for row in map(_row, report.policies)]
    figures = ", ".join(f"{level} {ratio.percent:g}%" for level, ratio in report.figures.items())
    return markdown.table(Priority.TESTS, f"Coverage of {report.app}: {figures}", _HEADER, rows, folded=True)


def coverage_json(results: CoverageResults) -> Json:
    """Figures and missing outcomes of each app."""
    return {app: _report_json(report) for app, report in results.reports.items()}


def _report_json(report: CoverageReport) -> Json:
    return {
        "cases": report.cases,
        "figures": {level: {"covered": ratio.part, "of": ratio.whole} for level, ratio in report.figures.items()},
        "missing": [
            {
                "level": cast("str", missing.level),
                "policy": missing.policy,
                "span": span_json(missing.span),
                "message": missing.message,
            }
            for missing in report.missing
        ],
    }
