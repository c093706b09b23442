"""Going back is a commit with the earlier content, of exactly what was named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bylaw.model.errors import UsageError
from bylaw.pipeline.diff import diff, revisions
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
    compared = GitRepository(tmp_path)
    assert not diff(compared, revisions(compared, first, "HEAD")).apps


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


@pytest.mark.parametrize("app", ["..", "*", "shop/../..", ":(top)", "", "-p"])
def test_what_names_no_app_is_a_usage_error_and_changes_nothing(app: str, tmp_path: Path) -> None:
    first = repository(tmp_path)
    second = commit(tmp_path, {READ: "x", "bylaw.yaml": "y"})

    with pytest.raises(UsageError, match="names no app or policy"):
        rollback(GitRepository(tmp_path), app, None, first, "why")
    assert git(tmp_path, "rev-parse", "HEAD") == second


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    first = repository(tmp_path / "shop")
    (tmp_path / "outside").write_text("keep")
    (tmp_path / "shop" / READ).unlink()
    (tmp_path / "shop" / READ).symlink_to(tmp_path / "outside")
    commit(tmp_path / "shop", {})

    rollback(GitRepository(tmp_path / "shop"), "shop", None, first, "why")

    assert (tmp_path / "outside").read_text() == "keep"
    assert not (tmp_path / "shop" / READ).is_symlink()
    assert (tmp_path / "shop" / READ).read_text() == PERMIT


def test_a_link_does_not_come_back(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / READ).unlink()
    (tmp_path / READ).symlink_to("app.yaml")
    linked = commit(tmp_path, {})
    (tmp_path / READ).unlink()
    commit(tmp_path, {READ: PERMIT})

    with pytest.raises(UsageError, match=r"was not readable then: .* symbolic link"):
        rollback(GitRepository(tmp_path), "shop", None, linked, "why")


def become_a_program(root: Path) -> None:
    (root / READ).chmod(0o755)
    commit(root, {})


def become_a_folder(root: Path) -> None:
    commit(root, {READ: None})
    commit(root, {f"{READ}/x": "1"})


def become_ignored(root: Path) -> None:
    commit(root, {READ: None, ".gitignore": "read-front*\n"})


@pytest.mark.parametrize("happened", [become_a_program, become_a_folder, become_ignored])
def test_a_policy_comes_back_whatever_its_path_became(happened: Callable[[Path], None], tmp_path: Path) -> None:
    first = repository(tmp_path)
    happened(tmp_path)

    restored = rollback(GitRepository(tmp_path), "shop", None, first, "why")

    assert restored.commit is not None
    assert (tmp_path / READ).read_text() == PERMIT
    compared = GitRepository(tmp_path)
    assert not diff(compared, revisions(compared, first, "HEAD")).apps
