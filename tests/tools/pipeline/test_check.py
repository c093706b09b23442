"""One pass over a repository, and what each kind of mistake makes of it."""

from datetime import date
from pathlib import Path

import pytest

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.bundles import bundle_files, compile_workspace
from bylaw.pipeline.check import CheckReport, check
from bylaw.pipeline.workspace import open_workspace
from bylaw.repository.trees import DiskTree, MemoryTree
from tools.pipeline.repositories import APP, FILES, PERMIT, SUITE

TODAY = date(2026, 11, 23)


def solving() -> Options:
    return Options(make_solver)


READ = "policies/shop/access/read-front.cedar"
BASICS = "tests/policies/shop/basics.yaml"


def checked(changes: dict[str, str]) -> CheckReport:
    return check(open_workspace(MemoryTree({**FILES, **changes})), TODAY, solving)


def test_a_good_repository_is_green() -> None:
    report = checked(
        {"policies/shop/guards/level.cedar": "forbid (principal, action, resource)\nwhen { principal.level < 1 };\n"}
    )

    assert (report.problems, report.unformatted, report.exit_code) == ((), (), ExitCode.OK)
    assert report.runs["shop"].report.passed == 8  # type: ignore[index] # ids are strings
    assert [str(policy.ref) for policy in report.bundles[0].policies] == ["shop/access/read-front", "shop/guards/level"]


@pytest.mark.parametrize(
    ("changes", "codes", "exit_code"),
    [
        ({READ: "permit ("}, {"cedar-syntax"}, ExitCode.INVALID_INPUT),
        ({READ: PERMIT.replace("amount", "amuont")}, {"unknown-attribute"}, ExitCode.INVALID_INPUT),
        ({READ: PERMIT.replace("front", "back")}, {"unmapped-name", "unused-name"}, ExitCode.INVALID_INPUT),
        ({"policies/shop/app.yaml": APP.replace("local:", "prod:")}, {"unknown-target"}, ExitCode.INVALID_INPUT),
        ({BASICS: SUITE.replace("[ann, new]", "[bob]")}, {"unknown-fixture"}, ExitCode.INVALID_INPUT),
        ({BASICS: SUITE.replace("contexts: [small]}]", "contexts: [large]}]")}, set(), ExitCode.TESTS_FAILED),
        ({READ: PERMIT.replace("\n", " ")}, set(), ExitCode.FINDINGS),
        ({"policies/shop/Bad_Name.cedar": PERMIT}, {"bad-policy-path"}, ExitCode.INVALID_INPUT),
    ],
)  # fmt: skip
def test_a_mistake_has_its_code_and_its_exit_code(
    changes: dict[str, str], codes: set[str], exit_code: ExitCode
) -> None:
    good = {"policies/shop/guards/level.cedar": "forbid (principal, action, resource)\nwhen { principal.level < 1 };\n"}

    report = checked({**good, **changes})

    assert {item.code for item in report.problems if item.severity == "error"} >= {
        c for c in codes if c != "unused-name"
    }
    assert report.exit_code is exit_code


def test_the_worked_apps_are_green(root: Path) -> None:
    report = check(open_workspace(DiskTree(root)), TODAY, solving)

    assert (report.problems, report.unformatted) == ((), ())
    assert report.lint.active == ()
    assert all(run.report.ok for run in report.runs.values())
    assert len(report.bundles) == 10


def test_the_same_sources_compile_to_the_same_bytes() -> None:
    def bundles() -> list[tuple[str, str]]:
        compiled, problems = compile_workspace(open_workspace(MemoryTree(FILES)))
        assert problems == ()
        return [file for bundle in compiled for file in bundle_files(bundle, "1")]

    assert bundles() == bundles()


def test_reformatting_moves_no_digest_and_a_changed_bound_does() -> None:
    def digest(changes: dict[str, str]) -> str:
        return compile_workspace(open_workspace(MemoryTree({**FILES, **changes})))[0][0].digest

    same = digest({READ: f"// a comment\n{PERMIT.replace(chr(10), ' ')}\n"})

    assert same == digest({})
    assert digest({READ: PERMIT.replace("100", "101")}) != same


def test_logical_names_become_physical_ones_on_the_tree_and_nowhere_else() -> None:
    note = '@description("App::Gateway::front stays in text")\n'

    (bundle,), _ = compile_workspace(open_workspace(MemoryTree({**FILES, READ: note + PERMIT})))

    text = bundle.policies[0].text
    assert 'resource == App::Gateway::"arn:front"' in text
    assert "App::Gateway::front stays in text" in text
