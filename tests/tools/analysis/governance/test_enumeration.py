"""Over small universes every finding and every non-finding is what going through all of it says."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations_with_replacement, product
from random import Random
from typing import Final

import pytest

from bylaw.analysis.governance.facts import Facts
from bylaw.analysis.governance.reachability import never_runs
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent, Outcome
from bylaw.evaluation.governance.state import NO_HISTORY, State
from bylaw.languages.governance.model import (
    ApprovalCondition,
    ApprovalRule,
    Approvals,
    Approver,
    Governance,
    RateLimit,
    Schema,
)
from bylaw.model.decisions import Decision
from bylaw.model.exact import Json
from tools.evaluation.governance.documents import document, evidence, policies

ACTIONS: Final = ("a", "b", "c")
OTHER: Final = "d"
"""An action that no policy names."""
NO_ARGUMENTS: Final[Mapping[str, Json]] = {}
IMPOSSIBLE: Final[Schema] = {"required": ["x"], "properties": {"x": {"minimum": 2, "maximum": 1}}}


def happens(action: str, moment: int = 0, **given: object) -> GovernanceEvent:
    return GovernanceEvent(action, moment, "bot", run_id="r", outcome=Outcome(succeeded=True), **given)  # type: ignore[arg-type]


def some(random: Random, values: tuple[str, ...], most: int = 2) -> tuple[str, ...]:
    return tuple(random.sample(values, random.randint(0, most)))


# What can ever run.


def listed(random: Random) -> Governance:
    """A policy of lists, evidence and what stops an action for good."""
    return document(
        denied=some(random, ACTIONS, 1),
        allowed=some(random, (*ACTIONS, OTHER), 4) if random.random() < 0.4 else None,
        rates={name: RateLimit(0, 9) for name in some(random, ACTIONS, 1)} if random.random() < 0.3 else None,
        constraints=dict.fromkeys(some(random, ACTIONS, 1), IMPOSSIBLE) if random.random() < 0.3 else None,
        evidence=evidence({name: some(random, ACTIONS) for name in some(random, ACTIONS, 3)}),
    )


def runnable(documents: list[Governance]) -> set[str]:
    """Every action that some history lets run, found by letting run whatever can."""
    asked, state, ran = GovernanceEvaluator(policies(*documents)), NO_HISTORY, set[str]()
    for _ in range(len(ACTIONS) + 1):
        for action in (*ACTIONS, OTHER):
            decision, state = asked.decide(happens(action), state)
            if decision.decision is Decision.ALLOW:
                ran.add(action)
    return ran


@pytest.mark.parametrize("seed", range(300))
def test_what_can_never_run_is_told_and_nothing_else(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for secrets
    own, wider = listed(random), [listed(random) for _ in range(random.randint(0, 1))]
    every = [own, *wider]
    able = runnable(every)
    named = {name for one in every for name, needs in one.evidence.requirements.items() for name in (name, *needs)}
    facts = Facts(own, wider)

    assert set(never_runs(every)) == named - able
    assert {str(place.route[1]) for place in facts.unreachable} == {
        action
        for action, needs in own.evidence.requirements.items()
        if action not in able and any(name not in able for name in needs)
    }
    lists = [one.allowed_actions for one in every if one.allowed_actions is not None]
    nothing = own.allowed_actions is not None and not any(
        all(name in one for one in lists) for name in (*ACTIONS, OTHER)
    )
    assert (facts.empty_allowlist is not None) == nothing
    assert {place.route[1] for place in facts.unsatisfiable} == set(own.argument_constraints)


# Limits that do nothing.

LIMITS: Final = [RateLimit(count, window) for count, window in product((1, 2, 3, 4), (1, 2, 3, 4))]
TIMES: Final = range(8)


def lets_through(limits: list[RateLimit], times: tuple[int, ...]) -> bool:
    """Whether all calls at these seconds pass; one that is a window old is gone."""
    return all(
        sum(1 for other in times[:place] if other > now - limit.window_seconds) < limit.max_count
        for place, now in enumerate(times)
        for limit in limits
    )


@pytest.fixture(scope="module")
def passing() -> Mapping[RateLimit, frozenset[tuple[int, ...]]]:
    """The sequences of at most six calls that each limit lets through."""
    sequences = [times for size in range(1, 7) for times in combinations_with_replacement(TIMES, size)]
    return {limit: frozenset(times for times in sequences if lets_through([limit], times)) for limit in LIMITS}


@pytest.mark.parametrize("own", LIMITS, ids=str)
def test_a_limit_does_nothing_exactly_where_a_wider_one_refuses_as_much(
    own: RateLimit, passing: Mapping[RateLimit, frozenset[tuple[int, ...]]]
) -> None:
    for wider in LIMITS:
        facts = Facts(document(rates={"a": own}), [document(rates={"a": wider})])

        assert bool(list(facts.looser)) == (passing[wider] <= passing[own]), wider


# Approval rules that are never reached.

RISKS: Final = ("low", "HIGH", None)
TAGS: Final = ("t", "u")
COSTS: Final = (Decimal(0), Decimal(1), Decimal(2))
SCHEMAS: Final[tuple[Schema, ...]] = (
    {"properties": {"x": {"minimum": 1}}},
    {"properties": {"x": {"minimum": 2}}},
    {"required": ["x"], "properties": {"x": {"type": "number", "maximum": 1}}},
    {"required": ["y"]},
)
ARGUMENTS: Final[tuple[Mapping[str, Json], ...]] = tuple(
    {name: value for name, value in (("x", x), ("y", y)) if value is not None}
    for x, y in product((None, 0, 1, Decimal("1.5"), 2, "text"), (None, 1))
)


def condition(random: Random) -> ApprovalCondition:
    def maybe(values: tuple[str, ...]) -> tuple[str, ...] | None:
        return tuple(random.sample(values, random.randint(1, 2))) if random.random() < 0.4 else None

    return ApprovalCondition(
        maybe(ACTIONS),
        maybe(TAGS),
        maybe(("low", "high", "medium")),
        random.choice(COSTS) if random.random() < 0.3 else None,
        random.choice(SCHEMAS) if random.random() < 0.4 else None,
    )


def events() -> Iterator[GovernanceEvent]:
    for action, tags, risk, cost, arguments in product(
        (*ACTIONS, OTHER), ((), ("t",), ("u",)), (*RISKS, "critical"), COSTS, ARGUMENTS
    ):
        yield happens(action, tags=tags, risk_level=risk, cost_usd=cost, arguments=arguments)


EVENTS: Final = tuple(events())


def asked_about(policy: Governance, wider: list[Governance], state: State = NO_HISTORY) -> set[int]:
    """The rules that are the first about some event that nothing refuses; each is asked by itself."""
    refusing = GovernanceEvaluator(policies(_without_rules(policy), *wider))
    live = [event for event in EVENTS if refusing.decide(event, state).decision.decision is Decision.ALLOW]
    found: set[int] = set()
    for number, rule in enumerate(policy.approvals.rules):
        single = GovernanceEvaluator(policies(document(approvals=Approvals(rules=(rule,)))))
        is_about = [single.decide(event, state).decision.decision is Decision.REQUIRE_APPROVAL for event in live]
        if any(is_about):
            found.add(number)
        live = [event for event, about in zip(live, is_about, strict=True) if not about]
    return found


def _without_rules(policy: Governance) -> Governance:
    return document(
        denied=policy.denied_actions, allowed=policy.allowed_actions, constraints=policy.argument_constraints
    )


@pytest.mark.parametrize("seed", range(80))
def test_an_approval_rule_is_told_exactly_where_it_is_never_the_first(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for secrets
    who = (Approver("email", "ann@example.com"),)
    rules = tuple(ApprovalRule(f"r{number}", condition(random), who) for number in range(random.randint(2, 4)))
    policy = document(
        approvals=Approvals(rules=rules),
        denied=some(random, ACTIONS, 1),
        allowed=some(random, ACTIONS, 3) if random.random() < 0.3 else None,
        constraints={"a": random.choice(SCHEMAS)} if random.random() < 0.3 else None,
    )
    wider = [document(denied=some(random, ACTIONS, 1))]

    told = {place.route[1] for place in Facts(policy, wider).unreachable_approvals}

    assert told == set(range(len(rules))) - asked_about(policy, wider)
