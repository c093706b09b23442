"""Places in files: positions, spans, and the index that turns offsets into them.

Lines and columns are 1-based and count code points, as SARIF, GitHub annotations and editors do. LF, CR and CRLF each end a
line. The end of a span is exclusive.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\r|\n")


class Position(NamedTuple):
    """A place in a text."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Span(NamedTuple):
    """A range of a file; `path` is relative to the repository root, with forward slashes."""

    path: str
    start: Position
    end: Position

    def __str__(self) -> str:
        return f"{self.path}:{self.start}"


class LineIndex:
    """Turns code-point offsets of one text into positions."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def position(self, offset: int) -> Position:
        """The position of `offset`."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def span(self, path: str, start: int, end: int) -> Span:
        """The span of the range `start`..`end` (exclusive) of the file at `path`."""
        return Span(path, self.position(start), self.position(end))


def whole_file(path: str) -> Span:
    """The span that stands for a file as a whole: its first character."""
    return Span(path, Position(1, 1), Position(1, 1))
