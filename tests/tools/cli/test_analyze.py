"""`bylaw analyze`, with a solver whose answers are made up."""

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from bylaw.analysis.proven import Proven
from bylaw.analysis.smt.room import Options
from bylaw.languages.cedar.program import CedarProgram
from bylaw.pipeline import proving
from tools.cli.calling import Cli
from tools.pipeline.repositories import FORBID, SETTINGS
from tools.pipeline.test_analyze import LEVEL, WAIVER, never, nothing, unsettled

Answers = Callable[[CedarProgram], Proven]
LINTED = SETTINGS.replace('lint: {rules: {all: {level: "off"}}}\n', "")


class Solver:
    """Stands in for the solver, and remembers how it was asked for."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.options: list[tuple[bool, bool]] = []
        self.answers: Answers = nothing
        patch.setattr(proving, "prover", self._prover)

    def _prover(self, options: Options, _kept: object = None) -> Answers:
        self.options.append((options.world.open, options.in_time()))
        return self.answers


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch) -> Solver:
    return Solver(monkeypatch)


@pytest.fixture
def linted(shop: Cli) -> Cli:
    """The shop, with every rule on."""
    shop.write("bylaw.yaml", LINTED)
    return shop


def test_where_nothing_is_proved_nothing_is_found(linted: Cli, solver: Solver) -> None:
    called = linted.ok("analyze")

    assert called.stdout == "no findings\n"
    assert solver.options == [(False, True)]


def test_a_proof_is_a_finding_with_its_place(linted: Cli, solver: Solver) -> None:
    solver.answers = never

    called = linted.run("analyze", "shop")

    assert called.code == 5
    assert "warning[never-satisfied]: no request satisfies this forbid: it stops nothing\n" in called.stdout
    assert f"--> {LEVEL}:1:1" in called.stdout
    assert called.stdout.endswith("1 finding (1 warning)\n")


def test_the_level_that_fails_the_run_can_be_set(linted: Cli, solver: Solver) -> None:
    solver.answers = never

    assert linted.run("analyze", "--fail-on", "error").code == 0


def test_a_waiver_with_a_reason_is_enough(linted: Cli, solver: Solver) -> None:
    solver.answers = never
    linted.write(LEVEL, WAIVER + FORBID)

    assert linted.ok("analyze").stdout.endswith("no findings, 1 suppressed\n")


def test_what_was_not_settled_is_listed_last_and_fails_nothing(linted: Cli, solver: Solver) -> None:
    solver.answers = unsettled

    called = linted.ok("analyze")

    assert called.stdout == "no findings\nnot settled: shop/guards/level because out of time\n"


def test_hostile_reasons_cannot_speak_for_us(linted: Cli, solver: Solver) -> None:
    why = "\n::error::owned\x1b[31m `"
    solver.answers = lambda program: replace(unsettled(program), unknown=dict.fromkeys(unsettled(program).unknown, why))

    for format_ in ("text", "github", "markdown"):
        printed = linted.ok("analyze", "--format", format_).stdout
        assert "\x1b" not in printed
        assert "\n::error::owned" not in printed


@pytest.mark.parametrize("format_", ["json", "markdown", "github", "sarif"])
def test_every_format_carries_the_finding(linted: Cli, solver: Solver, format_: str) -> None:
    solver.answers = lambda program: replace(never(program), unknown=unsettled(program).unknown)

    called = linted.run("analyze", "--format", format_)

    assert called.code == 5
    assert "never-satisfied" in called.stdout
    if format_ == "json":
        assert called.json["unsettled"] == [{"policy": "shop/guards/level", "reason": "out of time"}]
    if format_ == "sarif":
        (run,) = called.json["runs"]
        assert run["automationDetails"]["id"] == "bylaw-analyze/"
    if format_ in {"markdown", "github"}:
        assert "out of time" in called.stdout


def test_the_options_reach_the_solver(linted: Cli, solver: Solver) -> None:
    linted.ok("analyze", "--open-world", "--timeout-seconds", "0")

    assert solver.options == [(True, False)]
    assert linted.run("analyze", "--timeout-seconds", "-1").code == 2


def test_a_baseline_accepts_what_there_is_beside_what_lint_accepted(linted: Cli, solver: Solver) -> None:
    solver.answers = never
    linted.ok("lint", "--write-baseline")
    before = linted.read("bylaw-baseline.yaml")

    linted.ok("analyze", "--write-baseline")

    assert linted.ok("analyze").stdout.endswith("1 in baseline\n")
    assert set(before.splitlines()) - {"findings: []"} <= set(linted.read("bylaw-baseline.yaml").splitlines())
    assert "stale-baseline-entry" not in linted.run("lint").all


def test_what_cannot_be_read_is_invalid_input(linted: Cli, solver: Solver) -> None:
    solver.answers = never
    linted.write(LEVEL, "forbid (")

    called = linted.run("analyze")

    assert called.code == 3
    assert "never-satisfied" not in called.stdout


def test_lint_and_check_know_nothing_of_it(linted: Cli, solver: Solver) -> None:
    solver.answers = never

    assert "never-satisfied" not in linted.run("lint").all + linted.run("check").all
    assert solver.options == []


def test_without_a_solver_the_remedy_is_named(linted: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("z3", "cvc5"):
        monkeypatch.setitem(sys.modules, package, None)

    called = linted.run("analyze")

    assert called.code == 2
    assert "symbolic analysis needs a solver" in called.stderr
    assert "pip install 'bylaw[smt]'" in called.stderr


def test_the_worked_apps_have_nothing_to_hide(worked: Cli) -> None:
    assert worked.ok("analyze").stdout == "no findings, 2 suppressed\n"


def test_forbids_that_a_missing_entity_switches_off_are_found_in_the_open_world(worked: Cli) -> None:
    called = worked.run("analyze", "--open-world", "documents")

    assert called.code == 5
    assert called.stdout.count("error[forbid-needs-entity]") == 2
    assert 'Docs::Document::"' in called.stdout
    assert "--> policies/documents/guards/legal-hold.cedar:6:1" in called.stdout


def test_what_the_time_was_too_short_for_is_said(worked: Cli) -> None:
    called = worked.ok("analyze", "--timeout-seconds", "0", "refunds")

    assert "no findings" in called.stdout
    assert called.stdout.count("because the time of the run was up") > 5
