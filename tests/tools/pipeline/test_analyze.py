"""Proofs become findings under the settings, suppressions and baseline of lint; nothing is proved of what cannot be read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bylaw.analysis.baseline import dump_baseline, entries_for
from bylaw.analysis.finding import Area
from bylaw.analysis.proven import EnvironmentFacts, PolicyFacts, Proven
from bylaw.analysis.registry import REGISTRY
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.typer import environments_of
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef
from bylaw.pipeline.analyze import AnalyzeRun, analyze_workspace
from bylaw.pipeline.linting import lint_workspace
from bylaw.pipeline.workspace import Workspace, open_workspace
from bylaw.repository.trees import MemoryTree
from tools.pipeline.repositories import APP, FILES, FORBID, SETTINGS

LEVEL, SETTINGS_PATH, APP_PATH = "policies/shop/guards/level.cedar", "bylaw.yaml", "policies/shop/app.yaml"
OPEN = {**FILES, SETTINGS_PATH: SETTINGS.replace('lint: {rules: {all: {level: "off"}}}\n', "")}
WAIVER = "// bylaw: allow never-satisfied -- it comes into use with the next release\n"
TODAY = date(2026, 3, 1)
REF = PolicyRef.parse("shop/guards/level")


def nothing(program: CedarProgram) -> Proven:
    """Every policy with where it applies, and no fact about it."""
    assert program.schema is not None
    schema = program.schema
    policies = tuple(
        PolicyFacts(p.ref, p.span(*p.statement.head), str(p.effect), environments_of(p.statement, schema))
        for p in program.static
    )
    return Proven(policies, tuple(EnvironmentFacts(environment) for environment in schema.environments))


def never(program: CedarProgram) -> Proven:
    """No forbid is ever satisfied."""
    proven = nothing(program)
    policies = tuple(replace(p, never=p.environments if p.effect == "forbid" else ()) for p in proven.policies)
    return replace(proven, policies=policies)


def unsettled(program: CedarProgram) -> Proven:
    """A solver that ran out of time."""
    return replace(nothing(program), unknown={REF: "out of time"})


def of(files: dict[str, str]) -> Workspace:
    return open_workspace(MemoryTree(OPEN | files))


def rules(run: AnalyzeRun) -> list[str]:
    return [finding.rule for finding in run.found.report.active]


def test_what_is_proved_is_found_and_nothing_else() -> None:
    run = analyze_workspace(of({}), TODAY, never)

    (finding,) = run.found.report.findings
    assert (finding.rule, finding.severity, finding.policy) == ("never-satisfied", Severity.WARNING, REF)
    assert finding.span.path == LEVEL
    assert run.found.diagnostics == ()
    assert run.unsettled == {}


def test_lint_and_analyze_share_no_rule_but_those_about_leftovers() -> None:
    found = analyze_workspace(of({}), TODAY, never).found
    on = {config.rule for config in found.configs if config.level is not None}

    assert {rule.id for rule in on} - {"unused-suppression", "stale-baseline-entry"} == {
        rule.id for rule in REGISTRY if rule.area is Area.PROVEN
    }
    linted = lint_workspace(of({}), TODAY).report
    assert {skip.rule for skip in linted.skipped if skip.why.startswith("needs proofs by a solver")} == {
        rule.id for rule in REGISTRY if rule.area is Area.PROVEN
    }
    assert not {finding.rule for finding in linted.findings} & {rule.id for rule in on}


def test_levels_of_the_settings_count() -> None:
    noted = {SETTINGS_PATH: OPEN[SETTINGS_PATH] + "lint: {rules: {proven: {level: note}}}\n"}
    off = {SETTINGS_PATH: SETTINGS}

    (finding,) = analyze_workspace(of(noted), TODAY, never).found.report.findings
    assert finding.severity is Severity.NOTE
    assert rules(analyze_workspace(of(off), TODAY, never)) == []


def test_a_waiver_in_the_policy_counts_and_its_reason_stays() -> None:
    report = analyze_workspace(of({LEVEL: WAIVER + FORBID}), TODAY, never).found.report

    assert report.active == ()
    (waived,) = report.suppressed
    assert waived.suppressed is not None
    assert waived.suppressed.reason == "it comes into use with the next release"


def test_a_waiver_without_use_is_found_by_analyze_and_left_alone_by_lint() -> None:
    files = {LEVEL: WAIVER + FORBID}

    assert rules(analyze_workspace(of(files), TODAY, nothing)) == ["unused-suppression"]
    assert "unused-suppression" not in {f.rule for f in lint_workspace(of(files), TODAY).report.findings}


def test_a_waiver_of_a_lint_rule_is_none_of_its_business() -> None:
    files = {LEVEL: "// bylaw: allow todo-left -- because\n" + FORBID}

    assert rules(analyze_workspace(of(files), TODAY, nothing)) == []


def test_a_waiver_is_not_called_unused_by_a_solver_that_did_not_settle_everything() -> None:
    files = {LEVEL: WAIVER + FORBID}
    run = analyze_workspace(of(files), TODAY, unsettled)

    assert rules(run) == []
    assert run.unsettled == {REF: "out of time"}


def test_the_baseline_counts_and_entries_go_stale_only_where_all_is_settled() -> None:
    report = analyze_workspace(of({}), TODAY, never).found.report
    baseline = {"bylaw-baseline.yaml": dump_baseline(entries_for(report.findings, frozenset()))}

    assert analyze_workspace(of(baseline), TODAY, never).found.report.active == ()
    assert rules(analyze_workspace(of(baseline), TODAY, nothing)) == ["stale-baseline-entry"]
    late = analyze_workspace(of(baseline), TODAY, unsettled).found.report
    assert (late.findings, late.stale) == ((), ())
    assert lint_workspace(of(baseline), TODAY).report.stale == ()


def notes(asked: list[str]) -> Callable[[CedarProgram], Proven]:
    def prove(program: CedarProgram) -> Proven:
        asked.append(program.app)
        return nothing(program)

    return prove


def test_an_app_without_a_schema_is_not_analysed_and_said_to_be_so() -> None:
    asked: list[str] = []
    bare = APP.replace("schema: schemas/shop.cedarschema\n", "").replace("app: shop", "app: bare")
    files = {"policies/bare/app.yaml": bare, "policies/bare/all.cedar": "permit (principal, action, resource);\n"}

    run = analyze_workspace(of(files), TODAY, notes(asked))

    (problem,) = run.found.diagnostics
    assert (problem.message, problem.severity) == ("not analysed: no schema", Severity.WARNING)
    assert problem.span is not None
    assert problem.span.path == "policies/bare/app.yaml"
    assert asked == ["shop"]
    assert rules(run) == []


def test_nothing_is_proved_while_a_policy_cannot_be_read() -> None:
    asked: list[str] = []

    run = analyze_workspace(of({LEVEL: "forbid ("}), TODAY, notes(asked))

    assert asked == []
    assert run.found.report.findings == ()
    assert run.found.diagnostics == ()


def test_progress_is_told_of_each_app() -> None:
    told: list[str] = []

    analyze_workspace(of({}), TODAY, nothing, progress=told.append)

    assert told == ["prove shop"]
