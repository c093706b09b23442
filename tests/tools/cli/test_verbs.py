"""Every verb does what its help says."""

import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bylaw.cli.application import VERBS
from tools.cli.calling import Cli
from tools.pipeline.repositories import FORBID, PERMIT, SETTINGS, SUITE

LEVEL = "policies/shop/guards/level.cedar"
READ = "policies/shop/access/read-front.cedar"
SUITE_PATH = "tests/policies/shop/basics.yaml"
LINTED = SETTINGS.replace('lint: {rules: {all: {level: "off"}}}', "lint: {fail_on: note}")
MESSY = "forbid(principal,action,resource)when{principal.level<1};// why\n"

GREEN = (
    "check",
    "check shop",
    "fmt --check",
    "validate",
    "lint",
    "test",
    "test shop --coverage --fail-under policy=100",
    "compile",
    "plan",
    "drift",
    "drift --detailed-exitcode",
    "diff HEAD",
    "history shop/guards/level",
    "import local",
    "unlock local",
    "reconcile --target local",
    "completion bash",
)


@pytest.mark.parametrize("call", GREEN)
def test_in_a_healthy_repository_the_verb_succeeds(shop: Cli, call: str) -> None:
    called = shop.ok(*call.split())

    assert "Traceback" not in called.all


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(empty: Cli, verb: str) -> None:
    called = empty.ok(verb, "--help")

    assert called.stdout.startswith("Usage: bylaw ")
    assert len(called.stdout.splitlines()) > 3


def test_help_lists_every_verb_and_the_exit_codes(empty: Cli) -> None:
    called = empty.ok("--help")

    assert all(f"  {verb} " in called.stdout for verb in VERBS)
    assert "Exit codes" in called.stdout


def test_the_root_is_found_from_a_folder_below_and_by_option(shop: Cli, tmp_path: Path) -> None:
    shop.at(shop.root / "policies" / "shop").ok("check")
    root = shop.root.parents[1]
    shop.at(tmp_path).ok("--root", str(root), "check")


class TestFmt:
    def test_writes_the_house_style_once(self, shop: Cli) -> None:
        shop.write(LEVEL, MESSY)

        first = shop.ok("fmt")
        styled = shop.read(LEVEL)
        second = shop.ok("fmt")

        assert f"reformatted {LEVEL}" in first.stderr
        assert "// why" in styled
        assert second.all == ""
        assert shop.read(LEVEL) == styled

    @pytest.mark.parametrize("option", ["--check", "--diff"])
    def test_only_looks_when_asked_to(self, shop: Cli, option: str) -> None:
        shop.write(LEVEL, MESSY)

        called = shop.run("fmt", option)

        assert called.code == 5
        assert shop.read(LEVEL) == MESSY
        assert ("+forbid" in called.stdout) is (option == "--diff")

    def test_restricts_itself_to_the_files_and_folders_that_are_named(self, shop: Cli) -> None:
        shop.write(LEVEL, MESSY)

        shop.ok("fmt", READ, "policies/shop/access", "tests")
        assert shop.read(LEVEL) == MESSY

        shop.ok("fmt", "policies/shop")
        assert shop.read(LEVEL) != MESSY


class TestCheck:
    def test_without_readable_suites_nothing_is_said_about_what_they_leave_out(self, shop: Cli) -> None:
        shop.write("bylaw.yaml", LINTED)
        assert "untested-forbid" not in shop.run("check").all

        shop.write(SUITE_PATH, "suite: [\n")

        called = shop.run("check")
        assert called.code == 3
        assert "untested-forbid" not in called.all

    def test_an_app_that_was_found_clean_is_not_checked_again(self, shop: Cli) -> None:
        first = shop.ok("check").stdout
        again = shop.ok("check").stdout

        assert "Unchanged" not in first
        assert again == first.rstrip() + " Unchanged since found clean.\n"
        assert shop.ok("check", "--no-cache").stdout == first

    def test_a_change_is_seen_though_the_app_was_clean(self, shop: Cli) -> None:
        shop.ok("check")
        shop.write(READ, PERMIT.replace("<= 100", "<= 99"))
        assert shop.run("check").code == 4

        shop.write(READ, PERMIT)
        assert "Unchanged" in shop.ok("check").stdout

    @pytest.mark.parametrize("format_", ["json", "markdown", "github", "sarif"])
    def test_a_format_of_workflows_checks_everything(
        self, shop: Cli, format_: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.ok("check")

        def no_records(*_: object) -> None:
            pytest.fail("asked for records")

        monkeypatch.setattr("bylaw.cli.caching.clean_records", no_records)
        shop.ok("check", "--format", format_)

    def test_an_unknown_app_is_told_though_all_others_are_clean(self, shop: Cli) -> None:
        shop.ok("check")

        called = shop.run("check", "shop", "shopp")

        assert called.code == 2
        assert "no app `shopp`" in called.stderr


class TestLint:
    def test_a_baseline_makes_an_old_repository_green_and_can_be_pruned(self, shop: Cli) -> None:
        shop.write("bylaw.yaml", LINTED)
        assert shop.run("lint").code == 5

        shop.ok("lint", "--write-baseline")
        shop.ok("lint")
        before = shop.read("bylaw-baseline.yaml")
        shop.write(READ, None)
        shop.ok("lint", "--prune-baseline")

        assert "shop/access/read-front" in before
        assert "shop/access/read-front" not in shop.read("bylaw-baseline.yaml")

    def test_a_new_finding_is_not_covered_by_the_baseline(self, shop: Cli) -> None:
        shop.write("bylaw.yaml", LINTED)
        shop.ok("lint", "--write-baseline")

        shop.write("policies/shop/access/everything.cedar", "permit (principal, action, resource);\n")

        called = shop.run("lint")
        assert called.code == 5
        assert "everything.cedar" in called.all

    def test_fixes_are_written_and_keep_the_rest(self, shop: Cli) -> None:
        doubled = "forbid (principal, action, resource) unless { !(principal.level < 1) };\n"
        shop.commit({"bylaw.yaml": LINTED, LEVEL: doubled})

        called = shop.run("lint", "--fix")

        assert "fixed" in called.stderr
        assert shop.read(LEVEL) != doubled
        assert "when" in shop.read(LEVEL)

    def test_fixes_are_not_mixed_with_uncommitted_work(self, shop: Cli) -> None:
        shop.write(LEVEL, MESSY)

        called = shop.run("lint", "--fix")

        assert called.code == 2
        assert "--allow-dirty" in called.stderr

    def test_the_configuration_explains_itself(self, shop: Cli) -> None:
        called = shop.ok("lint", "--explain-config")

        assert len(called.stdout.splitlines()) >= 20

    def test_findings_can_be_looked_at_without_failing(self, shop: Cli) -> None:
        shop.write("bylaw.yaml", LINTED)

        shop.ok("lint", "--exit-zero")


class TestTest:
    def test_files_beside_the_report_are_what_they_say(self, shop: Cli) -> None:
        shop.ok("test", "--junit", "junit.xml", "--lcov", "lcov.info", "--cobertura", "cobertura.xml")

        assert ET.fromstring(shop.read("junit.xml")).tag == "testsuites"  # noqa: S314 - our own file
        assert "<coverage" in shop.read("cobertura.xml")
        assert f"SF:{LEVEL}" in shop.read("lcov.info")
        assert shop.read("lcov.info").rstrip().endswith("end_of_record")

    def test_a_failure_is_4_and_prints_a_command_line_that_reproduces_it(self, shop: Cli) -> None:
        shop.write(READ, PERMIT.replace("100", "99"))

        called = shop.run("test", "--junit", "junit.xml")

        assert called.code == 4
        (line,) = set(re.findall(r"bylaw eval .*", called.stdout))
        again = shop.run(*shlex.split(line)[1:])
        assert again.code in {0, 4}, again.all
        assert again.stdout.startswith("deny")
        assert "<failure" in shop.read("junit.xml")

    def test_the_first_failure_ends_the_run_when_asked_to(self, shop: Cli) -> None:
        shop.write(READ, PERMIT.replace('action == App::Action::"read"', "action"))
        shop.write(SUITE_PATH, SUITE.replace("contexts: [small, large]}", "contexts: [small]}"))
        shop.write("tests/policies/shop/more.yaml", SUITE.replace("suite: basics", "suite: more"))
        every = shop.run("test", "--format", "json").json

        first = shop.run("test", "-x", "--format", "json").json

        assert len(str(first)) < len(str(every))
        assert first["exit_code"] == 4

    def test_a_filter_that_fits_nothing_is_no_success(self, shop: Cli) -> None:
        called = shop.run("test", "--filter", "no such case")

        assert called.code == 4
        assert "--allow-empty" in called.all
        shop.ok("test", "--filter", "no such case", "--allow-empty")

    def test_only_suites_that_a_change_touches_are_run(self, shop: Cli) -> None:
        assert shop.run("test", "--changed", "HEAD").code == 4
        shop.ok("test", "--changed", "HEAD", "--allow-empty")
        shop.write(LEVEL, FORBID + "\n")

        shop.ok("test", "--changed", "HEAD")

    def test_coverage_below_the_gate_is_4(self, shop: Cli) -> None:
        shop.write("policies/shop/access/untested.cedar", PERMIT.replace("100", "10"))

        shop.ok("test", "--coverage", "--fail-under", "policy=1")
        assert shop.run("test", "--fail-under", "policy=100,clause=100,condition=100").code == 4

    def test_mutation_names_what_no_case_notices(self, shop: Cli) -> None:
        called = shop.ok("test", "--mutate")

        assert "surviv" in called.stdout or "killed" in called.stdout


class TestCompile:
    def test_two_runs_give_the_same_bytes(self, shop: Cli) -> None:
        shop.ok("compile", "--out", "one")
        shop.ok("compile", "--out", "two")

        assert tree(shop.root / "one") == tree(shop.root / "two")
        assert "local/shop/manifest.json" in tree(shop.root / "one")

    def test_a_commit_compiles_to_what_its_checkout_compiles_to(self, shop: Cli) -> None:
        shop.ok("compile", "--out", "one")
        shop.write(READ, PERMIT.replace("100", "900"))
        shop.ok("compile", "--rev", "HEAD", "--out", "two")
        shop.ok("compile", "--out", "three")

        assert tree(shop.root / "one") == tree(shop.root / "two")
        assert tree(shop.root / "one") != tree(shop.root / "three")

    def test_nothing_is_written_without_a_folder(self, shop: Cli) -> None:
        before = tree(shop.root)

        called = shop.ok("compile")

        assert re.search(r"^[0-9a-f]{12}  local/shop  2 policies$", called.stdout, re.MULTILINE)
        assert tree(shop.root) == before


def tree(root: Path) -> dict[str, bytes]:
    """Path to content of every file below `root`."""
    files = (place for place in root.rglob("*") if place.is_file() and ".git" not in place.parts)
    return {place.relative_to(root).as_posix(): place.read_bytes() for place in files}


class TestEval:
    REQUEST = (
        "eval", "shop", "--principal", 'App::User::"ann"', "--action", 'App::Action::"read"',
        "--resource", 'App::Gateway::"front"',
    )  # fmt: skip
    ANN = '[{"uid": {"type": "App::User", "id": "ann"}, "attrs": {"level": %d}, "parents": []}]'

    def test_a_decision_names_the_policy_that_made_it(self, shop: Cli) -> None:
        given = ("--context", '{"amount": 5}', "--entities", self.ANN % 3)

        called = shop.ok(*self.REQUEST, *given, "--expect", "allow")

        assert called.stdout.startswith("allow")
        assert "access/read-front" in called.stdout
        denied = shop.run(*self.REQUEST, "--context", '{"amount": 5}', "--entities", self.ANN % 0, "--expect", "allow")
        assert denied.code == 4
        assert "guards/level" in denied.stdout


class TestDiff:
    def test_a_changed_bound_is_shown_before_and_after(self, shop: Cli) -> None:
        shop.write(READ, PERMIT.replace("100", "900"))

        called = shop.ok("diff", "HEAD")

        assert "100" in called.stdout
        assert "900" in called.stdout
        assert shop.run("diff", "HEAD", "--detailed-exitcode").code == 6
        assert shop.run("diff", "HEAD", "--fail-on", "changed").code == 6

    def test_style_alone_does_not_fail(self, shop: Cli) -> None:
        shop.write(LEVEL, MESSY)

        assert shop.run("diff", "HEAD", "--fail-on", "changed").code == 0


class TestNew:
    def test_an_app_a_policy_and_a_suite_are_green_at_once(self, shop: Cli) -> None:
        shop.ok("new", "app", "desk", "--owner", "desk-team")
        shop.ok("new", "policy", "shop/guards/nights")
        shop.ok("new", "suite", "shop/nights")

        assert (shop.root / "policies/desk/app.yaml").is_file()
        assert (shop.root / "policies/shop/guards/nights.cedar").is_file()
        assert (shop.root / "tests/policies/shop/nights.yaml").is_file()
        shop.ok("validate")
        shop.ok("fmt", "--check")

    def test_a_rule_comes_with_its_cases(self, shop: Cli) -> None:
        called = shop.ok("new", "rule", "style/shouting-comment")

        assert "registry.py" in called.stdout
        assert (shop.root / "tools/bylaw/analysis/rules/style/shouting_comment.py").is_file()
        assert (shop.root / "tests/tools/cases/rules/shouting-comment.yaml").is_file()

    def test_nothing_is_written_over(self, shop: Cli) -> None:
        before = shop.read(LEVEL)

        assert shop.run("new", "policy", "shop/guards/level").code == 2
        assert shop.read(LEVEL) == before


class TestInit:
    def test_a_new_repository_is_green_and_can_be_deployed(self, empty: Cli) -> None:
        empty.ok("init", "--owner", "acme/policies")
        empty.ok("check")
        git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com"]
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
            subprocess.run([*git, *arguments], cwd=empty.root, check=True, capture_output=True)

        empty.ok("check")
        empty.ok("reconcile")

        assert empty.run("plan", "--detailed-exitcode").code == 0
        assert subprocess.check_output(["git", "status", "--porcelain"], cwd=empty.root) == b""

    def test_the_folder_may_be_named(self, empty: Cli) -> None:
        empty.ok("init", "rules")

        empty.at(empty.root / "rules").ok("check")

    @pytest.mark.parametrize("owner", ["", "acme/policies\nversion: 2", "../x", 'a/b"'])
    def test_an_owner_that_cannot_be_one_is_refused(self, empty: Cli, owner: str) -> None:
        called = empty.run("init", "--owner", owner)

        assert called.code == 2, called.all
        assert not (empty.root / "bylaw.yaml").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_asks_bylaw(empty: Cli, shell: str) -> None:
    called = empty.ok("completion", shell)

    assert "_BYLAW_COMPLETE" in called.stdout


def test_completion_completes_verbs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from bylaw.cli.main import main; main()"],
        cwd=tmp_path,
        env={**os.environ, "_BYLAW_COMPLETE": "bash_complete", "COMP_WORDS": "bylaw recon", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "reconcile" in done.stdout, done.stderr
