"""The parts of a Markdown report, and the cut that fits them into a limit.

A forge drops a summary or refuses a comment that is too long, as a whole. So every part says how much it matters and where it
may be cut: the least important part loses rows from its end first, and says how many and where all of them are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from bylaw.reporting.problem import amount


class Priority(IntEnum):
    """The order on the page; the last is cut first, the first never."""

    VERDICT = 0
    ACCESS = 1
    REPLAY = 2
    FINDINGS = 3
    TESTS = 4
    PLAN = 5
    DETAILS = 6


@dataclass(frozen=True, slots=True)
class Section:
    """One part. All text in it is safe Markdown already."""

    priority: Priority
    title: str
    """A heading, or the summary line of a folded part; may be empty."""
    rows: tuple[str, ...] = ()
    """Lines between which the part may be cut: table rows, list items, lines of a block."""
    lead: tuple[str, ...] = ()
    """Lines in front of the rows, kept as long as the part is there: a sentence, a table header, the start of a block."""
    tail: tuple[str, ...] = ()
    """Lines behind the rows: the end of a block."""
    folded: bool = False
    left_out: int = 0
    """How many rows were cut."""


Measure = Callable[[str], int]


def utf8_bytes(text: str) -> int:
    """The measure of step summaries."""
    return len(text.encode(errors="replace"))


DEFAULT_ELSEWHERE: Final = "the report artifact of this run"


def assemble(
    sections: Iterable[Section],
    *,
    limit: int | None = None,
    measure: Measure = utf8_bytes,
    elsewhere: str = DEFAULT_ELSEWHERE,
) -> str:
    """The page, in order of priority; ends with a line break.

    Args:
        sections: In any order; those of one priority keep theirs.
        limit: How long the page may be; none for no limit.
        measure: What `limit` counts.
        elsewhere: Where the rows that were cut can be read, as safe Markdown.
    """
    parts = sorted(sections, key=lambda section: section.priority)
    if limit is not None:
        parts = _fitted(parts, limit, measure, elsewhere)
    return _page(parts, elsewhere)


def _page(parts: Iterable[Section], elsewhere: str) -> str:
    return "".join(_render(part, elsewhere) for part in parts).rstrip("\n") + "\n"


def _fitted(parts: list[Section], limit: int, measure: Measure, elsewhere: str) -> list[Section]:
    """`parts` cut from the end until the page fits: rows first, then whole bodies. The first part is never cut."""
    fitted = list(parts)
    for shrink in (_fewer_rows, _no_body):
        for index in range(len(fitted) - 1, 0, -1):
            over = measure(_page(fitted, elsewhere)) - limit
            if over <= 0:
                return fitted
            room = measure(_render(fitted[index], elsewhere)) - over
            fitted[index] = shrink(fitted[index], room, lambda part: measure(_render(part, elsewhere)))
    return fitted


def _fewer_rows(part: Section, room: int, size: Callable[[Section], int]) -> Section:
    """`part` with as many rows as fit into `room`; without any when none does."""
    low, high = 0, len(part.rows)
    while low < high:
        middle = (low + high + 1) // 2
        if size(_kept(part, middle)) <= room:
            low = middle
        else:
            high = middle - 1
    return _kept(part, low)


def _kept(part: Section, number: int) -> Section:
    return replace(part, rows=part.rows[:number], left_out=part.left_out + len(part.rows) - number)


def _no_body(part: Section, _room: int, _size: Callable[[Section], int]) -> Section:
    return replace(part, rows=(), lead=(), tail=(), left_out=max(1, part.left_out + len(part.rows)))


def _render(part: Section, elsewhere: str) -> str:
    body = [*part.lead, *part.rows, *part.tail]
    if part.left_out:
        body += ["", f"_{amount(part.left_out, 'row')} left out; {elsewhere} has all._"]
    if part.folded:
        lines = ["<details>", f"<summary>{part.title}</summary>", "", *body, "", "</details>", ""]
    else:
        lines = [*([f"### {part.title}", ""] if part.title else []), *body, ""]
    return "".join(f"{line}\n" for line in lines)
