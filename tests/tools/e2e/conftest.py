"""One policy repository a test, with real git and the real command line."""

import shutil
from pathlib import Path

import pytest

from tools.e2e.driver import Bylaw
from tools.pipeline import repositories


@pytest.fixture(scope="session")
def committed_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed repository, not yet applied anywhere."""
    root = tmp_path_factory.mktemp("first") / "policies"
    repositories.repository(root)
    return root


@pytest.fixture(scope="session")
def applied_root(committed_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, applied."""
    root = tmp_path_factory.mktemp("applied") / "policies"
    shutil.copytree(committed_root, root)
    Bylaw(root).ok("reconcile", "--target", "local")
    return root


@pytest.fixture
def bylaw(committed_root: Path, tmp_path: Path) -> Bylaw:
    """A committed repository, not yet applied anywhere."""
    return Bylaw(Path(shutil.copytree(committed_root, tmp_path / "policies")))


@pytest.fixture
def applied(applied_root: Path, tmp_path: Path) -> Bylaw:
    """A repository whose first commit is in force on the target `local`."""
    return Bylaw(Path(shutil.copytree(applied_root, tmp_path / "policies")))
