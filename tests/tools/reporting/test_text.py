"""Problems as people read them on a terminal."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bylaw.model.diagnostics import Severity
from bylaw.model.spans import Position, Span
from bylaw.reporting.problem import Problem
from bylaw.reporting.text import headline_text, print_problems, problem_text, problems_text
from tools.reporting import samples
from tools.reporting.strategies import hostile_text

Golden = Callable[[str, str], None]
SOURCES = {samples.PATH: samples.SOURCE}


def plain(*problems: Problem, width: int = 100, show_hidden: bool = False) -> str:
    return problems_text(problems, SOURCES.get, width=width, show_hidden=show_hidden).plain


def test_ordinary_problems(golden: Golden) -> None:
    golden("reporting/text_normal.txt", plain(*samples.NORMAL))


def test_hidden_problems_are_shown_with_their_reason_on_request(golden: Golden) -> None:
    golden("reporting/text_hidden.txt", plain(samples.SUPPRESSED, samples.BASELINED, show_hidden=True))


def test_hostile_problems(golden: Golden) -> None:
    golden("reporting/text_hostile.txt", plain(*samples.HOSTILE))


def test_nothing_to_say_prints_nothing() -> None:
    assert plain() == ""
    assert headline_text(()).plain == "no problems"


def carets(source: str, span: Span, width: int = 60) -> list[str]:
    problem = Problem("x", Severity.ERROR, "x", span)
    shown = problem_text(problem, source.split("\n"), width=width).plain
    return [line.partition("|")[2][1:] for line in shown.split("\n")[3:5]]


def test_carets_stand_under_wide_characters_tabs_and_escapes() -> None:
    line = 'a\t"日本\u202e" b'

    assert carets(line, samples.at(1, 3, 1, 8)) == ['a    "日本\\u{202e}" b', "     " + "^" * 14]


def test_a_long_line_is_cut_around_the_span() -> None:
    shown, marks = carets("x" * 5000 + "abc" + "y" * 5000, samples.at(1, 5001, 1, 5004))

    assert shown[marks.index("^") : marks.index("^") + 3] == "abc"
    assert marks.count("^") == 3
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= 60


def test_a_span_longer_than_the_screen_is_marked_as_far_as_it_is_seen() -> None:
    shown, marks = carets("x" * 500, samples.at(1, 100, 1, 400))

    assert len(marks) <= len(shown) <= 60


def test_a_place_behind_the_end_of_the_file_is_shown_at_its_end() -> None:
    assert carets("a", samples.at(9, 9, 9, 12)) == ["a", " ^"]


def test_a_long_span_shows_its_first_and_last_lines(golden: Golden) -> None:
    source = "\n".join(f"line {number}" for number in range(1, 30))
    problem = Problem("x", Severity.NOTE, "from here to there", samples.at(3, 1, 28, 5))

    golden("reporting/text_long_span.txt", problem_text(problem, source.split("\n")).plain)


def test_a_span_that_ends_before_a_line_does_not_show_it() -> None:
    problem = Problem("x", Severity.NOTE, "x", samples.at(1, 1, 3, 1))

    assert "third" not in problem_text(problem, ["first", "second", "third"]).plain


def test_problems_without_a_source_are_printed_without_an_excerpt() -> None:
    assert problems_text([samples.ERROR], lambda _: None).plain.count("|") == 0


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
def test_lines_end_where_positions_say(newline: str) -> None:
    source = newline.join(["one", "two", "three"])
    problem = Problem("x", Severity.NOTE, "x", samples.at(2, 1, 2, 4, "a"))

    assert "2 | two\n  | ^^^\n" in problems_text([problem], {"a": source}.get).plain


def test_a_console_without_colour_gets_text_without_escapes() -> None:
    stream = io.StringIO()
    print_problems(Console(file=stream, width=80, highlight=False), samples.NORMAL + samples.HOSTILE, SOURCES)

    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue() == plain(*samples.NORMAL, *samples.HOSTILE, width=80)


def test_a_console_with_nothing_to_print_stays_silent() -> None:
    stream = io.StringIO()
    print_problems(Console(file=stream), [samples.SUPPRESSED], SOURCES)

    assert stream.getvalue() == ""


def test_a_terminal_gets_colour() -> None:
    stream = io.StringIO()
    print_problems(
        Console(file=stream, width=80, force_terminal=True, color_system="standard"), [samples.ERROR], SOURCES
    )

    assert "\x1b[1;31merror[unguarded-optional]\x1b[0m" in stream.getvalue()


positions = st.builds(Position, st.integers(1, 12), st.integers(1, 40))


@given(hostile_text, positions, positions, st.integers(1, 90))
def test_any_span_of_any_source_can_be_shown(source: str, start: Position, end: Position, width: int) -> None:
    problem = Problem("x", Severity.ERROR, "x", Span("a", min(start, end), max(start, end)))
    shown = problems_text([problem], {"a": source}.get, width=width).plain

    assert all(cell_len(line) <= max(width, 40) for line in shown.split("\n"))
    assert shown.isascii() or shown.replace("\n", "").isprintable()


@given(hostile_text)
def test_no_text_reaches_the_terminal_unescaped(text: str) -> None:
    problem = Problem(text, Severity.ERROR, text, samples.at(1, 1, 1, 2, text), text, url=text, suppressed_reason=text)
    shown = problems_text([problem], {text: text}.get, show_hidden=True).plain

    assert shown.replace("\n", "").isprintable()
