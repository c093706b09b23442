"""Whatever a commit holds is read without a checkout, in as few questions as memory allows."""

from collections.abc import Iterable, Sequence

import pytest

from bylaw.model.errors import InvalidInputError
from bylaw.model.identifiers import CommitId
from bylaw.repository import git_tree as module
from bylaw.repository.blobs import BlobStream
from bylaw.repository.git import GitRepository
from bylaw.repository.interface import EntryKind
from tools.pipeline.repositories import git, write
from tools.repository.gits import blob_id, commit_at


def test_a_file_over_the_limit_is_not_read(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = repo.tree(commit_at(repo.root, {"fits": "x" * 10, "large": "x" * 11}))
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)

    assert tree.read("fits") == b"x" * 10
    with pytest.raises(InvalidInputError, match="`large` has 11 bytes") as caught:
        tree.read("large")
    assert [item.code for item in caught.value.diagnostics] == ["file-too-large"]


@pytest.fixture
def mixed(repo: GitRepository) -> CommitId:
    """A commit with a file, a program, a link to a file, a link to a folder and a submodule."""
    write(repo.root, {"dir/file": "text", "dir.txt": "x", "dir/program": "#!", "dir0": "x"})
    (repo.root / "dir/program").chmod(0o755)
    (repo.root / "dir/link").symlink_to("file")
    (repo.root / "folder").symlink_to("dir")
    git(repo.root, "add", "-A")
    git(repo.root, "update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},dir/sub")
    git(repo.root, "commit", "-q", "-m", "mixed")
    return repo.resolve("HEAD")


def test_every_kind_of_entry_is_named(repo: GitRepository, mixed: CommitId) -> None:
    tree = repo.tree(mixed)
    kinds = {
        "dir.txt": EntryKind.FILE,
        "dir/file": EntryKind.FILE,
        "dir/link": EntryKind.SYMLINK,
        "dir/program": EntryKind.FILE,
        "dir/sub": EntryKind.SUBMODULE,
        "dir0": EntryKind.FILE,
        "folder": EntryKind.SYMLINK,
    }

    assert [(entry.path, entry.kind) for entry in tree.entries()] == list(kinds.items())
    assert [entry.path for entry in tree.entries("dir")] == ["dir/file", "dir/link", "dir/program", "dir/sub"]
    assert {path: tree.kind(path) for path in kinds} == kinds
    assert tree.kind("dir") is None
    assert tree.label == f"commit {mixed[:12]}"


@pytest.mark.parametrize("under", ["dir/file", "folder", "di", "dir/", "dir/sub", "/", ".", "..", "nothing"])
def test_nothing_is_below_what_is_no_folder(under: str, repo: GitRepository, mixed: CommitId) -> None:
    assert repo.tree(mixed).entries(under) == ()


def test_the_version_of_an_entry_is_its_blob(repo: GitRepository, mixed: CommitId) -> None:
    (entry,) = (entry for entry in repo.tree(mixed).entries("dir") if entry.path == "dir/file")

    assert entry.version == blob_id(repo.root, mixed, "dir/file")


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("dir/link", "not-a-plain-file", "`dir/link` is a symbolic link"),
        ("folder", "not-a-plain-file", "`folder` is a symbolic link"),
        ("dir/sub", "not-a-plain-file", "`dir/sub` is a submodule"),
        ("folder/file", "missing-file", "no file `folder/file`"),
        ("dir/sub/file", "missing-file", "no file `dir/sub/file`"),
        ("dir", "missing-file", "no file `dir` in commit "),
        ("./dir/file", "missing-file", "no file"),
        ("../secret", "missing-file", "no file"),
        ("/etc/passwd", "missing-file", "no file"),
        ("", "missing-file", "no file"),
    ],
)
def test_only_a_plain_file_is_read(path: str, code: str, words: str, repo: GitRepository, mixed: CommitId) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        repo.tree(mixed).read(path)

    assert [item.code for item in caught.value.diagnostics] == [code]


def test_a_commit_stays_what_it_is_whatever_becomes_of_the_working_tree(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"a": "1", "b": "1"})
    tree = repo.tree(first)
    commit_at(repo.root, {"a": "2", "b": None, "c": "1"})
    write(repo.root, {"a": "3", "d": "1"})

    assert [entry.path for entry in tree.entries()] == ["a", "b"]
    assert (tree.read("a"), tree.read("b")) == (b"1", b"1")
    assert tree.kind("d") is None


def test_the_tree_of_an_empty_commit_is_empty(repo: GitRepository) -> None:
    git(repo.root, "commit", "-q", "--allow-empty", "-m", "nothing")

    assert repo.tree(repo.resolve("HEAD")).entries() == ()


def test_contents_are_read_byte_for_byte(repo: GitRepository) -> None:
    contents = {"p/crlf": b"a\r\nb", "p/empty": b"", "p/binary": bytes(range(256)), "p/same": b"", "p/line": b"\n"}
    (repo.root / "p").mkdir()
    for path, data in contents.items():
        (repo.root / path).write_bytes(data)
    git(repo.root, "config", "core.autocrlf", "true")
    git(repo.root, "-c", "core.autocrlf=false", "add", "-A")
    git(repo.root, "commit", "-q", "-m", "bytes")
    tree = repo.tree(repo.resolve("HEAD"))

    assert {path: tree.read(path) for path in contents} == contents


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many blobs each question to git was about."""
    counts: list[int] = []

    def counting(command: Sequence[str], folder: str, ids: Iterable[str]) -> BlobStream:
        wanted = list(ids)
        counts.append(len(wanted))
        return BlobStream(command, folder, wanted)

    monkeypatch.setattr(module, "BlobStream", counting)
    return counts


# Of ten bytes each, no two alike.
FOLDERS: dict[str, str | None] = {
    f"p/{app}/{area}/{number}": f"{app}-{area}-{number:06}" for app in "ab" for area in "xy" for number in range(3)
}


@pytest.mark.parametrize(
    ("bound", "questions"),
    [
        (120, [12]),
        (119, [6, 6]),
        (60, [6, 6]),
        (59, [3, 3, 3, 3]),
        (29, [1] * 12),
        (0, [1] * 12),
    ],
    ids=["everything", "per app", "per app, just", "per area", "one by one", "nothing fits"],
)
def test_files_are_read_ahead_as_far_around_as_memory_allows(
    bound: int, questions: list[int], repo: GitRepository, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = repo.tree(commit_at(repo.root, FOLDERS))
    monkeypatch.setattr(module, "MAX_READ_AHEAD", bound)

    assert {path: tree.read(path).decode() for path in FOLDERS} == FOLDERS
    assert asked == questions


def test_what_was_read_is_forgotten_past_the_bound_and_read_again(
    repo: GitRepository, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = repo.tree(commit_at(repo.root, {"a/1": "one", "b/2": "two", "c/3": "three"}))
    monkeypatch.setattr(module, "MAX_READ_AHEAD", 5)

    for _ in range(3):
        assert [tree.read(path) for path in ("a/1", "b/2", "c/3")] == [b"one", b"two", b"three"]
    assert len(asked) > 3
    assert sum(map(len, tree._ahead.values())) <= 2 * 5 + 1


def test_files_of_equal_content_and_files_read_twice_are_one_question(repo: GitRepository, asked: list[int]) -> None:
    tree = repo.tree(commit_at(repo.root, {"p/a": "same", "p/b": "same", "p/c": "other"}))

    assert [tree.read(path) for path in ("p/c", "p/a", "p/b", "p/c")] == [b"other", b"same", b"same", b"other"]
    assert asked == [2]


def test_a_file_over_the_limit_is_not_read_with_its_neighbours(
    repo: GitRepository, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = repo.tree(commit_at(repo.root, {"p/a": "small", "p/large": "x" * 100, "p/z": "tiny"}))
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 99)

    assert (tree.read("p/z"), tree.read("p/a")) == (b"tiny", b"small")
    assert asked == [2]
    with pytest.raises(InvalidInputError, match="`p/large` has 100 bytes, limit"):
        tree.read("p/large")
