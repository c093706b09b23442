"""Reports: every format is what it says it is, and nothing that a policy says can speak for us."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import FORBID, SETTINGS

JSON_CALLS = (
    "check",
    "validate",
    "lint",
    "test",
    "test --coverage --mutate",
    'eval shop --principal App::User::"a" --action App::Action::"read" --resource App::Gateway::"front" --context {"amount":5}',
    "diff HEAD",
    "plan",
    "reconcile",
    "drift",
    "history shop/guards/level",
)
MARKDOWN_CALLS = ("check", "lint", "test --coverage", "diff HEAD~1 HEAD", "plan", "drift", "reconcile")
STRICT = SETTINGS.replace('lint: {rules: {all: {level: "off"}}}', "lint: {fail_on: note}")
LEVEL = "policies/shop/guards/level.cedar"


@pytest.mark.parametrize("call", JSON_CALLS)
def test_json_is_json_of_the_stated_version(shop: Cli, call: str) -> None:
    document = shop.run(*call.split(" "), "--format", "json").json

    assert document["format"] == "bylaw/1"
    assert document["command"] == call.split(maxsplit=1)[0]
    assert document["exit_code"] == 0
    assert document["ok"] is True


def test_json_of_a_failure_carries_code_outcome_and_places(shop: Cli) -> None:
    shop.write(LEVEL, "forbid (")

    called = shop.run("check", "--format", "json")

    assert called.json["exit_code"] == called.code == 3
    assert called.json["ok"] is False
    assert any(item["path"] == LEVEL for item in _places(called.json["problems"]["items"]))


def _places(items: list[dict[str, object]]) -> list[dict[str, object]]:
    places: list[dict[str, object]] = []
    for item in items:
        nested = [value for value in item.values() if isinstance(value, dict)]
        places += [value for value in (item, *nested) if "path" in value]
    return places


@pytest.mark.parametrize("call", ["check", "validate", "lint"])
def test_sarif_is_version_2_1_0_with_a_place_for_each_result(shop: Cli, call: str) -> None:
    shop.write("bylaw.yaml", STRICT)
    shop.write(LEVEL, "forbid (principal, action, resource) when { principal.lvl < 1 };\n")

    document = shop.run(call, "--format", "sarif").json

    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert run["tool"]["driver"]["name"] == "bylaw"
    rules = {rule["id"] for rule in run["tool"]["driver"].get("rules", [])}
    for result in run["results"]:
        assert result["ruleId"] in rules
        location = result["locations"][0]["physicalLocation"]
        assert not location["artifactLocation"]["uri"].startswith(("/", ".."))
    assert run["results"] or call == "lint"


@pytest.mark.parametrize("call", MARKDOWN_CALLS)
def test_markdown_begins_with_the_verdict(shop: Cli, call: str) -> None:
    shop.commit({LEVEL: FORBID.replace("1", "2")})

    called = shop.run(*call.split(), "--format", "markdown")

    verdict = "passed" if called.code == 0 else "failed"
    assert called.stdout.startswith(f"**{verdict}**: bylaw {call.split(maxsplit=1)[0]}\n"), called.stdout
    assert "\x1b" not in called.stdout


def test_a_report_goes_to_the_file_that_is_named(shop: Cli) -> None:
    called = shop.ok("check", "--format", "json", "--output", "report.json")

    assert called.stdout == ""
    assert json.loads(shop.read("report.json"))["command"] == "check"


def test_the_exit_code_does_not_depend_on_the_format(shop: Cli) -> None:
    shop.write(LEVEL, FORBID.replace("< 1", "< 0"))

    codes = {shop.run("check", "--format", name).code for name in ("text", "json", "markdown", "github", "sarif")}

    assert codes == {4}


HOSTILE = (
    "::set-output name=x::y",
    "::error file=bylaw.yaml::owned",
    "##[error]owned",
    "::add-mask::a",
    "::stop-commands::x",
    "%0A::error::owned",
    "\\r::error::owned",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("call", ["check", "lint", "plan", "diff HEAD~1 HEAD", "test"])
def test_text_of_a_policy_cannot_speak_to_the_workflow(shop: Cli, call: str, text: str) -> None:
    shop.commit(
        {
            "bylaw.yaml": STRICT,
            LEVEL: f'@description("{text}")\n// {text}\n{FORBID}',
            "tests/policies/shop/basics.yaml": shop.read("tests/policies/shop/basics.yaml").replace(
                "name: small reads only", f"name: {json.dumps(text)}"
            ),
        }
    )

    called = shop.run(*call.split(), "--format", "github")

    assert called.code != 1, called.all
    assert_only_ours(called.stdout)


@pytest.mark.parametrize("text", HOSTILE[:3])
def test_names_of_files_cannot_speak_to_the_workflow(shop: Cli, text: str) -> None:
    name = text.replace("/", "-")
    shop.write(f"policies/shop/guards/{name}.cedar", "forbid (")
    shop.write(f"policies/shop/guards/new\n{name}.cedar", "forbid (")

    called = shop.run("check", "--format", "github")

    assert called.code == 3, called.all
    assert_only_ours(called.stdout)


def assert_only_ours(log: str) -> None:
    """Whatever the runner would read as a command is one that bylaw writes."""
    token = None
    for line in log.splitlines():
        start = line.lstrip()
        if token is not None:
            token = None if start == f"::{token}::" else token
            continue
        if start.startswith("::stop-commands::"):
            token = start.removeprefix("::stop-commands::")
            assert len(token) >= 32
            assert len(set(token)) > 3
        elif start.startswith("::"):
            assert start.startswith(("::error file=", "::warning file=", "::notice file=", "::error ", "::warning "))
            assert "owned" not in start.partition("::")[0]
        assert "##[" not in start
    assert token is None, "commands stay stopped"


def test_step_summary_and_outputs_are_appended_to_what_is_there(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        shop.write(variable, "before\n")
        monkeypatch.setenv(variable, str(shop.root / variable))

    shop.ok("check", "--format", "github")

    assert shop.read("GITHUB_STEP_SUMMARY").startswith("before\n**passed**")
    assert "verdict" in shop.read("GITHUB_OUTPUT")


def test_a_summary_that_cannot_be_written_does_not_change_the_verdict(
    shop: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(shop.root))

    called = shop.ok("check", "--format", "github")

    assert "GITHUB_STEP_SUMMARY" in called.stderr


@pytest.mark.parametrize("call", ["check", "lint", "test --coverage", "plan", "diff HEAD", "drift", "validate"])
def test_piped_output_is_plain(shop: Cli, call: str) -> None:
    shop.write("bylaw.yaml", STRICT)
    shop.write(LEVEL, FORBID.replace("< 1", "< 0"))

    assert "\x1b" not in shop.run(*call.split()).all


def on_a_terminal(root: Path, *arguments: str, **environment: str) -> str:
    """What `bylaw ARGUMENTS` prints on a terminal."""
    controller, terminal = pty.openpty()
    code = "from bylaw.cli.main import main; main()"
    env = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=root,
        env={**env, "TERM": "xterm-256color", **environment},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    printed = b""
    try:
        while chunk := os.read(controller, 65536):
            printed += chunk
    except OSError:
        pass
    finally:
        os.close(controller)
        process.wait(timeout=60)
    return printed.decode()


def test_a_terminal_gets_colour_unless_it_asks_for_none(shop: Cli) -> None:
    assert "\x1b[" in on_a_terminal(shop.root, "check")
    assert "\x1b" not in on_a_terminal(shop.root, "check", NO_COLOR="1")


def test_escape_sequences_of_a_policy_do_not_reach_the_terminal(shop: Cli) -> None:
    shop.write("policies/shop/guards/level.cedar", '@description("\x1b]0;owned\x07\x1b[2J")\nforbid (\n')

    called = shop.run("check")

    assert "\x1b" not in called.all
    assert "\x07" not in called.all
