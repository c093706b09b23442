"""What differs between two versions of one policy, field by field: whether it allows more, less, or both."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias, TypeVar

from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.nothing import Nothing
from bylaw.languages.governance.model import (
    PII_CATEGORIES,
    Governance,
    GroundingRule,
    LoopRule,
    PiiRule,
    RateLimit,
    Schema,
    Usd,
)
from bylaw.model.exact import Json
from bylaw.model.verdicts import Verdict

Route: TypeAlias = tuple[str | int, ...]
_Value = TypeVar("_Value")

OTHER: Final = "any_other_action"
"""Stands for every action that neither version names."""


class Hint(NamedTuple):
    """What an event has to be like to show a change."""

    action: str = OTHER
    arguments: Mapping[str, Json] | None = None
    """None: any that pass."""
    cost_usd: Usd | None = None
    tags: tuple[str, ...] = ()
    risk_level: str | None = None
    times: int = 1
    apart_ms: int = 0
    """Between two of them."""
    burst: int = 1
    """How many come at once."""
    aged_ms: int = 0
    """Since the evidence."""
    without: str | None = None
    """Evidence that is not there."""
    is_approved: bool = True
    """Whether somebody has agreed, so that no approval hides the change."""


class FieldChange(NamedTuple):
    """One difference that counts."""

    route: Route
    verdict: Verdict
    """`WIDENS`, `NARROWS`, `CHANGES` or `UNKNOWN`."""
    text: str
    hint: Hint | None = None


def field_changes(before: Governance, after: Governance) -> Iterator[FieldChange]:
    """Every difference that can change a decision, approvals aside; both are enabled and about the same target."""
    yield from _lists(before, after)
    live = _live(before, after)
    yield from _budgets(before, after, live)
    yield from _rates(before, after, live)
    yield from _evidence(before, after, live)
    yield from _arguments(before, after, live)
    yield from _grounding(before, after, live)
    yield from _pii(before, after, live)
    yield from _loops(before, after, live)


def runs(policy: Governance, action: str) -> bool:
    """Whether the lists let an action run."""
    return action not in policy.denied_actions and (policy.allowed_actions is None or action in policy.allowed_actions)


def _live(before: Governance, after: Governance) -> Callable[[str], bool]:
    """Whether an action can run on some side: what is said of others makes no difference."""
    return lambda action: runs(before, action) or runs(after, action)


def _lists(before: Governance, after: Governance) -> Iterator[FieldChange]:
    named = dict.fromkeys(
        name for one in (before, after) for names in (one.denied_actions, one.allowed_actions or ()) for name in names
    )
    for action in (*named, OTHER):
        was, is_ = runs(before, action), runs(after, action)
        if was is not is_:
            words = "every action that is not named" if action == OTHER else f"`{action}`"
            field = "denied_actions" if action in {*before.denied_actions, *after.denied_actions} else "allowed_actions"
            text = f"{words} may run" if is_ else f"{words} may no longer run"
            yield FieldChange((field,), Verdict.WIDENS if is_ else Verdict.NARROWS, text, Hint(action))


def _budgets(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    old, new = before.budgets, after.budgets
    action = next((name for name in (OTHER, *(after.allowed_actions or ())) if live(name)), OTHER)
    yield from _amount(("session_budget",), old.session, new.session, action)
    yield from _amount(("run_budget",), old.run, new.run, action)
    for name in dict.fromkeys((*old.by_action, *new.by_action)):
        if live(name):
            yield from _amount(("action_budgets", name), old.by_action.get(name), new.by_action.get(name), name)


def _amount(route: Route, old: Usd | None, new: Usd | None, action: str) -> Iterator[FieldChange]:
    if old == new:
        return
    widens = new is None or (old is not None and new > old)
    cost = (new if old is None else old + USD_STEP) if widens and old is not None else None
    if not widens and new is not None:
        cost = new + USD_STEP
    name = ".".join(map(str, route))
    text = f"{name}: {_usd(old)} → {_usd(new)}"
    yield FieldChange(route, Verdict.WIDENS if widens else Verdict.NARROWS, text, Hint(action, cost_usd=cost))


USD_STEP: Final = Decimal("0.000001")
"""The smallest amount."""


def _usd(amount: Usd | None) -> str:
    return "any" if amount is None else f"{amount} USD"


def _rates(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    for action in _either(before.rate_limits, after.rate_limits):
        old, new = before.rate_limits.get(action), after.rate_limits.get(action)
        if old == new or not live(action):
            continue
        widens, narrows = not implies(new, old), not implies(old, new)
        verdict = _verdict(widens=widens, narrows=narrows)
        if verdict is not Verdict.EQUAL:
            text = f"{action}: {_rate(old)} → {_rate(new)}"
            looser, tighter = (new, old) if widens else (old, new)
            yield FieldChange(("rate_limits", action), verdict, text, _bursts(action, looser, tighter))


def implies(one: RateLimit | None, other: RateLimit | None) -> bool:
    """Whether whatever one limit allows, the other does.

    The most that a limit of `c` in `w` seconds allows within `v` seconds is `c` calls at once every `w` seconds, `c * ceil(v / w)`.
    """
    if other is None:
        return True
    if one is None:
        return False
    return one.max_count * -(-other.window_seconds // one.window_seconds) <= other.max_count


def _bursts(action: str, looser: RateLimit | None, tighter: RateLimit | None) -> Hint | None:
    """Calls that the looser limit allows and the tighter refuses."""
    if tighter is None:
        return None
    burst = tighter.max_count + 1 if looser is None else max(looser.max_count, 1)
    apart = 0 if looser is None else looser.window_seconds * 1000
    return Hint(action, times=tighter.max_count + 1, apart_ms=apart, burst=burst)


def _rate(limit: RateLimit | None) -> str:
    return "any" if limit is None else f"{limit.max_count} in {limit.window_seconds} s"


def _evidence(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    old, new = before.evidence.requirements, after.evidence.requirements
    for action in filter(live, _either(old, new)):
        was, is_ = old.get(action, ()), new.get(action, ())
        route: Route = ("evidence_requirements", action)
        for name in dict.fromkeys((*was, *is_)):
            if (name in was) is not (name in is_):
                verdict = Verdict.WIDENS if name in was else Verdict.NARROWS
                text = f"{action} {'no longer needs' if name in was else 'now needs'} {name} first"
                yield FieldChange(route, verdict, text, Hint(action, without=name))
    yield from _ages(before, after, live)


def _ages(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    old, new = before.evidence, after.evidence
    for action in filter(live, _either(old.max_age_seconds, new.max_age_seconds)):
        was, is_ = old.max_age_seconds.get(action), new.max_age_seconds.get(action)
        asks = all(one.requirements.get(action) or one.grounding.get(action) for one in (old, new))
        if was == is_ or not asks:
            continue
        widens = is_ is None or (was is not None and is_ > was)
        shortest = min(age for age in (was, is_) if age is not None)
        text = f"evidence for {action}: {_age(was)} → {_age(is_)}"
        verdict = Verdict.WIDENS if widens else Verdict.NARROWS
        yield FieldChange(
            ("evidence_max_age_seconds", action), verdict, text, Hint(action, aged_ms=shortest * 1000 + 1000)
        )


def _age(seconds: int | None) -> str:
    return "of any age" if seconds is None else f"at most {seconds} s old"


ANYTHING: Final[Schema] = {}


def _arguments(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    old, new = before.argument_constraints, after.argument_constraints
    for action in filter(live, _either(old, new)):
        was, is_ = old.get(action, ANYTHING), new.get(action, ANYTHING)
        if was == is_:
            continue
        gained, lost = find((is_,), (was,)), find((was,), (is_,))
        route: Route = ("argument_constraints", action)
        for found, verdict, words in (
            (gained, Verdict.WIDENS, "newly pass"),
            (lost, Verdict.NARROWS, "no longer pass"),
        ):
            if not isinstance(found, Nothing):
                yield FieldChange(route, verdict, f"arguments of {action} {words}", Hint(action, found))
        if Nothing.UNKNOWN in (gained, lost):
            text = f"the constraints of {action} are too complex to be compared"
            yield FieldChange(route, Verdict.UNKNOWN, text)


def _grounding(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    old, new = before.evidence.grounding, after.evidence.grounding
    for action in filter(live, _either(old, new)):
        was, is_ = old.get(action, {}), new.get(action, {})
        for argument in _either(was, is_):
            rules = was.get(argument), is_.get(argument)
            if rules[0] != rules[1]:
                verdict = _verdict(widens=rules[0] is not None, narrows=rules[1] is not None)
                text = f"{action}.{argument}: {_source(rules[0])} → {_source(rules[1])}"
                yield FieldChange(("grounding_rules", action, argument), verdict, text)


def _source(rule: GroundingRule | None) -> str:
    return "not grounded" if rule is None else f"from {rule.source_action}.{rule.source_field} ({rule.source_from})"


_EVERY_CATEGORY: Final = PiiRule(PII_CATEGORIES)


def _pii(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    tables = [one.guardrails.pii for one in (before, after)]
    for action in filter(live, (*_either(*tables), OTHER)):
        found = []
        for one in (before, after):
            rule = one.guardrails.pii.get(action, _EVERY_CATEGORY if one.guardrails.pii_by_default else None)
            found.append(_looked_for(rule))
        old, new = found
        verdict = _verdict(widens=not old <= new, narrows=not new <= old)
        if verdict is not Verdict.EQUAL:
            name = "other actions" if action == OTHER else action
            text = f"personal data in {name}: {_kinds(old)} → {_kinds(new)}"
            route: Route = ("pii_default_enabled",) if action == OTHER else ("pii_rules", action)
            yield FieldChange(route, verdict, text)


def _looked_for(rule: PiiRule | None) -> frozenset[str]:
    if rule is None:
        return frozenset()
    patterns = (f"/{pattern}/" for pattern in rule.extra_patterns)
    return frozenset((*(set(rule.categories) - set(rule.allow_categories)), *patterns))


def _kinds(kinds: frozenset[str]) -> str:
    return ", ".join(sorted(kinds)) or "not looked for"


def _loops(before: Governance, after: Governance, live: Callable[[str], bool]) -> Iterator[FieldChange]:
    tables = [one.guardrails.loop for one in (before, after)]
    for action in filter(live, (*_either(*tables), OTHER)):
        old, new = (
            one.guardrails.loop.get(action, LoopRule() if one.guardrails.loop_by_default else None)
            for one in (before, after)
        )
        verdict = _verdict(widens=not _as_tight(new, old), narrows=not _as_tight(old, new))
        if verdict is not Verdict.EQUAL:
            name = "other actions" if action == OTHER else action
            route: Route = ("loop_default_enabled",) if action == OTHER else ("loop_rules", action)
            yield FieldChange(route, verdict, f"calls alike of {name}: {_loop(old)} → {_loop(new)}")


def _as_tight(one: LoopRule | None, other: LoopRule | None) -> bool:
    if other is None:
        return True
    return (
        one is not None
        and one.threshold <= other.threshold
        and one.window_seconds >= other.window_seconds
        and set(one.arg_exclude) >= set(other.arg_exclude)
    )


def _loop(rule: LoopRule | None) -> str:
    return "any" if rule is None else f"fewer than {rule.threshold} in {rule.window_seconds} s"


def _either(one: Mapping[str, _Value], other: Mapping[str, _Value]) -> Sequence[str]:
    return tuple(dict.fromkeys((*one, *other)))


def _verdict(*, widens: bool, narrows: bool) -> Verdict:
    if widens:
        return Verdict.CHANGES if narrows else Verdict.WIDENS
    return Verdict.NARROWS if narrows else Verdict.EQUAL
