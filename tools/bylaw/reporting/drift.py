"""Drift for people: what somebody changed on a target, policies, schemas and switches, with the difference, the worst first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff

from rich.text import Text

from bylaw.reconcile.drift import DriftItem, DriftSeverity
from bylaw.reconcile.engines import SCHEMA, EngineDrift
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
    text = Text(f"{plan.target}", style="bold")
    if not plan.drift and not plan.engine_drift:
        return text.append(": no drift\n", style="green")
    ignored = sum(item.ignored is not None for item in plan.drift)
    text.append(f": {_totals(plan) or 'nothing that counts'} changed outside of git")
    text.append(f", {ignored} ignored\n" if ignored else "\n")
    for line in drift_lines(plan, full=True):
        text.append_text(line)
    return text


def _totals(plan: Plan) -> str:
    """`1 policy, 2 switches`; empty when nothing counts."""
    policies = sum(item.ignored is None for item in plan.drift)
    schemas = sum(item.what == SCHEMA for item in plan.engine_drift)
    switches = len(plan.engine_drift) - schemas
    parts = [amount(policies, "policy")] if policies else []
    parts += [amount(schemas, "schema")] if schemas else []
    parts += [f"{switches} switch{'es' if switches > 1 else ''}"] if switches else []
    return ", ".join(parts)


def drift_lines(plan: Plan, *, full: bool = False) -> Iterator[Text]:
    """A line an item: schemas and switches, which decide over all policies, then policies, the worst first; `full` adds the
    difference.
    """
    for switched in plan.engine_drift:
        yield _engine_line(switched)
    for item in _worst_first(plan):
        yield _line(item)
        if full:
            yield _difference(item)


def _worst_first(plan: Plan) -> list[DriftItem]:
    return sorted(plan.drift, key=lambda item: (list(DriftSeverity).index(item.severity), item.ref))


def _engine_line(item: EngineDrift) -> Text:
    text = Text(f"    ! {item.severity} ", style=_STYLES[item.severity]).append(visible(item.message))
    if item.what == SCHEMA:
        text.append(f"  {visible(item.before)} → {visible(item.now)}", style="dim")
    return text.append(" (will be undone)\n" if item.heal else "\n")


def _line(item: DriftItem) -> Text:
    text = Text(f"    ! {item.severity} ", style="dim" if item.ignored else _STYLES[item.severity])
    text.append(f"{item.effect or 'policy'} ").append(visible(item.message))
    if item.ignored is not None:
        text.append(f" (ignored: {visible(item.ignored)})")
    return text.append(" (will be undone)\n" if item.heal else "\n")


def _difference(item: DriftItem) -> Text:
    text = Text()
    for line in list(unified_diff(_lines(item.applied_text), _lines(item.observed_text), lineterm="", n=1))[2:]:
        style = {"+": "green", "-": "red"}.get(line[:1], "dim")
        text.append(f"        {visible(line)}".rstrip() + "\n", style=style)
    return text


def _lines(text: str | None) -> list[str]:
    """Split at LF alone, so that no other line break hides in the difference."""
    return (text or "").removesuffix("\n").split("\n") if text else []


def _engine_class(item: EngineDrift) -> str:
    return "schema-changed" if item.what == SCHEMA else "switch-changed"


def drift_section(plan: Plan) -> Section:
    """The drift of one target as a table; what is ignored is counted."""
    rows = [_row(item.severity, item.engine, _engine_class(item), item.message) for item in plan.engine_drift]
    rows += [
        _row(item.severity, str(item.ref), item.kind, item.message)
        for item in _worst_first(plan)
        if item.ignored is None
    ]
    ignored = sum(item.ignored is not None for item in plan.drift)
    note = f"{ignored} ignored." if ignored else ""
    title = f"Drift of {plan.target}: {_totals(plan) or 'none'}"
    if not rows:
        return Section(Priority.PLAN, title, lead=(note,) if note else ())
    return markdown.table(Priority.PLAN, title, ("severity", "what", "class", "message"), rows, note=note)


def _row(severity: DriftSeverity, what: str, kind: str, said: str) -> tuple[str, str, str, str]:
    return (str(severity), code_span(what, in_table=True), str(kind), message(said, in_table=True))


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
                    "heal": item.heal,
                }
                for item in plan.drift
            ],
            "engines": list(engine_drift_json(plan.engine_drift)),
        }
        for plan in results.plans
    ]


def engine_drift_json(items: Iterable[EngineDrift]) -> Iterator[Json]:
    """Schemas and switches that were changed outside of git, as values."""
    for item in items:
        yield {
            "engine": item.engine,
            "what": item.what,
            "class": _engine_class(item),
            "severity": str(item.severity),
            "before": item.before,
            "now": item.now,
            "message": item.message,
            "heal": item.heal,
        }
