"""JSON of others to the typed tree that YAML is read to, with the place of every value.

RFC 8259, and stricter where JSON leaves open what a reader does: a key occurs once in an object, half of a surrogate pair is no
character, no number has more digits than any id. White space includes CR: these files are written on any system.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Never

from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import LineIndex, Span, whole_file
from bylaw.repository.yaml_reader import MAX_DEPTH, MAX_INTEGER_DIGITS, Mapping, Node, Scalar, Sequence, YamlFile

MAX_VALUES = 250_000
"""Values of one file, keys counted: each costs a few hundred bytes once it is read."""

_TOKEN = re.compile(
    r'[ \t\n\r]*+(?:(?P<mark>[{}\[\]:,])|(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*+)(?P<fraction>(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?))(?![0-9A-Za-z.])"
    r"|(?P<word>true|false|null)(?![0-9A-Za-z])|(?P<end>\Z))"
)
_WORDS = {"true": True, "false": False, "null": None}
_HALF = re.compile("[\ud800-\udfff]")


def read_json(text: str, path: str) -> tuple[YamlFile | None, tuple[Diagnostic, ...]]:
    """Read the one document of `text`; none with a diagnostic where it is refused."""
    reader = _Reader(text, path)
    try:
        root = reader.document()
    except _RefusedError as refused:
        return None, (refused.diagnostic,)
    return YamlFile(path, text, root), ()


class _RefusedError(Exception):
    """Leaves the loop with the one diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Open:
    """An object or array that has not ended."""

    closing: str
    start: int
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: list[Node] = field(default_factory=list)


class _Reader:
    """Builds nodes with an explicit stack: nesting never becomes recursion."""

    def __init__(self, text: str, path: str) -> None:
        self._text, self._path = text, path
        self._lines = LineIndex(text)
        self._at = 0
        self._count = 0
        self._stack: list[_Open] = []

    def document(self) -> Node:
        """The document."""
        if not self._text.strip(" \t\n\r"):
            message = f"`{self._path}` is empty"
            raise _RefusedError(Diagnostic("empty-document", message, whole_file(self._path), "write the document"))
        node = self._value(self._next())
        while self._stack:
            if node is not None:
                self._stack[-1].values.append(node)
            node = self._member()
        token = self._next()
        if token["end"] is None:
            start, end = _place(token)
            self._refuse("bad-json", "something follows the document", start, end, "keep one document")
        assert node is not None  # noqa: S101 - the loop ends with the value that closed the last bracket
        return node

    def _member(self) -> Node | None:
        """What stands next inside the innermost bracket: a value, or the bracket itself once it ends."""
        open_ = self._stack[-1]
        token = self._next()
        if token["mark"] == open_.closing:
            return self._closed(token.end("mark"))
        if open_.values:
            if token["mark"] != ",":
                self._expected(token, f"`,` or `{open_.closing}`")
            token = self._next()
        if open_.closing == "}":
            self._key(open_, token)
            token = self._next()
        return self._value(token)

    def _key(self, open_: _Open, token: re.Match[str]) -> None:
        if token["text"] is None:
            self._expected(token, "a key in quotes")
        key = Scalar(self._string(token), self._span(*token.span("text")))
        if key.value in open_.keys:
            message = f"the key {code(str(key.value))} occurs twice"
            self._refuse("duplicate-key", message, *token.span("text"), "keep one of the two")
        open_.keys[str(key.value)] = key
        colon = self._next()
        if colon["mark"] != ":":
            self._expected(colon, "`:`")

    def _value(self, token: re.Match[str]) -> Node | None:
        """The value that `token` is; none where it opens one."""
        self._count += 1
        start, end = _place(token)
        if self._count > MAX_VALUES:
            self._refuse("too-many-values", f"more than {MAX_VALUES:,} values", start, end, "split the file")
        if token["mark"] in {"{", "["}:
            if len(self._stack) >= MAX_DEPTH:
                message = f"nesting deeper than {MAX_DEPTH}"
                self._refuse("deep-nesting", message, start, end, "flatten the document")
            self._stack.append(_Open("}" if token["mark"] == "{" else "]", start))
            return None
        if token["text"] is not None:
            return Scalar(self._string(token), self._span(start, end))
        if token["number"] is not None:
            return Scalar(self._number(token), self._span(start, end))
        if token["word"] is not None:
            return Scalar(_WORDS[token["word"]], self._span(start, end))
        return self._expected(token, "a value")

    def _closed(self, end: int) -> Node:
        open_ = self._stack.pop()
        span = self._span(open_.start, end)
        if open_.closing == "]":
            return Sequence(tuple(open_.values), span)
        return Mapping(tuple(zip(open_.keys.values(), open_.values, strict=True)), span)

    def _string(self, token: re.Match[str]) -> str:
        start, end = token.span("text")
        if "\\" not in token["text"]:
            return token["text"][1:-1]
        try:
            value: str = json.loads(token["text"])
        except json.JSONDecodeError as error:
            self._refuse("bad-json", error.msg.lower(), start + error.pos, start + error.pos + 1, "correct the escape")
        if _HALF.search(value):
            self._refuse("lone-surrogate", "half of a surrogate pair is no character", start, end, "correct the escape")
        return value

    def _number(self, token: re.Match[str]) -> int | float:
        text = token["number"]
        if token["fraction"]:
            return float(text)
        if len(text) > MAX_INTEGER_DIGITS:
            start, end = token.span("number")
            self._refuse("huge-number", f"a number of {len(text):,} digits", start, end, "quote it if it is an id")
        return int(text)

    def _next(self) -> re.Match[str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            start = len(self._text) - len(self._text[self._at :].lstrip(" \t\n\r"))
            message = "this string does not end" if self._text[start] == '"' else "this is no JSON"
            self._refuse("bad-json", message, start, start + 1, "correct the document")
        self._at = match.end()
        return match

    def _expected(self, token: re.Match[str], what: str) -> Never:
        start, end = _place(token)
        found = "the end of the file" if token["end"] is not None else code(self._text[start:end])
        self._refuse("bad-json", f"expected {what}, found {found}", start, end, "correct the document")

    def _span(self, start: int, end: int) -> Span:
        return self._lines.span(self._path, start, end)

    def _refuse(self, kind: str, message: str, start: int, end: int, remedy: str) -> Never:
        raise _RefusedError(Diagnostic(kind, message, self._span(start, end), remedy))


def _place(token: re.Match[str]) -> tuple[int, int]:
    """The range of a token without the white space before it."""
    return token.span(token.lastgroup or 0)
