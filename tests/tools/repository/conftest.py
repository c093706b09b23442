"""Real git repositories to ask."""

from pathlib import Path

import pytest

from bylaw.model.identifiers import CommitId
from bylaw.repository.git import GitRepository
from tools.pipeline.repositories import git
from tools.repository.gits import commit_at


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """A repository without commits."""
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "user.name", "Ann Example")
    git(tmp_path, "config", "user.email", "ann@example.com")
    return GitRepository(tmp_path)


@pytest.fixture
def forked(repo: GitRepository) -> dict[str, CommitId]:
    """Two branches of one commit, their merge, and a commit of an unrelated history."""
    made = {"base": commit_at(repo.root, {"p/a": "1", "p/b": "1", "q/c": "1"})}
    git(repo.root, "checkout", "-q", "-b", "side")
    made["side"] = commit_at(repo.root, {"p/a": "side"})
    git(repo.root, "checkout", "-q", "main")
    made["main"] = commit_at(repo.root, {"p/b": "main"})
    git(repo.root, "merge", "-q", "--no-ff", "-m", "merge", "side")
    made["merge"] = repo.resolve("HEAD")
    git(repo.root, "checkout", "-q", "--orphan", "island")
    made["island"] = commit_at(repo.root, {"p/a": "island"})
    git(repo.root, "checkout", "-q", "main")
    return made
