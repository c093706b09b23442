"""What earlier runs recorded, as far as a plan must know it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bylaw.backends.state.interface import Record, RecordKind
from bylaw.model.digests import SHORT
from bylaw.model.errors import BackendError
from bylaw.reconcile.changes import ChangeKind

HEAL_WINDOW: Final = timedelta(hours=24)
GONE: Final = ""
"""Stands for the digest of what is not there."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine was when it was last verified."""

    schema: str | None
    """The digest of its schema."""
    switches: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Transit:
    """Where a policy was on its way through the stages of a rollout, when it was last verified."""

    digest: str
    """Short, of the content that is rolled out."""
    stage: str
    since: datetime


@dataclass(frozen=True)
class JournalFacts:
    """The facts in a journal."""

    begun: bool = False
    """Whether an apply ever passed its safety check on this target."""
    intended: frozenset[tuple[str, str]] = frozenset()
    """Policy (or engine, for schemas) and short digest of everything that applies meant to write or remove since the target was
    last verified: an unrecorded object of ours among these was interrupted, not forged."""
    heals: Mapping[str, int] = field(default_factory=dict)
    """In how many runs of the last day each policy was healed."""
    spent_waivers: frozenset[str] = frozenset()
    """Digests of waivers that a finished apply used up."""
    open_waivers: Mapping[str, str] = field(default_factory=dict)
    """Digests of waivers that an unfinished apply began to use, with its commit: they lift what is left of that apply."""
    engines: Mapping[str, EngineFacts] = field(default_factory=dict)
    """As last verified."""
    protected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Protected policies by app, as last applied: what protects is not taken away by the very change that it protects from."""
    transits: Mapping[str, Transit] = field(default_factory=dict)
    """By policy, those that were on their way."""


def read_journal(records: Iterable[Record], now: datetime) -> JournalFacts:
    """The facts in a journal.

    Raises:
        BackendError: a record cannot be read.
    """
    reader = _Reader(now)
    for record in records:
        try:
            detail = json.loads(record.detail)
            reader.read(record, detail)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            message = f"record {record.number} of the journal of `{record.target}` is damaged"
            raise BackendError(message, help="restore the state database from a backup") from error
    return reader.facts()


class _Reader:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.begun = False
        self.intended: set[tuple[str, str]] = set()
        self.heals: dict[str, set[str]] = defaultdict(set)
        self.spent: set[str] = set()
        self.open: dict[str, str] = {}
        self.engines: dict[str, EngineFacts] = {}
        self.protected: dict[str, tuple[str, ...]] = {}
        self.transits: dict[str, Transit] = {}

    def read(self, record: Record, detail: dict[str, Any]) -> None:
        match record.kind:
            case RecordKind.PLAN:
                self.begun = True
            case RecordKind.WAIVER:
                self.open[detail["waiver"]] = record.commit
            case RecordKind.INTENT:
                self._intent(record, detail)
            case RecordKind.VERIFIED:
                self._verified(detail)
            case _:
                pass

    def _intent(self, record: Record, detail: dict[str, Any]) -> None:
        subject = detail["policy"] or detail["engine"]
        self.intended.add((subject, detail["after"][:SHORT]))
        if detail["kind"] == ChangeKind.DELETE:
            self.intended.add((subject, detail["before"][:SHORT]))
        if detail["heals"] and self.now - record.at < HEAL_WINDOW:
            self.heals[subject].add(record.run)

    def _verified(self, detail: dict[str, Any]) -> None:
        """The inventory now says what stands there; what was meant before does not matter any more."""
        self.begun = True
        self.intended.clear()
        self.spent.update(self.open)
        self.open.clear()
        self.engines = {
            name: EngineFacts(schema, tuple((switch, value) for switch, value in switches))
            for name, (schema, switches) in detail.get("engines", {}).items()
        }
        self.protected = {app: tuple(globs) for app, globs in detail.get("protected", {}).items()}
        self.transits = {
            ref: Transit(digest, stage, datetime.fromisoformat(since))
            for ref, (digest, stage, since) in detail.get("transits", {}).items()
        }

    def facts(self) -> JournalFacts:
        return JournalFacts(
            begun=self.begun,
            intended=frozenset(self.intended),
            heals={subject: len(runs) for subject, runs in self.heals.items()},
            spent_waivers=frozenset(self.spent),
            open_waivers=dict(self.open),
            engines=dict(self.engines),
            protected=dict(self.protected),
            transits=dict(self.transits),
        )
