"""Running all rules: deterministic, cacheable per policy, nothing dropped in silence."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from hypothesis import given, settings

from bylaw.analysis.configuration import configure
from bylaw.analysis.finding import Persona
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.report import SkippedRule
from bylaw.analysis.runner import check_policies, lint
from bylaw.model.diagnostics import Severity
from bylaw.repository.documents.settings import LintSettings, RuleSettings
from tools.analysis import casefile
from tools.analysis.casefile import Case
from tools.analysis.strategies import policies

CONFIGS, _ = configure(REGISTRY, LintSettings(), persona=Persona.AUDITOR)
CASE = Case(
    name="a desk",
    files={
        "area/all": "permit (principal, action, resource);\n",
        "area/some": 'permit (principal, action == Action::"read", resource) when { context.ticket like "*a*" };\n',
        "area/none": '@ignore("missing-description: none needed")\nforbid (principal, action, resource) when { 1 == 2 };\n',
    },
    limits={"prod": {"max_statement_length": 40}},
    tested=[],
    entities={'Team::"ops"': []},
    app="tags: {Agent: [env]}\n",
)


def test_the_report_is_the_same_on_every_run() -> None:
    (one, _), (other, _) = casefile.context(CASE), casefile.context(CASE)

    assert lint([one], CONFIGS) == lint([other], CONFIGS)


def test_hits_the_caller_has_are_used() -> None:
    app, _ = casefile.context(CASE)
    known = check_policies(app.program.policies, app.facts, CONFIGS)

    assert lint([app], CONFIGS, policy_hits=known) == lint([app], CONFIGS)
    partial = {ref: hits for ref, hits in known.items() if ref.policy != "area/some"}
    assert lint([app], CONFIGS, policy_hits=partial) == lint([app], CONFIGS)
    assert lint([app], CONFIGS, policy_hits=dict.fromkeys(known, ())).active != lint([app], CONFIGS).active


def test_policies_can_be_checked_in_another_process() -> None:
    app, _ = casefile.context(CASE)
    here = check_policies(app.program.policies, app.facts, CONFIGS)

    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        there = pool.submit(check_policies, app.program.policies, app.facts, CONFIGS).result()

    assert there == here
    assert pickle.loads(pickle.dumps(here)) == here  # noqa: S301 - our own bytes


def test_the_key_of_cached_hits_changes_with_what_rules_know() -> None:
    app, _ = casefile.context(CASE)
    other, _ = casefile.context(casefile.variant(CASE, app="tags: {Agent: [role]}\n"))
    same, _ = casefile.context(CASE)

    assert app.facts.digest == same.facts.digest
    assert app.facts.digest != other.facts.digest


def test_findings_are_sorted_and_each_has_its_own_fingerprint() -> None:
    app, _ = casefile.context(CASE)

    findings = lint([app], CONFIGS).findings

    assert list(findings) == sorted(findings, key=lambda finding: finding.sort_key)
    assert len({finding.key for finding in findings}) == len(findings)
    assert {finding.rule for finding in findings} >= {
        "unconditional-permit",
        "always-false-condition",
        "subsumed-by-scope",
    }


def test_rules_that_do_not_run_are_listed_with_the_reason() -> None:
    bare = Case(name="bare", source="permit (principal, action, resource);", schema=False)
    settings = LintSettings(rules={"todo-left": RuleSettings(level="off")})
    app, _ = casefile.context(bare)

    report = lint([app], configure(REGISTRY, settings)[0])

    assert set(report.skipped) >= {
        SkippedRule("todo-left", None, "off: bylaw.yaml (`todo-left`)"),
        SkippedRule("missing-owner", None, "off: for the persona `pedantic`"),
        SkippedRule("untested-forbid", "desk", "needs the result of a test run"),
        SkippedRule("unreachable-group", "desk", "needs a schema and an entities file"),
        SkippedRule("undeclared-tag", "desk", "needs a schema and declared tags"),
        SkippedRule("statement-too-long", "desk", "needs targets with known limits"),
    }
    assert not {skip.rule for skip in report.skipped} & {finding.rule for finding in report.findings}


def test_ignored_paths_and_levels_are_applied() -> None:
    rules = {
        "unconditional-permit": RuleSettings(level="note"),
        "missing-description": RuleSettings(ignore=("policies/desk/area/s*.cedar",)),
    }
    app, _ = casefile.context(CASE)

    report = lint([app], configure(REGISTRY, LintSettings(rules=rules))[0])

    (permit,) = [finding for finding in report.findings if finding.rule == "unconditional-permit"]
    assert permit.severity is Severity.NOTE
    described = {str(finding.policy) for finding in report.findings if finding.rule == "missing-description"}
    assert described == {"desk/area/all", "desk/area/none"}


def test_the_fail_level_counts_what_is_as_bad_or_worse() -> None:
    app, _ = casefile.context(CASE)
    report = lint([app], CONFIGS)

    failing = [report.failing(level) for level in Severity]

    assert 0 < len(failing[0]) < len(failing[1]) < len(failing[2]) == len(report.active)
    assert len(report.suppressed) == 1
    assert report.headline == f"{len(report.active)} findings, 1 suppressed"


def test_no_apps_no_findings() -> None:
    report = lint([], CONFIGS)

    assert report.findings == ()
    assert report.headline == "0 findings"


@settings(max_examples=60)
@given(policies)
def test_no_rule_raises_whatever_a_policy_says(text: str) -> None:
    for schema in (True, False):
        app, _ = casefile.context(casefile.variant(CASE, files={"area/any": text}, schema_=schema))
        report = lint([app], CONFIGS)

        assert all("\n" not in finding.message and finding.message[-1] not in ".!" for finding in report.findings)
