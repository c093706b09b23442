"""From a place in the text of a YAML scalar back to its place in the file, so that a text in another language is diagnosed there.

Folding, indentation and chomping change nothing but white space, whatever the style of the scalar; quotes add escapes. So the
characters that are not blank correspond one to one, and where they turn out not to, the scalar as a whole is the place.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from bylaw.model.spans import LineIndex, Position, Span
from bylaw.repository.yaml_reader import Route, YamlFile

_LINE_END = re.compile(r"\r\n|\r|\n")
_PLAIN = re.compile(r"\S")
_SINGLE = re.compile(r"''|\S")
_DOUBLE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|[\s\S])|\S",
)
_BLANK_ESCAPES = frozenset("tnvfrN_LP \t\n")
_CONTROL_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b"}


class ScalarPlaces:
    """The way back from the scalars of one file."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self._lines = LineIndex(file.text)
        self._starts = _line_starts(file.text)

    def text(self, route: Route, text: str) -> "ScalarText":
        """The scalar at `route`, whose value is `text`."""
        return ScalarText(text, self.file.span(route), self)

    def source(self, span: Span) -> tuple[int, str]:
        """What stands at `span`, and the offset at which it begins."""
        start, end = (_offset(self._starts, place) for place in (span.start, span.end))
        return start, self.file.text[start:end]

    def span(self, start: int, end: int) -> Span:
        """The span of a range of the file."""
        return self._lines.span(self.file.path, start, end)


@dataclass(frozen=True)
class ScalarText:
    """The text of one scalar, as whoever parses it sees it."""

    text: str
    span: Span
    """The scalar, with its quotes or its `|`."""
    places: ScalarPlaces

    def within(self, inner: Span) -> Span:
        """The span in the file of `inner`, whose lines and columns count in the text."""
        starts = self._starts
        return self.range(_offset(starts, inner.start), _offset(starts, inner.end))

    def range(self, start: int, end: int) -> Span:
        """The span in the file of the range `start`..`end` of the text; that of the scalar where it cannot be told."""
        if self._alignment is None:
            return self.span
        first = self._alignment.start(start)
        return self.places.span(first, max(first, self._alignment.end(end)))

    @cached_property
    def _starts(self) -> list[int]:
        return _line_starts(self.text)

    @cached_property
    def _alignment(self) -> "_Alignment | None":
        return _align(self.text, *self.places.source(self.span))


class _Alignment(NamedTuple):
    """The characters of a text that are not blank: offset in the text, range in the file."""

    offsets: list[int]
    ranges: list[tuple[int, int]]

    def start(self, offset: int) -> int:
        """Where in the file the character at `offset` begins; a blank begins where the character before it ends."""
        index = bisect_left(self.offsets, offset)
        if index < len(self.offsets) and self.offsets[index] == offset:
            return self.ranges[index][0]
        return self.ranges[index - 1][1] if index else self.ranges[0][0]

    def end(self, offset: int) -> int:
        """Where in the file the last character before `offset` ends."""
        index = bisect_left(self.offsets, offset)
        return self.ranges[index - 1][1] if index else self.ranges[0][0]


def _align(text: str, base: int, source: str) -> _Alignment | None:
    """None where the text is not what `source`, which stands at `base`, appears to say."""
    offsets = [match.start() for match in _PLAIN.finditer(text)]
    units = tuple(_units(source))
    if not offsets or [text[offset] for offset in offsets] != [meaning for meaning, _, _ in units]:
        return None
    return _Alignment(offsets, [(base + start, base + end) for _, start, end in units])


def _units(source: str) -> Iterator[tuple[str, int, int]]:
    """The characters of a scalar as it is written that are not blank, each with its range."""
    match source[:1]:
        case "|" | ">":
            found = _PLAIN.finditer(source, len(source.partition("\n")[0]))
        case "'":
            found = _SINGLE.finditer(source, 1, len(source) - 1)
        case '"':
            found = _DOUBLE.finditer(source, 1, len(source) - 1)
        case _:
            found = _PLAIN.finditer(source)
    escapes = source[:1] == '"'
    for unit in found:
        meaning = _unescaped(unit[0]) if escapes else unit[0][0]
        if not meaning.isspace():
            yield meaning, unit.start(), unit.end()


def _unescaped(unit: str) -> str:
    if unit[0] != "\\":
        return unit
    if len(unit) > 2:
        return chr(int(unit.lstrip("\\xuU"), 16))
    return " " if unit[1] in _BLANK_ESCAPES else _CONTROL_ESCAPES.get(unit[1], unit[1])


def _line_starts(text: str) -> list[int]:
    return list(chain([0], (match.end() for match in _LINE_END.finditer(text))))


def _offset(starts: list[int], position: Position) -> int:
    # libyaml counts lines that we do not (it ends one at U+2028, say): any offset will do then, for nothing will correspond to it.
    return starts[min(position.line, len(starts)) - 1] + position.column - 1
