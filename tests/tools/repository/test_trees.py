"""Directory, dict and commit answer alike; nothing that is no plain file inside the tree is ever read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.repository.git import GitRepository
from bylaw.repository.interface import EntryKind, SourceTree
from bylaw.repository.layout import load_repository
from bylaw.repository.trees import DiskTree, MemoryTree
from tools.pipeline.repositories import git
from tools.repository.gits import commit_at

FILES = {"a.txt": "one", "dir/b.txt": "two", "dir/sub/c.txt": "three", "dirt.txt": "four"}


def on_disk(root: Path) -> SourceTree:
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return DiskTree(root)


def in_memory(_: Path) -> SourceTree:
    return MemoryTree(FILES)


def in_git(root: Path) -> SourceTree:
    on_disk(root)
    repository = init(root)
    return repository.tree(commit_at(root, {}))


def init(root: Path) -> GitRepository:
    for arguments in (("init", "-q"), ("config", "user.name", "t"), ("config", "user.email", "t@example.com")):
        git(root, *arguments)
    return GitRepository(root)


@pytest.mark.parametrize("build", [on_disk, in_memory, in_git])
def test_every_tree_lists_and_reads_alike(build: Callable[[Path], SourceTree], tmp_path: Path) -> None:
    tree = build(tmp_path)

    assert [entry.path for entry in tree.entries()] == sorted(FILES)
    assert [entry.path for entry in tree.entries("dir")] == ["dir/b.txt", "dir/sub/c.txt"]
    assert tree.entries("nothing") == ()
    assert tree.read("dir/b.txt") == b"two"
    assert tree.kind("dir/b.txt") is EntryKind.FILE
    assert tree.kind("missing") is None
    with pytest.raises(InvalidInputError, match="no file `missing`"):
        tree.read("missing")


def test_a_symbolic_link_is_named_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    root = tmp_path / "repo"
    (root / "policies/app").mkdir(parents=True)
    (root / "policies/app/out.cedar").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    tree = DiskTree(root)

    assert tree.kind("policies/app/out.cedar") is EntryKind.SYMLINK
    for path in ("policies/app/out.cedar", "folder/secret", "../secret", "/etc/passwd"):
        with pytest.raises(InvalidInputError):
            tree.read(path)
    _, diagnostics = load_repository(tree)
    assert "not-a-plain-file" in {item.code for item in diagnostics}


def test_a_symbolic_link_in_a_commit_is_refused_too(tmp_path: Path) -> None:
    repository = init(tmp_path)
    (tmp_path / "out").symlink_to("/etc/passwd")
    tree = repository.tree(commit_at(tmp_path, {"a": "1"}))

    with pytest.raises(InvalidInputError, match="symbolic link"):
        tree.read("out")


def test_hidden_folders_are_skipped_at_the_top_only_so_that_disk_and_commit_agree(tmp_path: Path) -> None:
    repository = init(tmp_path)
    commit = commit_at(tmp_path, {"policies/shop/.drafts/x.cedar": "permit"})
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/x").touch()

    told = [tree.entries() for tree in (DiskTree(tmp_path), repository.tree(commit))]

    assert [[entry.path for entry in entries] for entries in told] == [["policies/shop/.drafts/x.cedar"]] * 2


def test_a_folder_that_is_no_git_repository_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the top of a git repository"):
        GitRepository(tmp_path)
