"""From a file to a policy: what every key means, and every complaint at its place."""

import re
from decimal import Decimal

import pytest

from bylaw.languages.governance.language import GovernanceLanguage
from bylaw.languages.governance.model import (
    PII_CATEGORIES,
    ApprovalCondition,
    ApprovalRule,
    Approvals,
    Approver,
    Budgets,
    Evidence,
    Governance,
    GroundingRule,
    Guardrails,
    LoopRule,
    PiiRule,
    RateLimit,
    Scope,
)
from bylaw.languages.governance.reading import ReadGovernance, read_governance

WHOLE = """
name: production limits
description: what the billing bot may do
scope: agent
target_id: billing-bot
session_budget: 5.00
run_budget: 1
action_budgets: {call_llm: 0.50}
budget_warning_thresholds: [50, 90]
denied_actions: [send_money]
allowed_actions: [issue_refund, lookup_order, call_llm]
rate_limits: {search_web: {max_count: 20, window_seconds: 60}}
require_approval: true
approval_actions: [issue_refund]
approval_tags: [money]
approval_risk_levels: [HIGH, critical]
approval_threshold_usd: 0.25
approval_timeout_seconds: 600
default_approvers: [{type: email, target: ops@example.com}]
approval_rules:
  - name: large
    when: {actions: [issue_refund], min_cost_usd: 0.1, risk_levels: [High], arguments: {required: [amount]}}
    approvers: [{type: slack, target: "#refunds"}, {type: user, target: ann}]
    min_approvals: 2
    timeout_seconds: 60
    on_timeout: deny
evidence_requirements: {issue_refund: [lookup_order]}
evidence_max_age_seconds: {issue_refund: 300}
evidence_actions: [lookup_order]
commit_actions: [issue_refund]
argument_constraints:
  issue_refund: {required: [order_id, amount], properties: {amount: {type: number, maximum: 100.50}}}
grounding_rules: {issue_refund: {order_id: {source_action: lookup_order, source_field: order.id}}}
pii_rules: {search_web: {extra_patterns: ["secret-[0-9]+"]}, call_llm: {categories: [email]}}
pii_default_enabled: true
moderation_rules: {call_llm: {strictness: balanced}}
loop_rules: {search_web: {threshold: 3, arg_exclude: [page]}}
strict_mode: false
"""


def read(text: str) -> ReadGovernance:
    return read_governance(text, "policies/bot/limits.yaml")


def policy_of(text: str) -> Governance:
    found = read(text)
    assert found.policy is not None, found.diagnostics
    assert found.diagnostics == ()
    return found.policy


def test_every_key_becomes_what_it_means() -> None:
    assert policy_of(WHOLE) == Governance(
        name="production limits",
        description="what the billing bot may do",
        scope=Scope.AGENT,
        target_id="billing-bot",
        enabled=True,
        budgets=Budgets(Decimal("5.0"), Decimal(1), {"call_llm": Decimal("0.5")}, (50, 90)),
        denied_actions=("send_money",),
        allowed_actions=("issue_refund", "lookup_order", "call_llm"),
        rate_limits={"search_web": RateLimit(20, 60)},
        approvals=Approvals(
            required=True,
            actions=("issue_refund",),
            tags=("money",),
            risk_levels=("high", "critical"),
            threshold_usd=Decimal("0.25"),
            timeout_seconds=600,
            default_approvers=(Approver("email", "ops@example.com"),),
            rules=(
                ApprovalRule(
                    "large",
                    ApprovalCondition(
                        ("issue_refund",), None, ("high",), Decimal("0.1"), {"required": ("amount",)}
                    ),
                    (Approver("slack", "#refunds"), Approver("user", "ann")),
                    2,
                    60,
                ),
            ),
        ),
        evidence=Evidence(
            requirements={"issue_refund": ("lookup_order",)},
            max_age_seconds={"issue_refund": 300},
            actions=("lookup_order",),
            grounding={"issue_refund": {"order_id": GroundingRule("lookup_order", "order.id", "result")}},
        ),
        argument_constraints={
            "issue_refund": {
                "required": ("order_id", "amount"),
                "properties": {"amount": {"type": "number", "maximum": Decimal("100.5")}},
            }
        },
        guardrails=Guardrails(
            pii={
                "search_web": PiiRule(PII_CATEGORIES, ("secret-[0-9]+",)),
                "call_llm": PiiRule(("email",)),
            },
            pii_by_default=True,
            loop={"search_web": LoopRule(3, 10, ("page",))},
            loop_by_default=False,
            moderation={"call_llm": {"strictness": "balanced"}},
            moderation_by_default=False,
        ),
        commit_actions=("issue_refund",),
        strict_mode=False,
    )  # fmt: skip


def test_a_name_alone_is_a_policy_that_binds_nobody() -> None:
    policy = policy_of("name: nothing\n")

    assert policy.scope is Scope.GLOBAL
    assert policy.allowed_actions is None
    assert policy.budgets == Budgets(actions={})


BAD = {
    "no name": ("scope: global\n", "missing-key", "1:1"),
    "an unknown key": ("name: a\ndenied_action: [b]\n", "unknown-key", "2:1"),
    "an agent without a name": ("name: a\nscope: agent\n", "target-id", "2:8"),
    "a global policy for somebody": ("name: a\ntarget_id: b\n", "target-id", "2:1"),
    "a scope that there is not": ("name: a\nscope: team\ntarget_id: b\n", "invalid-value", "2:8"),
    "a negative amount": ("name: a\nrun_budget: -1\n", "invalid-value", "2:13"),
    "an amount that is not finite": ("name: a\nrun_budget: 1e999\n", "invalid-value", "2:13"),
    "an amount in quotes": ('name: a\nrun_budget: "1"\n', "invalid-value", "2:13"),
    "an amount with seven decimals": ("name: a\nrun_budget: 0.0000001\n", "amount-decimals", "2:13"),
    "an amount of an action with seven decimals": (
        "name: a\naction_budgets: {b: 1.2345678}\n",
        "amount-decimals",
        "2:21",
    ),
    "a limit without its window": ("name: a\nrate_limits: {b: {max_count: 1}}\n", "missing-key", "2:18"),
    "a limit with a window of nothing": (
        "name: a\nrate_limits: {b: {max_count: 1, window_seconds: 0}}\n",
        "invalid-value",
        "2:49",
    ),
    "a name twice": ("name: a\ndenied_actions: [b, c, b]\n", "repeated-name", "2:24"),
    "an action without a name": ('name: a\ndenied_actions: [""]\n', "invalid-value", "2:18"),
    "a keyword that nobody enforces": (
        "name: a\nargument_constraints: {b: {properties: {c: {format: email}}}}\n",
        "schema",
        "2:45",
    ),
    "a bound that is no number": ('name: a\nargument_constraints: {b: {minimum: "1"}}\n', "schema", "2:28"),
    "a pattern that backtracks": (
        "name: a\nargument_constraints: {b: {properties: {c: {pattern: '(a)\\1'}}}}\n",
        "schema",
        "2:45",
    ),
    "a type that there is not": ("name: a\nargument_constraints: {b: {type: int}}\n", "schema", "2:28"),
    "a schema of an approval rule": (
        "name: a\napproval_rules: [{name: r, when: {arguments: {if: {}}}, approvers: []}]\n",
        "schema",
        "2:47",
    ),
    "two rules of one name": (
        "name: a\napproval_rules:\n  - {name: r, when: {}, approvers: []}\n  - {name: r, when: {}, approvers: []}\n",
        "duplicate-rule-name",
        "4:12",
    ),
    "more approvals than approvers": (
        "name: a\napproval_rules: [{name: r, when: {}, approvers: [{type: user, target: u}], min_approvals: 2}]\n",
        "too-few-approvers",
        "2:91",
    ),
    "a risk that there is not": ("name: a\napproval_risk_levels: [huge]\n", "invalid-value", "2:24"),
    "an approver of no kind": ("name: a\ndefault_approvers: [{type: fax, target: u}]\n", "invalid-value", "2:28"),
    "grounding without a field": (
        "name: a\ngrounding_rules: {b: {c: {source_action: d}}}\n",
        "missing-key",
        "2:26",
    ),
    "a category that there is not": ("name: a\npii_rules: {b: {categories: [shoe_size]}}\n", "invalid-value", "2:30"),
    "a pattern of personal data that backtracks": (
        "name: a\npii_rules: {b: {extra_patterns: ['(?=x)']}}\n",
        "invalid-regex",
        "2:34",
    ),
    "a word that is a truth to others": ("name: a\nenabled: true\ndenied_actions: [on]\n", "ambiguous-scalar", "3:18"),
    "a number that loses digits": (
        "name: a\nargument_constraints: {b: {minimum: 0.12345678901234567}}\n",
        "imprecise-number",
        "2:37",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_at_its_place(name: str) -> None:
    text, code, place = BAD[name]

    found = read(text)

    assert found.policy is None
    told = [(problem.code, str(problem.span)) for problem in found.diagnostics]
    assert (code, f"policies/bot/limits.yaml:{place}") in told


HOSTILE = {
    "schemas inside one another": "name: a\nargument_constraints: {b: " + "{items: " * 45 + "{}" + "}" * 46 + "\n",
    "a schema of thousands": "name: a\nargument_constraints: {b: {anyOf: [" + ", ".join(["{}"] * 5000) + "]}}\n",
    "an alias": "name: &n a\ndescription: *n\n",
    "a number of thousands of digits": "name: a\nrun_budget: " + "9" * 5000 + "\n",
    "a key that is no text": "name: a\naction_budgets: {1: 2}\n",
    "not a number": "name: a\nrun_budget: .nan\n",
    "a huge document": "name: a\ndescription: " + "x" * 300_000 + "\n",
    "a long name": "name: " + "x" * 300 + "\n",
    "a lone surrogate": 'name: "\\ud800"\n',
    "control characters": "name: a\x00b\n",
    "nothing": "",
    "a list": "- a\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_with_a_reason(name: str) -> None:
    found = read(HOSTILE[name])

    assert found.policy is None
    assert found.diagnostics


def test_ten_thousand_actions_are_read() -> None:
    names = ", ".join(f"action_{number}" for number in range(10_000))

    assert len(policy_of(f"name: a\ndenied_actions: [{names}]\n").denied_actions) == 10_000


def test_formatting_keeps_comments() -> None:
    text = "name:   a # why\ndenied_actions:\n- b\n"

    formatted = GovernanceLanguage().format(text, "a.yaml").text
    assert formatted is not None
    assert re.fullmatch("name: a +# why\ndenied_actions:\n  - b\n", formatted)
    assert not GovernanceLanguage().is_formatted(text)
