"""What an apply writes down: the plan, each intent before its call, each result after it, what was verified, and the end."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bylaw.backends.state.interface import Lease, Record, RecordKind, StateStore
from bylaw.model.digests import canonical_json
from bylaw.reconcile.changes import Change
from bylaw.reconcile.journal_facts import EngineFacts
from bylaw.reconcile.plan import Plan
from bylaw.reconcile.safety import SafetyReport, waiver_digest


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one run."""

    state: StateStore
    lease: Lease
    actor: str
    clock: Callable[[], datetime]
    plan: Plan

    @property
    def run(self) -> str:
        """Fence counter and plan hash."""
        return f"{self.lease.fence}-{self.plan.hash[:12]}"

    def begin(self, safety: SafetyReport) -> None:
        """Record the plan and the waivers it uses up."""
        waivers = [
            self._record(
                RecordKind.WAIVER, detail={"waiver": waiver_digest(w), "limit": v.limit, "by": w.by, "reason": w.reason}
            )
            for v, w in safety.waived
        ]
        counts = Counter(change.kind for change in self.plan.changes)
        self.state.append([self._record(RecordKind.PLAN, detail={"hash": self.plan.hash, "changes": counts}), *waivers])

    def intend(self, changes: Iterable[Change]) -> None:
        """Record what is about to be written, durably."""
        self.state.append([self._record(RecordKind.INTENT, change, _content(change)) for change in changes])

    def result(self, changes: Iterable[Change], outcome: str) -> None:
        """Record what became of writes."""
        self.state.append([self._record(RecordKind.RESULT, change, {"outcome": outcome}) for change in changes])

    def phase(self, name: str) -> None:
        """Record that a phase is complete."""
        self.state.append([self._record(RecordKind.PHASE, detail={"phase": name})])

    def verified(self, engines: Mapping[str, EngineFacts], protected: Mapping[str, tuple[str, ...]]) -> None:
        """Record that the target was read back and is as desired, and what a later plan must know of that."""
        detail = {
            "policies": len(self.plan.desired),
            "engines": {name: [facts.schema, facts.switches] for name, facts in engines.items()},
            "protected": {app: globs for app, globs in protected.items() if globs},
            "transits": {
                str(item.ref): [item.transit.digest, item.transit.stage, item.since.isoformat()]
                for item in self.plan.positions
            },
        }
        self.state.append([self._record(RecordKind.VERIFIED, detail=detail)])

    def end(self, outcome: str, written: int) -> None:
        """Record how the run ended."""
        self.state.append([self._record(RecordKind.END, detail={"outcome": outcome, "written": written})])

    def _record(
        self, kind: RecordKind, change: Change | None = None, detail: Mapping[str, object] | None = None
    ) -> Record:
        return Record(
            target=self.plan.target,
            kind=kind,
            run=self.run,
            at=self.clock(),
            actor=self.actor,
            commit=self.plan.commit,
            change=change.id if change else "",
            detail=canonical_json(detail or {}),
        )


def _content(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "policy": str(change.ref or ""),
        "engine": change.engine,
        "object": change.object_id or "",
        "before": change.before.digest if change.before else "",
        "after": change.after.digest if change.after else "",
        "heals": change.heals,
    }
