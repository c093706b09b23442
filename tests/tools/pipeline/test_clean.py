"""An app is left out of a check only where checking it again could not say anything else."""

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.model.digests import Digest
from bylaw.model.identifiers import AppId
from bylaw.pipeline.check import CheckReport, check
from bylaw.pipeline.clean import Clean, CleanRecords
from bylaw.pipeline.workspace import read_programs
from bylaw.repository.layout import PolicyRepository, load_repository
from bylaw.repository.trees import MemoryTree
from tools.pipeline.repositories import APP, FILES, PERMIT, SETTINGS

TODAY = date(2026, 11, 23)


def solving() -> Options:
    return Options(make_solver)


SHOP, OTHER = AppId("shop"), AppId("other")


@dataclass
class Kept:
    """Records in memory."""

    texts: dict[Digest, str] = field(default_factory=dict)

    def get(self, key: Digest) -> str | None:
        return self.texts.get(key)

    def put(self, key: Digest, text: str) -> None:
        self.texts[key] = text


TWO = {
    **FILES,
    "policies/shop/guards/level.cedar": "forbid (principal, action, resource)\nwhen { principal.level < 1 };\n",
    **{
        path.replace("/shop/", "/other/"): text.replace("app: shop", "app: other")
        for path, text in {
            **FILES,
            "policies/shop/guards/level.cedar": "forbid (principal, action, resource)\nwhen { principal.level < 1 };\n",
        }.items()
        if "/shop/" in path
    },
    "entities.json": "[]",
    "policies/shop/app.yaml": APP + "entities: entities.json\n",
}


def repository(files: dict[str, str]) -> PolicyRepository:
    loaded, problems = load_repository(MemoryTree(files))
    assert not len(problems)
    return loaded


def checked(files: dict[str, str]) -> CheckReport:
    return check(read_programs(*load_repository(MemoryTree(files))), TODAY, solving)


@pytest.fixture(scope="module")
def store() -> Kept:
    """The records of a check of two clean apps."""
    kept = Kept()
    report = checked(TWO)
    assert report.exit_code == 0
    CleanRecords(kept, "tool", TODAY).keep(repository(TWO), report)
    return kept


def found(store: Kept, files: dict[str, str], *, tool: str = "tool", today: date = TODAY) -> set[AppId]:
    return set(CleanRecords(store, tool, today).find(repository(files)))


def test_clean_apps_are_known_with_what_was_counted(store: Kept) -> None:
    records = CleanRecords(store, "tool", TODAY)

    assert records.find(repository(TWO)) == {SHOP: Clean(2, 1, 8), OTHER: Clean(2, 1, 8)}
    assert set(records.find(repository(TWO), ["other"])) == {OTHER}


SHARED = ("bylaw.yaml", "schemas/shop.cedarschema")


@pytest.mark.parametrize("path", [path for path in TWO if path != ".gitignore"])
def test_a_change_to_any_file_that_an_app_rests_on_makes_it_unknown(store: Kept, path: str) -> None:
    remark = {"json": " ", "cedar": "//\n", "cedarschema": "//\n"}.get(path.rpartition(".")[2], "#\n")
    rest = {app for app in (SHOP, OTHER) if f"/{app}/" not in path}
    expected = set() if path in SHARED else {OTHER} if path == "entities.json" else rest

    assert found(store, {**TWO, path: TWO[path] + remark}) == expected


@pytest.mark.parametrize(
    "path", ["policies/shop/new.cedar", "tests/policies/shop/fixtures.yaml", "bylaw-baseline.yaml"]
)
def test_a_new_file_makes_an_app_unknown(store: Kept, path: str) -> None:
    assert SHOP not in found(store, {**TWO, path: ""})


def test_a_file_that_vanishes_makes_an_app_unknown(store: Kept) -> None:
    path = "policies/shop/guards/level.cedar"

    assert found(store, {name: text for name, text in TWO.items() if name != path}) == {OTHER}
    assert found(store, {name: text for name, text in TWO.items() if name != "entities.json"}) == {OTHER}


def test_another_day_or_tool_knows_nothing(store: Kept) -> None:
    assert found(store, TWO, today=date(2026, 11, 24)) == set()
    assert found(store, TWO, tool="newer") == set()


NOISE = {
    "a finding": {
        "bylaw.yaml": SETTINGS.replace('lint: {rules: {all: {level: "off"}}}', ""),
        "policies/shop/guards/level.cedar": "forbid (principal, action, resource);\n",
    },
    "a style": {"policies/shop/guards/level.cedar": "forbid(principal,action,resource)when{principal.level<1};\n"},
    "a failing case": {"policies/shop/access/read-front.cedar": PERMIT.replace("<= 100", "<= 99")},
    "an invalid policy": {"policies/shop/access/read-front.cedar": PERMIT.replace("amount", "amuont")},
    "a suite that cannot be read": {"tests/policies/shop/basics.yaml": "suite: basics\n"},
}


@pytest.mark.parametrize("what", NOISE)
def test_an_app_of_which_something_was_said_is_not_recorded(what: str) -> None:
    files = {**TWO, **NOISE[what]}
    store = Kept()
    CleanRecords(store, "tool", TODAY).keep(repository(files), checked(files))

    assert SHOP not in found(store, files)


def test_what_may_concern_any_app_keeps_all_of_them_from_being_recorded() -> None:
    files = {**TWO, "bylaw.yaml": TWO["bylaw.yaml"].replace("{rules: {all:", "{rules: {no-such-rule: {}, all:")}
    report = checked(files)
    assert report.problems
    store = Kept()
    CleanRecords(store, "tool", TODAY).keep(repository(files), report)

    assert store.texts == {}


@pytest.mark.parametrize("text", ["", "null", "[]", "[1,2]", '["a","b","c"]', "{}", "[1,2,3,4]", "x"])
def test_a_record_that_is_none_is_not_believed(store: Kept, text: str) -> None:
    assert found(replace(store, texts=dict.fromkeys(store.texts, text)), TWO) == set()


def test_a_disk_tree_that_changes_while_it_is_checked_is_recorded_as_it_was_read(tmp_path: Path) -> None:
    from bylaw.repository.trees import DiskTree, Snapshot  # noqa: PLC0415

    for path, text in TWO.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    loaded, problems = load_repository(Snapshot(DiskTree(tmp_path)))
    report = check(read_programs(loaded, problems), TODAY, solving)
    (tmp_path / "policies/shop/access/read-front.cedar").write_text("permit (principal, action, resource);\n")
    store = Kept()
    CleanRecords(store, "tool", TODAY).keep(loaded, report)

    assert found(store, TWO) == {SHOP, OTHER}
    assert set(CleanRecords(store, "tool", TODAY).find(load_repository(DiskTree(tmp_path))[0])) == {OTHER}
