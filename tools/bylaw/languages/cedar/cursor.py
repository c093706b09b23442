"""A place in the tokens of one text, and how to complain there."""

from typing import NoReturn

from bylaw.languages.cedar.lexer import OPERATORS, Tokens
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import LineIndex

_STRINGS = 'a string stands in `"`'
_INSTEAD = {
    "&": "write `&&`",
    "|": "write `||`",
    "'": _STRINGS,
    "“": _STRINGS,
    "”": _STRINGS,
    "#": "a comment starts with `//`",
}
_OFTEN_MEANT = {
    "and": "write `&&`",
    "or": "write `||`",
    "not": "write `!`",
    "=": "write `==` or `!=`",
    "@": "annotations stand before `permit` or `forbid`",
}


class SyntaxProblemError(Exception):
    """Leaves the parser with one problem; the public functions turn it into a diagnostic."""

    def __init__(self, code: str, message: str, text: str, place: tuple[int, int], remedy: str | None) -> None:
        super().__init__(message)
        self.code, self.message, self.text, self.place, self.remedy = code, message, text, place, remedy

    def diagnostic(self, path: str) -> Diagnostic:
        """The problem as a value."""
        return Diagnostic(self.code, self.message, LineIndex(self.text).span(path, *self.place), self.remedy)


class Cursor:
    """Reads tokens one after the other. `nesting` counts the recursion that brackets do not bound."""

    __slots__ = ("at", "nesting", "source", "starts", "texts")

    def __init__(self, source: str, tokens: Tokens) -> None:
        self.source = source
        self.texts, self.starts = tokens
        self.at = 0
        self.nesting = 0

    @property
    def at_end(self) -> bool:
        """Whether every token is taken."""
        return not self.texts[self.at]

    @property
    def taken(self) -> int:
        """How many tokens were taken."""
        return self.at

    @property
    def text(self) -> str:
        """The next token; empty at the end."""
        return self.texts[self.at]

    @property
    def start(self) -> int:
        """Where the next token starts."""
        return self.starts[self.at]

    @property
    def end(self) -> int:
        """Where the last token taken ended."""
        before = self.at - 1
        return self.starts[before] + len(self.texts[before])

    @property
    def shown(self) -> str:
        """The next token for a message."""
        return code(self.text) if self.text else "the end of the file"

    def take(self) -> str:
        """The next token, taken."""
        text = self.texts[self.at]
        self.at += 1
        return text

    def accept(self, text: str) -> bool:
        """Take the next token if it is `text`."""
        if self.texts[self.at] == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str, after: str, remedy: str | None = None) -> None:
        """Take `text`, or complain that it is missing after `after`."""
        if self.texts[self.at] != text:
            self.fail("cedar-syntax", f"expected `{text}` after {after}, found {self.shown}", remedy)
        self.at += 1

    def fail(self, code: str, message: str, remedy: str | None = None) -> NoReturn:
        """Complain about the next token."""
        text = self.text
        if len(text) == 1 and text not in OPERATORS and not (text.isascii() and (text.isalnum() or text == "_")):
            self.fail_unreadable(text, self.start)
        # What is missing at the end is missing behind the last token, not behind the comments that follow it.
        start = self.start if text else self.end if self.at else 0
        self.fail_at(code, message, start, start + len(text), remedy or _OFTEN_MEANT.get(text))

    def fail_at(self, code: str, message: str, start: int, end: int, remedy: str | None = None) -> NoReturn:
        """Complain about a range."""
        raise SyntaxProblemError(code, message, self.source, (start, end), remedy)

    def fail_unreadable(self, character: str, start: int) -> NoReturn:
        """Complain about a character that begins no token."""
        if character == '"':
            self.fail_at("cedar-syntax", "this string does not end", start, start + 1, 'close it with `"`')
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        instead = "names are ASCII; any other name stands in quotes" if character.isalpha() else "remove it"
        remedy = _INSTEAD.get(character, instead)
        self.fail_at("invalid-character", f"`{shown}` is not part of Cedar", start, start + 1, remedy)
