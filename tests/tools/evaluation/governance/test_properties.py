"""What holds whatever the policies are and whatever happened before."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import EnforcementMode
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.exemptions import EXEMPTIBLE, Exemption
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.state import NO_HISTORY, State
from bylaw.languages.governance.model import Governance
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect
from tools.evaluation.governance import worlds
from tools.evaluation.governance.documents import policies
from tools.evaluation.governance.test_second_opinion import approval
from tools.evaluation.governance.worlds import Happening

MODE = EnforcementMode.FAIL_CLOSED_WRITES
SHORT = settings(max_examples=60, deadline=None)
STRICTNESS = {Decision.ALLOW: 0, Decision.REQUIRE_APPROVAL: 1, Decision.DENY: 2}


def strict(given_policies: list[GovernancePolicy], exemptions: list[Exemption] | None = None) -> GovernanceEvaluator:
    return GovernanceEvaluator(given_policies, Dialect.STRICT, MODE, exemptions=exemptions or [])


def with_filed(happening: Happening, state: State) -> State:
    if happening.filed is None:
        return state
    return state.with_approval(approval(happening.event, happening.filed, hashed=arguments_hash))


def fresh(event: GovernanceEvent) -> GovernanceEvent:
    """Without the answers of earlier calls, which are given again whatever the policies have become."""
    return replace(event, idempotency_key=None)


@SHORT
@given(st.lists(worlds.documents(), min_size=1, max_size=3), worlds.documents(), worlds.happenings())
def test_another_policy_never_permits_more(
    documents: list[Governance], extra: Governance, happenings: list[Happening]
) -> None:
    """Of one event after the same history; `commit_actions` of the other policy only ever make a write of it."""
    fewer, more = strict(policies(*documents)), strict(policies(*documents, extra))
    state = NO_HISTORY
    for happening in happenings:
        state, event = with_filed(happening, state), fresh(happening.event)
        before, _ = fewer.decide(event, state)
        after, next_state = more.decide(event, state)
        if before.matched_policies:
            assert STRICTNESS[after.decision] >= STRICTNESS[before.decision]
        state = next_state


@SHORT
@given(st.lists(worlds.documents(), min_size=2, max_size=4), st.randoms(use_true_random=False), worlds.happenings())
def test_the_order_of_policies_decides_nothing_but_the_reason(
    documents: list[Governance], chance: Any, happenings: list[Happening]
) -> None:
    one = policies(*documents)
    other = one.copy()
    chance.shuffle(other)
    state, turned = NO_HISTORY, NO_HISTORY
    for happening in happenings:
        state, turned = with_filed(happening, state), with_filed(happening, turned)
        first, state = strict(one).decide(happening.event, state)
        second, turned = strict(other).decide(happening.event, turned)
        assert first.decision is second.decision
        assert state._replace(replies=NO_HISTORY.replies) == turned._replace(replies=NO_HISTORY.replies)


@SHORT
@given(worlds.sets, st.lists(worlds.exemptions, max_size=2, unique_by=lambda one: one.id), worlds.happenings())
def test_only_allowed_events_change_the_state(
    documents: list[Governance], exemptions: list[Exemption], happenings: list[Happening]
) -> None:
    asked, state = strict(policies(*documents), exemptions), NO_HISTORY
    for happening in happenings:
        state = with_filed(happening, state)
        decision, after = asked.decide(happening.event, state)
        if decision.decision is not Decision.ALLOW or happening.event.dry_run:
            assert after is state
        state = after


@SHORT
@given(worlds.sets, st.lists(worlds.exemptions, max_size=2, unique_by=lambda one: one.id), worlds.happenings())
def test_decisions_depend_on_nothing_but_event_and_state(
    documents: list[Governance], exemptions: list[Exemption], happenings: list[Happening]
) -> None:
    asked, state = strict(policies(*documents), exemptions), NO_HISTORY
    for happening in happenings:
        state = with_filed(happening, state)
        found = asked.decide(happening.event, state)
        assert strict(policies(*documents), exemptions).decide(happening.event, state) == found
        assert asked.decide(happening.event, state) == found
        state = found.state


@SHORT
@given(
    st.lists(worlds.documents(), min_size=1, max_size=3),
    st.lists(worlds.exemptions, min_size=1, max_size=2, unique_by=lambda one: one.id),
    worlds.happenings(),
)
def test_an_exception_lifts_only_its_own_policy_for_whom_it_names(
    documents: list[Governance], exemptions: list[Exemption], happenings: list[Happening]
) -> None:
    """Where an event passes that would not, the rules of all policies but those that are named have no objection."""
    given_policies, state = policies(*documents), NO_HISTORY
    for happening in happenings:
        state, event = with_filed(happening, state), fresh(happening.event)
        without, _ = strict(given_policies).decide(event, state)
        decision, after = strict(given_policies, exemptions).decide(event, state)
        if STRICTNESS[decision.decision] < STRICTNESS[without.decision]:
            applied = [one for one in exemptions if one.id in decision.exceptions_applied]
            assert applied
            assert all(one.agent_id == event.agent_id and one.run_id in {None, event.run_id} for one in applied)
            assert all(one.actions is None or event.action in one.actions for one in applied)
            named = {one.policy for one in applied}
            others, _ = strict([one for one in given_policies if one.label.id not in named]).decide(event, state)
            if others.matched_policies:
                assert STRICTNESS[others.decision] <= STRICTNESS[decision.decision]
        state = after


@SHORT
@given(st.lists(worlds.documents(), min_size=1, max_size=3), worlds.happenings())
def test_no_exception_reaches_what_cannot_be_set_aside(
    documents: list[Governance], happenings: list[Happening]
) -> None:
    everything = [
        Exemption(f"e{agent}{place}", f"p{place}", agent_id=agent, rules=rules, max_uses=1_000_000)
        for agent in worlds.AGENTS
        for place in range(len(documents))
        for rules in (None, EXEMPTIBLE)
    ]
    state = NO_HISTORY
    fixed = {
        "AGENT_KILLED",
        "KILL_SWITCH_UNAVAILABLE",
        "INVALID_REQUEST",
        "NO_POLICY_FOR_WRITE",
        "PII_DETECTED",
        "LOOP_DETECTED",
    }
    for happening in happenings:
        event = fresh(happening.event)
        without, _ = strict(policies(*documents)).decide(event, state)
        decision, state = strict(policies(*documents), everything).decide(event, state)
        assert decision.reason_code is None or decision.reason_code in fixed
        if without.reason_code in fixed:
            assert decision.decision is Decision.DENY
