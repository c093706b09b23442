"""Drift for people: what somebody changed on a target, with the difference, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from rich.text import Text

from bylaw.reconcile.drift import DriftItem, DriftSeverity
from bylaw.reconcile.plan import Plan
from bylaw.reporting import markdown
from bylaw.reporting.hostile import code_span, message, visible
from bylaw.reporting.json_v1 import Json
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Priority, Section

_STYLES = {DriftSeverity.CRITICAL: "bold red", DriftSeverity.OUTAGE: "red", DriftSeverity.NOTICE: "yellow"}


@dataclass(frozen=True)
class DriftResults:
    """Plans, looked at for their drift."""

    plans: tuple[Plan, ...]


def drift_text(plan: Plan) -> Text:
    """The drift of one target."""
    active = [item for item in plan.drift if item.ignored is None]
    text = Text(f"{plan.target}", style="bold")
    if not plan.drift:
        return text.append(": no drift\n", style="green")
    ignored = len(plan.drift) - len(active)
    text.append(f": {amount(len(active), 'policy')} changed outside of git")
    text.append(f", {ignored} ignored\n" if ignored else "\n")
    for line in drift_lines(plan, full=True):
        text.append_text(line)
    return text


def drift_lines(plan: Plan, *, full: bool = False) -> Iterator[Text]:
    """A line an item, the worst first; `full` adds the difference."""
    for item in sorted(plan.drift, key=lambda item: (list(DriftSeverity).index(item.severity), item.ref)):
        yield _line(item)
        if full:
            yield _difference(item)


def _line(item: DriftItem) -> Text:
    text = Text(f"    ! {item.severity} ", style="dim" if item.ignored else _STYLES[item.severity])
    text.append(f"{item.effect or 'policy'} ").append(visible(item.message))
    if item.ignored is not None:
        text.append(f" (ignored: {visible(item.ignored)})")
    return text.append(" (will be undone)\n" if item.heal else "\n")


def _difference(item: DriftItem) -> Text:
    before, after = ((side or "").splitlines() for side in (item.applied_text, item.observed_text))
    text = Text()
    for line in list(unified_diff(before, after, lineterm="", n=1))[2:]:
        style = {"+": "green", "-": "red"}.get(line[:1], "dim")
        text.append(f"        {visible(line)}\n", style=style)
    return text


def drift_section(plan: Plan) -> Section:
    """The drift of one target as a table."""
    rows = [
        (str(item.severity), code_span(str(item.ref), in_table=True), str(item.kind), message(item.message))
        for item in plan.drift
        if item.ignored is None
    ]
    title = f"Drift of {plan.target}: {amount(len(rows), 'policy')}" if rows else f"Drift of {plan.target}: none"
    return markdown.table(Priority.PLAN, title, ("severity", "policy", "class", "what"), rows)


def drift_json(results: DriftResults) -> Json:
    """Drift of each target as values."""
    return [
        {
            "target": plan.target,
            "items": [
                {
                    "policy": str(item.ref),
                    "class": str(item.kind),
                    "severity": str(item.severity),
                    "effect": item.effect,
                    "message": item.message,
                    "ignored": item.ignored,
                }
                for item in plan.drift
            ],
        }
        for plan in results.plans
    ]
