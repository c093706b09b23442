"""Suites from a source tree: what belongs together, and what a pull request may not do."""

import pytest

from bylaw.repository.layout import load_repository
from bylaw.repository.trees import DiskTree
from bylaw.testing.loading import load_suites
from bylaw.testing.vocabulary import vocabulary_of
from tools.testing.desk import FIXTURES, load, suite, told

TEST = "- {name: t, request: {principal: ann, action: read, resource: plan}, expect: {decision: allow}}"
WHOLE = "- {name: all, matrix: {principals: [everyone], actions: [read], resources: [both], contexts: [calm, rush, cheap, dear]}}"


def said(files: dict[str, str]) -> list[str]:
    return [told(item) for item in load(files).diagnostics]


def test_a_suite_knows_the_files_it_is_made_of() -> None:
    (found,) = load({"area/suite.yaml": suite(TEST)}).suites

    assert found.files == ("tests/policies/desk/area/suite.yaml", "tests/policies/desk/fixtures.yaml")


def test_suites_come_in_the_order_of_their_paths() -> None:
    files = {f"{name}.yaml": suite(TEST).replace("suite: desk", f"suite: of {name}") for name in ("b", "a", "z/a")}

    assert [found.name for found in load(files).suites] == ["of a", "of b", "of z/a"]


def test_nothing_is_wrong_with_a_suite_that_uses_all_of_its_fixtures() -> None:
    assert said({"suite.yaml": suite(WHOLE)}) == []


def test_fixtures_that_no_suite_of_the_app_uses_are_told() -> None:
    half = suite("- {name: half, matrix: {principals: [agents], actions: [read], resources: [both], contexts: [calm]}}")
    rest = suite(
        "- {name: rest, matrix: {principals: [bad], actions: [pay], resources: [plan], contexts: [dear, cheap]}}"
    )

    found = said({"half.yaml": half, "rest.yaml": rest.replace("suite: desk", "suite: rest")})

    assert [line.split(" / ")[0] for line in found] == [
        "warning unused-fixture fixtures.yaml:6:8 nothing uses `job`",
        "warning unused-fixture fixtures.yaml:12:9 nothing uses `rush`",
        "warning unused-fixture fixtures.yaml:17:13 nothing uses `everyone`",
    ]


def test_an_app_without_a_suite_is_told() -> None:
    loaded = load({"fixtures.yaml": "contexts: {}\n"})

    assert [told(item) for item in loaded.diagnostics] == [
        "warning app-without-suite policies/desk/app.yaml:1:6 app `desk` has no suite / write one below `tests/policies/desk/`"
    ]


def test_a_suite_without_tests_is_told() -> None:
    found = said({"suite.yaml": "suite: nothing\ntests: []\n", "fixtures.yaml": "contexts: {}\n"})

    assert found == ["warning empty-suite suite.yaml:1:8 suite `nothing` has no tests / write a test"]


def test_two_suites_of_one_name_are_told() -> None:
    found = said({"a.yaml": suite(WHOLE), "b.yaml": suite(WHOLE)})

    assert found == [
        "warning duplicate-name b.yaml:1:8 `tests/policies/desk/a.yaml` is called `desk` as well / give one of the two another name"
    ]


@pytest.mark.parametrize(
    ("used", "line"),
    [
        ("fixture.yaml", "`fixture.yaml` does not exist, or cannot be read / did you mean `fixtures.yaml`?"),
        ("suite.yaml", "`suite.yaml` is a suite / did you mean `fixtures.yaml`?"),
    ],
)
def test_a_file_that_holds_no_fixtures_cannot_be_used(used: str, line: str) -> None:
    text = f"suite: desk\nuse: [{used}]\ntests: []\n"

    assert f"error unknown-fixture-file suite.yaml:2:7 {line}" in said({"suite.yaml": text})


def test_a_broken_suite_does_not_hide_the_others() -> None:
    loaded = load({"broken.yaml": "suite: [\n", "good.yaml": suite(WHOLE)})

    assert [found.name for found in loaded.suites] == ["desk"]
    assert [item.code for item in loaded.diagnostics] == ["yaml-syntax"]


def test_fixtures_outside_of_the_test_directory_are_not_read(tmp_path: object) -> None:
    from pathlib import Path  # noqa: PLC0415 - the only test on a disk

    root = Path(str(tmp_path))
    tests = root / "tests/policies/desk"
    tests.mkdir(parents=True)
    (root / "policies/desk").mkdir(parents=True)
    (root / "bylaw.yaml").write_text("version: 1\nowner: example/policies\n")
    (root / "policies/desk/app.yaml").write_text("app: desk\nabout: x\nowners: [x]\n")
    (root / "secret.yaml").write_text(FIXTURES)
    (tests / "fixtures.yaml").symlink_to(root / "secret.yaml")
    (tests / "suite.yaml").write_text(suite(TEST))
    repository, _ = load_repository(DiskTree(root))
    app = repository.by_id["desk"]
    program = load({}).program

    suites, diagnostics = load_suites(app, vocabulary_of(program))

    assert suites[0].cases == ()
    assert {"not-a-plain-file", "unknown-fixture-file"} <= {item.code for item in diagnostics}


def test_entity_variants_of_one_uid_stay_with_the_cases_that_name_them() -> None:
    text = """
suite: variants
principals:
  ann: {type: "Desk::Agent", id: ann, attrs: {level: 3}}
resources:
  mine: {type: "Desk::Ticket", id: t, attrs: {owner: {type: "Desk::Agent", id: ann}, labels: []}}
  theirs: {type: "Desk::Ticket", id: t, attrs: {owner: {type: "Desk::Agent", id: bob}, labels: []}}
tests:
  - name: variants
    matrix: {principals: [ann], actions: [read], resources: [mine, theirs]}
    allow: [{resources: [mine]}]
"""

    loaded = load({"suite.yaml": text})

    assert loaded.run().passed == 2
    first, second = loaded.suites[0].cases
    assert first.entities != second.entities


def test_cases_that_see_the_same_entities_share_them() -> None:
    cases = load({"suite.yaml": suite(WHOLE)}).suites[0].cases

    assert len({id(case.entities) for case in cases}) == 1


def test_a_test_can_bring_entities_of_its_own() -> None:
    text = suite(
        """
        - name: with a team of its own
          entities:
            inner: {type: "Desk::Team", id: inner, parents: [{type: "Desk::Team", id: desk}]}
          request:
            principal: {type: "Desk::Agent", id: zoe, attrs: {level: 1}, parents: [{type: "Desk::Team", id: inner}]}
            action: read
            resource: plan
          expect: {decision: allow, exactly: [access/read-team]}
        - name: without it
          request:
            principal: {type: "Desk::Agent", id: zoe, attrs: {level: 1}, parents: [{type: "Desk::Team", id: inner}]}
            action: read
            resource: plan
          expect: {decision: deny}
        """
    )

    assert load({"suite.yaml": text}).run().ok


def test_a_bare_fixture_means_the_entity_of_the_app() -> None:
    text = 'suite: bare\nprincipals: {ann: {type: "Desk::Agent", id: ann}}\nresources: {t: {type: "Desk::Ticket", id: t}}\n'
    request = "{principal: ann, action: pay, resource: t, context: {amount: 1}}"
    text += f"tests: [{{name: t, request: {request}, expect: {{decision: allow}}}}]\n"
    loaded = load({"suite.yaml": text})

    (case,) = loaded.suites[0].cases

    assert all(not (entity.attributes or entity.tags or entity.parents) for entity in case.entities)


def test_files_that_are_no_yaml_are_left_alone() -> None:
    assert said({"suite.yaml": suite(WHOLE), "README.md": "# how we test"}) == []
