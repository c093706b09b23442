"""The stages of the original that count: each looks and records at once, so that calls refused later leave traces."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from bylaw.evaluation.governance.budgets import exceeded
from bylaw.evaluation.governance.decisions import BudgetReport, BudgetType, Refusal
from bylaw.evaluation.governance.events import NOTHING, GovernanceEvent
from bylaw.evaluation.governance.fingerprints import plain, upstream_hash
from bylaw.evaluation.governance.logs import TimeLog
from bylaw.evaluation.governance.loops import repeated
from bylaw.evaluation.governance.rates import limited
from bylaw.evaluation.governance.state import CallKey, SpendKey, State
from bylaw.languages.governance.model import LoopRule, RateLimit

Passed: TypeAlias = tuple[Refusal | None, State]
NO_CALLS = TimeLog()
MAX_LOOP = 32
"""Identical calls that the original remembers; a higher threshold is never reached."""


class Crash(Exception):  # noqa: N818 - the name says what the original does
    """The original raises an error of its own here."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit on one action of a process."""

    limit: RateLimit

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Takes a slot; raises Crash where the original reads the oldest call of none."""
        key = CallKey("", event.agent_id, event.action, event.session_id or "")
        log = state.rates.get(key) or NO_CALLS
        cutoff = event.timestamp_ms - self.limit.window_seconds * 1000
        count = log.later_than(cutoff)
        if count < self.limit.max_count:
            return None, state.with_rate(key, log.add(event.timestamp_ms, cutoff))
        if count == 0:
            raise Crash
        return limited(event.action, self.limit, max(0, (log.newest(count) - cutoff) // 1000)), state


@dataclass(frozen=True, slots=True)
class Loop:
    """The rule on identical calls of one action of a process."""

    loop: LoopRule
    rule: str
    excluded: frozenset[str]

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Counts the call, refused or not."""
        arguments = {name: plain(value) for name, value in event.arguments.items()}
        call = upstream_hash(arguments, self.excluded)
        key = CallKey("", event.agent_id, event.action, event.session_id or "", call)
        cutoff = event.timestamp_ms - self.loop.window_seconds * 1000 - 1
        log = (state.loops.get(key) or NO_CALLS).add(event.timestamp_ms, cutoff)
        count = min(log.later_than(cutoff), MAX_LOOP)
        refusal = repeated(event.action, self.loop, self.rule) if count >= self.loop.threshold else None
        return refusal, state.with_loop(key, log)


@dataclass(frozen=True, slots=True)
class Reservation:
    """The budgets of a process, the limits as binary numbers."""

    session: Decimal | None
    run_limit: Decimal | None
    action: Decimal | None

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Spends, or refuses and spends nothing; raises Crash for what is no amount."""
        limits = (
            (BudgetType.SESSION, self.session),
            (BudgetType.RUN, self.run_limit),
            (BudgetType.ACTION, self.action),
        )
        cost = _cost(event)
        for kind, limit in limits:
            current = state.spend.get(_counter(kind, event)) or NOTHING
            projected = float(current) + cost
            if limit is not None and projected > float(limit):
                return exceeded(
                    event.action, BudgetReport(kind, limit, current, event.cost_usd, Decimal(projected))
                ), state
        return None, spend(event, state)


def spend(event: GovernanceEvent, state: State) -> State:
    """Adds the cost to all three counters, as binary numbers are added; raises Crash for what is no amount."""
    cost = _cost(event)
    for kind in BudgetType:
        key = _counter(kind, event)
        state = state.with_spend(key, Decimal(float(state.spend.get(key) or NOTHING) + cost))
    return state


def _cost(event: GovernanceEvent) -> float:
    cost = float(event.cost_usd)
    if not 0 <= cost < float("inf"):
        raise Crash
    return cost


def _counter(kind: BudgetType, event: GovernanceEvent) -> SpendKey:
    session = event.session_id or ""
    match kind:
        case BudgetType.SESSION:
            return SpendKey(kind, "", event.agent_id, session)
        case BudgetType.RUN:
            return SpendKey(kind, "", event.agent_id, f"{session}\0{event.run_id or ''}")
        case _:
            return SpendKey(kind, "", event.agent_id, session, event.action)
