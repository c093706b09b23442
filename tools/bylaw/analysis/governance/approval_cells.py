"""What the conditions of approval rules look at, arguments aside; and whether a rule is ever the first that is about an action."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import Final, NamedTuple

from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.nothing import Nothing
from bylaw.languages.governance.model import ApprovalRule, Schema, Usd

OTHER_RISK: Final = "another"
"""A level that nobody names."""


class Cell(NamedTuple):
    """Actions that conditions cannot tell apart but by their arguments. A condition looks for one tag at most."""

    action: str
    tag: str | None
    risk: str
    cost: Usd


def is_about(rule: ApprovalRule, cell: Cell) -> bool:
    """Whether the rule is about a cell, arguments aside."""
    when = rule.when
    return (
        (when.actions is None or cell.action in when.actions)
        and (when.tags is None or cell.tag in when.tags)
        and (when.risk_levels is None or cell.risk in {level.casefold() for level in when.risk_levels})
        and (when.min_cost_usd is None or cell.cost >= when.min_cost_usd)
    )


def hiding(
    rules: Sequence[ApprovalRule], number: int, actions: Sequence[str], demanded: Callable[[str], Sequence[Schema]]
) -> tuple[ApprovalRule, ...] | None:
    """The earlier rules that are about all that a rule is, of actions that can run; none where it is reached.

    Args:
        rules: All of a policy, in their order.
        number: Which of them.
        actions: Those that can run, and one that nobody names where others can.
        demanded: The schemas that the arguments of an action have to satisfy to run.
    """
    rule, earlier = rules[number], rules[:number]
    hidden: dict[int, ApprovalRule] = {}
    for cell in _cells(rule, rules, actions):
        about = {place: other for place, other in enumerate(earlier) if is_about(other, cell)}
        hidden |= about
        schemas = [other.when.arguments for other in about.values()]
        if None in schemas:
            continue
        own = [*demanded(cell.action), *([rule.when.arguments] if rule.when.arguments is not None else [])]
        if find(own, [schema for schema in schemas if schema is not None]) is not Nothing.EMPTY:
            return None
    return tuple(hidden[place] for place in sorted(hidden))


def _cells(rule: ApprovalRule, rules: Sequence[ApprovalRule], actions: Sequence[str]) -> Iterator[Cell]:
    """The cells that a rule is about, at the least cost and with no more tags than it asks for: there the fewest others are."""
    when = rule.when
    levels = when.risk_levels
    if levels is None:
        levels = (*(level for other in rules for level in other.when.risk_levels or ()), "medium", OTHER_RISK)
    risks = dict.fromkeys(level.casefold() for level in levels)
    able = actions if when.actions is None else [action for action in when.actions if action in actions]
    for action, tag, risk in product(able, when.tags or (None,), risks):
        yield Cell(action, tag, risk, when.min_cost_usd or Decimal(0))
