"""What may be spent in a session, in a run and on an action; amounts are added exactly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal, Underflow
from typing import NamedTuple

from bylaw.evaluation.governance.decisions import (
    BudgetReport,
    BudgetType,
    BudgetWarning,
    PolicyLabel,
    Refusal,
    Remediation,
    Stage,
)
from bylaw.evaluation.governance.events import NOTHING, GovernanceEvent
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import SpendKey, State
from bylaw.languages.governance.model import Budgets

HUNDRED = Decimal(100)
COST_DIGITS = 60
COST_EXPONENT = 30
_COST = Context(
    prec=COST_DIGITS,
    Emin=-COST_EXPONENT,
    Emax=COST_EXPONENT,
    traps=[Inexact, InvalidOperation, Overflow, Subnormal, Underflow],
)
_SUM = Context(prec=400, Emin=-2000, Emax=2000, traps=[Inexact, InvalidOperation, Overflow])


class Budget(NamedTuple):
    """A limit on one counter."""

    type: BudgetType
    limit: Decimal
    thresholds: tuple[tuple[int, Decimal], ...]
    """The percentages to warn at and their amounts, highest first."""


@dataclass(frozen=True, slots=True)
class BudgetCheck:
    """The budgets of one policy that an action spends from: of the session, the run and the action, in this order."""

    policy: PolicyLabel
    budgets: tuple[Budget, ...]
    stage: Stage = Stage.BUDGETS

    def look(self, event: GovernanceEvent, state: State) -> Refusal | None:
        """Refuses what would exceed a limit; to reach it is fine."""
        for budget in self.budgets:
            current = state.spend.get(self._key(budget.type, event)) or NOTHING
            projected = _SUM.add(current, event.cost_usd)
            if projected > budget.limit:
                return exceeded(
                    event.action, BudgetReport(budget.type, budget.limit, current, event.cost_usd, projected)
                )
        return None

    def spend(self, event: GovernanceEvent, state: State, warnings: list[BudgetWarning]) -> State:
        """Adds the cost to every counter; to the warnings, the highest threshold that it reaches of each, unless it was before."""
        if not event.cost_usd:
            return state
        for budget in self.budgets:
            key = self._key(budget.type, event)
            current = state.spend.get(key) or NOTHING
            total = _SUM.add(current, event.cost_usd)
            state = state.with_spend(key, total)
            for percent, amount in budget.thresholds:
                if total >= amount:
                    if current < amount:
                        warnings.append(BudgetWarning(self.policy.id, budget.type, percent, total, budget.limit))
                    break
        return state

    def _key(self, kind: BudgetType, event: GovernanceEvent) -> SpendKey:
        if kind is BudgetType.RUN:
            return SpendKey(kind, self.policy.id, "", event.run_id or "-", "")
        action = event.action if kind is BudgetType.ACTION else ""
        return SpendKey(kind, self.policy.id, event.agent_id, event.session_id or "-", action)


def budgets_of(budgets: Budgets, action: str) -> tuple[Budget, ...]:
    """Those that `action` spends from."""
    limits = (
        (BudgetType.SESSION, budgets.session),
        (BudgetType.RUN, budgets.run),
        (BudgetType.ACTION, budgets.by_action.get(action)),
    )
    return tuple(
        Budget(kind, limit, tuple(_thresholds(limit, budgets.warning_percents)))
        for kind, limit in limits
        if limit is not None
    )


def _thresholds(limit: Decimal, percents: Sequence[int]) -> Iterator[tuple[int, Decimal]]:
    for percent in sorted(percents, reverse=True) if limit else ():
        yield percent, _SUM.divide(_SUM.multiply(limit, Decimal(percent)), HUNDRED)


def is_cost(amount: Decimal) -> bool:
    """Whether it can be spent: finite, not negative, and within 60 digits and exponents of 30 either way."""
    try:
        return amount.is_finite() and (amount == 0 or _COST.plus(amount) > 0)
    except (Inexact, InvalidOperation, Overflow, Subnormal, Underflow):
        return False


def exceeded(action: str, report: BudgetReport) -> Refusal:
    """The refusal of what costs too much."""
    kind = report.budget_type
    message = f"{action}: {report.spent} USD would exceed the {kind} budget of {report.limit}"
    rule = f"action_budgets.{action}" if kind is BudgetType.ACTION else f"{kind}_budget"
    guidance = f"{max(report.limit - report.current, NOTHING)} USD of the {kind} budget are left: stop, or do something cheaper."
    return Refusal(Reason.BUDGET_EXCEEDED, message, rule, Remediation(guidance), report)
