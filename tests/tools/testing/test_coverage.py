"""Coverage: what the cases made the policies do, and what they did not."""

from collections.abc import Mapping

import pytest

from bylaw.testing.coverage import CoverageReport, PolicyCoverage
from bylaw.testing.measure import measure
from bylaw.testing.ratio import Ratio
from tools.testing.desk import SCHEMA, load, suite


def covered(tests: str, policies: Mapping[str, str], *, schema: str | None = SCHEMA, app: str = "") -> CoverageReport:
    loaded = load({"suite.yaml": suite(tests)}, policies=policies, schema=schema, app=app)
    assert [item for item in loaded.diagnostics if item.severity == "error"] == []
    return measure(loaded.program, loaded.run().results)


def pay(*amounts: int, who: str = "ann") -> str:
    rows = ", ".join(f"{{amount: {amount}}}" for amount in amounts)
    request = f'{{principal: {who}, action: pay, resource: plan, context: {{amount: "{{amount}}"}}}}'
    return f"- {{name: pay {who}, each: [{rows}], request: {request}, expect: {{decision: deny}}}}\n"


def single(report: CoverageReport) -> PolicyCoverage:
    (policy,) = report.policies
    return policy


def missing(report: CoverageReport) -> list[str]:
    return [
        f"{m.level} {m.span.start.line if m.span else '-'} {m.message}"
        for m in report.missing
        if m.level != "environment"
    ]


PAY = {
    "pay": 'permit (principal, action == Desk::Action::"pay", resource)\nwhen { context.amount > 5 && principal.level < 2 };\n'
}


def test_conditions_count_only_where_they_are_reached() -> None:
    policy = single(covered(pay(1, 9), PAY))

    amount, level = policy.conditions
    assert (amount.hits.true, amount.hits.false) == (1, 1)
    assert (level.hits.true, level.hits.false, level.hits.not_reached) == (0, 1, 1)


def test_what_is_missing_is_told_with_file_and_line() -> None:
    report = covered(pay(1, 9), PAY)

    assert missing(report) == [
        "policy 1 `pay`: no case satisfies it",
        "clause 2 `when { context.amount > 5 && principal.level < 2 }` is never true",
        "condition 2 `principal.level < 2` is never true",
    ]
    assert str(report.missing[0].span) == "policies/desk/pay.cedar:1:1"


def test_everything_seen_both_ways_is_covered() -> None:
    report = covered(pay(1, 9) + pay(9, who="bob"), PAY)

    assert missing(report) == []
    assert {level: str(ratio) for level, ratio in report.figures.items() if level != "environment"} == {
        "policy": "100.0 % (1 of 1)",
        "decisive": "100.0 % (1 of 1)",
        "clause": "100.0 % (2 of 2)",
        "condition": "100.0 % (4 of 4)",
    }


def test_a_policy_that_is_never_in_scope_is_not_covered_by_not_matching() -> None:
    report = covered(
        "- {name: r, request: {principal: ann, action: read, resource: plan}, expect: {decision: deny}}", PAY
    )

    assert missing(report) == ["policy 1 `pay`: no case is in its scope"]
    assert report.figures["policy"] == Ratio(0, 1)
    assert report.figures["condition"] == Ratio(0, 4)


def test_a_permit_that_a_forbid_always_overrules_decides_nothing() -> None:
    policies = {**PAY, "never": "forbid (principal, action, resource);"}

    report = covered(pay(9, who="bob"), policies)

    assert "decisive 1 `pay`: it decides no case" in missing(report)
    assert {policy.policy: (policy.matched, policy.decisive) for policy in report.policies} == {
        "never": (1, 1),
        "pay": (1, 0),
    }


def test_a_clause_counts_only_behind_the_clauses_before_it() -> None:
    policy = {
        "p": "permit (principal, action, resource)\nwhen { context.amount > 5 }\nunless { principal.level > 2 };\n"
    }

    first, second = single(covered(pay(1, 9), policy)).clauses

    assert (first.hits.true, first.hits.false) == (1, 1)
    assert (second.hits.true, second.hits.false, second.hits.not_reached) == (1, 0, 1)


def test_an_error_is_an_outcome_of_its_own() -> None:
    policy = {
        "p": "permit (principal, action, resource)\nwhen { context.amount + 9223372036854775807 > 0 || context.amount > 0 };\n"
    }

    one = single(covered(pay(1, -1), policy))

    assert [(c.hits.true, c.hits.false, c.hits.error, c.hits.not_reached) for c in one.conditions] == [
        (1, 0, 1, 0),
        (0, 0, 0, 2),
    ]
    assert one.errors == 1


@pytest.mark.parametrize(
    ("body", "hits"),
    [
        ("if context.amount > 5 then principal.level > 2 else principal.level > 9", [(1, 1), (1, 0), (0, 1)]),
        ("!(context.amount > 5) || principal.level > 9", [(1, 1), (0, 1)]),
        ("true && context.amount > 5", [(1, 1)]),
        ("(context.amount > 5) == (principal.level > 2)", [(1, 1)]),
        ('[1, 9].contains(context.amount) && principal.hasTag("x")', [(2, 0), (0, 2)]),
    ],
)
def test_atomic_conditions_are_what_stands_between_the_logical_operators(
    body: str, hits: list[tuple[int, int]]
) -> None:
    policy = single(covered(pay(1, 9), {"p": f"permit (principal, action, resource) when {{ {body} }};"}))

    assert [(condition.hits.true, condition.hits.false) for condition in policy.conditions] == hits


def test_a_template_is_covered_by_its_links_together() -> None:
    policies = {"t": "permit (principal == ?principal, action, resource)\nwhen { context.amount > 5 };\n"}
    app = "links:\n" + "".join(
        f"  - {{id: {who}-link, template: t, values: {{principal: 'Desk::Agent::\"{who}\"'}}}}\n"
        for who in ("ann", "bob")
    )

    report = covered(pay(1) + pay(9, who="bob"), policies, app=app)

    assert missing(report) == []
    assert (single(report).policy, single(report).in_scope, single(report).decisive) == ("t", 2, 1)


def test_a_log_only_policy_is_covered_but_cannot_decide() -> None:
    policies = {"p": '@enforcement("log_only")\nforbid (principal, action, resource) when { context.amount > 5 };\n'}

    report = covered(pay(1, 9), policies)

    assert missing(report) == []
    assert report.figures["decisive"] == Ratio(0, 0)


def test_request_environments_want_an_allow_and_a_deny() -> None:
    tests = "- {name: m, matrix: {principals: [ann, job], actions: [read], resources: [plan]}, allow: [{principals: [ann]}]}"
    policies = {"p": "permit (principal is Desk::Agent, action, resource);"}

    report = covered(tests, policies)

    assert [m.message for m in report.missing if m.level == "environment"] == [
        "no case asserts allow for (Desk::Agent, pay, Desk::Ticket)",
        "no case asserts deny for (Desk::Agent, pay, Desk::Ticket)",
        "no case asserts deny for (Desk::Agent, read, Desk::Ticket)",
    ]
    # No permit can match a service, so there is no allow to ask for.
    assert report.figures["environment"] == Ratio(2, 5)


def test_an_environment_that_a_forbid_closes_wants_no_allow() -> None:
    tests = "- {name: m, matrix: {principals: [ann], actions: [pay], resources: [plan], contexts: [cheap]}}"
    policies = {
        "p": "permit (principal, action, resource);",
        "f": 'forbid (principal, action == Desk::Action::"pay", resource);',
    }

    messages = [m.message for m in covered(tests, policies).missing]

    assert not [message for message in messages if "pay" in message and "environment" in message]


def test_gates_tell_which_level_is_below() -> None:
    report = covered(pay(1, 9), PAY)

    below = report.below({"policy": 100, "clause": 50, "condition": 80})

    assert [str(shortfall) for shortfall in below] == [
        "policy coverage is 0.0 % (0 of 1), gate 100 %",
        "condition coverage is 75.0 % (3 of 4), gate 80 %",
    ]


def test_a_report_can_be_narrowed_to_changed_policies() -> None:
    policies = {**PAY, "other": "permit (principal, action, resource);"}

    report = covered(pay(1), policies).only(["other"])  # type: ignore[list-item]

    assert [policy.policy for policy in report.policies] == ["other"]
    assert report.below({"policy": 100, "condition": 100, "environment": 100}) == ()


def test_failed_cases_cover_as_well() -> None:
    request = "{principal: bob, action: pay, resource: plan, context: {amount: 9}}"

    report = covered(f"- {{name: wrong, request: {request}, expect: {{decision: deny}}}}", PAY)

    assert single(report).matched == 1


EXCLUDED = """permit (principal, action, resource)
// coverage: excluded -- the vendor guarantees it
when { context.amount > 5 }
when {
  principal.level > 2 && // coverage: excluded -- agents below are not registered
  context.amount < 7 // coverage: excluded
};
"""


def test_what_is_excluded_with_a_reason_does_not_count() -> None:
    report = covered(pay(1), {"p": EXCLUDED})

    assert [(e.line, e.reason) for e in report.exclusions] == [
        (3, "the vendor guarantees it"),
        (5, "agents below are not registered"),
        (6, ""),
    ]
    policy = single(report)
    assert [condition.excluded is None for condition in policy.conditions] == [False, False, True]
    assert [clause.excluded is None for clause in policy.clauses] == [False, True]
    assert "policy 6 an exclusion without a reason has no effect" in missing(report)


def test_a_whole_policy_can_be_excluded() -> None:
    report = covered(pay(1), {"p": f"// coverage: excluded -- on its way out\n{PAY['pay']}"})

    assert report.figures["policy"] == Ratio(0, 0)
    assert missing(report) == []


def test_a_share_is_never_rounded_up() -> None:
    assert (Ratio(999, 1000).percent, Ratio(1999, 2000).percent, Ratio(0, 0).percent) == (99.9, 99.9, 100.0)
    assert not Ratio(9999, 10000).at_least(100)


def test_without_a_schema_there_are_no_environments() -> None:
    request = "{principal: ann, action: 'Desk::Action::\"pay\"', resource: plan, context: dear}"

    report = covered(f"- {{name: t, request: {request}, expect: {{decision: deny}}}}", PAY, schema=None)

    assert report.environments == ()
    assert report.figures["environment"] == Ratio(0, 0)
