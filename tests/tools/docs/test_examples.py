"""Every `console` block of README and docs shows real, current output: its commands are run here, in a scratch repository.

`pytest --update-goldens` writes what the commands print now into the documents.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CLOCK = "2026-11-23T09:00:00Z"


def scratch_repository(place: Path) -> None:
    """The worked apps as a repository of their own, with a history that is the same on every machine."""
    for folder in ("policies", "schemas", "tests/policies"):
        shutil.copytree(ROOT / folder, place / folder)
    shutil.copy(ROOT / "bylaw.yaml", place)
    (place / ".gitignore").write_text(".bylaw/\n", encoding="utf-8")
    for command in ("git init -q -b main", "git add -A", "git commit -q -m 'Start from the worked apps'"):
        shell(command, place)


def shell(command: str, cwd: Path) -> str:
    """What a command prints, both streams, and its exit code if that is not 0."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "BYLAW_NOW": CLOCK,
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": CLOCK,
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_COMMITTER_DATE": CLOCK,
        "GIT_CONFIG_GLOBAL": os.devnull, "USER": "ada", "LOGNAME": "ada", "COLUMNS": "100",
    }  # fmt: skip
    for name in ("GITHUB_ACTOR", "GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "NO_COLOR"):
        environment.pop(name, None)
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout + (f"(exit code {done.returncode})\n" if done.returncode else "")


def replayed(block: str, cwd: Path) -> str:
    """The block with the output that its commands have now. What is exported holds until the end of the document."""
    shown = []
    exported = cwd / ".git/exported"
    for command in (line[2:] for line in block.splitlines() if line.startswith("$ ")):
        if command.startswith("export "):
            with exported.open("a", encoding="utf-8") as file:
                file.write(f"{command}\n")
        before = ". .git/exported; " if exported.exists() else ""
        shown.append(f"$ {command}\n{shell(before + command, cwd)}")
    return "".join(shown)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_output_in_a_document_is_real(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    document = ROOT / name
    text = document.read_text(encoding="utf-8")
    if not BLOCK.search(text):
        return
    scratch_repository(tmp_path)

    try:
        current = BLOCK.sub(lambda match: f"```console\n{replayed(match[1], tmp_path)}```", text)
    finally:
        shell("kill $(cat .rehearsal/pid)", tmp_path)  # a server that a document started and a failure left running

    if request.config.getoption("--update-goldens"):
        document.write_text(current, encoding="utf-8")
    assert document.read_text(encoding="utf-8") == current


def test_the_scratch_repository_is_the_same_everywhere(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        scratch_repository(tmp_path / name)

    assert shell("git rev-parse HEAD", tmp_path / "one") == shell("git rev-parse HEAD", tmp_path / "two")


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
        for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]

    assert broken == []
