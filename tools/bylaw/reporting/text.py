"""Problems for people, as a compiler prints them.

    error[unguarded-optional]: optional attribute `limit` is read without `has`
      --> policies/refunds/limits/cap-refund.cedar:4:8
       |
     4 | when { context.input.limit < 100 };
       |        ^^^^^^^^^^^^^^^^^^^
       = help: write `context.input has limit && …`

The result is a rich `Text` that holds escaped strings only, never markup; the console that prints it decides about colour.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from rich.console import Console
from rich.text import Text

from bylaw.model.diagnostics import Severity
from bylaw.model.errors import UnsafePlanError
from bylaw.reporting.excerpt import FRAME, Excerpt
from bylaw.reporting.hostile import visible
from bylaw.reporting.problem import Problem, headline

SourceReader = Callable[[str], str | None]
"""The text of a file by its path from the repository root; none when there is none."""

DEFAULT_WIDTH: Final = 120
_MIN_WIDTH: Final = 40

STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}


def print_problems(
    console: Console,
    problems: Iterable[Problem],
    sources: Mapping[str, str],
    *,
    show_hidden: bool = False,
) -> None:
    """Print every problem that counts to `console`, one blank line after each; the headline is the caller's."""
    text = problems_text(problems, sources.get, width=console.width, show_hidden=show_hidden)
    if text:
        console.print(text, end="", soft_wrap=True)


def problems_text(
    problems: Iterable[Problem],
    read: SourceReader,
    *,
    width: int = DEFAULT_WIDTH,
    show_hidden: bool = False,
) -> Text:
    """Every problem that counts, in order of place.

    Args:
        problems: In any order.
        read: Gives the source for the excerpts.
        width: Columns to fit source lines into.
        show_hidden: Show suppressed and known problems as well, with their reason.
    """
    sources = _Lines(read)
    result = Text()
    for row in sorted(problems, key=lambda row: row.sort_key):
        if row.active or show_hidden:
            result.append_text(problem_text(row, sources.of(row), width=width)).append("\n")
    return result


def headline_text(problems: Iterable[Problem], noun: str = "problem") -> Text:
    """The headline in the colour of the worst problem that counts."""
    rows = tuple(problems)
    worst = min((row.severity for row in rows if row.active), key=lambda severity: severity.rank, default=None)
    return Text(headline(rows, noun), style=STYLES[worst] if worst else "bold green")


def problem_text(problem: Problem, lines: list[str] | None, *, width: int = DEFAULT_WIDTH) -> Text:
    """One problem with its source excerpt; ends with a line break."""
    result = Text()
    result.append(f"{problem.severity}[{visible(problem.code)}]", style=STYLES[problem.severity])
    result.append(": ").append(visible(problem.message), style="bold").append("\n")
    gutter = len(str(problem.span.end.line)) if problem.span else 1
    if problem.span is not None:
        result.append(f"{' ' * gutter} --> ", style=FRAME).append(
            f"{visible(problem.span.path)}:{problem.span.start}\n"
        )
        if lines is not None:
            excerpt = Excerpt(lines, problem.span, width=max(width, _MIN_WIDTH), mark=STYLES[problem.severity])
            result.append_text(excerpt.text())
    for label, value in _remarks(problem):
        # Only here a remark has lines: those to paste, made of ids whose grammar holds no line break.
        first, *more = value.strip().split("\n") if problem.code == UnsafePlanError.code else [value]
        result.append(f"{' ' * gutter} = ", style=FRAME).append(f"{label}: ", style="bold").append(
            f"{visible(first)}\n"
        )
        for line in more:
            result.append(f"{' ' * gutter}   {visible(line)}\n")
    return result


def _remarks(problem: Problem) -> list[tuple[str, str]]:
    remarks = (
        ("help", problem.help),
        ("docs", problem.url),
        ("suppressed", problem.suppressed_reason),
        ("baseline", "known" if problem.baselined else None),
    )
    return [(label, value) for label, value in remarks if value is not None]


class _Lines:
    """The lines of the file read last; problems come sorted by file, so one is enough."""

    def __init__(self, read: SourceReader) -> None:
        self._read = read
        self._path: str | None = None
        self._lines: list[str] | None = None

    def of(self, problem: Problem) -> list[str] | None:
        """The lines of the file that `problem` is about."""
        if problem.span is None:
            return None
        if problem.span.path != self._path:
            self._path = problem.span.path
            source = self._read(self._path)
            self._lines = None if source is None else split_lines(source)
        return self._lines


def split_lines(source: str) -> list[str]:
    """The lines as positions count them: LF, CR and CRLF each end one."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
