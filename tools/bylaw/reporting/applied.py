"""How applies ended, change by change."""

from dataclasses import dataclass

from rich.text import Text

from bylaw.model.digests import SHORT
from bylaw.model.exit_codes import ExitCode
from bylaw.reconcile.apply import ApplyReport, ChangeResult, Outcome
from bylaw.reporting import markdown
from bylaw.reporting.hostile import code_span, message, visible
from bylaw.reporting.json_v1 import Json
from bylaw.reporting.plan import change_json, change_line
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Priority, Section

_STYLES = {Outcome.APPLIED: "green", Outcome.FAILED: "bold red", Outcome.NOT_TRIED: "dim"}


@dataclass(frozen=True)
class ApplyResults:
    """The reports of a run."""

    reports: tuple[ApplyReport, ...]


def applied_text(report: ApplyReport) -> Text:
    """One target."""
    plan = report.plan
    text = Text(f"{plan.target}", style="bold")
    if plan.is_empty and not report.problems:
        return text.append(f" is what {plan.commit[:SHORT]} says: no changes\n", style="green")
    text.append(f" to {plan.commit[:SHORT]}\n")
    for result in report.results:
        text.append_text(_result(result))
    for problem in report.problems:
        text.append(f"  {visible(problem)}\n", style="bold red")
    if report.exit_code is ExitCode.OK:
        return text.append(f"{amount(report.written, 'change')} applied and read back.\n", style="bold green")
    text.append(f"{report.written} of {amount(len(report.results), 'change')} applied", style="bold red")
    return text.append("; the next run converges.\n")


def _result(result: ChangeResult) -> Text:
    text = change_line(result.change)
    if result.outcome is Outcome.APPLIED:
        return text
    text.append(f"        {result.outcome}", style=_STYLES[result.outcome])
    return text.append(f": {visible(result.message)}\n" if result.message else "\n")


def applied_section(report: ApplyReport) -> Section:
    """One target as a table."""
    rows = [
        (
            str(r.outcome),
            str(r.change.kind),
            code_span(str(r.change.ref or r.change.engine), in_table=True),
            message(r.message),
        )
        for r in report.results
    ]
    title = f"{report.plan.target}: {report.written} of {amount(len(rows), 'change')} applied"
    return markdown.table(Priority.PLAN, title, ("outcome", "change", "policy", "what"), rows)


def applied_json(results: ApplyResults) -> Json:
    """Each target as values."""
    return [
        {
            "target": report.plan.target,
            "commit": report.plan.commit,
            "hash": report.plan.hash,
            "written": report.written,
            "problems": list(report.problems),
            "results": [
                {**change_json(result.change), "outcome": str(result.outcome), "message": result.message}
                for result in report.results
            ],
        }
        for report in results.reports
    ]
