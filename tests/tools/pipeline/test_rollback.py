"""Going back is a commit with the earlier content, of exactly what was named."""

from pathlib import Path

import pytest

from bylaw.model.errors import UsageError
from bylaw.pipeline.diff import diff
from bylaw.pipeline.rollback import rollback
from bylaw.repository.git import GitRepository
from tools.pipeline.repositories import PERMIT, commit, git, repository, write

READ = "policies/shop/access/read-front.cedar"


def test_an_app_comes_back_as_it_was_and_nothing_else_does(tmp_path: Path) -> None:
    first = repository(tmp_path)
    commit(tmp_path, {READ: PERMIT.replace("100", "900"), "policies/shop/extra.cedar": PERMIT, "README.md": "new"})

    restored = rollback(GitRepository(tmp_path), "shop", None, first, "because")

    assert restored.paths == (READ, "policies/shop/extra.cedar")
    assert (tmp_path / READ).read_text() == PERMIT
    assert not (tmp_path / "policies/shop/extra.cedar").exists()
    assert (tmp_path / "README.md").read_text() == "new"
    assert git(tmp_path, "log", "-1", "--format=%s") == f"Roll back shop to {first[:12]}"
    assert not diff(GitRepository(tmp_path), first, "HEAD").apps


def test_one_policy_comes_back_alone(tmp_path: Path) -> None:
    first = repository(tmp_path)
    commit(tmp_path, {READ: PERMIT.replace("100", "900"), "policies/shop/guards/level.cedar": None})

    restored = rollback(GitRepository(tmp_path), "shop", "access/read-front", first, "because")

    assert restored.paths == (READ,)
    assert not (tmp_path / "policies/shop/guards/level.cedar").exists()


def test_going_back_to_now_commits_nothing(tmp_path: Path) -> None:
    repository(tmp_path)

    assert rollback(GitRepository(tmp_path), "shop", None, "HEAD", "because").commit is None


def test_uncommitted_work_is_never_lost(tmp_path: Path) -> None:
    first = repository(tmp_path)
    commit(tmp_path, {READ: PERMIT.replace("100", "900")})
    write(tmp_path, {READ: "half written"})

    with pytest.raises(UsageError, match="uncommitted"):
        rollback(GitRepository(tmp_path), "shop", None, first, "because")
    assert (tmp_path / READ).read_text() == "half written"


def test_an_unknown_policy_is_a_usage_error(tmp_path: Path) -> None:
    repository(tmp_path)

    with pytest.raises(UsageError, match="nothing at"):
        rollback(GitRepository(tmp_path), "shop", "no/such", "HEAD", "because")
