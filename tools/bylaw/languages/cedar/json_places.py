"""JSON with the range of every value, for messages about documents that somebody must correct.

Stricter than JSON: a key occurs once in an object, and no number has a fraction, an exponent or more than 64 bits. Cedar
knows none of these, and would take such a document in some other way than it reads.
"""

import json
import re
from typing import NamedTuple, TypeAlias

from bylaw.languages.cedar.wording import code

MAX_NESTING = 50

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*+(?:"|\Z)|([\[{])|([\]}])', re.DOTALL)
_STRING = re.compile(r'"(?:\\.|[^"\\\x00-\x1f])*+"')
_BLANK = re.compile(r"[ \t\n\r]*+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][-+]?[0-9]++)?")
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"[A-Za-z]++")
_LONG = range(-(2**63), 2**63)


class JsonProblemError(ValueError):
    """What is wrong with a document, and where."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message, self.start, self.end = message, start, end


class Member(NamedTuple):
    """One key of an object with its value."""

    start: int
    end: int
    node: "Node"


class Node(NamedTuple):
    """A value and its range: a scalar, a list of nodes, or members by key."""

    value: "Value"
    start: int
    end: int

    def get(self, key: str) -> "Node | None":
        """The value under `key`, if this is an object that has it."""
        member = self.value.get(key) if isinstance(self.value, dict) else None
        return member.node if member else None

    @property
    def members(self) -> "dict[str, Member]":
        """The members of an object; none of anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """The elements of a list; none of anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """The value of a string."""
        return self.value if isinstance(self.value, str) else None


Value: TypeAlias = "str | int | bool | list[Node] | dict[str, Member] | None"


def too_deep(text: str) -> int | None:
    """The offset of the first bracket that nests deeper than allowed."""
    depth = 0
    for match in _TOKEN.finditer(text):
        depth = max(depth + (match[1] is not None) - (match[2] is not None), 0)
        if depth > MAX_NESTING:
            return match.start()
    return None


def read_places(text: str) -> Node:
    """The document with its ranges.

    Raises:
        JsonProblemError: it is not JSON, or not as strict as needed.
    """
    deep = too_deep(text)
    if deep is not None:
        raise JsonProblemError(f"brackets nest deeper than {MAX_NESTING}", deep, deep + 1)
    reader = _Reader(text)
    node = reader.value(reader.blank(0))
    end = reader.blank(node.end)
    if end != len(text):
        raise JsonProblemError("something follows the document", end, end + 1)
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def blank(self, at: int) -> int:
        """The first place from `at` on that is no white space."""
        match = _BLANK.match(self._text, at)
        return match.end() if match else at

    def value(self, at: int) -> Node:
        """The value that starts at `at`."""
        first = self._text[at : at + 1]
        if first == "{":
            return self._object(at)
        if first == "[":
            return self._list(at)
        if first == '"':
            value, end = self._string(at)
            return Node(value, at, end)
        word = _WORD.match(self._text, at)
        if word and word[0] in _WORDS:
            return Node(_WORDS[word[0]], at, word.end())
        return self._number(at)

    def _object(self, at: int) -> Node:
        members: dict[str, Member] = {}
        after = self.blank(at + 1)
        while self._text[after : after + 1] != "}":
            if self._text[after : after + 1] != '"':
                raise JsonProblemError("expected a key in quotes, or `}`", after, after + 1)
            key, end = self._string(after)
            if key in members:
                raise JsonProblemError(f"the key {code(key)} occurs twice in one object", after, end)
            colon = self._expect(":", self.blank(end))
            node = self.value(self.blank(colon))
            members[key] = Member(after, end, node)
            after = self._next("}", self.blank(node.end))
        return Node(members, at, after + 1)

    def _list(self, at: int) -> Node:
        items: list[Node] = []
        after = self.blank(at + 1)
        while self._text[after : after + 1] != "]":
            items.append(self.value(after))
            after = self._next("]", self.blank(items[-1].end))
        return Node(items, at, after + 1)

    def _next(self, close: str, at: int) -> int:
        """Past a comma to the next item, or to the closing bracket."""
        if self._text[at : at + 1] == close:
            return at
        after = self.blank(self._expect(",", at))
        if self._text[after : after + 1] == close:
            raise JsonProblemError("a comma without anything after it", at, at + 1)
        return after

    def _expect(self, text: str, at: int) -> int:
        if self._text[at : at + 1] != text:
            raise JsonProblemError(f"expected `{text}`", at, at + 1)
        return at + 1

    def _string(self, at: int) -> tuple[str, int]:
        match = _STRING.match(self._text, at)
        if not match:
            raise JsonProblemError("this string does not end, or holds a control character", at, at + 1)
        try:
            value: str = json.loads(match[0])
        except json.JSONDecodeError as error:
            raise JsonProblemError(error.msg.lower(), at + error.pos, at + error.pos + 1) from None
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise JsonProblemError("half of a surrogate pair is no character", at, match.end())
        return value, match.end()

    def _number(self, at: int) -> Node:
        match = _NUMBER.match(self._text, at)
        if not match:
            word = _WORD.match(self._text, at)
            raise JsonProblemError("expected a value", at, word.end() if word else at + 1)
        start, end = match.span()
        if match[1] or match[2]:
            raise JsonProblemError("Cedar has whole numbers only", start, end)
        if end - start > 20 or int(match[0]) not in _LONG:
            raise JsonProblemError("this number does not fit 64 bits", start, end)
        return Node(int(match[0]), start, end)
