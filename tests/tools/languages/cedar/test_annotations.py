"""Annotations of ours say what they say, or it is told that they do not."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.languages.cedar.annotations import annotation_problems, parse_moment
from bylaw.languages.cedar.escapes import quote
from bylaw.model.diagnostics import Severity
from bylaw.model.effects import Mode
from tools.languages.cedar.marked import PATH, Marked, compare, marked_cases, policy_of

REST = "permit (principal, action, resource);"


ALL = f"""
    @description("Refunds up to a limit.")
    @owner("team-refunds")
    @enforcement("log_only")
    @expires("2027-06-30")
    @severity("high")
    @ignore("todo-left: ticket 4; see there; long-or-chain until 2027-01-01: generated")
    @id("cap")
    @ticket
    {REST}"""


@pytest.mark.parametrize("case", marked_cases("annotations"))
def test_a_malformed_annotation_is_told_where_it_stands(case: Marked) -> None:
    compare(annotation_problems(policy_of(case.plain)), case, PATH)


@pytest.mark.parametrize("text", [REST, ALL])
def test_annotations_in_order_are_not_spoken_of(text: str) -> None:
    assert annotation_problems(policy_of(text)) == ()


@pytest.mark.parametrize("name", ["id", "note", "team", "ticket", "version", "reviewed_by", "x"])
def test_names_of_the_author_are_left_alone(name: str) -> None:
    assert annotation_problems(policy_of(f'@{name}("x")\n{REST}')) == ()


def test_a_misspelt_name_is_a_warning() -> None:
    (found,) = annotation_problems(policy_of(f'@enforcment("log_only")\n{REST}'))

    assert found.severity is Severity.WARNING


MOMENTS = {
    "2027-06-30": datetime(2027, 6, 30, 23, 59, 59, 999999, UTC),
    "2027-06-30T12:00:00Z": datetime(2027, 6, 30, 12, tzinfo=UTC),
    "2027-06-30T12:00:00.5Z": datetime(2027, 6, 30, 12, 0, 0, 500000, UTC),
    "2027-06-30T12:00:00+02:00": datetime(2027, 6, 30, 12, tzinfo=timezone(timedelta(hours=2))),
    "2024-02-29": datetime(2024, 2, 29, 23, 59, 59, 999999, UTC),
    "2023-02-29": None,
    "2027-06-30T24:00:00Z": None,
    "2027-06-30 12:00:00Z": None,
    "20270630": None,
    "0001-01-01T00:00:00+14:00": None,
    "9999-12-31T23:59:59-14:00": None,
    "": None,
}


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_moments_are_dates_or_times_with_an_offset(text: str, moment: datetime | None) -> None:
    assert parse_moment(text) == moment


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_python_writes_as_rfc_3339_is_read(moment: datetime) -> None:
    assert parse_moment(moment.isoformat()) == moment


@given(st.text())
def test_any_text_is_a_value_or_a_diagnostic(text: str) -> None:
    names = ("enforcement", "expires", "severity", "ignore", "owner")
    annotations = "\n".join(f"@{name}({quote(text)})" for name in names)

    problems = annotation_problems(policy_of(f"{annotations}\n{REST}"))

    assert all(problem.span and "\n" not in problem.message for problem in problems)
    assert len(problems) == sum(
        (text not in set(Mode), parse_moment(text) is None, text not in {"critical", "high", "medium", "low"})
    )
