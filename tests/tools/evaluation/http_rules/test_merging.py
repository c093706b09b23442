"""What an organisation's guardrails and an agent's rules are together."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.merging import (
    DryRunOverridden,
    Merged,
    MergeFinding,
    NameCollision,
    OrgAllowlistWidened,
    OrgShadow,
    code,
    merge,
)
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Allow, Default, Deny, HttpRules, Limit, Mode, Per, Source
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules import generating
from tools.evaluation.http_rules.building import allow, deny, limit, rules

STRICT, UPSTREAM = Dialect.STRICT, Dialect.UPSTREAM
RANDOMS = st.randoms(use_true_random=True)


def shown(merged: Merged) -> str:
    """Names with the first letter of their source."""
    return " ".join(f"{rule.name}/{rule.source[0]}" for rule in merged.document.rules)


ORG = rules(deny("od"), allow("oa", "h/**"), limit("ol", 10), default=Default.ALLOW)
AGENT = rules(deny("ad"), allow("aa", "h/a"), limit("al", 20), default=Default.ALLOW)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("org", "agent", "expected"),
    [
        (ORG, AGENT, "od/o ad/a aa/a ol/o"),
        (ORG, rules(deny("ad")), "od/o ad/a oa/o ol/o"),
        (ORG, rules(), "od/o oa/o ol/o"),
        (rules(), AGENT, "ad/a aa/a al/a"),
        (ORG, rules(limit("al", 9)), "od/o oa/o al/a"),
        (ORG, rules(limit("al", 10)), "od/o oa/o ol/o"),
        (rules(limit("a", 5), limit("b", 3), limit("c", 3)), rules(), "b/o"),
        (
            rules(limit("f", 1, Per.BODY_FIELD, "$.f"), limit("g", 1), limit("e", 1, Per.ENDPOINT)),
            rules(limit("b", 1, Per.BODY_FIELD, "$.b"), limit("f2", 2, Per.BODY_FIELD, "$.f")),
            "e/o g/o b/a f/o",
        ),
    ],
)
def test_which_rules_are_in_force_and_in_which_order(
    org: HttpRules, agent: HttpRules, expected: str, dialect: Dialect
) -> None:
    assert shown(merge(org, agent, dialect)) == expected


@pytest.mark.parametrize("dialect", Dialect)
def test_where_one_is_missing_the_other_is_in_force_alone(dialect: Dialect) -> None:
    two = rules(limit("a", 5), limit("b", 3), mode=Mode.DRY_RUN)

    assert merge(None, two, dialect) == Merged(two)
    assert shown(merge(two, None, dialect)) == "a/o b/o"
    with pytest.raises(ValueError, match="neither"):
        merge(None, None, dialect)


@pytest.mark.parametrize(
    ("org", "agent", "strict", "upstream"),
    [
        (Default.ALLOW, Default.ALLOW, Default.ALLOW, Default.ALLOW),
        (Default.DENY, Default.ALLOW, Default.DENY, Default.ALLOW),
        (Default.ALLOW, Default.DENY, Default.DENY, Default.DENY),
        (Default.DENY, Default.DENY, Default.DENY, Default.DENY),
    ],
)
def test_defaults(org: Default, agent: Default, strict: Default, upstream: Default) -> None:
    documents = rules(default=org), rules(default=agent)

    assert merge(*documents, STRICT).document.default is strict
    assert merge(*documents, UPSTREAM).document.default is upstream


ENFORCE, DRY = Mode


@pytest.mark.parametrize(
    ("org", "agent", "strict", "findings", "names"),
    [
        (ENFORCE, ENFORCE, ENFORCE, [], "o/o a/a"),
        (ENFORCE, DRY, ENFORCE, [DryRunOverridden()], "o/o a/a"),
        (DRY, DRY, DRY, [], "o/o a/a"),
        (DRY, ENFORCE, ENFORCE, [OrgShadow()], "a/a"),
    ],
)
def test_modes(org: Mode, agent: Mode, strict: Mode, findings: list[object], names: str) -> None:
    documents = rules(deny("o"), mode=org), replace(rules(deny("a"), mode=agent), mode_is_given=agent is ENFORCE)
    merged, upstream = merge(*documents, STRICT), merge(*documents, UPSTREAM)

    assert (merged.document.mode, list(merged.findings), shown(merged)) == (strict, findings, names)
    assert (merged.shadow is not None) is (OrgShadow() in findings)
    assert merged.document.mode_is_given is (strict is ENFORCE)
    assert (upstream.document.mode, shown(upstream), upstream.findings, upstream.shadow) == (agent, "o/o a/a", (), None)


def test_the_shadow_is_the_document_of_the_organisation() -> None:
    org = rules(deny("o"), mode=DRY)
    shadow = merge(org, rules(), STRICT).shadow

    assert shadow == replace(org, rules=(replace(org.rules[0], source=Source.ORG),))


def test_rules_of_one_name_are_told_apart_strictly() -> None:
    org = rules(deny("x"), deny("y"), allow("z"))
    agent = rules(deny("x"), limit("org:x", 1), allow("z"), default=Default.ALLOW)
    merged = merge(org, agent, STRICT)

    assert shown(merged) == "org:org:x/o y/o x/a z/a org:x/a"
    assert merged.findings == (NameCollision("x", "org:org:x"),)
    assert shown(merge(org, agent, UPSTREAM)) == "x/o y/o x/a z/a org:x/a"
    denied = HttpEvaluator(merged.document, STRICT).decide(HttpRequest("GET", "h"))
    assert (denied.matched_rule, denied.source) == ("org:org:x", "org")


@pytest.mark.parametrize(
    ("org", "agent", "widened"),
    [
        (rules(allow("o", "h/**")), rules(allow("a", "h/a"), allow("b", "k"), allow("c", "*/a")), ("b", "c")),
        (rules(allow("o", "h/**")), rules(allow("a", "h/a/*")), ()),
        (rules(), rules(allow("a", "h/a")), ("a",)),
        (rules(default=Default.ALLOW), rules(allow("a", "h/a")), ()),
        (rules(allow("o", "h/**")), rules(default=Default.ALLOW), ()),
    ],
)
def test_what_the_agent_allows_beyond_the_list_of_the_organisation(
    org: HttpRules, agent: HttpRules, widened: tuple[str, ...]
) -> None:
    assert merge(org, agent, STRICT).findings == ((OrgAllowlistWidened(widened),) if widened else ())
    assert merge(org, agent, UPSTREAM).findings == ()


def test_findings_have_stable_names() -> None:
    found: list[MergeFinding] = [
        OrgAllowlistWidened(("a",)),
        DryRunOverridden(),
        OrgShadow(),
        NameCollision("x", "org:x"),
    ]

    assert list(map(code, found)) == ["org_allowlist_widened", "dry_run_overridden", "org_shadow", "name_collision"]


def two_documents(random: Random) -> tuple[HttpRules, HttpRules]:
    return generating.document(random), generating.document(random, tag=random.choice("rs"))


def without_limits(document: HttpRules) -> HttpRules:
    return replace(document, rules=tuple(rule for rule in document.rules if not isinstance(rule.action, Limit)))


@given(RANDOMS)
@settings(max_examples=50, deadline=None)
def test_what_the_organisation_enforces_holds_whatever_the_agent_says(random: Random) -> None:
    for _ in range(20):
        org, agent = two_documents(random)
        org = replace(org, mode=ENFORCE)
        merged = merge(org, agent, STRICT)
        widened = any(isinstance(finding, OrgAllowlistWidened) for finding in merged.findings)
        alone, both = HttpEvaluator(org, STRICT), HttpEvaluator(without_limits(merged.document), STRICT)
        for request in [generating.request(random) for _ in range(8)]:
            refused, found = alone.decide(request), both.decide(request)
            if refused.verdict == "deny" and (refused.matched_rule is not None or not widened):
                assert not found.allowed, (org, agent, request)
            if refused.verdict == "deny" and found.allowed:
                assert (found.matched_rule_kind, found.source) == ("allow", "agent")


@given(RANDOMS)
@settings(max_examples=50, deadline=None)
def test_another_deny_rule_on_either_side_never_allows_more(random: Random) -> None:
    for _ in range(20):
        org, agent = two_documents(random)
        added = deny("added", generating.matcher(random, broken=False))
        before = HttpEvaluator(without_limits(merge(org, agent, STRICT).document), STRICT)
        stricter = [
            (replace(org, rules=(*org.rules, added)), agent),
            (org, replace(agent, rules=(added, *agent.rules))),
            (replace(org, default=Default.DENY), agent),
            (org, replace(agent, default=Default.DENY)),
        ]
        after = [HttpEvaluator(without_limits(merge(*pair, STRICT).document), STRICT) for pair in stricter]
        for request in [generating.request(random) for _ in range(6)]:
            if not before.decide(request).allowed:
                assert not any(evaluator.decide(request).allowed for evaluator in after)


@given(RANDOMS)
@settings(max_examples=50, deadline=None)
def test_a_merge_with_nothing_on_the_other_side_decides_as_the_document_alone(random: Random) -> None:
    for dialect in Dialect:
        document = without_limits(generating.document(random))
        empty = rules(default=Default.ALLOW, mode=document.mode)
        found = [merge(None, document, dialect), merge(document, None, dialect), merge(empty, document, dialect)]
        alone = HttpEvaluator(document, dialect)
        merged = [HttpEvaluator(one.document, dialect) for one in found]
        for request in [generating.request(random) for _ in range(8)]:
            expected = alone.decide(request)
            for evaluator in merged:
                decision = evaluator.decide(request)
                assert (decision.allowed, decision.verdict, decision.matched_rule) == (
                    expected.allowed, expected.verdict, expected.matched_rule
                )  # fmt: skip


@given(RANDOMS)
@settings(max_examples=50, deadline=None)
def test_a_strict_merge_has_distinct_names_and_one_limit_of_each_scope(random: Random) -> None:
    for _ in range(20):
        org, agent = two_documents(random)
        org = replace(org, mode=agent.mode)
        found = merge(org, agent, STRICT).document.rules
        limits = [(rule.action.per, rule.action.field) for rule in found if isinstance(rule.action, Limit)]

        assert len({rule.name for rule in found}) == len(found)
        assert len(set(limits)) == len(limits)
        assert [type(rule.action) for rule in found] == sorted(
            [type(rule.action) for rule in found], key=[Deny, Allow, Limit].index
        )
