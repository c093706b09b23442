"""Fixes keep decisions, comments and validity; what cannot be shown to do so is withheld."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.analysis.configuration import RuleConfig, configure
from bylaw.analysis.facts import AppFacts
from bylaw.analysis.finding import Edit, Fix, Hit, Persona, Proof
from bylaw.analysis.fixes import apply_edits, fix_policies, fix_policy
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.languages.cedar.ast import Attribute
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.validate import policy_problems
from bylaw.model.diagnostics import Severity
from bylaw.repository.documents.settings import LintSettings
from tools.analysis import casefile, engine
from tools.analysis.casefile import Case
from tools.analysis.strategies import policies

CONFIGS, _ = configure(REGISTRY, LintSettings(), persona=Persona.AUDITOR)
FACTS = AppFacts(schema=casefile.world(), today=casefile.TODAY)
CONTEXTS = engine.contexts()


@settings(max_examples=100)
@given(policies, st.sampled_from([{}, {"env": "x"}]))
def test_safe_fixes_change_no_decision(text: str, tags: dict[str, str]) -> None:
    policy = casefile.policy("area/policy", text)

    fixed = fix_policy(policy, FACTS, CONFIGS, problems_of=lambda p: policy_problems(p, FACTS.schema)).policy

    before = engine.outcomes(text, CONTEXTS, tags)
    after = engine.outcomes(fixed.text, CONTEXTS, tags)
    assert [applies for applies, _ in after] == [applies for applies, _ in before]


@settings(max_examples=100)
@given(policies)
def test_fixes_validate_no_worse_and_end(text: str) -> None:
    policy = casefile.policy("area/policy", text)

    def problems_of(candidate: CedarPolicy) -> int:
        return policy_problems(candidate, FACTS.schema)

    once = fix_policy(policy, FACTS, CONFIGS, problems_of=problems_of)

    assert problems_of(once.policy) <= problems_of(policy)
    assert all(withheld.why for withheld in once.withheld)


def test_only_policies_with_a_fix_are_in_the_result() -> None:
    plain = casefile.policy("area/plain", "permit (principal is Agent, action, resource);\n")
    doubled = casefile.policy(
        "area/doubled", "permit (principal is Agent, action, resource) when { !!context.urgent };\n"
    )

    (result,) = fix_policies([plain, doubled], FACTS, CONFIGS)

    assert result.policy.text == "permit (principal is Agent, action, resource) when { context.urgent };\n"


def test_suppressed_findings_are_not_fixed() -> None:
    comment = "// bylaw: allow double-negation -- for emphasis\n"
    text = comment + "permit (principal is Agent, action, resource) when { !!context.urgent };\n"
    policy = casefile.policy("area/policy", text)

    assert fix_policy(policy, FACTS, CONFIGS).policy is policy


def test_edits_are_applied_from_the_end() -> None:
    assert apply_edits("abcdef", [Edit(0, 1, "X"), Edit(3, 3, "-"), Edit(5, 6, "")]) == "Xbc-de"


class _Wrong(NodeRule[Attribute]):
    """Offers fixes that are not what they claim."""

    id = "wrong"
    area = REGISTRY[0].area
    severity = Severity.NOTE
    since = "0.1.0"
    nodes = (Attribute,)
    proof: Proof | None = Proof.GUARD
    edit = Edit(0, 0, "")

    def check(self, node: Attribute, site: Site, view: PolicyView) -> list[Hit]:
        """A hit on the ticket."""
        del site
        if node.name != "ticket":
            return []
        start, end, replacement = self.edit
        edit = Edit(node.start + start, node.start + end, replacement)
        return [self.on(view, node, "wrong", fix=Fix(view.policy.path, "wrong", (edit,), self.proof))]


def wrong(proof: Proof | None, edit: Edit) -> tuple[RuleConfig]:
    class Rule(_Wrong):
        """The same, with this edit."""

    Rule.proof, Rule.edit = proof, edit
    return (RuleConfig(Rule, Severity.NOTE, "a test"),)


def withheld(source: str, config: tuple[RuleConfig], **more: object) -> tuple[str, list[str]]:
    policy = casefile.policy("area/policy", source)
    result = fix_policy(policy, FACTS, config, **more)  # type: ignore[arg-type]
    return result.policy.text, [item.why for item in result.withheld]


NEGATED = 'forbid (principal, action, resource) when { !(context.ticket == "a") };\n'
PLAIN = 'forbid (principal, action, resource) when { context.ticket == "a" };\n'


def test_a_guard_inside_a_negation_is_withheld() -> None:
    text, why = withheld(NEGATED, wrong(Proof.GUARD, Edit(0, 0, "context has ticket && ")))

    assert text == NEGATED
    assert why == ["it could not be shown that no decision changes"]


def test_a_guard_for_something_else_is_withheld() -> None:
    _, why = withheld(PLAIN, wrong(Proof.GUARD, Edit(0, 0, "context has region && ")))

    assert why == ["it could not be shown that no decision changes"]


def test_a_change_of_meaning_is_withheld() -> None:
    _, why = withheld(PLAIN, wrong(Proof.NORMAL_FORM, Edit(0, 14, "context.region")))

    assert why == ["it could not be shown that no decision changes"]


def test_what_does_not_parse_is_withheld() -> None:
    _, why = withheld(PLAIN, wrong(None, Edit(0, 0, "((")), unsafe=True)

    assert why == ["the result does not parse"]


def test_what_validates_worse_is_withheld() -> None:
    def problems_of(policy: CedarPolicy) -> int:
        return policy.text.count("zzz")

    _, why = withheld(PLAIN, wrong(None, Edit(0, 14, "context.zzz")), unsafe=True, problems_of=problems_of)

    assert why == ["the result does not validate"]


def test_a_lost_comment_is_withheld() -> None:
    source = 'forbid (principal, action, resource) when { context.ticket // here\n == "a" };\n'

    _, why = withheld(source, wrong(Proof.NORMAL_FORM, Edit(14, 22, "")))

    assert why == ["a comment would be lost"]


def test_at_most_five_rounds() -> None:
    text, _ = withheld(PLAIN, wrong(None, Edit(0, 0, "true && ")), unsafe=True)

    assert text.count("true && ") == 5


def test_a_case_without_schema_has_no_typed_fixes() -> None:
    case = Case(name="x", source=PLAIN, schema=False)

    app, _ = casefile.context(case)

    assert list(fix_policies(app.program.policies, app.facts, CONFIGS)) == []
