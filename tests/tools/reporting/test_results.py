"""What people and machines are shown of results: goldens of text and JSON, and nothing hostile gets through."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.text import Text

from bylaw.backends.diagnosis import Health, Probe
from bylaw.diff.edits import RepositoryDiff
from bylaw.diff.structural import ChangedFile, compare
from bylaw.languages.exceptions import PolicyException
from bylaw.languages.registry import read_deployed
from bylaw.model.decisions import Answer, Decision, PolicyError
from bylaw.model.identifiers import AppId, CommitId, PolicyId, PolicyRef, TargetId
from bylaw.pipeline import measuring
from bylaw.pipeline.bundles import compile_workspace
from bylaw.pipeline.suites import CedarRun, run_workspace
from bylaw.pipeline.workspace import open_workspace
from bylaw.reconcile.apply import ApplyReport, Executor, apply, prepare
from bylaw.reconcile.plan import PlanInput
from bylaw.reconcile.retry import Patience
from bylaw.reporting.applied import ApplyResults, applied_section, applied_text
from bylaw.reporting.asking_rules import AgentReply, RulesReplies
from bylaw.reporting.coverage import CoverageResults, coverage_section, coverage_text
from bylaw.reporting.diff import diff_section, diff_text
from bylaw.reporting.doctor import DoctorResults, ExaminedTarget, doctor_text
from bylaw.reporting.drift import DriftResults, drift_section, drift_text
from bylaw.reporting.effective import EffectivePolicy
from bylaw.reporting.exceptions import ExceptionResults, ListedException, exceptions_text
from bylaw.reporting.history import HistoryEntry, HistoryResults, history_text
from bylaw.reporting.invariants import ProofResults
from bylaw.reporting.json_registry import REGISTRY
from bylaw.reporting.json_v1 import Run, render
from bylaw.reporting.mutation import MutationResults, mutation_section, mutation_text
from bylaw.reporting.plan import PlanResults, plan_section, plan_text
from bylaw.reporting.rollout import RolloutResults
from bylaw.reporting.schema import GeneratedSchema, SchemaDifferences
from bylaw.reporting.sections import assemble
from bylaw.reporting.suggestions import SuggestionResults
from bylaw.reporting.suites import SuiteResults, junit_suites, suites_headline, suites_section, suites_text
from bylaw.reporting.unsettled import UnsettledResults, unsettled_section, unsettled_text
from bylaw.repository.documents.exceptions import ExceptionDocument
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.documents.settings import Limits, Target
from bylaw.repository.trees import MemoryTree
from bylaw.testing.selection import EVERYTHING
from tools.fakes.clock import FixedClock
from tools.fakes.memory_backend import MemoryBackend
from tools.fakes.memory_state import MemoryState
from tools.pipeline.repositories import FILES, PERMIT, SUITE
from tools.reporting.test_meaning import CHANGES, changes, replies

Golden = Callable[[str, str], None]
READ = "policies/shop/access/read-front.cedar"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOSTILE = "\x1b[31m ::error::x \u202e `](http://x) <b>"


def suite_run(changes: dict[str, str]) -> CedarRun:
    workspace = open_workspace(MemoryTree({**FILES, **changes}))
    run = run_workspace(workspace, date(2026, 11, 23), EVERYTHING)[AppId("shop")]
    assert isinstance(run, CedarRun)
    return run


@pytest.fixture
def failing() -> CedarRun:
    return suite_run({READ: PERMIT.replace("100", "101")})


def test_a_failing_case_explains_itself(failing: CedarRun, golden: Golden) -> None:
    text = suites_text("shop", failing.report, measuring.explanations(failing), verbose=False)

    golden("results/tests.txt", f"{text.plain}{suites_headline({failing.app: failing.report}).plain}\n")


def test_passing_cases_are_silent_unless_asked_for() -> None:
    run = suite_run({})

    assert suites_text("shop", run.report, (), verbose=False).plain == ""
    assert suites_text("shop", run.report, (), verbose=True).plain.count("PASSED") == 8


def test_coverage_lists_what_no_case_showed(golden: Golden) -> None:
    run = suite_run(
        {"tests/policies/shop/basics.yaml": SUITE.replace("[ann, new]", "[ann]").replace("[small, large]", "[small]")}
    )

    golden("results/coverage.txt", coverage_text(measuring.coverage(run), {"clause": 100}).plain)


def test_mutation_lists_survivors_that_widen_first(golden: Golden) -> None:
    run = suite_run({"tests/policies/shop/basics.yaml": SUITE.replace("[small, large]", "[small]")})

    golden("results/mutation.txt", mutation_text(measuring.mutation(run)).plain)


def sample_diff() -> RepositoryDiff:
    def changed(path: str, before: str | None, after: str | None) -> ChangedFile:
        sides = [None if text is None else (lambda text=text: text.encode()) for text in (before, after)]
        return ChangedFile(path, *sides)

    return compare(
        "1111111",
        "2222222",
        [
            changed(READ, PERMIT, PERMIT.replace("100", "900").replace("principal,", 'principal == App::User::"ann",')),
            changed("policies/shop/new.cedar", None, PERMIT),
            changed("policies/shop/gone.cedar", "forbid (principal, action, resource);", None),
            changed("policies/shop/old/name.cedar", "permit (principal, action, resource);", None),
            changed("policies/shop/new/name.cedar", None, "permit (principal, action, resource);"),
            changed("policies/shop/broken.cedar", PERMIT, "permit ("),
            changed(
                "policies/shop/app.yaml", "owners: [a]\nabout: x\n", f"owners: [a, b]\nabout: {json.dumps(HOSTILE)}\n"
            ),
            changed("bylaw.yaml", "version: 1\n", "version: 2\n"),
        ],
    )


def test_a_diff_reads_like_a_plan(golden: Golden) -> None:
    golden("results/diff.txt", f"{diff_text(sample_diff()).plain}\n")


def test_no_difference_is_said_in_a_sentence() -> None:
    assert diff_text(compare("a", "b", [])).plain == "No policy differs between a and b."


class World:
    """A target in memory, and commits to bring it to."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.backend = MemoryBackend(reader=read_deployed)
        self.state = MemoryState()
        self.executor = Executor(
            self.backend, self.state, "ada", lambda: "nonce", self.clock, Patience(lambda _: None, lambda: 0.5)
        )

    def given(self, changes: dict[str, str | None], commit: str) -> PlanInput:
        files = {path: text for path, text in {**FILES, **changes}.items() if text is not None}
        bundles, _ = compile_workspace(open_workspace(MemoryTree(files)))
        return PlanInput(
            target=TargetId("local"),
            owner="example/shop",
            commit=CommitId(commit * 40),
            bundles=bundles,
            settings=Target(backend="local", limits=Limits(forbid_removals=0)),
            capabilities=self.backend.capabilities,
            engine_of=self.backend.engine_of,
            tool_version="1",
            now=NOW,
        )

    def apply(self, changes: dict[str, str | None], commit: str) -> ApplyReport:
        return apply(self.given(changes, commit), (), self.executor)


def test_a_plan_shows_order_drift_and_what_would_lift_a_limit(golden: Golden) -> None:
    world = World()
    world.apply({}, "a")

    prepared = prepare(
        world.given({READ: PERMIT.replace("100", "50"), "policies/shop/guards/level.cedar": None}, "b"),
        (),
        world.executor,
    )

    golden("results/plan.txt", plan_text(prepared.plan, prepared.safety, show_text=True).plain)


def test_an_apply_tells_each_change_and_a_second_one_that_there_is_none(golden: Golden) -> None:
    world = World()

    first, second = applied_text(world.apply({}, "a")), applied_text(world.apply({}, "a"))

    golden("results/applied.txt", f"{first.plain}\n{second.plain}")


def test_no_drift_is_said_in_a_sentence() -> None:
    world = World()
    report = world.apply({}, "a")

    assert drift_text(report.plan).plain == "local: no drift\n"


def history() -> tuple[HistoryEntry, ...]:
    later = datetime(2026, 11, 24, 9, tzinfo=UTC)
    return (
        HistoryEntry("local", 1, "a" * 64, f"Ada {HOSTILE}", "b" * 40, NOW, ((NOW, later),), "retired"),
        HistoryEntry("local", 2, "c" * 64, "Ada", "d" * 40, later, ((later, None),), "active"),
    )


def test_history_is_a_table(golden: Golden) -> None:
    golden("results/history.txt", history_text("shop/access/read-front", history()).plain)


def test_a_policy_without_history_was_never_deployed() -> None:
    assert "never deployed" in history_text("shop/x", ()).plain


def examined() -> DoctorResults:
    return DoctorResults((ExaminedTarget("local", Health.BAD, (Probe("read", Health.BAD, HOSTILE, HOSTILE),)),))


def every_result(failing: CedarRun) -> Iterator[object]:
    world = World()
    applied = world.apply({}, "a")
    prepared = prepare(world.given({READ: None}, "b"), (), world.executor)
    yield SuiteResults({failing.app: failing.report}, {failing.app: measuring.explanations(failing)})
    yield CoverageResults({failing.app: measuring.coverage(failing)})
    yield MutationResults({failing.app: measuring.mutation(failing)})
    yield Answer(Decision.DENY, (PolicyId("a"),), (PolicyError(PolicyId("b"), HOSTILE),))
    yield sample_diff()
    yield PlanResults(((prepared.plan, prepared.safety),))
    yield ApplyResults((applied,))
    yield DriftResults((applied.plan,))
    yield HistoryResults("shop/x", history())
    yield RolloutResults((prepared.plan,))
    yield examined()
    yield GeneratedSchema(None, None, None)
    yield SchemaDifferences(())
    yield changes(CHANGES)
    yield replies()
    yield RulesReplies(HOSTILE, (AgentReply(AppId(HOSTILE), HOSTILE, (), is_settled=True),))
    yield EffectivePolicy(AppId("shop"), HOSTILE, {"agent": HOSTILE}, (HOSTILE,))
    yield ExceptionResults((ListedException(exception(), "open"),))
    yield ProofResults(())
    yield SuggestionResults({})
    yield UnsettledResults({PolicyRef.parse("shop/x"): HOSTILE})


def exception() -> PolicyException:
    said = json.dumps({"policy": "x", "reason": HOSTILE, "approver": HOSTILE, "agent": HOSTILE, "max_uses": 1})
    document, places, problems = load_with_places(ExceptionDocument, said, "policies/shop/exceptions/x.yaml")
    assert document is not None, problems
    assert places is not None
    return PolicyException(PolicyRef.parse("shop/exceptions/x"), document, places)


def test_every_result_has_its_json(failing: CedarRun) -> None:
    report = json.loads(render(Run("test", "1"), every_result(failing), REGISTRY))

    assert {encoder.key for encoder in REGISTRY} - {"problems"} <= set(report)


def test_every_result_has_its_section(failing: CedarRun) -> None:
    world = World()
    applied = world.apply({}, "a")
    prepared = prepare(world.given({READ: None}, "b"), (), world.executor)

    page = assemble(
        [
            suites_section(SuiteResults({failing.app: failing.report}, {})),
            coverage_section(measuring.coverage(failing)),
            mutation_section(measuring.mutation(failing)),
            diff_section(sample_diff()),
            plan_section(prepared.plan, prepared.safety),
            applied_section(applied),
            drift_section(applied.plan),
        ]
    )

    for words in ("Tests", "Coverage of shop", "Mutation of shop", "Policies:", "local"):
        assert words in page


def test_nothing_hostile_reaches_a_terminal() -> None:
    texts: list[Text] = [diff_text(sample_diff()), history_text(HOSTILE, history()), doctor_text(examined())]
    texts.append(exceptions_text(ExceptionResults((ListedException(exception(), "open"),))))

    for text in texts:
        assert not {"\x1b", "\u202e", "\r"} & set(text.plain)


def test_junit_cases_carry_place_and_message(failing: CedarRun) -> None:
    (suite,) = junit_suites("shop", failing.report)

    failed = [case for case in suite.cases if case.outcome == "failure"]
    assert [case.message for case in failed] == ["expected deny, got allow"]
    assert failed[0].file == "tests/policies/shop/basics.yaml"
    assert Path(failed[0].file).suffix == ".yaml"


def test_what_a_solver_did_not_settle_is_a_line_each_and_harmless() -> None:
    results = UnsettledResults({PolicyRef.parse("shop/b"): "out of time", PolicyRef.parse("shop/a"): HOSTILE})

    lines = unsettled_text(results).plain.splitlines()
    page = assemble([unsettled_section(results)])

    assert lines[1] == "not settled: shop/b because out of time"
    assert lines[0].startswith("not settled: shop/a because ")
    assert len(lines) == 2
    assert "\x1b" not in lines[0]
    assert "`shop/b`: out of time" in page
