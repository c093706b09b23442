"""`bylaw test --suggest`: what is printed is pasted into a file, and then nothing that it was about goes unnoticed any more."""

import re
from typing import Any

import pytest
import yaml

from bylaw.model.errors import UsageError
from bylaw.pipeline import proving
from tools.cli.calling import Cli
from tools.pipeline.repositories import write

SUITE = re.compile(
    r"^\S+: .* suggested, .* as (?P<path>\S+):\n\n(?P<text># yaml-language-server: .*)", re.DOTALL | re.MULTILINE
)


def printed(text: str) -> tuple[str, str]:
    """Where the suggested suite should stand, and its text: everything to the end."""
    found = SUITE.search(text)
    assert found is not None, text
    return found["path"], found["text"]


def mutation(cli: Cli, app: str) -> dict[str, Any]:
    found: dict[str, Any] = cli.ok("test", app, "--mutate", "--format", "json").json["mutation"][app]
    return found


def without(cli: Cli, path: str, *tests: str) -> None:
    """Take the tests with these words in their name out of a suite."""
    document = yaml.safe_load(cli.read(path))
    kept = [test for test in document["tests"] if not any(words in test["name"] for words in tests)]
    assert len(kept) <= len(document["tests"]) - len(tests)
    cli.write(path, yaml.safe_dump({**document, "tests": kept}))


GONE = {
    "documents": (
        "tests/policies/documents/guards.yaml",
        ("on hold", "the hold is", "retention period", "the network is"),
    ),
    "refunds": ("tests/policies/refunds/authority.yaml", ("second person", "the ceiling is", "500.00")),
}


@pytest.mark.parametrize("app", GONE)
def test_what_is_printed_makes_good_for_what_was_taken_out(worked: Cli, app: str) -> None:
    path, tests = GONE[app]
    without(worked, path, *tests)
    before = mutation(worked, app)
    called = worked.run("test", app, "--suggest")
    assert called.code in {0, 4}  # the gates of the app hold here as well
    place, text = printed(called.stdout)

    worked.write(place, text)

    after = mutation(worked, app)
    assert before["killed"] < after["killed"]
    assert (after["survivors"], after["killed"]) == ([], after["of"])
    named = set(re.findall(r"# Notices (\S+) ", text))
    assert named == {survivor["id"] for survivor in before["survivors"]}
    assert worked.run("test", app, "--coverage", "--fail-under", "policy=100,clause=100,condition=100").code == 0
    assert "no case to suggest" in worked.ok("test", app, "--suggest").stdout


def test_the_suite_that_is_printed_is_in_the_house_style(worked: Cli) -> None:
    place, text = printed(worked.ok("test", "documents", "--suggest").stdout)

    worked.write(place, text)

    worked.ok("fmt", "--check")
    worked.ok("check", "documents")


def test_with_a_solver_equivalent_mutants_leave_the_score(worked: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    proved = mutation(worked, "documents")
    monkeypatch.setattr(proving, "make_solver", no_solver)
    plain = mutation(worked, "documents")

    assert proved["killed"] == plain["killed"]
    assert proved["equivalent"] > plain["equivalent"]
    assert proved["of"] < plain["of"]
    assert not any(survivor["unproven"] for survivor in (*proved["survivors"], *plain["survivors"]))


def no_solver() -> None:
    raise UsageError("no solver is installed", help="pip install 'bylaw[smt]'")


def test_without_a_solver_nothing_can_be_suggested(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "make_solver", no_solver)

    called = shop.run("test", "--suggest")

    assert called.code == 2
    assert "no solver is installed" in called.stderr
    assert "bylaw[smt]" in called.stderr


def test_without_time_survivors_stay_and_that_is_said(worked: Cli) -> None:
    called = worked.ok("test", "refunds", "--suggest", "--timeout-seconds", "0")

    assert "8 survive (8 not settled), " in called.stdout
    assert "the time of the run was up" in called.stdout
    assert "refunds: no case to suggest" in called.stdout
    assert "8 survive (8 not settled), " in worked.ok("test", "refunds", "--mutate", "--timeout-seconds", "0").stdout


def test_json_has_the_suite_as_text_and_what_each_test_is_for(worked: Cli) -> None:
    results = worked.ok("test", "documents", "--suggest", "--format", "json").json

    found = results["suggestions"]["documents"]
    assert {"tests", "coverage", "mutation", "suggestions"} <= results.keys()
    assert [test["kills"] for test in found["tests"]] == [
        [survivor["id"]] for survivor in results["mutation"]["documents"]["survivors"]
    ]
    assert yaml.safe_load(found["yaml"])["tests"] == [test["test"] for test in found["tests"]]
    assert (found["unreachable"], found["unsettled"]) == ([], [])


def test_markdown_folds_the_suite_away(worked: Cli) -> None:
    page = worked.ok("test", "documents", "--suggest", "--format", "markdown").stdout

    assert "documents: 1 case suggested, to kill 1 mutant" in page
    assert "```yaml\n# yaml-language-server" in page


def test_a_policy_that_no_case_asks_about_gets_cases(shop: Cli) -> None:
    write(
        shop.root,
        {
            "policies/shop/guards/never.cedar": (
                '@description("Nobody buys twice nothing")\n'
                "forbid (principal, action, resource) when { principal.level == 7 && principal.level < 7 };\n"
            )
        },
    )

    called = shop.ok("test", "--suggest")

    assert "`guards/never` decides in no case there could be" in called.stdout
    place, text = printed(called.stdout)
    shop.write(place, text)
    assert shop.ok("test", "--mutate", "--format", "json").json["mutation"]["shop"]["survivors"] == []


def test_two_runs_suggest_the_same(shop: Cli) -> None:
    assert shop.ok("test", "--suggest").stdout == shop.ok("test", "--suggest").stdout
