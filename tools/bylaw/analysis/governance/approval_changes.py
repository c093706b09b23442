"""For which actions two versions of a policy ask for approval: decided over every combination of what the criteria look at.

The criteria of one policy are joined by `or`, and each looks for one tag at most, so a difference shows with one tag or none. Costs
count by the thresholds, risk levels by name, and arguments by whether they satisfy the schemas of rules.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from bylaw.analysis.governance.approval_cells import OTHER_RISK, Cell, is_about
from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.governance.changes import OTHER, USD_STEP, FieldChange, Hint, runs
from bylaw.analysis.nothing import Nothing
from bylaw.languages.governance.model import ApprovalRule, Approvals, Governance, Schema
from bylaw.model.verdicts import Verdict

_FREE = Decimal(0)


class _Asks(NamedTuple):
    """When a version asks in one cell: always, or for arguments that satisfy one of some schemas."""

    is_always: bool
    schemas: tuple[Schema, ...] = ()


def approval_changes(before: Governance, after: Governance) -> Iterator[FieldChange]:
    """Where one version asks and the other does not, one example for each direction and action; and whom they ask."""
    told: set[tuple[str, Verdict]] = set()
    for cell in _cells(before, after):
        old, new = _asks(before.approvals, cell), _asks(after.approvals, cell)
        for more, less, verdict in ((new, old, Verdict.NARROWS), (old, new, Verdict.WIDENS)):
            if (cell.action, verdict) in told:
                continue
            change = _difference(cell, more, less, verdict)
            if change is not None:
                told.add((cell.action, verdict))
                yield change
    yield from _whom(before.approvals, after.approvals)


def _cells(before: Governance, after: Governance) -> Iterator[Cell]:
    both = (before.approvals, after.approvals)
    if both[0] == both[1]:
        return
    conditions = [rule.when for one in both for rule in one.rules]
    named = [*(name for one in both for name in one.actions), *(n for c in conditions for n in c.actions or ())]
    tags = [*(tag for one in both for tag in one.tags), *(tag for c in conditions for tag in c.tags or ())]
    risks = [
        *(level for one in both for level in one.risk_levels),
        *(r for c in conditions for r in c.risk_levels or ()),
    ]
    costs = [*(one.threshold_usd for one in both), *(c.min_cost_usd for c in conditions)]
    points = sorted({_FREE, *(cost for cost in costs if cost), *(cost - USD_STEP for cost in costs if cost)})
    actions = [
        name for name in dict.fromkeys((*named, OTHER, *(after.allowed_actions or ()))) if _live(before, after, name)
    ]
    levels = dict.fromkeys((*(level.casefold() for level in risks), "medium", OTHER_RISK))
    for action, tag, risk, cost in product(actions, (None, *dict.fromkeys(tags)), levels, points):
        yield Cell(action, tag, risk, cost)


def _live(before: Governance, after: Governance, action: str) -> bool:
    return runs(before, action) and runs(after, action)


def _asks(approvals: Approvals, cell: Cell) -> _Asks:
    if approvals.required and _meets(approvals, cell):
        return _Asks(is_always=True)
    rules = [rule for rule in approvals.rules if is_about(rule, cell)]
    schemas = tuple(rule.when.arguments for rule in rules if rule.when.arguments is not None)
    return _Asks(len(schemas) < len(rules), schemas)


def _meets(approvals: Approvals, cell: Cell) -> bool:
    criteria = (approvals.actions, approvals.tags, approvals.risk_levels, approvals.threshold_usd)
    if all(criterion in {(), None} for criterion in criteria):
        return True
    return (
        cell.action in approvals.actions
        or cell.tag in approvals.tags
        or cell.risk in {level.casefold() for level in approvals.risk_levels}
        or (approvals.threshold_usd is not None and cell.cost >= approvals.threshold_usd)
    )


def _difference(cell: Cell, more: _Asks, less: _Asks, verdict: Verdict) -> FieldChange | None:
    """An action that one side asks about and the other does not."""
    if less.is_always or not (more.is_always or more.schemas):
        return None
    questions: Sequence[tuple[Schema, ...]] = [()] if more.is_always else [(schema,) for schema in more.schemas]
    found = [find(question, less.schemas) for question in questions]
    example = next((arguments for arguments in found if not isinstance(arguments, Nothing)), None)
    name = "an action that is not named" if cell.action == OTHER else cell.action
    if example is None:
        if Nothing.UNKNOWN not in found:
            return None
        return FieldChange(
            ("approval_rules",), Verdict.UNKNOWN, f"conditions about {name} are too complex to be compared"
        )
    tags = () if cell.tag is None else (cell.tag,)
    is_about_all = more.is_always and not less.schemas
    hint = Hint(cell.action, None if is_about_all else example, cell.cost, tags, cell.risk, is_approved=False)
    words = "now needs an approval" if verdict is Verdict.NARROWS else "no longer needs an approval"
    return FieldChange(("approval_rules",), verdict, f"{name} {words}{_when(cell)}", hint)


def _when(cell: Cell) -> str:
    parts = [f"with the tag {cell.tag}"] if cell.tag else []
    parts += [f"of {cell.risk} risk"] if cell.risk not in {"medium", OTHER_RISK} else []
    parts += [f"for {cell.cost} USD"] if cell.cost else []
    return f" ({', '.join(parts)})" if parts else ""


def _whom(before: Approvals, after: Approvals) -> Iterator[FieldChange]:
    """Who is asked, how many have to agree, and how long an answer counts."""
    old, new = {rule.name: rule for rule in before.rules}, {rule.name: rule for rule in after.rules}
    for name, rule in old.items():
        if name in new:
            yield from _of_rule(rule, new[name], before, after)
    if before.required and after.required and set(before.default_approvers) != set(after.default_approvers):
        yield FieldChange(("default_approvers",), Verdict.CHANGES, "somebody else is asked by default")
    if (
        before.timeout_seconds != after.timeout_seconds
        and (before.required or before.rules)
        and (after.required or after.rules)
    ):
        yield _timeout(("approval_timeout_seconds",), "an approval", before.timeout_seconds, after.timeout_seconds)


def _of_rule(old: ApprovalRule, new: ApprovalRule, before: Approvals, after: Approvals) -> Iterator[FieldChange]:
    route = ("approval_rules", after.rules.index(new))
    if set(old.approvers) != set(new.approvers):
        yield FieldChange((*route, "approvers"), Verdict.CHANGES, f"the rule {new.name} asks somebody else")
    if old.min_approvals != new.min_approvals:
        verdict = Verdict.WIDENS if new.min_approvals < old.min_approvals else Verdict.NARROWS
        text = f"the rule {new.name} asks for {old.min_approvals} → {new.min_approvals} approvals"
        yield FieldChange((*route, "min_approvals"), verdict, text)
    own = old.timeout_seconds, new.timeout_seconds
    if own[0] != own[1]:
        was, is_ = own[0] or before.timeout_seconds, own[1] or after.timeout_seconds
        if was != is_:
            yield _timeout((*route, "timeout_seconds"), f"an approval by the rule {new.name}", was, is_)


def _timeout(route: tuple[str | int, ...], what: str, was: int, is_: int) -> FieldChange:
    verdict = Verdict.WIDENS if is_ > was else Verdict.NARROWS
    return FieldChange(route, verdict, f"{what} counts for {was} → {is_} s")
