"""Statuses in the Prometheus text exposition format (https://prometheus.io/docs/instrumenting/exposition_formats/).

The one to alarm on is `bylaw_last_success_age_seconds`: a scheduler that stopped looks exactly like a target without drift.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from math import inf
from typing import NamedTuple

from bylaw.reconcile.drift import DriftClass
from bylaw.reconcile.loop import TargetStatus

Samples = Callable[[TargetStatus, datetime], Iterable[tuple[dict[str, str], float]]]
"""Labels and value of each sample of one target."""


class _Metric(NamedTuple):
    name: str
    kind: str
    help: str
    samples: Samples


def render_metrics(statuses: Sequence[TargetStatus], now: datetime) -> str:
    """All metrics of all targets."""
    lines = []
    for metric in _METRICS:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        for status in statuses:
            for labels, value in metric.samples(status, now):
                shown = ",".join(
                    f'{key}="{_escape(text)}"' for key, text in {"target": status.target, **labels}.items()
                )
                lines.append(f"{metric.name}{{{shown}}} {_number(value)}")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """All digits of it, and infinity as the format spells it."""
    return "+Inf" if value == inf else repr(int(value)) if value == int(value) else repr(value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else inf


def _drift(status: TargetStatus, _: datetime) -> Iterable[tuple[dict[str, str], float]]:
    for kind in DriftClass:
        if kind.is_drift:
            yield {"class": kind.value}, sum(item.kind is kind and item.ignored is None for item in status.drift)


def _one(value: Callable[[TargetStatus, datetime], float]) -> Samples:
    return lambda status, now: [({}, value(status, now))]


def _commit(status: TargetStatus, _: datetime) -> Iterable[tuple[dict[str, str], float]]:
    return [({"commit": status.applied_commit}, 1)] if status.applied_commit else []


_METRICS = (
    _Metric(
        "bylaw_last_success_age_seconds",
        "gauge",
        "Seconds since the target was last verified to be what git says.",
        _one(lambda status, now: _age(status.last_success, now)),
    ),
    _Metric(
        "bylaw_last_attempt_age_seconds",
        "gauge",
        "Seconds since the target was last looked at.",
        _one(lambda status, now: _age(status.last_attempt, now)),
    ),
    _Metric("bylaw_changes_total", "counter", "Writes since the process started.", _one(lambda s, _: s.changes)),
    _Metric(
        "bylaw_failures_total",
        "counter",
        "Failed turns since the process started.",
        _one(lambda s, _: s.failures_total),
    ),
    _Metric("bylaw_drift_policies", "gauge", "Policies that were changed outside of git, by class.", _drift),
    _Metric(
        "bylaw_drift_engines",
        "gauge",
        "Schemas and switches that were changed outside of git.",
        _one(lambda s, _: len(s.engine_drift)),
    ),
    _Metric(
        "bylaw_pending_deletes", "gauge", "Objects of ours that should be gone.", _one(lambda s, _: s.pending_deletes)
    ),
    _Metric("bylaw_suspended", "gauge", "Whether writes to the target are suspended.", _one(lambda s, _: s.suspended)),
    _Metric("bylaw_applied_commit_info", "gauge", "The commit the target was last verified to hold.", _commit),
)
