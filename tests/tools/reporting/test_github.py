"""Annotations, step summary, sticky comment, outputs."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given

from bylaw.model.diagnostics import Severity
from bylaw.model.errors import InternalError
from bylaw.model.spans import Span
from bylaw.reporting import markdown
from bylaw.reporting.github import CommentAbout, annotation, annotations, comment, log, marker, outputs, summary
from bylaw.reporting.problem import Problem
from bylaw.reporting.sections import Priority, Section
from tools.reporting import samples
from tools.reporting.strategies import TOKEN, hostile_text

Golden = Callable[[str, str], None]

ABOUT = CommentAbout(
    kind="checks",
    commit="0123456789abcdef0123456789abcdef01234567",
    base="fedcba9876543210fedcba9876543210fedcba98",
    when="2026-03-02T09:00:00Z",
    target="prod-eu",
    plan_hash="5f1c0de5f1c0",
    run_url="https://example.org/runs/1",
)


def test_ordinary_problems(golden: Golden) -> None:
    golden("reporting/github_normal.txt", log("2 problems\n", samples.NORMAL, TOKEN))


def test_nothing_to_say(golden: Golden) -> None:
    golden("reporting/github_empty.txt", log("no problems", (), TOKEN))


def test_more_than_are_kept(golden: Golden) -> None:
    problems = samples.many(25, Severity.ERROR) + samples.many(11) + samples.many(3, Severity.NOTE)

    golden("reporting/github_over_the_limit.txt", annotations(problems, elsewhere="the step summary"))


def test_hostile_problems(golden: Golden) -> None:
    golden("reporting/github_hostile.txt", log("\n".join(samples.PAYLOADS), samples.HOSTILE, TOKEN))


def test_a_crash(golden: Golden) -> None:
    crash = Problem("internal-error", Severity.ERROR, "broken invariant in bylaw 1.2.3", help="run again and report it")

    golden("reporting/github_crashed.txt", log("internal error\n", [crash], TOKEN))


def test_ten_of_each_level_are_kept() -> None:
    lines = annotations(samples.many(25, Severity.ERROR) + samples.many(11)).splitlines()

    assert Counter(line.split(" ")[0] for line in lines[:-1]) == {"::error": 10, "::warning": 10}
    assert lines[-1] == "16 more problems without annotation: see the text above"


def test_places_in_the_diff_come_before_others() -> None:
    lines = annotations(samples.many(25), in_diff=lambda span: span.start.line > 20).splitlines()

    assert [int(re.findall("line=([0-9]+)", line)[0]) for line in lines[:10]] == [21, 22, 23, 24, 25, 1, 2, 3, 4, 5]


def test_what_does_not_count_is_not_annotated() -> None:
    assert annotations([samples.SUPPRESSED, samples.BASELINED]) == ""


@pytest.mark.parametrize(
    ("span", "place"),
    [
        (samples.at(3, 5, 3, 9, "a"), "file=a,line=3,endLine=3,col=5,endColumn=8"),
        (samples.at(3, 5, 3, 5, "a"), "file=a,line=3,endLine=3,col=5,endColumn=5"),
        (samples.at(3, 5, 6, 2, "a"), "file=a,line=3,endLine=6"),
        (samples.at(3, 5, 6, 1, "a"), "file=a,line=3,endLine=5"),
        (samples.at(3, 5, 4, 1, "a"), "file=a,line=3,endLine=3,col=5"),
    ],
)
def test_a_place_has_columns_only_on_one_line(span: Span, place: str) -> None:
    assert annotation(dataclasses.replace(samples.WARNING, span=span)).startswith(f"::warning {place},title=")


@given(hostile_text)
def test_a_problem_is_one_line_whatever_it_says(text: str) -> None:
    rendered = annotations([samples.hostile(text)])

    assert len(re.split("\r\n|\r|\n", rendered)) == 2
    assert rendered.startswith("::error file=")
    assert rendered.count("::error ") - text.count("::error ") * 3 <= 1
    assert "##[" not in rendered


def big(rows: int) -> list[Section]:
    return [
        markdown.verdict(ok=False, text="12 findings"),
        markdown.findings(samples.many(20)),
        Section(Priority.DETAILS, "all of it", tuple("y" * 100 for _ in range(rows)), ("```",), ("```",), folded=True),
    ]


def test_a_summary_stays_under_its_budget_and_says_what_was_cut() -> None:
    page = summary(big(20_000), elsewhere="the `bylaw-report` artifact")

    assert len(page.encode()) <= 900 * 1024
    assert "rows left out; the `bylaw-report` artifact has all._" in page
    assert page.count("`untested-policy`") == 20


def test_a_comment_stays_under_its_limit_with_the_marker_on_the_first_line() -> None:
    body = comment(ABOUT, big(2000))

    assert len(body) <= 60_000
    assert body.splitlines()[0] == "<!-- bylaw:checks:prod-eu -->"


def test_an_ordinary_comment(golden: Golden) -> None:
    golden("reporting/github_comment.md", comment(ABOUT, big(2)))


def test_a_comment_says_what_it_is_about() -> None:
    body = comment(ABOUT, [])

    for part in (ABOUT.commit, ABOUT.base, ABOUT.plan_hash, ABOUT.when, ABOUT.run_url):
        assert part in body


def test_a_comment_links_nothing_but_a_run() -> None:
    body = comment(dataclasses.replace(ABOUT, run_url="javascript:alert(1)"), [])

    assert "javascript" not in body


@pytest.mark.parametrize(("kind", "target"), [("a -->", ""), ("", ""), ("checks", "x --> y"), ("checks", "A\n")])
def test_a_marker_is_made_of_names(kind: str, target: str) -> None:
    with pytest.raises(InternalError):
        marker(kind, target)


def test_outputs_are_sorted_and_delimited() -> None:
    assert outputs({"verdict": "narrows", "changed": "true"}, TOKEN) == (
        f"changed<<{TOKEN}\ntrue\n{TOKEN}\nverdict<<{TOKEN}\nnarrows\n{TOKEN}\n"
    )
