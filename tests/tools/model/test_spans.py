"""Positions count code points from 1; LF, CR and CRLF each end a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.spans import LineIndex, Position, Span


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("", 0, "1:1"),
        ("ab\ncd", 3, "2:1"),
        ("a\r\nb", 3, "2:1"),
        ("a\rb\nc", 4, "3:1"),
        ("é\U0001f600x", 2, "1:3"),
        ("a\u2028b", 2, "1:3"),
        ("a\n", 2, "2:1"),
    ],
)
def test_a_position(text: str, offset: int, expected: str) -> None:
    assert str(LineIndex(text).position(offset)) == expected


@given(st.text(alphabet="ab\r\n\u2028é", max_size=40))
def test_positions_grow_with_offsets(text: str) -> None:
    index = LineIndex(text)

    positions = [index.position(offset) for offset in range(len(text) + 1)]

    assert positions == sorted(positions)
    assert len(set(positions)) == len(positions)


def test_diagnostics_are_told_once_each_in_the_order_of_the_files() -> None:
    def at(path: str, line: int, severity: Severity = Severity.ERROR) -> Diagnostic:
        return Diagnostic("code", "message", Span(path, Position(line, 1), Position(line, 2)), None, severity)

    found = Diagnostics([at("b", 1), at("a", 2), at("a", 1), at("a", 2)])

    assert [str(item.span) for item in found] == ["a:1:1", "a:2:1", "b:1:1"]
    assert found.has_errors
    assert not Diagnostics([at("a", 1, Severity.WARNING)]).has_errors
