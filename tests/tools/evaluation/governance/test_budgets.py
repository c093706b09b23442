"""What is spent, by whom it counts, and what is said before it runs out."""

from decimal import Decimal

import pytest

from bylaw.evaluation.governance.decisions import BudgetType, BudgetWarning
from bylaw.languages.governance.model import Budgets, RateLimit
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.asking import evaluator, event, last, reasons, run
from tools.evaluation.governance.documents import document, usd


@pytest.mark.parametrize(
    ("limit", "costs", "expected"),
    [
        ("1", ["0.4", "0.6"], "allow"),
        ("1", ["0.4", "0.600001"], "BUDGET_EXCEEDED"),
        ("0", ["0"], "allow"),
        ("0", ["0.000001"], "BUDGET_EXCEEDED"),
        ("0.3", ["0.1", "0.2"], "allow"),
        ("1", ["2", "1"], "allow"),
        ("1", ["1", "1E-30"], "BUDGET_EXCEEDED"),
    ],
)
def test_a_budget_may_be_reached_but_not_exceeded(limit: str, costs: list[str], expected: str) -> None:
    asked = evaluator(document(budgets=Budgets(session=usd(limit))))
    assert reasons(asked, *(event("pay", cost=cost) for cost in costs))[-1] == expected


def test_upstream_adds_binary_numbers() -> None:
    asked = evaluator(document(budgets=Budgets(session=usd("0.3"))), dialect=Dialect.UPSTREAM)
    assert reasons(asked, event("pay", cost="0.1"), event("pay", cost="0.2")) == ["allow", "BUDGET_EXCEEDED"]


SECOND = {
    "another action of the session": (event("look", cost="1"), {BudgetType.SESSION, BudgetType.RUN}),
    "another run of the session": (event("pay", cost="1", run_id="r2"), {BudgetType.SESSION, BudgetType.ACTION}),
    "another session in the run": (event("pay", cost="1", session_id="s2"), {BudgetType.RUN}),
    "another agent in the run": (event("pay", cost="1", agent_id="a2"), {BudgetType.RUN}),
    "the same again": (event("pay", cost="1"), set(BudgetType)),
}


@pytest.mark.parametrize("kind", BudgetType)
@pytest.mark.parametrize("what", SECOND)
def test_which_calls_spend_from_one_counter(kind: BudgetType, what: str) -> None:
    one = usd("1")
    budgets = {
        BudgetType.SESSION: Budgets(session=one),
        BudgetType.RUN: Budgets(run=one),
        BudgetType.ACTION: Budgets(actions={"pay": one, "look": one}),
    }
    again, counters = SECOND[what]
    found = reasons(evaluator(document(budgets=budgets[kind])), event("pay", cost="1"), again)
    assert found == ["allow", "BUDGET_EXCEEDED" if kind in counters else "allow"]


def test_the_first_budget_that_fails_is_named_with_all_amounts() -> None:
    budgets = Budgets(session=usd("5"), run=usd("1"), actions={"pay": usd("1")})
    decision = last(evaluator(document(budgets=budgets)), event("pay", cost="0.75"), event("pay", cost="0.5"))
    assert decision.budget is not None
    assert decision.rule == "run_budget"
    assert tuple(decision.budget) == (BudgetType.RUN, usd("1"), usd("0.75"), usd("0.5"), usd("1.25"))
    assert not decision.recoverable


def test_what_a_later_policy_refuses_is_not_spent() -> None:
    asked = evaluator(document(budgets=Budgets(session=usd("1"))), document(budgets=Budgets(run=usd("0.5"))))
    _, state = run(asked, [event("pay", cost="0.5"), event("pay", cost="0.5")])
    assert sorted(total for _, total in state.spend.items()) == [Decimal("0.5"), Decimal("0.5")]


def test_a_dry_run_spends_nothing() -> None:
    asked = evaluator(document(budgets=Budgets(session=usd("1")), rates={"pay": RateLimit(1, 10)}))
    calls = [event("pay", cost="1", dry_run=True), event("pay", cost="1"), event("pay", cost="1", dry_run=True)]
    assert reasons(asked, *calls) == ["allow", "allow", "RATE_LIMITED"]


@pytest.mark.parametrize(
    ("percents", "costs", "expected"),
    [
        ((80,), ["0.79", "0.01", "0.01"], [[], [80], []]),
        ((50, 80, 100), ["0.4", "0.5", "0.1"], [[], [80], [100]]),
        ((80, 50), ["0.5", "0", "0.3", "0.2"], [[50], [], [80], []]),
        ((), ["1"], [[]]),
    ],
)
def test_each_threshold_warns_once_and_the_highest_only(
    percents: tuple[int, ...], costs: list[str], expected: list[list[int]]
) -> None:
    asked = evaluator(document(budgets=Budgets(session=usd("1"), warning_percents=percents)))
    decisions, _ = run(asked, [event("pay", cost=cost) for cost in costs])
    found = [[one.percent for one in decision.warnings if isinstance(one, BudgetWarning)] for decision in decisions]
    assert found == expected


def test_every_counter_warns_and_upstream_none() -> None:
    budgets = Budgets(session=usd("1"), run=usd("1"), actions={"pay": usd("1")})
    warnings = last(evaluator(document(budgets=budgets)), event("pay", cost="0.9")).warnings
    assert [one.budget_type for one in warnings if isinstance(one, BudgetWarning)] == list(BudgetType)
    assert last(evaluator(document(budgets=budgets), dialect=Dialect.UPSTREAM), event("pay", cost="0.9")).warnings == ()
