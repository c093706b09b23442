"""From paths to settings, apps and policies: what stands at a wrong place is told and left out."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef, is_policy_id, is_segment
from bylaw.repository.documents.settings import Settings
from bylaw.repository.interface import Entry, EntryKind
from bylaw.repository.layout import (
    SUFFIXES,
    PolicyFile,
    PolicyRepository,
    app_of,
    load_repository,
    policy_ref_of,
    read_text,
)
from bylaw.repository.text import MAX_FILE_BYTES
from bylaw.repository.trees import DiskTree, MemoryTree
from tools.pipeline.repositories import APP, FILES, SETTINGS, write

APP_YAML = "policies/shop/app.yaml"
SEGMENTS = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
PATHS = st.lists(st.sampled_from(["policies", "shop", "app.yaml", "a.cedar", "B.yaml", "", ".", "..", "-", "x"])).map(
    "/".join
)
"""Paths with the words that mean something, at places where they do not."""


def loaded(files: dict[str, str | bytes]) -> tuple[PolicyRepository, list[Diagnostic]]:
    repository, problems = load_repository(MemoryTree(files))
    return repository, list(problems)


def codes(problems: list[Diagnostic]) -> list[tuple[str, str]]:
    return [(item.code, str(item.span)) for item in problems]


def without(*paths: str) -> dict[str, str | bytes]:
    return {path: text for path, text in FILES.items() if path not in paths}


def shop(**policies: str) -> dict[str, str | bytes]:
    """The small repository with more files in the folder of its app."""
    return {**FILES, **{f"policies/shop/{path}": text for path, text in policies.items()}}


def test_a_repository_is_read_by_its_paths() -> None:
    repository, problems = loaded({**FILES})

    assert problems == []
    assert repository.settings.owner == "example/shop"
    assert repository.places is not None
    (app,) = repository.apps
    assert repository.by_id == {"shop": app}
    assert (app.id, app.document.owners) == ("shop", ("team",))
    assert (app.directory, app.suite_directory) == ("policies/shop", "tests/policies/shop")
    assert app.files == (
        PolicyFile(PolicyRef(AppId("shop"), PolicyId("access/read-front")), "policies/shop/access/read-front.cedar"),
        PolicyFile(PolicyRef(AppId("shop"), PolicyId("guards/level")), "policies/shop/guards/level.cedar"),
    )


def test_apps_come_in_the_order_of_their_names_and_every_one_has_only_its_own_files() -> None:
    files = {**FILES}
    for name in ("shop-2", "a", "shop2", "0"):
        files[f"policies/{name}/app.yaml"] = APP.replace("app: shop", f'app: "{name}"')
        files[f"policies/{name}/{name}.cedar"] = ""

    repository, problems = loaded({**files})

    assert problems == []
    assert [app.id for app in repository.apps] == ["0", "a", "shop", "shop-2", "shop2"]
    own = {app.id: [str(file.ref.policy) for file in app.files] for app in repository.apps}
    assert own.pop(AppId("shop")) == ["access/read-front", "guards/level"]
    assert own == {name: [name] for name in own}


@dataclass(frozen=True)
class Wrong:
    """A repository with something wrong in it, and how that is told."""

    files: dict[str, str | bytes]
    code: str
    at: str
    message: str
    help: str | None
    apps: tuple[str, ...] = ("shop",)


NAMES = ("Shop", "my_app", "a.b", "-a", "a-", "a--b", "ä", " ", "a b", ".hidden", "a" * 201)
WRONG = {
    f"an app called {name[:10]}": Wrong(
        {**FILES, f"policies/{name}/app.yaml": APP, f"policies/{name}/x.cedar": ""},
        "bad-app-name",
        f"policies/{name}/app.yaml:1:1",
        f"`{name}` cannot name an app",
        "use lower-case words joined by hyphens",
    )
    for name in NAMES
} | {
    "an app that is not its folder": Wrong(
        shop(**{"app.yaml": APP.replace("app: shop", "app: store")}),
        "app-not-folder",
        "policies/shop/app.yaml:1:6",
        "`app: store` in the folder `shop`",
        "write `app: shop`, or rename the folder",
    ),
    "an app without its document": Wrong(
        without(APP_YAML),
        "missing-file",
        "policies/shop/app.yaml:1:1",
        "no file `policies/shop/app.yaml` in memory",
        "create it, or correct the path",
        (),
    ),
    "an app document in a folder of the app": Wrong(
        {**without(APP_YAML), "policies/shop/access/app.yaml": APP},
        "missing-file",
        "policies/shop/app.yaml:1:1",
        "no file `policies/shop/app.yaml` in memory",
        "create it, or correct the path",
        (),
    ),
    "an app document that is no YAML": Wrong(
        shop(**{"app.yaml": "app: [shop\n"}),
        "yaml-syntax",
        "policies/shop/app.yaml:2:1",
        "not valid YAML: did not find expected ',' or ']'",
        "correct the document",
        (),
    ),
    "an app document that is empty": Wrong(
        shop(**{"app.yaml": ""}),
        "empty-document",
        "policies/shop/app.yaml:1:1",
        "`policies/shop/app.yaml` is empty",
        "write the document, or delete the file",
        (),
    ),
    "an app document without an owner": Wrong(
        shop(**{"app.yaml": APP.replace("owners: [team]\n", "")}),
        "missing-key",
        "policies/shop/app.yaml:1:1",
        "`owners` is missing",
        "add `owners:`",
        (),
    ),
    "an app document that is no text": Wrong(
        {**FILES, APP_YAML: b"app: \xff"},
        "not-utf-8",
        "policies/shop/app.yaml:1:6",
        "`policies/shop/app.yaml` is not UTF-8: byte 0xff",
        "save the file as UTF-8",
        (),
    ),
    "an app document over the limit": Wrong(
        {**FILES, APP_YAML: b"#" * (MAX_FILE_BYTES + 1)},
        "file-too-large",
        "policies/shop/app.yaml:1:1",
        "`policies/shop/app.yaml` has 1,048,577 bytes, limit 1,048,576",
        "split the file, or move what is not policy out of the repository",
        (),
    ),
    "no settings": Wrong(
        without("bylaw.yaml"),
        "missing-file",
        "bylaw.yaml:1:1",
        "no file `bylaw.yaml` in memory",
        "create it, or correct the path",
    ),
    "settings with an unknown key": Wrong(
        {**FILES, "bylaw.yaml": SETTINGS + "waiver: []\n"},
        "unknown-key",
        "bylaw.yaml:8:1",
        "unknown key `waiver`",
        "did you mean `waivers`?",
    ),
    "settings of another version": Wrong(
        {**FILES, "bylaw.yaml": SETTINGS.replace("version: 1", "version: 2")},
        "invalid-value",
        "bylaw.yaml:1:10",
        "`version`: input should be 1, not `2`",
        None,
    ),
    "settings with a NUL": Wrong(
        {**FILES, "bylaw.yaml": "version: 1\n\0"},
        "nul-character",
        "bylaw.yaml:2:1",
        "`bylaw.yaml` holds a NUL character",
        "remove it",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_the_rest_is_read(what: str) -> None:
    wrong = WRONG[what]

    repository, problems = loaded(wrong.files)

    (told,) = problems
    assert (told.code, str(told.span), told.message, told.help) == (wrong.code, wrong.at, wrong.message, wrong.help)
    assert tuple(app.id for app in repository.apps) == wrong.apps


@pytest.mark.parametrize("what", [what for what in WRONG if "settings" in what])
def test_settings_that_cannot_be_read_are_neutral_ones(what: str) -> None:
    repository, _ = loaded(WRONG[what].files)

    assert repository.settings == Settings(version=1, owner="unknown")
    assert repository.places is None


NO_APPS: dict[str, dict[str, str | bytes]] = {
    "no folder": {},
    "only a file beside": {"policies": "", "policiesx/shop/app.yaml": APP},
    "only files in it": {"policies/README.md": "", "policies/app.yaml": APP, "policies/a.cedar": ""},
    "the folder elsewhere": {"sub/policies/shop/app.yaml": APP},
}


@pytest.mark.parametrize("what", NO_APPS)
def test_a_tree_without_apps_is_no_policy_repository(what: str) -> None:
    repository, problems = loaded({"bylaw.yaml": SETTINGS, **NO_APPS[what]})

    assert repository.apps == ()
    (told,) = problems
    assert (told.code, told.span) == ("no-apps", None)
    assert told.message == "no apps: `policies/` is empty or missing in memory"
    assert told.help == "run `bylaw init`, or pass `--root`"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    files = {
        **without("bylaw.yaml"),
        "policies/Bad/app.yaml": APP,
        "policies/none/x.cedar": "",
        "policies/shop/X.cedar": "",
    }

    repository, problems = loaded(files)

    assert codes(problems) == [
        ("missing-file", "bylaw.yaml:1:1"),
        ("bad-app-name", "policies/Bad/app.yaml:1:1"),
        ("missing-file", "policies/none/app.yaml:1:1"),
        ("bad-policy-path", "policies/shop/X.cedar:1:1"),
    ]
    assert [app.id for app in repository.apps] == ["shop"]


@pytest.mark.parametrize(
    "path",
    ["Big.cedar", "a_b.cedar", "a.b.cedar", ".cedar", "access/.cedar", "a b.cedar", "-a.cedar", "a-.cedar",
     "a--b.cedar", "ä.cedar", "Access/a.cedar", ".hidden/a.cedar", "a//b.cedar", "a/../b.cedar", "a\nb.cedar",
     "x" * 201 + ".cedar"],
)  # fmt: skip
def test_a_policy_file_whose_path_is_no_id_is_told_and_left_out(path: str) -> None:
    repository, problems = loaded(shop(**{path: "permit (principal, action, resource);"}))

    (told,) = problems
    assert (told.code, told.message) == ("bad-policy-path", f"`{path}` cannot name a policy")
    assert told.span is not None
    assert told.span.path == f"policies/shop/{path}"
    assert len(repository.apps[0].files) == 2
    assert policy_ref_of(f"policies/shop/{path}") is None


@pytest.mark.parametrize("path", ["README.md", "a.cedar.bak", "a.CEDAR", "notes.yaml", "a.cedarschema", "a", "a.yml"])
def test_a_file_that_is_no_policy_may_stand_beside_them(path: str) -> None:
    repository, problems = loaded(shop(**{path: ""}))

    assert problems == []
    assert len(repository.apps[0].files) == 2


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("cedar", ["access/a", "both", "deep/app"]),
        ("http-rules", ["access/b", "both", "deep/app"]),
        ("governance", ["access/b", "both", "deep/app"]),
        ("unheard-of", ["access/a", "both", "deep/app"]),
    ],
)
def test_the_language_of_an_app_says_which_files_are_its_policies(language: str, expected: list[str]) -> None:
    names = ("access/a.cedar", "access/b.yaml", "both.cedar", "both.yaml", "deep/app.cedar", "deep/app.yaml")
    files = {f"policies/shop/{name}": "" for name in names}
    document = f"app: shop\nabout: x\nowners: [team]\nlanguage: {language}\n"

    repository, problems = loaded({"bylaw.yaml": SETTINGS, APP_YAML: document, **files})

    assert problems == []
    assert [file.ref.policy for file in repository.apps[0].files] == expected
    assert {Path(file.path).suffix for file in repository.apps[0].files} == {SUFFIXES.get(language, ".cedar")}


class Versioned(MemoryTree):
    """A tree that knows the versions of its files, as a commit does."""

    def entries(self, under: str = "") -> tuple[Entry, ...]:
        return tuple(entry._replace(version=f"of {entry.path}") for entry in super().entries(under))


def test_a_policy_file_keeps_the_version_that_its_tree_knows() -> None:
    repository, _ = load_repository(Versioned(FILES))

    assert [file.version for file in repository.apps[0].files] == [
        f"of {file.path}" for file in repository.apps[0].files
    ]


LINKS = {
    "a policy": ("policies/shop/access/out.cedar", "policies/shop/access/read-front.cedar"),
    "a folder of an app": ("policies/shop/more", "policies/shop/access"),
    "an app": ("policies/other", "policies/shop"),
    "a note beside the apps": ("policies/NOTES", "policies/shop/app.yaml"),
    "a link to nothing": ("policies/shop/gone.cedar", "nowhere"),
}


@pytest.mark.parametrize("what", LINKS)
def test_a_link_among_the_policies_is_told_and_not_followed(what: str, tmp_path: Path) -> None:
    link, to = LINKS[what]
    write(tmp_path, {**FILES})
    (tmp_path / link).symlink_to(tmp_path / to)

    repository, problems = load_repository(DiskTree(tmp_path))

    (told,) = problems
    assert (told.code, str(told.span)) == ("not-a-plain-file", f"{link}:1:1")
    assert told.message == f"`{link}` is a symbolic link, not a plain file"
    assert [app.id for app in repository.apps] == ["shop"]
    assert len(repository.apps[0].files) == 2


@pytest.mark.parametrize("path", ["bylaw.yaml", APP_YAML])
def test_a_document_that_is_a_link_is_not_read(path: str, tmp_path: Path) -> None:
    write(tmp_path, {**FILES})
    (tmp_path / path).rename(tmp_path / "document")
    (tmp_path / path).symlink_to(tmp_path / "document")

    repository, problems = load_repository(DiskTree(tmp_path))

    assert {(item.code, str(item.span)) for item in problems} == {("not-a-plain-file", f"{path}:1:1")}
    assert repository.by_id.keys() == (set() if path == APP_YAML else {"shop"})


def test_a_folder_of_policies_that_is_a_link_holds_no_apps(tmp_path: Path) -> None:
    write(tmp_path, {**FILES})
    (tmp_path / "policies").rename(tmp_path / "elsewhere")
    (tmp_path / "policies").symlink_to("elsewhere")

    repository, problems = load_repository(DiskTree(tmp_path))

    assert repository.apps == ()
    assert [item.code for item in problems] == ["no-apps"]


def test_an_app_reads_the_files_of_its_tree() -> None:
    repository, _ = loaded({**FILES, "nul.txt": "a\0"})
    (app,) = repository.apps

    assert app.text(APP_YAML) == (APP, ())
    for path, code in (("nul.txt", "nul-character"), ("missing", "missing-file"), ("../out", "missing-file")):
        text, problems = app.text(path)
        assert text is None
        assert [item.code for item in problems] == [code]
        assert read_text(app.tree, path) == (text, problems)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("policies/shop/access/read.cedar", "shop/access/read"),
        ("policies/shop/read.cedar", "shop/read"),
        ("policies/shop/read.yaml", "shop/read"),
        ("policies/shop/access/app.yaml", "shop/access/app"),
        ("policies/shop/app.cedar", "shop/app"),
        ("policies/shop/app.yaml", None),
        ("policies/shop/read.yml", None),
        ("policies/shop/read", None),
        ("policies/shop/.cedar", None),
        ("policies/shop/read.cedar/x", None),
        ("policies/Shop/read.cedar", None),
        ("policies/shop/Read.cedar", None),
        ("policies/read.cedar", None),
        ("policies//read.cedar", None),
        ("policies", None),
        ("shop/read.cedar", None),
        ("sub/policies/shop/read.cedar", None),
        ("tests/policies/shop/basics.yaml", None),
        ("/policies/shop/read.cedar", None),
        ("./policies/shop/read.cedar", None),
        ("policies/shop/../other/read.cedar", None),
        ("", None),
    ],
)
def test_a_path_alone_says_which_policy_would_stand_there(path: str, expected: str | None) -> None:
    found = policy_ref_of(path)

    assert (str(found) if found else None) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("policies/shop/app.yaml", "shop"),
        ("policies/shop/access/read.cedar", "shop"),
        ("policies/shop/README.md", "shop"),
        ("policies/README.md", None),
        ("policies/owners", None),
        ("policies/Shop/app.yaml", None),
        ("policies//app.yaml", None),
        ("policies/", None),
        ("policies", None),
        ("policies-old/shop/app.yaml", None),
        ("tests/policies/shop/basics.yaml", None),
        ("schemas/shop.cedarschema", None),
        ("bylaw.yaml", None),
        ("", None),
    ],
)
def test_a_path_alone_says_whose_file_it_is(path: str, expected: str | None) -> None:
    assert app_of(path) == expected


@given(
    app=SEGMENTS, policy=st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join), suffix=st.sampled_from([*SUFFIXES])
)
def test_every_policy_has_one_path_and_its_path_names_it(app: str, policy: str, suffix: str) -> None:
    path = f"policies/{app}/{policy}{SUFFIXES[suffix]}"
    ref = PolicyRef(AppId(app), PolicyId(policy))
    document = f'app: "{app}"\nabout: x\nowners: [team]\nlanguage: {suffix}\n'
    files = {"bylaw.yaml": SETTINGS, f"policies/{app}/app.yaml": document}
    is_document = path in files

    repository, problems = loaded({**files, path: document})

    assert problems == []
    assert repository.apps[0].files == (() if is_document else (PolicyFile(ref, path),))
    assert policy_ref_of(path) == (None if is_document else ref)
    assert app_of(path) == app


@given(PATHS | st.text())
def test_no_path_at_all_names_what_could_not_be_one(path: str) -> None:
    ref, app = policy_ref_of(path), app_of(path)

    assert app is None or is_segment(app)
    assert ref is None or (ref.app == app and is_policy_id(ref.policy) and path.startswith(f"policies/{ref}."))


@given(st.dictionaries(PATHS, st.sampled_from(["", APP, SETTINGS, "- a", "\0", "permit"]), max_size=6))
def test_any_tree_is_read_without_an_exception_and_no_policy_twice(files: dict[str, str]) -> None:
    repository, problems = load_repository(MemoryTree(files))

    refs = [file.ref for app in repository.apps for file in app.files]
    assert len(refs) == len(set(refs))
    assert all(policy_ref_of(file.path) == file.ref for app in repository.apps for file in app.files)
    assert all(repository.tree.kind(file.path) is EntryKind.FILE for app in repository.apps for file in app.files)
    assert problems.has_errors, "there are no settings"
