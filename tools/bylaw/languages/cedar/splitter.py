"""Takes a text of several statements apart without losing a character, to write each to a file of its own.

`;` occurs only as the end of a statement, so its tokens are the seams and nothing needs to be parsed: a text with an error in one
statement still comes apart into the others. A piece owns the comments and annotations that lead to its statement, and what
stands behind it on its last line. What follows the last statement is the tail: comments, or a statement that does not end.
"""

import re
from typing import NamedTuple

from bylaw.languages.cedar.lexer import tokenize

# The rest of a statement's last line, if nothing but a comment stands there. A comment ends at CR as well as at LF.
_REST_OF_LINE = re.compile(r"[ \t\x0b\x0c\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]*+(?://[^\n\r]*+)?(?:\r\n|\n|\r|\Z)")


class Piece(NamedTuple):
    """One statement with the trivia it owns; `text` is the text from `start` to `end`."""

    text: str
    start: int
    end: int
    code: int
    """Where its first token stands, in the whole text."""


class Split(NamedTuple):
    """All pieces and the tail; joined they are the text."""

    pieces: tuple[Piece, ...]
    tail: str


def split(text: str) -> Split:
    """The statements of any text, well-formed or not, in linear time."""
    pieces: list[Piece] = []
    start, code = 0, None
    for word, place in zip(*tokenize(text), strict=True):
        if code is None:
            code = place
        if word == ";":
            rest = _REST_OF_LINE.match(text, place + 1)
            end = rest.end() if rest else place + 1
            pieces.append(Piece(text[start:end], start, end, code))
            start, code = end, None
    return Split(tuple(pieces), text[start:])
