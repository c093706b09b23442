"""What changed between commits and in the working tree, which commit did it, and how it goes back."""

from collections.abc import Sequence

import pytest

from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.model.identifiers import CommitId
from bylaw.repository import git as module
from bylaw.repository.git import ChangedPath, GitRepository
from bylaw.repository.interface import EntryKind
from tools.pipeline.repositories import git, write
from tools.repository.gits import blob_id, commit_at

ZEROS = "0" * 40
BEFORE: dict[str, str | None] = {"p/gone": "g\n", "p/kept": "k", "p/new text": "1", "p/sub/ä": "1", "p2/x": "1"}
AFTER: dict[str, str | None] = {"p/gone": None, "p/moved": "g\n", "p/new text": "2", "p/sub/ä": "2", "p2/x": "2"}


@pytest.mark.parametrize(
    ("under", "paths"),
    [
        (["p"], ["p/gone", "p/moved", "p/new text", "p/sub/ä"]),
        (["p/sub"], ["p/sub/ä"]),
        (["p/new text"], ["p/new text"]),
        (["p2", "p/sub"], ["p/sub/ä", "p2/x"]),
        (["nowhere"], []),
        ([], ["p/gone", "p/moved", "p/new text", "p/sub/ä", "p2/x"]),
    ],
)
def test_changes_between_commits_are_told_by_path_and_below_folders_only(
    under: Sequence[str], paths: list[str], repo: GitRepository
) -> None:
    before = commit_at(repo.root, BEFORE)
    after = commit_at(repo.root, AFTER)

    assert [change.path for change in repo.changed_paths(before, after, under)] == paths
    assert [change.path for change in repo.changed_paths(after, before, iter(under))] == paths
    assert repo.changed_paths(after, after, under) == ()


def test_a_change_names_the_blobs_of_both_sides_and_a_move_is_two_changes(repo: GitRepository) -> None:
    before = commit_at(repo.root, BEFORE)
    after = commit_at(repo.root, AFTER)
    one, two = (blob_id(repo.root, side, "p/new text") for side in (before, after))
    same = blob_id(repo.root, before, "p/gone")

    assert repo.changed_paths(before, after, ["p/gone", "p/moved", "p/new text"]) == (
        ChangedPath("p/gone", same, None),
        ChangedPath("p/moved", None, same),
        ChangedPath("p/new text", one, two),
    )


def test_the_content_of_a_blob_is_looked_at_only_below_the_limit(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = commit_at(repo.root, {"fits": "x" * 10, "large": "x" * 11})
    fits, large = (blob_id(repo.root, first, name) for name in ("fits", "large"))
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)

    assert repo.blob(fits) == b"x" * 10
    with pytest.raises(InvalidInputError, match=f"`{large[:12]}` has 11 bytes"):
        repo.blob(large)


def test_a_file_that_becomes_a_link_or_a_program_is_changed(repo: GitRepository) -> None:
    before = commit_at(repo.root, {"link": "a", "tool": "x"})
    (repo.root / "link").unlink()
    (repo.root / "link").symlink_to("a")
    (repo.root / "tool").chmod(0o755)
    after = commit_at(repo.root, {})

    assert [change.path for change in repo.changed_paths(before, after, [])] == ["link", "tool"]


def test_the_working_tree_is_compared_with_edits_new_files_and_lost_ones(repo: GitRepository) -> None:
    base = commit_at(
        repo.root, {"p/edited": "1", "p/staged": "1", "p/lost": "1", "p/same": "1", ".gitignore": "*.log\n"}
    )
    write(repo.root, {"p/staged": "2"})
    git(repo.root, "add", "-A")
    write(repo.root, {"p/edited": "2", "p/lost": None, "p/new": "1", "p/deep/new": "1", "p/x.log": "1", "q": "1"})
    write(repo.root, {"p/same": "1"})
    lost, edited, staged = (blob_id(repo.root, base, f"p/{name}") for name in ("lost", "edited", "staged"))

    assert repo.changed_paths(base, None, ["p"]) == (
        ChangedPath("p/deep/new", None, ZEROS),
        ChangedPath("p/edited", edited, ZEROS),
        ChangedPath("p/lost", lost, None),
        ChangedPath("p/new", None, ZEROS),
        ChangedPath("p/staged", staged, git(repo.root, "hash-object", "p/staged")),
    )


def test_a_file_that_is_no_longer_tracked_but_stands_there_is_one_change(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"p/a": "1"})
    git(repo.root, "rm", "-q", "--cached", "p/a")

    assert repo.changed_paths(first, None, ["p"]) == (ChangedPath("p/a", blob_id(repo.root, first, "p/a"), ZEROS),)


def test_a_folder_with_the_signs_of_a_pattern_is_taken_literally(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"p/a/x": "1", "p/[a]/y": "1"})
    second = commit_at(repo.root, {"p/a/x": "2"})

    assert repo.changed_paths(first, second, ["p/[a]"]) == ()


def test_a_file_that_was_only_touched_is_not_changed(repo: GitRepository) -> None:
    base = commit_at(repo.root, {"p/a": "1"})
    write(repo.root, {"p/a": "2"})
    write(repo.root, {"p/a": "1"})
    (repo.root / "p/a").touch()

    assert repo.changed_paths(base, None, ["p"]) == ()
    assert repo.is_clean(["p"])


@pytest.mark.parametrize(
    ("files", "clean"),
    [({"q/x": "2"}, True), ({"p/a": "2"}, False), ({"p/new": "1"}, False), ({"p/a": None}, False)],
)
def test_clean_is_what_equals_the_commit_below_those_folders(
    files: dict[str, str | None], *, clean: bool, repo: GitRepository
) -> None:
    commit_at(repo.root, {"p/a": "1", "q/x": "1"})
    write(repo.root, files)

    assert repo.is_clean(["p"]) is clean
    assert not repo.is_clean([])
    git(repo.root, "add", "-A")
    assert repo.is_clean(["p"]) is clean


PROGRAMS = ("diff.external", "core.fsmonitor", "core.pager", "diff.x.command", "diff.x.textconv", "core.editor")
HOOKS = ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg", "post-index-change", "reference-transaction")


@pytest.mark.parametrize("settings", [{}, {"core.hooksPath": "hooks"}], ids=["usual hooks", "hooks elsewhere"])
def test_no_program_of_the_repository_is_ever_run(settings: dict[str, str], repo: GitRepository) -> None:
    first = commit_at(repo.root, {"p/a": "1", ".gitattributes": "* diff=x\n"})
    commit_at(repo.root, {"p/a": "2"})
    program = repo.root / "trap"
    program.write_text(f"#!/bin/sh\ntouch '{repo.root}/sprung'\n")
    program.chmod(0o755)
    for folder in (".git/hooks", "hooks"):
        (repo.root / folder).mkdir(exist_ok=True)
        for name in HOOKS:
            (repo.root / folder / name).symlink_to(program)
    for name in PROGRAMS:
        git(repo.root, "config", name, str(program))
    for name, value in settings.items():
        git(repo.root, "config", name, value)

    second = repo.commit_restored(first, {"p/a"}, "back")
    write(repo.root, {"p/a": "3"})
    repo.changed_paths(first, second, ["p"])
    repo.changed_paths(second, None, ["p"])
    repo.last_changes(second, ["p/a"])
    repo.describe(second)
    repo.is_clean(["p"])
    repo.tree(second).read("p/a")

    assert not (repo.root / "sprung").exists()


SETTINGS = {
    "names quoted": {"core.quotePath": "true"},
    "coloured": {"color.ui": "always", "color.diff": "always"},
    "paths relative": {"diff.relative": "true"},
    "renames found": {"diff.renames": "copies", "log.follow": "true"},
    "patches": {
        "diff.noprefix": "true",
        "log.showSignature": "true",
        "log.decorate": "full",
        "log.abbrevCommit": "true",
    },
    "merges shown": {"log.diffMerges": "separate"},
    "short ids": {"core.abbrev": "4"},
}


@pytest.mark.parametrize("what", SETTINGS)
def test_what_people_have_configured_changes_no_answer(what: str, repo: GitRepository) -> None:
    first = commit_at(repo.root, {"p/ä": "same\n", "root": "1"})
    second = commit_at(repo.root, {"p/ä": None, "p/ö": "same\n", "root": "2"})
    for name, value in SETTINGS[what].items():
        git(repo.root, "config", name, value)

    assert [change.path for change in repo.changed_paths(first, second, [])] == ["p/ä", "p/ö", "root"]
    assert repo.last_changes(second, ["p/ä", "p/ö", "root"]) == {"p/ä": second, "p/ö": second, "root": second}
    assert repo.last_changes(second, ["root"]) == {"root": second}
    assert repo.describe(second).id == second
    assert [entry.path for entry in repo.tree(second).entries()] == ["p/ö", "root"]


def test_each_path_has_the_commit_that_touched_it_last(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"p/a": "1", "p/b": "1", "p/deep/c": "1", "root": "1"})
    second = commit_at(repo.root, {"p/b": "2", "q/d": "1"})
    third = commit_at(repo.root, {"p/b": "3", "root": None})
    paths = ["p/a", "p/b", "p/deep/c", "q/d", "root", "p/never", "p"]

    assert repo.last_changes(third, paths) == {
        "p/a": first, "p/b": third, "p/deep/c": first, "q/d": second, "root": third,
    }  # fmt: skip
    assert repo.last_changes(second, iter(paths))["p/b"] == second
    assert repo.last_changes(first, paths).get("q/d") is None
    assert repo.last_changes(third, []) == {}


def test_a_file_that_came_back_was_touched_by_the_commit_that_brought_it(repo: GitRepository) -> None:
    commit_at(repo.root, {"p/a": "1", "p/b": "1"})
    commit_at(repo.root, {"p/a": None})
    third = commit_at(repo.root, {"p/a": "1"})

    assert repo.last_changes(third, ["p/a"]) == {"p/a": third}


def test_a_merge_did_not_change_what_its_branches_changed(repo: GitRepository, forked: dict[str, CommitId]) -> None:
    assert repo.last_changes(forked["merge"], ["p/a", "p/b", "q/c"]) == {
        "p/a": forked["side"],
        "p/b": forked["main"],
        "q/c": forked["base"],
    }


ODD = [
    "p/tab\there",
    "p/line\nend",
    "p/carriage\r\nreturn",
    "p/\x01" + "a" * 40,
    'p/"quoted"',
    "p/ space ",
    "p/:100644 100644",
    "p/-x",
    "p/ä€😀",
]


@pytest.mark.parametrize("path", ODD)
def test_no_file_name_is_read_as_anything_else(path: str, repo: GitRepository) -> None:
    first = commit_at(repo.root, {path: "1", "p/z": "1"})
    second = commit_at(repo.root, {path: "2"})

    assert repo.last_changes(second, [path, "p/z"]) == {path: second, "p/z": first}
    assert [change.path for change in repo.changed_paths(first, second, ["p"])] == [path]
    assert repo.tree(second).kind(path) is EntryKind.FILE
    assert repo.tree(first).read(path) == b"1"


def test_a_merge_that_changes_a_file_itself_is_its_last_change(repo: GitRepository) -> None:
    commit_at(repo.root, {"p/a": "1"})
    git(repo.root, "checkout", "-q", "-b", "side")
    commit_at(repo.root, {"other": "1"})
    git(repo.root, "checkout", "-q", "main")
    commit_at(repo.root, {"another": "1"})
    git(repo.root, "merge", "-q", "--no-ff", "--no-commit", "side")
    merge = commit_at(repo.root, {"p/a": "2"}, "merge")

    assert repo.last_changes(merge, ["p/a"]) == {"p/a": merge}


@pytest.mark.parametrize("path", [":(bad)/x", ":!p/x"])
def test_a_path_with_the_signs_of_a_pattern_is_taken_literally(path: str, repo: GitRepository) -> None:
    made = commit_at(repo.root, {path: "1", "p/x": "1"})

    assert repo.last_changes(made, [path, "p/x"]) == {path: made, "p/x": made}


def test_a_history_longer_than_a_pipe_holds_is_walked_to_its_end(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"p/first": "1"})
    many = {f"p/{number:04}-{'long' * 20}": "1" for number in range(1500)}
    second = commit_at(repo.root, {**many, "p/last": "1"})

    assert repo.last_changes(second, ["p/first", "p/last"]) == {"p/first": first, "p/last": second}


def test_exactly_those_files_go_back_and_are_committed(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"p/a": "1", "p/b": "1", "p/gone/x": "ä\n", "other": "1", "--all": "1"})
    second = commit_at(repo.root, {"p/a": "2", "p/gone/x": None, "p/new": "1", "--all": "2"})
    write(repo.root, {"p/b": "edited", "other": "staged", "untracked": "1"})
    git(repo.root, "add", "other")

    back = repo.commit_restored(first, {"--all", "p/a", "p/gone/x", "p/new"}, "back: `x`\n\nwhy\n")

    assert back == repo.resolve("HEAD") == repo.resolve("main")
    assert repo.changed_paths(first, back, []) == ()
    assert repo.is_ancestor(second, back)
    assert git(repo.root, "log", "-1", "--format=%B").strip() == "back: `x`\n\nwhy"
    assert git(repo.root, "status", "--porcelain").splitlines() == ["M  other", " M p/b", "?? untracked"]
    assert repo.author_of(back) == "Ann Example <ann@example.com>"


@pytest.mark.parametrize("message", ["-x", "--amend", "# a heading", "a\tb", "ä 😀"])
def test_a_message_is_only_a_message(message: str, repo: GitRepository) -> None:
    first = commit_at(repo.root, {"a": "1"})
    commit_at(repo.root, {"a": "2"})
    back = repo.commit_restored(first, {"a"}, message)

    assert repo.describe(back).subject == message
    assert repo.is_ancestor(first, back)


def test_bytes_come_back_as_they_were(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"a": "one\ntwo\n", "b": "one\r\ntwo"})
    commit_at(repo.root, {"a": None, "b": None})
    back = repo.commit_restored(first, {"a", "b"}, "back")

    assert repo.tree(back).read("a") == b"one\ntwo\n"
    assert repo.tree(back).read("b") == b"one\r\ntwo"


def test_what_git_refuses_to_restore_is_a_usage_error_in_its_words(repo: GitRepository) -> None:
    first = commit_at(repo.root, {"a": "1"})
    (repo.root / ".git/index.lock").touch()

    with pytest.raises(UsageError, match=r"git could not restore the files: .*index\.lock"):
        repo.commit_restored(first, {"a"}, "back")
