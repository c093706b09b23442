"""Hostile YAML to a small typed tree that knows its places.

The scanner is libyaml; everything that makes YAML dangerous or ambiguous is refused with a span: aliases and anchors (bombs),
tags, duplicate keys, several documents, keys that are no strings, deep nesting. Plain scalars follow the YAML 1.2 core schema
(https://yaml.org/spec/1.2.2/#103-core-schema): `no` is a string, and a date is a string.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import Position, Span, whole_file

MAX_DEPTH = 50
MAX_INTEGER_DIGITS = 40

Route: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value."""

    value: bool | int | float | str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: "tuple[Node, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Key and value nodes in source order; keys are strings and unique."""

    items: "tuple[tuple[Scalar, Node], ...]"
    span: Span


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One document and the text it was read from."""

    path: str
    text: str
    root: Node

    @property
    def plain(self) -> Plain:
        """The document as plain values."""
        return plain(self.root)

    def span(self, route: Route) -> Span:
        """The span of the value at `route`, or of the deepest part of it that exists."""
        return self._resolve(route)[1].span

    def key_span(self, route: Route) -> Span:
        """The span of the key that ends `route`, or of the deepest part that exists."""
        key, node = self._resolve(route)
        return key.span if key else node.span

    def _resolve(self, route: Route) -> tuple[Scalar | None, Node]:
        node, key = self.root, None
        for step in route:
            if isinstance(node, Mapping):
                found = next(((k, v) for k, v in node.items if k.value == step), None)
                if found is None:
                    break
                key, node = found
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                key, node = None, node.items[step]
            # A step that names neither (the tag of a union, say) stands for the node itself.
        return key, node


def plain(node: Node) -> Plain:
    """A node as plain values."""
    match node:
        case Scalar(value):
            return value
        case Sequence(items):
            return [plain(item) for item in items]
        case Mapping(items):
            return {str(key.value): plain(value) for key, value in items}


def read_yaml(text: str, path: str) -> tuple[YamlFile | None, tuple[Diagnostic, ...]]:
    """Read the one document of `text`."""
    builder = _Builder(path)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _RefusedError as refused:
        return None, (refused.diagnostic,)
    except yaml.YAMLError as error:
        return None, (_syntax_error(error, text, path),)
    if builder.root is None:
        message = f"`{path}` is empty"
        return None, (
            Diagnostic("empty-document", message, whole_file(path), "write the document, or delete the file"),
        )
    return YamlFile(path, text, builder.root), ()


class _RefusedError(Exception):
    """Leaves the event loop with the one diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class _Builder:
    """Builds nodes from events with an explicit stack: nesting never becomes recursion."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root: Node | None = None
        self._stack: list[tuple[yaml.Event, list[Node]]] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event in."""
        self._refuse_dangerous(event)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._refuse(event, "several-documents", "a second document begins", "keep one document in a file")
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self._stack) >= MAX_DEPTH:
                    self._refuse(event, "deep-nesting", f"nesting deeper than {MAX_DEPTH}", "flatten the document")
                self._stack.append((event, []))
            case yaml.ScalarEvent():
                self._place(Scalar(self._value(event), self._span(event, event)))
            case yaml.MappingEndEvent():
                start, children = self._stack.pop()
                self._place(Mapping(tuple(self._pairs(children)), self._span(start, event)))
            case yaml.SequenceEndEvent():
                start, children = self._stack.pop()
                self._place(Sequence(tuple(children), self._span(start, event)))

    def _refuse_dangerous(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(event, "yaml-alias", "anchors and aliases are not allowed", "write the value out")
        tag = getattr(event, "tag", None)
        if tag and tag != "!":  # a lone `!` is how libyaml reports a quoted scalar
            self._refuse(event, "yaml-tag", f"the tag `{tag}` is not allowed", "remove the tag")

    def _pairs(self, children: list[Node]) -> Iterator[tuple[Scalar, Node]]:
        seen: set[object] = set()
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                raise _RefusedError(Diagnostic("yaml-key", "a key must be a string", key.span, "quote the key"))
            if key.value in seen:
                message = f"the key `{key.value}` occurs twice"
                raise _RefusedError(Diagnostic("duplicate-key", message, key.span, "keep one of the two"))
            seen.add(key.value)
            yield key, value

    def _value(self, event: yaml.ScalarEvent) -> bool | int | float | str | None:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            if len(text) > MAX_INTEGER_DIGITS:
                self._refuse(event, "huge-number", f"a number of {len(text)} digits", "quote it if it is an id")
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        return text

    def _place(self, node: Node) -> None:
        if self._stack:
            self._stack[-1][1].append(node)
        else:
            self.root = node

    def _span(self, first: yaml.Event, last: yaml.Event) -> Span:
        start, end = first.start_mark, last.end_mark
        if start is None or end is None:  # libyaml marks every event; its types cannot say so
            return whole_file(self.path)
        return Span(self.path, Position(start.line + 1, start.column + 1), Position(end.line + 1, end.column + 1))

    def _refuse(self, event: yaml.Event, code: str, message: str, remedy: str) -> None:
        raise _RefusedError(Diagnostic(code, message, self._span(event, event), remedy))


def _syntax_error(error: yaml.YAMLError, text: str, path: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "special characters are not allowed"
    at = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
    span = Span(path, at, Position(at.line, at.column + 1))
    lines = text.splitlines()
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    if "\t" in line[: at.column]:
        return Diagnostic("yaml-tab", "a tab cannot indent YAML", span, "indent with blanks")
    return Diagnostic("yaml-syntax", f"not valid YAML: {problem}", span, "correct the document")
