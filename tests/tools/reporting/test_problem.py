"""The common row, its counts and its headline."""

from datetime import date

from bylaw.analysis.finding import Confidence, Finding, Suppression, SuppressionKind
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.reporting.problem import Counts, Problem, count, from_diagnostic, from_error, from_finding, headline
from tools.reporting import samples


def test_a_diagnostic_becomes_a_problem() -> None:
    diagnostic = Diagnostic(
        "unknown-key", "unknown key `naem`", samples.at(1, 1, 1, 5), "did you mean `name`?", Severity.WARNING
    )

    assert from_diagnostic(diagnostic) == Problem(
        "unknown-key", Severity.WARNING, "unknown key `naem`", samples.at(1, 1, 1, 5), "did you mean `name`?"
    )


def test_an_error_becomes_the_problems_it_carries() -> None:
    diagnostics = [Diagnostic("a", "first"), Diagnostic("b", "second")]

    assert [row.code for row in from_error(InvalidInputError(diagnostics))] == ["a", "b"]
    assert from_error(UsageError("no target `x`", help="see `targets`")) == (
        Problem("usage", Severity.ERROR, "no target `x`", help="see `targets`"),
    )


def finding(*, suppressed: Suppression | None = None, baselined: bool = False) -> Finding:
    return Finding(
        rule="todo-left",
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        message="a comment says TODO",
        span=samples.at(1, 1, 1, 5),
        help=None,
        policy=samples.ERROR.policy,
        fingerprint="abc",
        suppressed=suppressed,
        baselined=baselined,
    )


def test_a_finding_becomes_a_problem_with_the_page_of_its_rule() -> None:
    row = from_finding(finding(baselined=True), "https://example.org/todo-left")

    assert (row.code, row.fingerprint, row.url) == ("todo-left", "abc", "https://example.org/todo-left")
    assert row.baselined
    assert not row.active


def test_a_suppressed_finding_keeps_its_reason() -> None:
    suppression = Suppression(
        "todo-left", "done in May", samples.at(1, 1, 1, 9), SuppressionKind.COMMENT, None, date(2026, 5, 1)
    )
    row = from_finding(finding(suppressed=suppression))

    assert row.suppressed_reason == "done in May"
    assert not row.active


def test_what_does_not_count_is_counted_apart() -> None:
    both = Problem("x", Severity.ERROR, "x", suppressed_reason="because", baselined=True)

    assert count([*samples.NORMAL, both]) == Counts(errors=2, warnings=1, notes=1, suppressed=2, baselined=1)


def test_the_headline_says_it_in_one_line() -> None:
    assert headline(samples.NORMAL) == "4 problems (2 errors, 1 warning, 1 note), 1 suppressed, 1 in baseline"
    assert headline([], "finding") == "no findings"
    assert headline([samples.BASELINED], "finding") == "no findings, 1 in baseline"
    assert headline([samples.ERROR]) == "1 problem (1 error)"
    assert headline(samples.many(1234), "finding") == "1,234 findings (1,234 warnings)"


def test_limits_keep_the_worst_first() -> None:
    ordered = sorted(samples.NORMAL, key=lambda row: row.worst_first)

    assert [row.severity.rank for row in ordered] == sorted(row.severity.rank for row in samples.NORMAL)
