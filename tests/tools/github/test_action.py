"""The script of the composite action, run for real with a stand-in for bylaw."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bylaw.model.exit_codes import ExitCode
from tools.github.files import GITHUB, load

ACTION = GITHUB / "actions/bylaw"

FAKE = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" > "$ARGUMENTS"
echo "report ::error::forged"
echo "::error::said while it ran" >&2
exit "${FAKE_CODE:-0}"
"""


# Without a bylaw that happens to be installed.
PATHS = [place for place in os.environ["PATH"].split(os.pathsep) if not (Path(place) / "bylaw").exists()]

# Stands in for `python3 -m venv DIR` and for the `python -m pip install … PACKAGE` of what it makes.
INSTALLER = f"""\
#!/usr/bin/env bash
if [ "$2" = venv ]; then
  mkdir -p "$3/bin"
  cp "$0" "$3/bin/python"
else
  echo "${{@: -1}}" > "$RUNNER_TEMP/installed"
  cat > "$RUNNER_TEMP/bylaw-tool/bin/bylaw" <<'BYLAW'
{FAKE}BYLAW
  chmod +x "$RUNNER_TEMP/bylaw-tool/bin/bylaw"
fi
"""


@dataclass(frozen=True)
class Ran:
    code: int
    arguments: list[str]
    outputs: dict[str, str]
    log: str
    summary: str


@dataclass(frozen=True)
class Runner:
    place: Path

    def __call__(self, verb: str, code: int = 0, **inputs: str) -> Ran:
        files = {name: self.place / name for name in ("arguments", "output", "summary")}
        for path in files.values():
            path.write_text("")
        environment = {
            "PATH": os.pathsep.join([str(self.place / "bin"), *PATHS]),
            "RUNNER_TEMP": str(self.place / "temp"),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_ACTION_PATH": str(ACTION),
            "ARGUMENTS": str(files["arguments"]),
            "FAKE_CODE": str(code),
            "INPUT_VERB": verb,
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        command = ["bash", str(ACTION / "run.sh")]
        done = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        outputs = dict(line.split("=", 1) for line in files["output"].read_text().splitlines())
        return Ran(
            done.returncode,
            files["arguments"].read_text().splitlines(),
            outputs,
            done.stdout,
            files["summary"].read_text(),
        )


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    (tmp_path / "bin").mkdir()
    (tmp_path / "temp").mkdir()
    (tmp_path / "bin/bylaw").write_text(FAKE)
    (tmp_path / "bin/bylaw").chmod(0o755)
    return Runner(tmp_path)


HOSTILE = "--help; $(touch pwned) `id` \"'\n::error::x"


def test_check(run: Runner) -> None:
    assert run("check").arguments == ["check", "--format=github", "--"]
    assert run("check", fail_on="warning").arguments == ["check", "--format=github", "--fail-on=warning", "--"]


def test_analyze_takes_a_level(run: Runner) -> None:
    assert run("analyze", fail_on="error").arguments == ["analyze", "--format=github", "--fail-on=error", "--"]


def test_lint_as_sarif(run: Runner) -> None:
    ran = run("lint", format="sarif")

    assert ran.arguments == ["lint", "--format=sarif", "--"]
    assert ran.outputs["sarif-path"] == ran.outputs["report-path"] == str(run.place / "temp/bylaw/lint.sarif")
    assert Path(ran.outputs["report-path"]).read_text() == "report ::error::forged\n"


def test_test(run: Runner) -> None:
    assert run("test").arguments == ["test", "--format=github", f"--junit={run.place}/temp/bylaw/junit.xml", "--"]


def test_diff(run: Runner) -> None:
    assert run("diff", base="aaa", format="markdown").arguments == ["diff", "--format=markdown", "--", "aaa"]
    assert run("diff", base="aaa", head="bbb", fail_on="widens", accept="accepted.yaml").arguments == [
        "diff", "--format=github", "--fail-on=widens", "--accept=accepted.yaml", "--", "aaa", "bbb"
    ]  # fmt: skip


def test_plan_and_apply_share_a_file(run: Runner) -> None:
    saved = f"{run.place}/temp/bylaw/plan.json"

    assert run("plan", target="prod").arguments == [
        "plan", "--format=github", "--target=prod", "-o", saved, "--detailed-exitcode", "--"
    ]  # fmt: skip
    assert run("apply").arguments == ["apply", "--format=github", "--", saved]


def test_reconcile(run: Runner) -> None:
    assert run("reconcile", target="prod").arguments == ["reconcile", "--format=github", "--target=prod", "--"]
    assert run("reconcile", target="prod", plan_hash="abc").arguments[-2:] == ["--plan-hash=abc", "--"]


def test_drift(run: Runner) -> None:
    assert run("drift", target="prod").arguments == [
        "drift",
        "--format=github",
        "--target=prod",
        "--detailed-exitcode",
        "--",
    ]


@pytest.mark.parametrize("code", ExitCode)
def test_the_exit_code_is_an_output_and_the_end_of_the_step(run: Runner, code: ExitCode) -> None:
    ran = run("plan", code, target="prod")

    assert ran.outputs["exit-code"] == str(int(code))
    assert ran.outputs["exit-class"] == code.name.lower().replace("_", "-")
    assert ran.outputs["changed"] == str(code is ExitCode.CHANGES_EXIST).lower()
    assert ran.code == (0 if code is ExitCode.CHANGES_EXIST else code)


def test_an_unknown_exit_code_is_an_internal_error(run: Runner) -> None:
    ran = run("check", 141)

    assert (ran.code, ran.outputs["exit-class"]) == (141, "internal-error")


def test_a_verb_we_do_not_offer_is_refused_before_anything_runs(run: Runner) -> None:
    ran = run("../../x")

    assert (ran.code, ran.arguments, ran.outputs["exit-class"]) == (2, [], "usage")


def test_diff_without_a_base_fails_instead_of_comparing_nothing(run: Runner) -> None:
    assert run("diff").code == 2


@pytest.mark.parametrize("name", ["base", "head", "target", "fail_on", "accept", "format", "plan_hash"])
@pytest.mark.parametrize("verb", ["diff", "reconcile"])
def test_a_hostile_value_stays_one_argument(run: Runner, verb: str, name: str) -> None:
    inputs = {"base": "aaa", name: HOSTILE}
    ran = run(verb, 0, **inputs)

    positional = ran.arguments[ran.arguments.index("--") + 1 :]
    assert all(not line.startswith("--help") for line in ran.arguments if line not in positional)
    assert not list(run.place.rglob("pwned"))


def live(log: str) -> list[str]:
    """The commands that the runner would carry out."""
    found, token = [], None
    for line in log.splitlines():
        if token:
            token = None if line == f"::{token}::" else token
        elif stop := re.fullmatch("::stop-commands::([0-9a-f]{32})", line):
            token = stop[1]
        elif line.startswith("::"):
            found.append(line)
    return found


@pytest.mark.parametrize("form", ["text", "json", "sarif", "markdown"])
def test_what_bylaw_says_is_never_a_command(run: Runner, form: str) -> None:
    ran = run("check", format=form)

    assert live(ran.log) == []
    assert "::error::said while it ran" in ran.log


def test_the_tokens_are_random(run: Runner) -> None:
    tokens = [re.findall("stop-commands::([0-9a-f]{32})", run("check").log)[0] for _ in range(2)]

    assert tokens[0] != tokens[1]


def test_markdown_goes_to_the_summary_and_github_to_the_log(run: Runner) -> None:
    assert run("diff", base="a", format="markdown").summary == "report ::error::forged\n"
    ran = run("check", format="github")
    assert ran.summary == ""
    assert ran.log.endswith("report ::error::forged\n")


def test_a_tool_that_is_missing_is_installed_from_the_commit_of_the_action(run: Runner) -> None:
    (run.place / "bin/bylaw").unlink()
    (run.place / "bin/python3").write_text(INSTALLER)
    (run.place / "bin/python3").chmod(0o755)
    ran = run("check")

    assert ran.arguments == ["check", "--format=github", "--"]
    assert (run.place / "temp/installed").read_text().strip() == f"{ACTION}/../../..[smt]"
    assert (ACTION / "../../../pyproject.toml").resolve().is_file()


def test_every_input_reaches_the_script_through_the_environment() -> None:
    action = load(ACTION / "action.yml")
    (step,) = action["runs"]["steps"]

    assert set(step["env"].values()) == {
        f"${{{{ inputs.{name} }}}}" for name in action["inputs"] if name != "working-directory"
    }
    assert step["working-directory"] == "${{ inputs.working-directory }}"
    assert {value["value"] for value in action["outputs"].values()} == {
        f"${{{{ steps.run.outputs.{name} }}}}" for name in action["outputs"]
    }
