"""What a comparison says of two versions of some policies, and what sampled histories say of the comparison."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.analysis.governance.comparing import compare
from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import PolicyLabel
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.state import NO_HISTORY
from bylaw.languages.governance.model import Governance
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect
from bylaw.model.verdicts import Verdict, combined
from tools.evaluation.governance import worlds
from tools.evaluation.governance.documents import document
from tools.evaluation.governance.test_second_opinion import approval
from tools.evaluation.governance.worlds import Happening
from tools.languages.governance.test_reading import policy_of

EVERYBODY = GovernancePolicy(PolicyLabel("base", "base"), document())


def under(policy: Governance) -> list[GovernancePolicy]:
    """The policy beside one that applies to everybody and refuses nothing."""
    return [EVERYBODY, GovernancePolicy(PolicyLabel("it", "it"), policy)]


def first_difference(before: Governance, after: Governance, happenings: list[Happening]) -> Verdict | None:
    """What the first event that only one version lets through says; none where there is none."""
    sides = [GovernanceEvaluator(under(one), Dialect.STRICT) for one in (before, after)]
    states = [NO_HISTORY, NO_HISTORY]
    for happening in happenings:
        event = replace(happening.event, idempotency_key=None, kill_switches=(), kill_switches_known=True)
        allowed = []
        for place, side in enumerate(sides):
            if happening.filed is not None:
                states[place] = states[place].with_approval(approval(event, happening.filed, hashed=arguments_hash))
            decided = side.decide(event, states[place])
            states[place] = decided.state
            allowed.append(decided.decision.decision is Decision.ALLOW)
        if allowed[0] is not allowed[1]:
            return Verdict.WIDENS if allowed[1] else Verdict.NARROWS
    return None


@settings(max_examples=250, deadline=None)
@given(worlds.documents(), worlds.documents(), worlds.happenings(), st.booleans())
def test_what_is_said_not_to_happen_does_not(
    before: Governance,
    other: Governance,
    happenings: list[Happening],
    same_scope: bool,  # noqa: FBT001
) -> None:
    after = replace(other, scope=before.scope, target_id=before.target_id) if same_scope else other
    verdict = combined(one.verdict for one in compare(under(before), under(after)))

    seen = first_difference(before, after, happenings)

    if verdict in {Verdict.EQUAL, Verdict.NARROWS, Verdict.WIDENS}:
        assert seen in {None, verdict}


@settings(max_examples=150, deadline=None)
@given(worlds.documents(), worlds.documents())
def test_every_example_shows_what_it_is_an_example_of(before: Governance, other: Governance) -> None:
    after = replace(other, scope=before.scope, target_id=before.target_id)
    for policy in compare(under(before), under(after)):
        for change, example in policy.changes:
            if example is not None:
                allowed = example.before is Decision.ALLOW, example.after is Decision.ALLOW
                assert allowed[0] is not allowed[1]
                assert change.verdict is not Verdict.NARROWS or allowed[0]
                assert change.verdict is not Verdict.WIDENS or allowed[1]


BASE = """
name: a
session_budget: 5
action_budgets: {pay: 1}
denied_actions: [wipe]
rate_limits: {pay: {max_count: 5, window_seconds: 60}}
evidence_requirements: {pay: [look]}
evidence_max_age_seconds: {pay: 60}
argument_constraints:
  pay: {required: [amount], properties: {amount: {type: number, maximum: 100}}}
require_approval: true
approval_threshold_usd: 0.5
approval_rules:
  - {name: large, when: {actions: [pay], arguments: {properties: {amount: {minimum: 50}}}}, approvers: [{type: user, target: u}, {type: user, target: w}], min_approvals: 1}
loop_rules: {pay: {threshold: 4, window_seconds: 10}}
pii_rules: {pay: {categories: [email]}}
"""  # noqa: E501
EDITS = {
    "nothing": ("name: a", "name: a", "equal"),
    "another name": ("name: a", "name: b", "equal"),
    "a larger budget": ("session_budget: 5", "session_budget: 6", "widens"),
    "a smaller budget of an action": ("{pay: 1}", "{pay: 0.5}", "narrows"),
    "no budget": ("session_budget: 5\n", "", "widens"),
    "an action is no longer denied": ("[wipe]", "[]", "widens"),
    "an allowlist": ("denied_actions: [wipe]", "allowed_actions: [pay, look]", "narrows"),
    "an allowlist with what was denied": ("denied_actions: [wipe]", "allowed_actions: [pay, look, wipe]", "changes"),
    "an allowlist beside a denial that says the same of one action": (
        "denied_actions: [wipe]",
        "denied_actions: [wipe, other]\nallowed_actions: [pay, look]",
        "narrows",
    ),
    "more calls": ("max_count: 5", "max_count: 6", "widens"),
    "as many in a longer window": ("window_seconds: 60}", "window_seconds: 61}", "narrows"),
    "half as many in half the time": (
        "{max_count: 5, window_seconds: 60}",
        "{max_count: 3, window_seconds: 30}",
        "changes",
    ),
    "so few in a short time that the old limit holds as well": (
        "{max_count: 5, window_seconds: 60}",
        "{max_count: 1, window_seconds: 15}",
        "narrows",
    ),
    "no evidence": ("{pay: [look]}", "{pay: []}", "widens"),
    "more evidence": ("{pay: [look]}", "{pay: [look, ask]}", "narrows"),
    "older evidence": ("{pay: 60}", "{pay: 61}", "widens"),
    "an age of evidence that nobody asks for": ("{pay: 60}", "{pay: 60, read: 5}", "equal"),
    "a higher amount": ("maximum: 100", "maximum: 101", "widens"),
    "a bound that says the same": ("maximum: 100", "maximum: 100.0", "equal"),
    "the type that the bound implies": ("{type: number, maximum: 100}", "{maximum: 100}", "equal"),
    "a lower and a looser bound": ("{type: number, maximum: 100}", "{type: number, minimum: 1, maximum: 200}", "changes"),
    "constraints of a denied action": ("argument_constraints:\n", "argument_constraints:\n  wipe: {required: [x]}\n", "equal"),
    "a higher threshold": ("threshold_usd: 0.5", "threshold_usd: 0.6", "widens"),
    "a risk that asks": ("threshold_usd: 0.5", "threshold_usd: 0.5\napproval_risk_levels: [high]", "narrows"),
    "nobody is asked": ("require_approval: true", "require_approval: false", "widens"),
    "everything is asked about": ("approval_threshold_usd: 0.5\n", "", "narrows"),
    "smaller amounts are asked about": ("minimum: 50", "minimum: 40", "narrows"),
    "the same amounts in other words": ("{minimum: 50}", "{type: number, minimum: 50}", "equal"),
    "more approvals": ("min_approvals: 1", "min_approvals: 2", "narrows"),
    "somebody else is asked": ("target: u", "target: v", "changes"),
    "more calls alike": ("threshold: 4", "threshold: 5", "widens"),
    "more is looked for": ("[email]", "[email, us_ssn]", "narrows"),
    "switched off": ("name: a", "name: a\nenabled: false", "widens"),
    "for one agent only": ("name: a", "name: a\nscope: agent\ntarget_id: x", "widens"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_means_what_was_expected(name: str) -> None:
    old, new, expected = EDITS[name]
    before, after = policy_of(BASE), policy_of(BASE.replace(old, new, 1))

    found = compare(under(before), under(after))

    told = [(str(change.verdict), change.text) for one in found for change, _ in one.changes]
    assert str(combined(one.verdict for one in found)) == expected, told


SHOWN = ("a larger budget", "an action is no longer denied", "more calls", "no evidence", "older evidence", "a higher amount",
         "a higher threshold", "smaller amounts are asked about", "an allowlist")  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_an_edit_is_shown_by_an_event(name: str) -> None:
    old, new, _ = EDITS[name]

    found = compare(under(policy_of(BASE)), under(policy_of(BASE.replace(old, new, 1))))

    assert any(example is not None for one in found for _, example in one.changes)


def test_a_policy_that_alone_vouches_changes_both_when_it_goes() -> None:
    alone = [GovernancePolicy(PolicyLabel("it", "it"), replace(policy_of(BASE), denied_actions=()))]

    (found,) = compare(alone, [])

    assert found.verdict is Verdict.CHANGES
