"""SARIF 2.1.0: valid against the schema, inside every limit of code scanning."""

import dataclasses
import gzip
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from bylaw.model.diagnostics import Severity
from bylaw.model.errors import InternalError
from bylaw.model.exit_codes import ExitCode
from bylaw.reporting import sarif
from bylaw.reporting.problem import Problem
from bylaw.reporting.sarif import SarifRun, render
from bylaw.reporting.sarif_values import SarifRule
from tools.github.node_packages import package
from tools.reporting import samples
from tools.reporting.strategies import hostile_text

Golden = Callable[[str, str], None]

RULE = SarifRule(
    id="unguarded-optional",
    name="unguarded-optional",
    short="an optional attribute is read without `has`",
    full="reading an attribute that is not there makes the policy error, and a policy that errors does not count",
    level=Severity.ERROR,
    help="write `has` in front of the read",
    help_markdown="write `has` in front of the read",
    url="https://example.org/rules/unguarded-optional",
    tags=("access", "cedar"),
    security_severity="8.0",
    aliases=("optional-attribute",),
)
NORMAL = SarifRun(samples.NORMAL, (RULE,), exit_code=ExitCode.FINDINGS)
EMPTY = SarifRun((), (RULE,))
CRASHED = SarifRun((), crash="broken invariant: `x`\nreport it", exit_code=ExitCode.INTERNAL_ERROR)
HOSTILE = SarifRun(samples.HOSTILE, exit_code=ExitCode.FINDINGS)
CASES = {"normal": NORMAL, "empty": EMPTY, "crashed": CRASHED, "hostile": HOSTILE}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, golden: Golden) -> None:
    golden(f"reporting/sarif_{name}.sarif", render([CASES[name]], "1.2.3"))


def schema() -> Any:
    return json.loads(package("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_it_is_valid_against_the_schema(name: str) -> None:
    jsonschema.validate(json.loads(render([CASES[name]], "1.2.3")), schema())


def test_several_runs_are_valid_against_the_schema() -> None:
    runs = [dataclasses.replace(NORMAL, category=f"bylaw/{app}/") for app in ("refunds", "documents")]
    log = json.loads(render(runs, "1.2.3"))

    jsonschema.validate(log, schema())
    assert [run["automationDetails"]["id"] for run in log["runs"]] == ["bylaw/refunds/", "bylaw/documents/"]


def only_run(run: SarifRun) -> Any:
    return json.loads(render([run], "1.2.3"))["runs"][0]


def test_each_result_has_one_location_with_all_four_numbers() -> None:
    for result in only_run(NORMAL)["results"]:
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]

        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])


def test_the_worst_come_first_and_what_does_not_count_last() -> None:
    results = only_run(NORMAL)["results"]

    assert [result["level"] for result in results] == ["error", "error", "warning", "note", "warning", "note"]
    assert [("suppressions" in result) for result in results] == [False] * 4 + [True] * 2


def test_a_suppression_carries_its_reason() -> None:
    suppressions = [result["suppressions"] for result in only_run(NORMAL)["results"] if "suppressions" in result]

    assert suppressions == [
        [{"kind": "external", "justification": "known: it is in the baseline"}],
        [{"kind": "inSource", "justification": "tracked in the plan of May"}],
    ]


def test_every_result_points_at_its_rule() -> None:
    run = only_run(NORMAL)
    rules = run["tool"]["driver"]["rules"]

    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert all(rule[key]["text"] for rule in rules for key in ("shortDescription", "fullDescription", "help"))


def fingerprints(*problems: Problem) -> list[str]:
    return [
        result["partialFingerprints"]["primaryLocationLineHash"] for result in only_run(SarifRun(problems))["results"]
    ]


def test_fingerprints_are_those_of_analysis_with_a_counter() -> None:
    assert fingerprints(samples.ERROR, samples.ERROR) == ["5f1c0de5f1c0de5f:1", "5f1c0de5f1c0de5f:2"]


def test_a_fingerprint_of_ours_does_not_change_when_lines_move() -> None:
    moved = dataclasses.replace(samples.NOTE, span=samples.at(50, 3, 50, 9))

    assert fingerprints(samples.NOTE) == fingerprints(moved)
    assert fingerprints(samples.NOTE) != fingerprints(samples.WARNING)


def test_texts_are_cut_to_their_limits() -> None:
    long = SarifRule("x", "n" * 300, "s" * 2000, "f" * 2000, tags=tuple(f"tag{index}" for index in range(30)))
    (rule,) = only_run(SarifRun((), (long,)))["tool"]["driver"]["rules"]

    assert (len(rule["name"]), len(rule["shortDescription"]["text"]), len(rule["fullDescription"]["text"])) == (
        255,
        1024,
        1024,
    )
    assert len(rule["properties"]["tags"]) == 10


def test_access_rules_have_a_security_severity_and_others_a_problem_severity() -> None:
    rules = {rule["id"]: rule["properties"] for rule in only_run(NORMAL)["tool"]["driver"]["rules"]}

    assert rules["unguarded-optional"]["security-severity"] == "8.0"
    assert rules["missing-owner"]["problem.severity"] == "recommendation"


def test_a_rule_without_texts_is_described_by_its_id() -> None:
    (rule,) = only_run(SarifRun((), (SarifRule("bare", "", "", ""),)))["tool"]["driver"]["rules"]

    assert {rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")} == {"bare"}
    assert "deprecatedIds" not in rule


def test_more_results_than_fit_are_cut_worst_last_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 5)
    run = only_run(SarifRun((*samples.many(9, Severity.NOTE), *samples.many(3, Severity.ERROR))))

    assert [result["level"] for result in run["results"]] == ["error"] * 3 + ["note"] * 2
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "7 results left out, the limit is reached"


def test_a_file_that_is_too_large_loses_results_until_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_COMPRESSED", 4000)
    text = render([SarifRun(samples.many(1000))], "1.2.3")

    assert len(gzip.compress(text.encode())) <= 4000
    assert 0 < len(json.loads(text)["runs"][0]["results"]) < 1000


def test_more_rules_than_fit_lose_those_without_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RULES", 2)
    known = tuple(SarifRule(f"a{index}", "n", "s", "f") for index in range(5))
    run = only_run(SarifRun((samples.ERROR,), known))

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["a0", "unguarded-optional"]
    assert run["results"][0]["ruleIndex"] == 1


def test_the_limits_are_those_of_code_scanning() -> None:
    assert (sarif.MAX_RUNS, sarif.MAX_RESULTS, sarif.MAX_RULES, sarif.MAX_COMPRESSED) == (
        20,
        25_000,
        25_000,
        10_000_000,
    )


def test_two_runs_of_one_category_are_our_bug() -> None:
    with pytest.raises(InternalError, match="2 SARIF runs of 1 categories"):
        render([EMPTY, EMPTY], "1")


def test_too_many_runs_are_our_bug() -> None:
    with pytest.raises(InternalError, match="limit 20"):
        render([dataclasses.replace(EMPTY, category=f"bylaw/{index}/") for index in range(21)], "1")


def test_a_crash_is_said_in_a_valid_log() -> None:
    (invocation,) = only_run(CRASHED)["invocations"]

    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "broken invariant: `x`\nreport it"


def test_the_path_of_a_file_is_a_relative_address() -> None:
    problem = dataclasses.replace(samples.ERROR, span=samples.at(1, 1, 1, 2, "policies/a b:c#d%/ü.cedar"))
    location = only_run(SarifRun((problem,)))["results"][0]["locations"][0]

    assert location["physicalLocation"]["artifactLocation"]["uri"] == "policies/a%20b%3Ac%23d%25/%C3%BC.cedar"


@settings(max_examples=50)
@given(hostile_text)
def test_no_text_makes_a_link_or_an_invalid_log(text: str) -> None:
    run = only_run(SarifRun((samples.hostile(text),), crash=text))

    assert "](" not in run["results"][0]["message"]["text"]
    assert run["results"][0]["message"]["text"]
