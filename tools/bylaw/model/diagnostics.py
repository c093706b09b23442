"""What is wrong with an input, where, and what to do about it.

A diagnostic is a value. Readers collect as many as they can and hand them back beside whatever they could read; an exception
(`bylaw.model.errors`) means that the tool could not do its job.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bylaw.model.spans import Position, Span


class Severity(StrEnum):
    """How bad it is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    def at_least(self, other: "Severity") -> bool:
        """Whether this is as bad as `other`, or worse."""
        return self.rank <= other.rank


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One sentence about one place.

    `code` is stable and kebab-case. `message` is lower case, one line, user input in backticks, no full stop. `help` says the next
    action.
    """

    code: str
    message: str
    span: Span | None = None
    help: str | None = None
    severity: Severity = Severity.ERROR

    @property
    def sort_key(self) -> tuple[str, Position, int, str, str]:
        """By file, place, severity, code, message."""
        path, start = (self.span.path, self.span.start) if self.span else ("", Position(0, 0))
        return (path, start, self.severity.rank, self.code, self.message)


class Diagnostics:
    """Collects diagnostics; reading it gives them deduplicated and sorted by file, line and column."""

    def __init__(self, initial: Iterable[Diagnostic] = ()) -> None:
        self._items: dict[Diagnostic, None] = dict.fromkeys(initial)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(self._items, key=lambda item: item.sort_key))

    def __len__(self) -> int:
        return len(self._items)

    def add(self, *items: Diagnostic) -> None:
        """Take `items` in."""
        self._items.update(dict.fromkeys(items))

    def extend(self, items: Iterable[Diagnostic]) -> None:
        """Take all of `items` in."""
        self._items.update(dict.fromkeys(items))

    @property
    def has_errors(self) -> bool:
        """Whether anything in here is an error."""
        return any(item.severity is Severity.ERROR for item in self._items)
