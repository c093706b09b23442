"""The command line, called in this process: exit codes, both streams, and no more."""

import os
import shutil
from pathlib import Path

import pytest

from tools.cli.calling import Cli
from tools.pipeline import repositories


@pytest.fixture(scope="session")
def committed_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("committed") / "policies"
    repositories.repository(root)
    styled = repositories.FORBID.replace(" when", "\nwhen")
    repositories.commit(root, {"policies/shop/guards/level.cedar": styled})
    return root


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line outside of any repository, in an environment that does not steer it."""
    for name in list(os.environ):
        if name.startswith(("BYLAW_", "GITHUB_", "GIT_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    return Cli(monkeypatch, capsys)


@pytest.fixture
def empty(cli: Cli, tmp_path: Path) -> Cli:
    """The command line in an empty folder."""
    return cli.at(tmp_path)


@pytest.fixture
def shop(cli: Cli, committed_root: Path, tmp_path: Path) -> Cli:
    """The command line in a small committed repository."""
    return cli.at(Path(shutil.copytree(committed_root, tmp_path / "policies")))


@pytest.fixture
def deployed(shop: Cli) -> Cli:
    """The same, with its first commit in force."""
    shop.ok("reconcile")
    return shop


@pytest.fixture
def worked(cli: Cli, root: Path, tmp_path: Path) -> Cli:
    """The command line in a copy of the worked apps."""
    for folder in ("policies", "schemas", "tests/policies"):
        shutil.copytree(root / folder, tmp_path / folder)
    shutil.copy(root / "bylaw.yaml", tmp_path)
    return cli.at(tmp_path)
