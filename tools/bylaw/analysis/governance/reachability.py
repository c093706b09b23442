"""Which actions can never run, because of what they need first."""

from collections.abc import Mapping, Sequence

from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.nothing import Nothing
from bylaw.languages.governance.model import Governance


def never_runs(policies: Sequence[Governance]) -> Mapping[str, str]:
    """Every action that is named and can never run under all the policies together, with the reason in words.

    An action runs after those that it needs, so one that needs itself, however far round, never does.
    """
    named = dict.fromkeys(name for policy in policies for name in _named(policy))
    needs = {action: _needs(policies, action) for action in named}
    stuck = {action: why for action in named if (why := refused(policies, action)) is not None}
    possible: set[str] = set()
    while True:
        more = {a for a in named if a not in stuck and a not in possible and needs[a] <= possible}
        if not more:
            break
        possible |= more
    circular = [action for action in named if action not in possible and action not in stuck]
    blocked = {action for action in circular if _has_stuck(action, needs, stuck)}
    words = {True: "needs what can never run", False: "needs itself first"}
    return {**stuck, **{action: words[action in blocked] for action in circular}}


def _named(policy: Governance) -> Sequence[str]:
    requirements = policy.evidence.requirements
    return [*requirements, *(name for names in requirements.values() for name in names)]


def _needs(policies: Sequence[Governance], action: str) -> frozenset[str]:
    return frozenset(name for policy in policies for name in policy.evidence.requirements.get(action, ()))


def refused(policies: Sequence[Governance], action: str) -> str | None:
    """Why an action never runs, whatever went before; none where it may."""
    if any(action in policy.denied_actions for policy in policies):
        return "is denied"
    if any(policy.allowed_actions is not None and action not in policy.allowed_actions for policy in policies):
        return "is not among the allowed actions"
    if any((limit := policy.rate_limits.get(action)) is not None and limit.max_count == 0 for policy in policies):
        return "has a limit of 0"
    schemas = [policy.argument_constraints[action] for policy in policies if action in policy.argument_constraints]
    return "has constraints that nothing satisfies" if schemas and find(schemas) is Nothing.EMPTY else None


def _has_stuck(action: str, needs: Mapping[str, frozenset[str]], stuck: Mapping[str, str]) -> bool:
    """Whether what an action needs, however far round, is refused for a reason of its own."""
    seen: set[str] = set()
    todo = [action]
    while todo:
        name = todo.pop()
        if name in stuck:
            return True
        if name not in seen:
            seen.add(name)
            todo += needs.get(name, frozenset())
    return False
