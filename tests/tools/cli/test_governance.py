"""Every verb on a `governance` app, from the first file to what is in force on a target."""

import shutil
from pathlib import Path

import pytest

from bylaw.model.exit_codes import ExitCode
from tools.cli.calling import Cli
from tools.pipeline import repositories

APP = """app: courier
about: what the courier may do
owners: [team-courier]
language: governance
targets: {local: {}}
"""
EVERYBODY = """name: everybody
denied_actions: [wipe]
run_budget: 2
evidence_requirements: {deliver: [pick_up]}
argument_constraints:
  deliver: {required: [to], properties: {to: {type: string, pattern: "^[A-Z]{2}-[0-9]+$"}}}
"""
AGENT = """name: courier
scope: agent
target_id: courier-bot
rate_limits: {deliver: {max_count: 2, window_seconds: 60}}
"""
SUITE = """suite: delivery
about: what is delivered
agent: courier-bot
run: run-1
tests:
  - name: what was picked up is delivered
    events:
      - {action: pick_up, succeeded: true}
      - {action: deliver, arguments: {to: DE-1}}
    expect: allow
  - name: nothing else is
    event: {action: deliver, arguments: {to: DE-1}}
    expect: {decision: deny, reason: MISSING_EVIDENCE}
  - name: twice a minute
    events:
      - {action: pick_up, succeeded: true}
      - {action: deliver, times: 3, arguments: {to: DE-1}}
    expect: {decision: deny, reason: RATE_LIMITED, policy: courier}
  - name: nowhere
    events:
      - {action: pick_up, succeeded: true}
      - {action: deliver, arguments: {to: home}}
    expect: {decision: deny, reason: ARGUMENT_CONSTRAINT_VIOLATED}
  - name: nothing is wiped
    event: {action: wipe}
    expect: deny
  - name: two dollars a run
    event: {action: call_llm, cost_usd: 0.5, times: 5}
    expect: {decision: deny, rule: run_budget}
"""
FILES = {
    "bylaw.yaml": repositories.SETTINGS.replace('lint: {rules: {all: {level: "off"}}}', "lint: {fail_on: warning}"),
    "policies/courier/app.yaml": APP,
    "policies/courier/everybody.yaml": EVERYBODY,
    "policies/courier/courier.yaml": AGENT,
    "tests/policies/courier/delivery.yaml": SUITE,
}
POLICY = "policies/courier/everybody.yaml"
SUITE_PATH = "tests/policies/courier/delivery.yaml"


@pytest.fixture(scope="module")
def courier_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("courier") / "policies"
    repositories.repository(root)
    shutil.rmtree(root / "policies")
    shutil.rmtree(root / "tests")
    repositories.commit(root, dict(FILES), "courier")
    return root


@pytest.fixture
def courier(cli: Cli, courier_root: Path, tmp_path: Path) -> Cli:
    return cli.at(Path(shutil.copytree(courier_root, tmp_path / "policies")))


@pytest.mark.parametrize(
    "call",
    ["check", "fmt --check", "validate", "lint", "analyze", "test --coverage", "compile", "plan", "drift", "diff HEAD"],
)
def test_in_a_healthy_repository_the_verb_succeeds(courier: Cli, call: str) -> None:
    called = courier.ok(*call.split())

    assert "Traceback" not in called.all


def test_an_error_of_a_policy_is_told_with_its_place(courier: Cli) -> None:
    courier.write(POLICY, EVERYBODY.replace("run_budget: 2", "run_budget: 2.0000001"))

    called = courier.run("check")

    assert called.code == ExitCode.INVALID_INPUT
    assert f"{POLICY}:3:13" in called.all
    assert "help: amounts are USD, to a millionth" in called.all


BAD_SUITES = {
    "a reason that there is not": ("reason: RATE_LIMITED", "reason: RATE_LIMIT", "did you mean `RATE_LIMITED`?"),
    "a policy that there is not": ("policy: courier", "policy: currier", "did you mean `courier`?"),
    "a duration that is none": ("succeeded: true}", "succeeded: true, after: soon}", "after"),
    "an unknown key": ("cost_usd: 0.5", "costs: 0.5", "unknown key `costs`"),
    "two tests of one name": ("- name: nowhere", "- name: twice a minute", "two tests are called `twice a minute`"),
    "an event and events": ("    event: {action: wipe}", "    event: {action: wipe}\n    events: [{action: wipe}]", "either"),
    "too many events": ("times: 5", "times: 10000", "limit 10000"),
    "an expectation said twice": ("times: 5}", "times: 5, expect: deny}", "stands in the test"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_SUITES)
def test_a_suite_that_proves_nothing_is_refused(courier: Cli, name: str) -> None:
    old, new, told = BAD_SUITES[name]
    assert old in SUITE
    courier.write(SUITE_PATH, SUITE.replace(old, new, 1))

    called = courier.run("test")

    assert called.code == ExitCode.INVALID_INPUT
    assert told in called.all
    assert f"{SUITE_PATH}:" in called.all


def test_a_test_that_fails_says_which_rule_decided(courier: Cli) -> None:
    courier.write(
        SUITE_PATH,
        SUITE.replace("    event: {action: wipe}\n    expect: deny", "    event: {action: wipe}\n    expect: allow"),
    )

    called = courier.run("test")

    assert called.code == ExitCode.TESTS_FAILED
    assert "expected allow, got deny: DENIED_ACTION by `everybody`, `denied_actions`" in called.all


def test_an_expectation_within_a_sequence_counts(courier: Cli) -> None:
    courier.write(
        SUITE_PATH,
        SUITE.replace("{action: pick_up, succeeded: true}", "{action: pick_up, succeeded: true, expect: deny}", 1),
    )

    called = courier.run("test")

    assert called.code == ExitCode.TESTS_FAILED
    assert "event 1, pick_up: expected deny, got allow" in called.all


def test_a_skip_ends_on_its_day(courier: Cli) -> None:
    skip = "    skip: {reason: not decided yet, until: 2020-01-01}\n    event: {action: wipe}"
    courier.write(SUITE_PATH, SUITE.replace("    event: {action: wipe}", skip))

    assert "which has passed: not decided yet" in courier.run("test").all


def test_mutants_of_policies_are_killed_or_told(courier: Cli) -> None:
    report = courier.ok("test", "--mutate", "--format", "json").json["mutation"]["courier"]

    survivors = [survivor["before"] for survivor in report["survivors"]]
    assert "denied_actions: wipe" not in survivors
    assert any("max_count" not in text and "per 60 s" in text for text in survivors)
    assert report["equivalent"] > 0


def test_what_is_in_force_names_its_sources(courier: Cli) -> None:
    text = courier.ok("effective", "courier", "--agent", "courier-bot").stdout

    assert "policies: [everybody, courier]" in text
    assert 'rate_limits.deliver: ["policies/courier/courier.yaml:4:15"]' in text


def test_one_action_is_decided_and_explained(courier: Cli) -> None:
    called = courier.ok("eval", "courier", "--agent", "x", "--request", '{"action": "wipe"}', "--expect", "deny")

    assert "by everybody, denied_actions  policies/courier/everybody.yaml:2:1" in called.stdout
    assert courier.run("eval", "courier", "--request", '{"act": 1}').code == ExitCode.USAGE


def test_a_change_says_what_it_newly_allows_and_can_be_accepted(courier: Cli) -> None:
    courier.write(POLICY, EVERYBODY.replace("run_budget: 2", "run_budget: 3").replace("[A-Z]{2}", "[A-Z]{2,3}"))

    called = courier.run("diff", "HEAD", "--fail-on", "widens")

    assert called.code == ExitCode.FINDINGS
    assert "run_budget: 2 USD → 3 USD" in called.stdout
    assert "arguments of deliver newly pass" in called.stdout
    assert '{"to": "AAA-0"}' in called.stdout
    acceptance = called.stdout[called.stdout.index("version: 1") :].replace(
        "<why this is wanted>", "agreed with the team"
    )
    courier.write("accepted.yaml", acceptance)
    courier.ok("diff", "HEAD", "--fail-on", "widens", "--accept", "accepted.yaml")


def test_a_change_is_told_without_a_solver(courier: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bylaw.cli.diff.find_spec", lambda _: None)
    courier.write(POLICY, EVERYBODY.replace("run_budget: 2", "run_budget: 3"))

    called = courier.run("diff", "HEAD", "--fail-on", "widens")

    assert called.code == ExitCode.FINDINGS
    assert "run_budget: 2 USD → 3 USD" in called.stdout


def test_a_refactoring_is_proved_to_be_one(courier: Cli) -> None:
    courier.write(
        POLICY, EVERYBODY.replace("{type: string, pattern:", "{pattern:").replace("^[A-Z]{2}-", "^[A-Z][A-Z]-")
    )

    assert "exactly what was before: proved for 2 policies of 1 app" in courier.ok("diff", "HEAD").stdout


def test_what_was_merged_is_applied_and_can_be_rolled_back(courier: Cli) -> None:
    first = repositories.git(courier.root, "rev-parse", "HEAD")
    courier.ok("reconcile", "--target", "local")
    assert "no changes" in courier.ok("plan", "--target", "local").stdout
    courier.commit({POLICY: EVERYBODY.replace("run_budget: 2", "run_budget: 1.5")})
    courier.ok("reconcile", "--target", "local")

    courier.ok("rollback", "courier", "everybody", "--to", first, "--reason", "too strict")
    courier.ok("reconcile", "--target", "local")

    assert courier.read(POLICY) == EVERYBODY
    history = courier.ok("history", "courier/everybody").stdout
    assert len([line for line in history.splitlines() if line.startswith("local")]) == 3
    assert "no drift" in courier.ok("drift").stdout


@pytest.mark.parametrize("language", ["cedar", "http-rules", "governance"])
def test_a_new_repository_is_green_at_once_in_every_language(empty: Cli, language: str) -> None:
    empty.ok("init", ".", "--language", language)
    repositories.git(empty.root, "init", "-q")
    repositories.commit(empty.root, {})

    assert "0 findings" in empty.ok("check").stdout
    empty.ok("new", "app", "second", "--language", language)
    empty.ok("new", "policy", "second/first")
    empty.ok("validate")
