"""Where a suppression reaches, and when it counts."""

from datetime import date

import pytest

from bylaw.analysis.finding import Hit, Suppression, SuppressionKind
from bylaw.analysis.suppression import in_force, policy_suppressions, yaml_suppressions
from bylaw.model.spans import Position, Span
from tools.analysis import casefile
from tools.analysis.casefile import TODAY, Case

PERMIT = "permit (principal, action, resource);\n"


def found(text: str) -> list[tuple[str, str, tuple[int, int] | None, date | None]]:
    policy = casefile.policy("area/policy", text)
    return [(s.rule, s.reason, s.lines, s.until) for s in policy_suppressions(policy)]


def test_a_comment_alone_covers_the_next_line_of_code() -> None:
    text = "// bylaw: allow some-rule -- because\n\n// more\n" + PERMIT

    assert found(text) == [("some-rule", "because", (1, 4), None)]


def test_a_comment_beside_code_covers_its_line() -> None:
    text = "permit (principal, action, resource)\nwhen { context.a }; // bylaw: allow some-rule -- because\n"

    assert found(text) == [("some-rule", "because", (2, 2), None)]


def test_a_comment_above_annotations_reaches_the_effect() -> None:
    text = '// bylaw: allow some-rule -- because\n@description("x")\n@owner("y")\n' + PERMIT

    assert found(text) == [("some-rule", "because", (1, 4), None)]


def test_a_comment_between_annotations_reaches_the_effect() -> None:
    text = '@description("x")\n// bylaw: allow some-rule -- because\n@owner("y")\n' + PERMIT

    assert found(text) == [("some-rule", "because", (2, 4), None)]


def test_a_comment_inside_a_clause_covers_one_line() -> None:
    text = "permit (principal, action, resource)\nwhen {\n  // bylaw: allow some-rule -- because\n  context.a &&\n  context.b\n};\n"

    assert found(text) == [("some-rule", "because", (3, 4), None)]


def test_a_comment_at_the_end_of_the_file_covers_itself() -> None:
    assert found(PERMIT + "// bylaw: allow some-rule -- because") == [("some-rule", "because", (2, 2), None)]


def test_one_comment_names_several_rules_and_a_date() -> None:
    text = "// bylaw: allow one, other-rule until 2026-06-30 -- until then\n" + PERMIT

    assert found(text) == [
        ("one", "until then", (1, 2), date(2026, 6, 30)),
        ("other-rule", "until then", (1, 2), date(2026, 6, 30)),
    ]


def test_an_annotation_covers_the_policy() -> None:
    text = '@ignore("one: because; of this; other-rule until 2026-06-30: and that")\n' + PERMIT

    assert found(text) == [
        ("one", "because; of this", None, None),
        ("other-rule", "and that", None, date(2026, 6, 30)),
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "// bylaw: ignore some-rule",
        "// bylaw: allow",
        "// bylaw: allow Some_Rule -- x",
        "// bylaw: allow a until soon -- x",
        "// bylaw: allow a until 2026-13-01 -- x",
    ],
)
def test_what_is_no_suppression_names_no_rule(comment: str) -> None:
    assert found(f"{comment}\n{PERMIT}") == [("", "", (1, 2), None)]


def test_a_string_is_no_comment() -> None:
    assert found('permit (principal, action, resource) when { context.a == "// bylaw: allow x -- y" };\n') == []


def test_yaml_comments_suppress_as_well() -> None:
    text = "app: desk\n# bylaw: allow one -- because\n\nschema: x # bylaw: allow two -- also\nurl: a#bylaw: allow three -- no\n"

    suppressions = yaml_suppressions(text, "policies/desk/app.yaml")

    assert [(s.rule, s.lines) for s in suppressions] == [("one", (2, 4)), ("two", (4, 4))]


def suppression(reason: str = "because", until: date | None = None) -> Suppression:
    span = Span("a.cedar", Position(2, 1), Position(2, 9))
    return Suppression("some-rule", reason, span, SuppressionKind.COMMENT, (2, 4), until)


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (suppression(), True),
        (suppression(reason=""), False),
        (suppression(until=TODAY), True),
        (suppression(until=date(2026, 2, 28)), False),
    ],
)
def test_a_suppression_needs_a_reason_and_time_left(candidate: Suppression, *, expected: bool) -> None:
    assert in_force(candidate, TODAY) is expected


@pytest.mark.parametrize(
    ("rule", "path", "line", "expected"),
    [
        ("some-rule", "a.cedar", 2, True),
        ("some-rule", "a.cedar", 4, True),
        ("some-rule", "a.cedar", 5, False),
        ("some-rule", "b.cedar", 3, False),
        ("other", "a.cedar", 3, False),
    ],
)
def test_a_suppression_covers_its_rule_in_its_lines(rule: str, path: str, line: int, *, expected: bool) -> None:
    hit = Hit(rule, "x", Span(path, Position(line, 3), Position(line, 9)), "x")

    assert suppression().covers(hit) is expected


def test_a_suppressed_finding_is_listed_with_its_reason() -> None:
    source = "// bylaw: allow unconditional-permit -- the kill switch is elsewhere\n" + PERMIT

    report, _ = casefile.report("unconditional-permit", Case(name="suppressed", source=source))

    (finding,) = report.suppressed
    assert report.active == ()
    assert finding.suppressed is not None
    assert finding.suppressed.reason == "the kill switch is elsewhere"
    assert report.headline == "0 findings, 1 suppressed"


@pytest.mark.parametrize("comment", ["", " until 2026-01-01 -- late"])
def test_a_suppression_without_reason_or_past_its_date_hides_nothing(comment: str) -> None:
    source = f"// bylaw: allow unconditional-permit{comment}\n{PERMIT}"

    report, _ = casefile.report("unconditional-permit", Case(name="no effect", source=source))

    assert len(report.active) == 1
