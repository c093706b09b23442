"""Edits of YAML files that people wrote: one value changes, every other character stays.

The value is put in, or cut out, at the places that the reader of the repository tells; ruamel.yaml only spells it. What comes out
is read again, and an edit that would mean anything else is refused.
"""

import io
import re
from collections.abc import Mapping
from itertools import accumulate

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from bylaw.model.errors import UsageError
from bylaw.model.spans import Position
from bylaw.repository.yaml_reader import Mapping as MappingNode
from bylaw.repository.yaml_reader import Node, Plain, Sequence, YamlFile, read_yaml

Route = tuple[str, ...]
Value = Mapping[str, str] | None

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line to the YAML scanner."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}


def set_value(text: str, route: Route, value: Value) -> str:
    """`text` with the mapping at `route` set, or removed where `value` is none.

    Raises:
        UsageError: the text is no YAML, has nothing at the route but its last step, or leaves no safe place for the value.
    """
    before = _read(text, route)
    parent = _node(before, route[:-1])
    if not isinstance(parent, MappingNode):
        raise _nothing_at(route)
    if value is None and all(key.value != route[-1] for key, _ in parent.items):
        return text
    after = _Editor(text, before, parent, route).edited(value)
    if _plain(after) != _expected(before.plain, route, value):
        message = f"`{'.'.join(route)}` cannot be edited safely: the file is written in an unusual way"
        raise UsageError(message, help="edit it by hand")
    return after


class _Editor:
    """One edit of one file."""

    def __init__(self, text: str, file: YamlFile, parent: MappingNode, route: Route) -> None:
        self._text = text
        self._starts = [0, *accumulate(len(line) for line in _lines(text))]
        self._file, self._parent, self._route = file, parent, route
        self._entries = parent.items
        self._index = next((n for n, (key, _) in enumerate(self._entries) if key.value == route[-1]), None)

    def edited(self, value: Value) -> str:
        """The whole text after it."""
        is_flow = self._text[self._offset(self._parent.span.start)] == "{"
        return self._in_flow(value) if is_flow else self._in_block(value)

    def _in_flow(self, value: Value) -> str:
        """Between braces."""
        new = f"{self._route[-1]}: {_spelled(value, flow=True)}" if value is not None else ""
        if self._index is not None:
            key, old = self._entries[self._index]
            begin, end = self._offset(key.span.start), self._end(old)
            return self._replaced(begin, end, new) if new else self._without(begin, end)
        if not self._entries:
            at = self._offset(self._parent.span.start) + 1
            return self._replaced(at, at, new)
        at = self._end(self._entries[-1][1])
        return self._replaced(at, at, f", {new}")

    def _without(self, begin: int, end: int) -> str:
        """Cut an entry of a flow mapping out with one comma beside it."""
        following = re.compile(r"\s*,[ ]*").match(self._text, end)
        if following:
            return self._replaced(begin, following.end(), "")
        if self._index:
            previous = self._end(self._entries[self._index - 1][1])
            comma = re.compile(r"\s*,").match(self._text, previous)
            if comma:
                kept = self._text[comma.end() : begin].rstrip(" ")
                return self._text[:previous] + kept + self._text[end:]
        return self._replaced(begin, end, "")

    def _in_block(self, value: Value) -> str:
        """On lines of its own."""
        indent = " " * (self._entries[0][0].span.start.column - 1)
        if self._index is None:
            at = self._line_end(max(self._last_line(old) for _, old in self._entries))
            lead = "" if self._text[at - 1] == "\n" else "\n"
            return self._replaced(at, at, lead + self._block(value, indent))
        key, old = self._entries[self._index]
        begin, end = self._line_start(key.span.start.line), self._line_end(self._last_line(old))
        if value is None:
            return self._emptied(begin, end) if len(self._entries) == 1 else self._replaced(begin, end, "")
        if value and old.span.start.line > key.span.start.line:
            head = self._line_end(key.span.start.line)  # stays, with its remark
            return self._replaced(head, end, self._block(value, indent).partition("\n")[2])
        return self._replaced(begin, end, self._block(value, indent))

    def _emptied(self, begin: int, end: int) -> str:
        """Cut the only entry out and say that nothing is left."""
        colon = self._text.index(":", self._offset(self._file.key_span(self._route[:-1]).end)) + 1
        return self._text[:colon] + " {}" + self._text[colon:begin] + self._text[end:]

    def _block(self, value: Value, indent: str) -> str:
        key = self._route[-1]
        if not value:
            return f"{indent}{key}: {{}}\n"
        lines = [f"{key}:", *(f"  {line}" for line in _spelled(value, flow=False).splitlines())]
        return "".join(f"{indent}{line}\n" for line in lines)

    def _replaced(self, begin: int, end: int, new: str) -> str:
        return self._text[:begin] + new + self._text[end:]

    def _offset(self, at: Position) -> int:
        return self._starts[at.line - 1] + at.column - 1

    def _line_start(self, line: int) -> int:
        return self._starts[line - 1]

    def _line_end(self, line: int) -> int:
        return self._starts[line] if line < len(self._starts) else len(self._text)

    def _end(self, node: Node) -> int:
        return self._offset(node.span.end)

    def _last_line(self, node: Node) -> int:
        """The last line that holds something of a node; the scanner counts what follows a block, too."""
        if self._text[self._offset(node.span.start) :][:1] in {"{", "["}:
            return node.span.end.line
        if isinstance(node, MappingNode) and node.items:
            return self._last_line(node.items[-1][1])
        if isinstance(node, Sequence) and node.items:
            return self._last_line(node.items[-1])
        line = node.span.end.line
        if node.span.end.column == 1 and line > node.span.start.line:
            line -= 1
            while line > node.span.start.line and not self._text[self._line_start(line) : self._line_end(line)].strip():
                line -= 1
        return line


def _lines(text: str) -> list[str]:
    ends = [found.end() for found in _BREAK.finditer(text)]
    return [text[begin:end] for begin, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def _read(text: str, route: Route) -> YamlFile:
    file, problems = read_yaml(text, "the file")
    if file is not None:
        return file
    if problems[0].code == "empty-document":
        raise _nothing_at(route)
    raise UsageError(f"the file is no valid YAML: {problems[0].message}", help="run `bylaw check` for the place")


def _nothing_at(route: Route) -> UsageError:
    return UsageError(f"the file has nothing at `{'.'.join(route[:-1])}`")


def _node(file: YamlFile, route: Route) -> Node | None:
    node: Node = file.root
    for step in route:
        found = next((v for k, v in node.items if k.value == step), None) if isinstance(node, MappingNode) else None
        if found is None:
            return None
        node = found
    return node


def _plain(text: str) -> Plain:
    file, _ = read_yaml(text, "the file")
    return file.plain if file else None


def _expected(document: Plain, route: Route, value: Value) -> Plain:
    """The document with the change, as plain values."""
    inside = dict(document) if isinstance(document, dict) else {}
    if len(route) > 1:
        inside[route[0]] = _expected(inside.get(route[0]), route[1:], value)
    elif value is None:
        inside.pop(route[0], None)
    else:
        inside[route[0]] = dict(value)
    return inside


def _spelled(value: Mapping[str, str], *, flow: bool) -> str:
    yaml = YAML(typ="rt")
    yaml.width = 1 << 20
    yaml.default_flow_style = flow
    yaml.allow_unicode = False
    stream = io.StringIO()
    yaml.dump({key: _scalar(text) for key, text in value.items()}, stream)
    return stream.getvalue().rstrip("\n")


def _scalar(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return text if is_plain else DoubleQuotedScalarString(text)
