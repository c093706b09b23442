"""The source lines that a span covers, with the span marked underneath or beside.

One line gets carets. Several lines get a rule at the left, and a long middle is left out. Lines wider than the terminal are cut
around the span. Columns are those of a terminal: a tab is four blanks, a wide character two, an invisible one its escape.
"""

from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from bylaw.model.spans import Span
from bylaw.reporting.hostile import visible

FRAME: Final = "blue"
_TAB: Final = " " * 4
_CUT: Final = "…"
_MOST_LINES: Final = 6
"""A span over more lines is shown by its first and last few."""
_ENDS: Final = 2


class _Window(NamedTuple):
    """The visible part of a line, with the marked part in terminal columns."""

    text: str
    before: int
    marked: int


class Excerpt:
    """What is printed under the place of a problem."""

    def __init__(self, lines: list[str], span: Span, *, width: int, mark: str) -> None:
        last = len(lines)
        self._lines = lines
        self._first = min(span.start.line, last)
        # A span that ends before the first character of a line does not cover that line.
        ends_before = span.end.line > span.start.line and span.end.column == 1
        self._last = max(self._first, min(span.end.line - ends_before, last))
        self._start = span.start.column
        self._end = len(lines[self._last - 1]) + 1 if ends_before or span.end.line > last else span.end.column
        self._gutter = len(str(span.end.line))
        self._budget = width - self._gutter - len(" |   ")
        self._mark = mark

    def text(self) -> Text:
        """The excerpt; every line ends with a line break."""
        result = Text()
        self._row(result, "", "")
        if self._first == self._last:
            self._one_line(result)
        else:
            self._several_lines(result)
        return result

    def _one_line(self, result: Text) -> None:
        window = _window(self._lines[self._first - 1], self._start, self._end, self._budget)
        self._row(result, str(self._first), window.text)
        self._row(result, "", f"{' ' * window.before}{'^' * window.marked}", style=self._mark)

    def _several_lines(self, result: Text) -> None:
        room = self._budget - len("| ")
        end = _window(self._lines[self._last - 1], self._end - 1, self._end, room)
        for number in self._shown_numbers():
            if number is None:
                result.append("...\n", style=FRAME)
                continue
            window = end if number == self._last else _window(self._lines[number - 1], 1, 1, room)
            self._row(result, str(number), f"{'/' if number == self._first else '|'} {window.text}".rstrip())
        self._row(result, "", f"|_{'_' * end.before}^", style=self._mark)

    def _shown_numbers(self) -> list[int | None]:
        numbers: list[int | None] = list(range(self._first, self._last + 1))
        if len(numbers) <= _MOST_LINES:
            return numbers
        return [*numbers[: _MOST_LINES - _ENDS], None, *numbers[-_ENDS:]]

    def _row(self, result: Text, number: str, content: str, style: str = "") -> None:
        result.append(f"{number:>{self._gutter}} |", style=FRAME)
        result.append(f" {content}" if content else "", style=style).append("\n")


def _window(line: str, start: int, end: int, budget: int) -> _Window:
    """Cut `line` around the columns `start`..`end` (1-based, exclusive) so that it fits into `budget` terminal columns."""
    first = min(max(start - 1, 0), len(line))
    last = min(max(end - 1, first + 1), max(len(line), first + 1))
    left, right = _cut(line, first, budget)
    cells = [_cell(char) for char in line[left:right]]
    head = _CUT if left else ""
    before = cell_len(head) + sum(map(cell_len, cells[: first - left]))
    marked = sum(map(cell_len, cells[first - left : last - left]))
    tail = _CUT if right < len(line) else ""
    return _Window(f"{head}{''.join(cells)}{tail}".rstrip(), before, max(1, marked))


def _cut(line: str, first: int, budget: int) -> tuple[int, int]:
    """Which characters of `line` to show: all, or those around `first` with a third of the room before it."""
    if len(line) <= budget and sum(cell_len(_cell(char)) for char in line) <= budget:
        return 0, len(line)
    room = budget - 2 * len(_CUT)
    left = first - _fitting(line[max(0, first - room) : first][::-1], room // 3)
    return left, left + _fitting(line[left : left + room], room)


def _fitting(text: str, room: int) -> int:
    """How many characters from the start of `text` fit into `room` columns."""
    for number, char in enumerate(text):
        room -= cell_len(_cell(char))
        if room < 0:
            return number
    return len(text)


def _cell(char: str) -> str:
    return _TAB if char == "\t" else visible(char)
