"""The scripts that stand in the workflows, run for real with a stand-in for the forge's command line."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.github.files import GITHUB, load

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")

FAKE = """\
#!/usr/bin/env python3
import json, os, sys
arguments = sys.argv[1:]
with open(os.environ["CALLS"], "a") as calls:
    body = next((a[len("body=@"):] for a in arguments if a.startswith("body=@")), None)
    if "--body-file" in arguments:
        body = arguments[arguments.index("--body-file") + 1]
    json.dump({"arguments": arguments, "body": open(body).read() if body else None}, calls)
    calls.write("\\n")
if "--jq" in arguments:
    print(os.environ["HEAD_NOW"])
elif "--slurp" in arguments:
    print(os.environ["LISTED"])
"""

Listed = list[list[dict[str, Any]]]
"""Pages of what the forge lists."""

BOT, OTHER = {"login": "github-actions[bot]"}, {"login": "mallory"}


@dataclass(frozen=True)
class Forge:
    place: Path

    def run(self, script: str, listed: Listed, **environment: str) -> list[dict[str, Any]]:
        """Run `script`; returns the calls that write."""
        settings = {
            "PATH": f"{self.place / 'bin'}:{os.environ['PATH']}",
            "CALLS": str(self.place / "calls"),
            "RUNNER_TEMP": str(self.place),
            "LISTED": json.dumps(listed),
            "HEAD_NOW": "head",
            "REPOSITORY": "org/repo",
            "RUN_URL": "https://example.org/runs/1",
        }
        (self.place / "calls").write_text("")
        subprocess.run(["bash", "-c", script], cwd=self.place, env=settings | environment, check=True, timeout=60)
        calls = [json.loads(line) for line in (self.place / "calls").read_text().splitlines()]
        return [call for call in calls if "--jq" not in call["arguments"] and "--slurp" not in call["arguments"]]


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(FAKE)
    (tmp_path / "bin/gh").chmod(0o755)
    (tmp_path / "report").mkdir()
    (tmp_path / "report/diff.md").write_text("the report\n")
    return Forge(tmp_path)


def script(workflow: str, job: str, step: str) -> str:
    (found,) = [
        part for part in load(GITHUB / f"workflows/{workflow}.yml")["jobs"][job]["steps"] if part["name"] == step
    ]
    return str(found["run"])


COMMENT = script("checks", "comment", "create or update the comment")
ABOUT = {"NUMBER": "7", "HEAD_SHA": "head", "BASE_SHA": "base", "RESULT": "success"}
MARKER = "<!-- bylaw:checks: -->"


def test_the_first_report_is_a_new_comment(forge: Forge) -> None:
    (call,) = forge.run(COMMENT, [[]], **ABOUT)

    assert "repos/org/repo/issues/7/comments" in call["arguments"]
    assert call["body"] == (
        f"{MARKER}\n**success** at `head` against `base`, [run and artifacts](https://example.org/runs/1)\n\nthe report\n"
    )


def test_a_later_report_replaces_the_oldest_comment_of_ours_on_any_page(forge: Forge) -> None:
    pages = [
        [{"id": 1, "user": OTHER, "body": f"{MARKER} forged"}, {"id": 2, "user": BOT, "body": "something else"}],
        [{"id": 9, "user": BOT, "body": f"{MARKER}\nnew"}, {"id": 5, "user": BOT, "body": f"{MARKER}\nold"}],
    ]
    (call,) = forge.run(COMMENT, pages, **ABOUT)

    assert call["arguments"][:4] == ["api", "--silent", "--method", "PATCH"]
    assert "repos/org/repo/issues/comments/5" in call["arguments"]


def test_a_slow_older_run_writes_nothing(forge: Forge) -> None:
    assert forge.run(COMMENT, [[]], **ABOUT, HEAD_NOW="newer") == []


def test_a_report_that_is_too_long_is_cut_between_characters(forge: Forge) -> None:
    (forge.place / "report/diff.md").write_text("x" + "ü" * 70_000)
    (call,) = forge.run(COMMENT, [[]], **ABOUT)

    assert 60_000 < len(call["body"]) < 65_536
    assert call["body"].endswith("üü")


DRIFT = script("drift", "drift", "open, update or close the issue")
OURS: Listed = [[{"number": 8, "body": "<!-- bylaw:drift:prod -->\nx"}, {"number": 3, "body": None}]]


def drift(forge: Forge, listed: Listed, changed: str) -> list[list[str]]:
    report = str(forge.place / "report/diff.md")
    calls = forge.run(DRIFT, listed, TARGET="prod", CHANGED=changed, REPORT=report, COMMIT="abc")
    return [call["arguments"][:3] for call in calls]


def test_drift_opens_an_issue(forge: Forge) -> None:
    assert drift(forge, [[]], "true") == [["issue", "create", "--repo"]]


def test_drift_updates_the_issue_that_is_open(forge: Forge) -> None:
    assert drift(forge, OURS, "true") == [["issue", "edit", "8"]]


def test_no_drift_closes_the_issue(forge: Forge) -> None:
    assert drift(forge, OURS, "false") == [["issue", "close", "8"]]


def test_no_drift_and_no_issue_is_silence(forge: Forge) -> None:
    assert drift(forge, [[]], "false") == []


def test_the_plans_that_have_changes_become_the_matrix(tmp_path: Path) -> None:
    listing = script("reconcile", "changes", "list them")
    for target, digest in (("b", "2"), ("a", "1")):
        (tmp_path / f"planned/planned-{target}").mkdir(parents=True)
        (tmp_path / f"planned/planned-{target}/planned.json").write_text(
            json.dumps({"target": target, "plan-hash": digest})
        )
    environment = {"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run(["bash", "-c", listing], cwd=tmp_path, env=environment, check=True)

    assert (tmp_path / "output").read_text() == (
        'targets=[{"target":"a","plan-hash":"1"},{"target":"b","plan-hash":"2"}]\n'
    )


def test_no_plan_with_changes_is_an_empty_matrix(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run(
        ["bash", "-c", script("reconcile", "changes", "list them")], cwd=tmp_path, env=environment, check=True
    )

    assert (tmp_path / "output").read_text() == "targets=[]\n"


@pytest.mark.parametrize(("digest", "code"), [("abc", 0), ("", 1)])
def test_a_plan_without_a_hash_is_not_handed_on(tmp_path: Path, digest: str, code: int) -> None:
    note = script("reconcile", "plan", "note target and plan")
    environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "TARGET": "prod", "PLAN_HASH": digest}
    done = subprocess.run(["bash", "-c", note], env=environment, check=False, capture_output=True)

    assert done.returncode == code
    assert (tmp_path / "planned.json").exists() == (code == 0)
