"""The deployed versions of a policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from bylaw.model.digests import SHORT
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version on one target."""

    target: str
    number: int
    digest: str
    author: str
    commit: str
    created_at: datetime
    active: tuple[tuple[datetime, datetime | None], ...]
    """From when until when it decided requests; no end while it does."""
    status: str


@dataclass(frozen=True)
class HistoryResults:
    """The versions of one policy."""

    policy: str
    entries: tuple[HistoryEntry, ...]


def history_text(ref: str, entries: Sequence[HistoryEntry]) -> Text:
    """An aligned table, oldest first."""
    if not entries:
        return Text(f"{visible(ref)} was never deployed")
    rows = [("target", "version", "digest", "commit", "author", "in force")]
    rows += [
        (e.target, f"{e.number} {e.status}", e.digest[:SHORT], e.commit[:SHORT], visible(e.author), _periods(e))
        for e in entries
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    text = Text(f"{visible(ref)}\n", style="bold")
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        text.append(f"{line}\n", style="dim" if number == 0 else "")
    return text


def _periods(entry: HistoryEntry) -> str:
    return (
        ", ".join(f"{_moment(since)} to {_moment(until) if until else 'now'}" for since, until in entry.active)
        or "never"
    )


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def history_json(results: HistoryResults) -> Json:
    """The versions as values."""
    return {
        "policy": results.policy,
        "versions": [
            {
                "target": entry.target,
                "number": entry.number,
                "digest": entry.digest,
                "author": entry.author,
                "commit": entry.commit,
                "created_at": entry.created_at.isoformat(),
                "status": entry.status,
                "active": [
                    {"from": since.isoformat(), "to": until.isoformat() if until else None}
                    for since, until in entry.active
                ],
            }
            for entry in results.entries
        ],
    }
