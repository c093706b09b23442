"""Every verb on an `http-rules` app, from the first file to what is in force on a target."""

import re
import shutil
from pathlib import Path

import pytest

from bylaw.languages.http_rules.canonical import canonical_text
from bylaw.languages.http_rules.model import HttpRules
from bylaw.languages.http_rules.reading import read_rules
from bylaw.model.exit_codes import ExitCode
from tools.cli.calling import Cli
from tools.e2e.test_61_import import paste
from tools.pipeline import repositories

APP = """app: courier
about: what the courier sends
owners: [team-courier]
language: http-rules
targets: {local: {}}
"""
AGENT = """agent: courier
default: deny
mode: enforce
rules:
  - name: read
    allow: {method: [GET], url: "api.example.com/v1/**"}
  - name: small
    allow: {method: [POST], url: "api.example.com/v1/orders", body: {jsonpath: "$.amount", min: 1, max: 100}}
  - name: in-a-minute
    limit: {calls_per_minute: 60, per: global}
tests:
  - name: an order is read
    input: {url: "https://api.example.com/v1/orders/7"}
    expect: {allowed: true, matched_rule: read}
  - name: another host is not
    input: {url: "https://files.example.com/v1"}
    expect: deny
  - name: a small order
    input: {method: POST, url: "https://api.example.com/v1/orders", body: {amount: 100}}
    expect: allow
  - name: a large one
    input: {method: POST, url: "https://api.example.com/v1/orders", body: {amount: 101}}
    expect: deny
  - name: the sixty-first call
    input: {url: "https://api.example.com/v1/orders/7"}
    repeat: 61
    expect: rate_limit
"""
GUARDRAILS = """default: allow
mode: enforce
rules:
  - name: no-admin
    deny: {url: "**/admin/**"}
tests:
  - name: nothing below admin
    input: {url: "https://api.example.com/v1/admin/users"}
    expect: {allowed: false, matched_rule: no-admin}
"""
FILES = {
    "bylaw.yaml": repositories.SETTINGS.replace('lint: {rules: {all: {level: "off"}}}', "lint: {fail_on: warning}"),
    "policies/courier/app.yaml": APP,
    "policies/courier/guardrails.yaml": GUARDRAILS,
    "policies/courier/courier.yaml": AGENT,
}
DOCUMENT = "policies/courier/courier.yaml"


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


def test_a_rule_that_no_case_decides_by_is_told(courier: Cli) -> None:
    rule = '  - name: never\n    deny: {url: "x.example.com"}\n'
    courier.write(DOCUMENT, AGENT.replace("  - name: in-a-minute", f"{rule}  - name: in-a-minute"))

    assert "untested-rule" in courier.run("check").all


def test_an_error_of_a_document_is_told_with_its_place(courier: Cli) -> None:
    courier.write(DOCUMENT, AGENT.replace("api.example.com/v1/**", "https://api.example.com/v1/**"))

    called = courier.run("check")

    assert called.code == ExitCode.INVALID_INPUT
    assert f"{DOCUMENT}:6:33" in called.all
    assert "help: write `api.example.com/v1/**`" in called.all


def test_a_case_that_fails_is_told(courier: Cli) -> None:
    courier.write(DOCUMENT, AGENT.replace("amount: 101}", "amount: 99}"))

    called = courier.run("test")

    assert called.code == ExitCode.TESTS_FAILED
    assert "a large one" in called.all
    assert "got allow: the rule `small`" in called.all


SUITE_PATH = "tests/policies/courier/extra.yaml"
SUITE = """suite: extra
about: cases that stand beside the document
policy: courier
tests:
  - name: nothing goes elsewhere
    input: {url: "https://elsewhere.example.com"}
    expect: deny
"""


def test_a_suite_beside_the_document_counts(courier: Cli) -> None:
    before = courier.ok("test").stdout
    courier.write(SUITE_PATH, SUITE)
    assert courier.ok("test").stdout != before
    assert courier.ok("test", "--changed", "HEAD").stdout.startswith("1 case passed")

    courier.write(SUITE_PATH, SUITE.replace("expect: deny", "expect: allow"))
    called = courier.run("test")

    assert called.code == ExitCode.TESTS_FAILED
    assert "expected allow, got deny" in called.all
    assert f"{SUITE_PATH}:5" in called.all


BAD_SUITES = {
    "a document that there is not": ("policy: courier", "policy: currier", 3, "did you mean `courier`?"),
    "the name of a document": ("suite: extra", "suite: courier", 1, "is called `courier` as well"),
    "a case without a request": ('    input: {url: "https://elsewhere.example.com"}\n', "", 5, "an `input` or a `sequence`"),
    "an unknown key": ("about:", "abuot:", 2, "unknown key `abuot`"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_SUITES)
def test_a_suite_that_proves_nothing_is_refused(courier: Cli, name: str) -> None:
    old, new, line, told = BAD_SUITES[name]
    assert old in SUITE
    courier.write(SUITE_PATH, SUITE.replace(old, new, 1))

    called = courier.run("test")

    assert called.code == ExitCode.INVALID_INPUT
    assert told in called.all
    assert f"{SUITE_PATH}:{line}:" in called.all


def test_a_new_suite_is_read_at_once(courier: Cli) -> None:
    courier.ok("new", "suite", "courier/more")

    courier.ok("test")


def test_formatting_keeps_comments(courier: Cli) -> None:
    courier.write(DOCUMENT, AGENT.replace("default: deny", "default:   deny   # on doubt"))

    courier.ok("fmt")

    assert re.search("^default: deny +# on doubt$", courier.read(DOCUMENT), re.MULTILINE)


def test_mutants_of_rules_are_killed_or_told(courier: Cli) -> None:
    report = courier.ok("test", "--mutate", "--format", "json").json["mutation"]["courier"]

    survivors = {(survivor["policy"], survivor["operator"]) for survivor in report["survivors"]}
    assert ("courier", "any-method") in survivors
    assert ("courier", "flip-default") not in survivors


def test_what_is_in_force_names_the_source_of_every_rule(courier: Cli) -> None:
    text = courier.ok("effective", "courier", "--agent", "courier").stdout

    assert 'source: "policies/courier/guardrails.yaml:4:11"' in text
    assert 'source: "policies/courier/courier.yaml:5:11"' in text
    assert "agents: courier" in courier.run("effective", "courier", "--agent", "nobody").all


def test_one_request_is_decided_and_explained(courier: Cli) -> None:
    request = '{"method": "POST", "url": "https://api.example.com/v1/orders", "body": {"amount": 101}}'

    called = courier.ok("eval", "courier", "--agent", "courier", "--request", request, "--expect", "deny")

    assert called.stdout.startswith("deny\n  by default\n")
    wrong = courier.run("eval", "courier", "--agent", "courier", "--request", '{"url": 1}')
    assert wrong.code == ExitCode.USAGE
    assert "`url` of the request" in wrong.all


def test_a_question_is_answered_for_all_requests(courier: Cli) -> None:
    courier.ok("ask", "can courier send POST to **/admin/**", "--expect", "never")
    courier.ok("ask", "who can send POST", "--expect", "some")
    assert courier.run("ask", "who can send MAIL").code == ExitCode.USAGE
    assert courier.run("ask", "can nobody send GET").code == ExitCode.USAGE


def test_a_change_says_what_it_newly_allows_and_fails_where_that_was_asked(courier: Cli) -> None:
    courier.write(DOCUMENT, AGENT.replace("max: 100", "max: 1000"))

    called = courier.run("diff", "HEAD", "--fail-on", "widens")

    assert called.code == ExitCode.FINDINGS
    assert '"amount": 101' in called.stdout
    assert "rule small, body amount max  100  →  1000" in called.stdout
    acceptance = called.stdout[called.stdout.index("version: 1") :].replace(
        "<why this is wanted>", "agreed with the team"
    )
    courier.write("accepted.yaml", acceptance)
    courier.ok("diff", "HEAD", "--fail-on", "widens", "--accept", "accepted.yaml")


def test_what_was_merged_is_applied_and_can_be_rolled_back(courier: Cli) -> None:
    first = repositories.git(courier.root, "rev-parse", "HEAD")
    courier.ok("reconcile", "--target", "local")
    assert "no changes" in courier.ok("plan", "--target", "local").stdout
    courier.commit({DOCUMENT: AGENT.replace("max: 100", "max: 50").replace("amount: 100}", "amount: 50}")})
    courier.ok("reconcile", "--target", "local")

    courier.ok("rollback", "courier", "courier", "--to", first, "--reason", "too strict")
    courier.ok("reconcile", "--target", "local")

    assert courier.read(DOCUMENT) == AGENT
    history = courier.ok("history", "courier/courier").stdout
    assert len([line for line in history.splitlines() if line.startswith("local")]) == 3
    assert "no drift" in courier.ok("drift").stdout


def test_a_document_found_on_a_target_becomes_a_file_and_then_ours(courier: Cli) -> None:
    courier.ok("reconcile", "--target", "local")
    text = canonical_text(read(AGENT.replace("courier", "walker")))
    paste(courier.root / ".bylaw/local.db", "courier", "walker", text, language="http-rules")

    courier.ok("import", "local")
    (path,) = (courier.root / "policies/courier/imported").iterdir()
    assert "agent: walker" in path.read_text()
    courier.commit({})
    courier.ok("import", "local", "--adopt")

    assert "no changes" in courier.ok("plan", "--target", "local").stdout


def read(text: str) -> HttpRules:
    rules = read_rules(text, "walker.yaml").rules
    assert rules is not None
    return rules
