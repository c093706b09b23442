"""A revision becomes one id or a usage error, and history is told as it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bylaw.model.errors import UsageError
from bylaw.model.identifiers import CommitId
from bylaw.repository.git import Commit, GitRepository
from tools.pipeline.repositories import git, write
from tools.repository.gits import commit_at


def shallow(origin: Path, to: Path, depth: int) -> GitRepository:
    git(origin, "clone", "-q", "--depth", str(depth), origin.as_uri(), str(to))
    return GitRepository(to)


NAMES: dict[str, Callable[[CommitId], str]] = {
    "the branch": lambda _: "main",
    "the branch in full": lambda _: "refs/heads/main",
    "a branch with slashes": lambda _: "feature/new",
    "a tag": lambda _: "light",
    "an annotated tag": lambda _: "v1.0",
    "HEAD": lambda _: "HEAD",
    "a child's parent": lambda _: "later~1",
    "a short id": lambda id_: id_[:8],
    "the id": lambda id_: id_,
    "the id in capitals": lambda id_: id_.upper(),
    "a non-ASCII branch": lambda _: "größe",
}


@pytest.mark.parametrize("what", NAMES)
def test_whatever_names_a_commit_is_resolved_to_its_full_id(what: str, repo: GitRepository) -> None:
    commit_at(repo.root, {"a": "0"})
    wanted = commit_at(repo.root, {"a": "1"})
    git(repo.root, "tag", "light")
    git(repo.root, "tag", "-a", "-m", "release", "v1.0")
    for branch in ("feature/new", "größe"):
        git(repo.root, "branch", branch)
    git(repo.root, "checkout", "-q", "-b", "later")
    commit_at(repo.root, {"a": "2"})
    git(repo.root, "checkout", "-q", "main")

    assert repo.resolve(NAMES[what](wanted)) == wanted


HOSTILE = [
    "--all", "--git-dir", "-", "--", "--end-of-options", "--exec=touch x", "--upload-pack=touch x",
    "^HEAD", "HEAD^@", "HEAD^!", "HEAD HEAD", "HEAD..HEAD", "HEAD...HEAD", "..", "HEAD~99999999999999999999", "HEAD^9",
    "HEAD\x00", "HEAD\nHEAD", "HEAD\x1b[31m", "HEAD\u202e", "HEAD\u200b", "\ud800",
    "HEAD^{tree}", "HEAD:", "HEAD:a", ":a", ":/first", "HEAD^{blob}", "@{-1}", "@{push}", "HEAD@{99}",
    "$(touch x)", "`touch x`", "; touch x", "../../etc/passwd", "refs/heads/", "main.lock", "*", "mai?",
    "0" * 40, "f" * 40, "0" * 64, "H" * 257, "a/" * 128,
]  # fmt: skip


@pytest.mark.parametrize("revision", HOSTILE)
def test_a_revision_that_is_no_commit_is_a_usage_error_and_runs_nothing(revision: str, repo: GitRepository) -> None:
    commit_at(repo.root, {"a": "1"}, "first")
    before = sorted(path.name for path in repo.root.iterdir())

    with pytest.raises(UsageError) as caught:
        repo.resolve(revision)

    assert str(caught.value).isprintable()
    assert sorted(path.name for path in repo.root.iterdir()) == before


def test_a_tag_of_a_file_or_folder_is_no_commit(repo: GitRepository) -> None:
    commit_at(repo.root, {"dir/a": "1"})
    git(repo.root, "tag", "file", "HEAD:dir/a")
    git(repo.root, "tag", "folder", "HEAD:dir")

    for name in ("file", "folder", git(repo.root, "rev-parse", "HEAD^{tree}")):
        with pytest.raises(UsageError, match=f"no commit `{name}` in this repository"):
            repo.resolve(name)


def test_a_file_with_the_name_of_a_branch_confuses_nobody(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"main": "1", "HEAD": "1"})

    assert repo.resolve("main") == first
    assert repo.resolve("HEAD") == first
    with pytest.raises(UsageError, match="no commit `other`"):
        repo.resolve("other")


def test_a_repository_without_commits_says_so(repo: GitRepository) -> None:
    write(repo.root, {"a": "1"})

    assert not repo.has_commits()
    assert not repo.is_clean([])
    with pytest.raises(UsageError, match="no commit `HEAD`"):
        repo.resolve("HEAD")

    commit_at(repo.root, {})

    assert repo.has_commits()
    assert repo.is_clean([])


@pytest.mark.parametrize("place", ["missing", "plain", "repo/inside", "repo/.git/refs"])
def test_only_the_top_of_a_repository_is_one(place: str, tmp_path: Path) -> None:
    for folder in ("plain", "repo/inside"):
        (tmp_path / folder).mkdir(parents=True)
    git(tmp_path / "repo", "init", "-q")

    with pytest.raises(UsageError, match=f"{place}` is not the top of a git repository"):
        GitRepository(tmp_path / place)


def test_a_linked_worktree_is_a_repository_with_its_own_head(repo: GitRepository, tmp_path: Path) -> None:
    first = commit_at(repo.root, {"a": "1"})
    second = commit_at(repo.root, {"a": "2"})
    place = tmp_path / "linked"
    git(repo.root, "worktree", "add", "-q", "--detach", str(place), first)
    linked = GitRepository(place)

    assert linked.resolve("HEAD") == first
    assert linked.resolve("main") == second
    assert linked.tree(second).read("a") == b"2"
    assert linked.is_clean([])


def test_a_commit_is_described_by_author_time_and_subject(repo: GitRepository) -> None:
    write(repo.root, {"a": "1"})
    git(repo.root, "add", "a")
    who = "--author=Bö `Ops` O'Neil <bo@example.com>"
    git(repo.root, "commit", "-q", who, "--date=2026-11-23T10:00:00+02:00", "-m", "say `hi`\nand more\n\nbody")
    first = repo.resolve("HEAD")

    assert repo.describe(first) == Commit(
        first, "Bö `Ops` O'Neil <bo@example.com>", datetime(2026, 11, 23, 8, tzinfo=UTC), "say `hi` and more"
    )
    assert repo.author_of(first) == "Bö `Ops` O'Neil <bo@example.com>"


def test_a_commit_without_a_message_is_described_too(repo: GitRepository) -> None:
    git(repo.root, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")

    assert repo.describe(repo.resolve("HEAD")).subject == ""


def test_the_author_is_not_the_one_who_committed(repo: GitRepository) -> None:
    write(repo.root, {"a": "1"})
    git(repo.root, "add", "a")
    git(repo.root, "commit", "-q", "-m", "x", "--author=Zoe <zoe@example.com>")

    assert repo.author_of(repo.resolve("HEAD")) == "Zoe <zoe@example.com>"


@pytest.mark.parametrize(
    ("ancestor", "of", "expected"),
    [
        ("base", "base", True),
        ("base", "side", True),
        ("base", "merge", True),
        ("side", "merge", True),
        ("merge", "side", False),
        ("side", "main", False),
        ("base", "island", False),
        ("island", "merge", False),
    ],
)
def test_ancestors_are_what_history_reaches(
    ancestor: str, of: str, *, expected: bool, repo: GitRepository, forked: dict[str, CommitId]
) -> None:
    assert repo.is_ancestor(forked[ancestor], forked[of]) is expected


def test_a_commit_that_is_not_there_is_nobodys_ancestor(repo: GitRepository, forked: dict[str, CommitId]) -> None:
    assert not repo.is_ancestor(CommitId("f" * 40), forked["base"])
    assert repo.merge_base(CommitId("f" * 40), forked["base"]) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("side", "main", "base"), ("side", "merge", "side"), ("merge", "merge", "merge"), ("island", "merge", None)],
)
def test_the_merge_base_is_the_last_commit_that_both_share(
    one: str, other: str, expected: str | None, repo: GitRepository, forked: dict[str, CommitId]
) -> None:
    wanted = forked[expected] if expected else None

    assert repo.merge_base(forked[one], forked[other]) == wanted
    assert repo.merge_base(forked[other], forked[one]) == wanted


def test_a_shallow_clone_knows_what_it_has_and_no_more(repo: GitRepository, tmp_path: Path) -> None:
    first = commit_at(repo.root, {"p/a": "1", "p/b": "1"})
    second = commit_at(repo.root, {"p/a": "2"})
    third = commit_at(repo.root, {"p/a": "3"})
    clone = shallow(repo.root, tmp_path / "clone", 2)

    assert clone.resolve("HEAD") == third
    assert clone.resolve("HEAD~1") == second
    for missing in ("HEAD~2", first):
        with pytest.raises(UsageError) as caught:
            clone.resolve(missing)
        assert "fetch-depth: 0" in (caught.value.help or "")
    assert clone.tree(third).read("p/b") == b"1"
    assert [change.path for change in clone.changed_paths(second, third, ["p"])] == ["p/a"]
    assert clone.is_ancestor(second, third)
    assert not clone.is_ancestor(first, third)
    assert clone.merge_base(first, third) is None


def test_in_a_shallow_clone_the_oldest_commit_stands_for_all_before_it(repo: GitRepository, tmp_path: Path) -> None:
    commit_at(repo.root, {"p/a": "1", "p/b": "1"})
    second = commit_at(repo.root, {"p/a": "2"})
    third = commit_at(repo.root, {"p/a": "3"})
    clone = shallow(repo.root, tmp_path / "clone", 2)

    assert clone.last_changes(third, ["p/a", "p/b"]) == {"p/a": third, "p/b": second}
