"""Policy mutation: the score, and the small changes that no case would notice, those that allow more first."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.text import Text

from bylaw.model.identifiers import AppId
from bylaw.reporting import markdown
from bylaw.reporting.hostile import code_span, visible
from bylaw.reporting.json_v1 import Json, span_json
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Priority, Section
from bylaw.testing.mutant import BaseMutant
from bylaw.testing.mutation import MutationReport

_DROPPED = "(dropped)"


@dataclass(frozen=True)
class MutationResults:
    """The mutation of every app."""

    reports: Mapping[AppId, MutationReport[BaseMutant]]


def mutation_text(report: MutationReport[BaseMutant]) -> Text:
    """The score and the survivors."""
    text = Text(f"{report.app} mutation score: {report.score} killed", style="bold")
    doubt = f" ({report.unproven} not settled)" if report.unproven else ""
    parts = [f"{len(report.survivors)} survive{doubt}"]
    parts += [f"{report.equivalent} equivalent"] if report.equivalent else []
    parts += [f"{report.left_out} left out"] if report.left_out else []
    text.append(f", {', '.join(parts)}, {amount(report.cases, 'case')}\n")
    for survivor in report.survivors:
        mutant = survivor.mutant
        text.append(f"  {mutant.direction:<8}", style="red" if survivor in report.widening else "yellow")
        text.append(f" {mutant.span}  ", style="dim").append(f"{visible(mutant.operator)}: ")
        text.append(f"{visible(mutant.before)}", style="red").append("  →  ")
        text.append(f"{visible(mutant.after) or _DROPPED}\n", style="green")
    return text


def mutation_section(report: MutationReport[BaseMutant]) -> Section:
    """Survivors as a table."""
    rows = [
        (str(m.direction), code_span(str(m.span), in_table=True), code_span(m.before, in_table=True), _after(m))
        for m in (survivor.mutant for survivor in report.survivors)
    ]
    title = f"Mutation of {report.app}: {report.score} killed"
    return markdown.table(Priority.TESTS, title, ("direction", "place", "before", "after"), rows, folded=True)


def _after(mutant: BaseMutant) -> str:
    return code_span(mutant.after, in_table=True) if mutant.after else _DROPPED


def mutation_json(results: MutationResults) -> Json:
    """Score and survivors of each app."""
    return {app: _report_json(report) for app, report in results.reports.items()}


def _report_json(report: MutationReport[BaseMutant]) -> Json:
    return {
        "killed": report.score.part,
        "of": report.score.whole,
        "equivalent": report.equivalent,
        "invalid": report.invalid,
        "left_out": report.left_out,
        "survivors": [
            {
                "id": mutant.id,
                "policy": mutant.policy,
                "operator": str(mutant.operator),
                "direction": str(mutant.direction),
                "span": span_json(mutant.span),
                "before": mutant.before,
                "after": mutant.after,
                "unproven": survivor.unproven,
            }
            for survivor, mutant in ((survivor, survivor.mutant) for survivor in report.survivors)
        ],
    }
