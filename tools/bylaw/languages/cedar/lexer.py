"""Cedar text to tokens, losslessly and in linear time (token grammar of the Cedar 4 engine).

White space is Unicode `White_Space`; a comment runs from `//` to LF *or CR*; a string may hold raw newlines. What fits no token
becomes a token of its own of one character, which the parser refuses, so that any text can be taken apart. A string that does not
end is the token `"` and swallows the rest of its text: what is in there is neither code nor comment.
"""

import re
from typing import NamedTuple

_BLANK = r"[ \t\n\x0b\x0c\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_COMMENT = r"//[^\n\r]*"
_BODY = r'(?:\\[^\n]|[^"\\])*+'
_WORD = (
    rf'"{_BODY}"'  # string
    r"|[_a-zA-Z][_a-zA-Z0-9]*+"  # identifier
    r"|\?[_a-zA-Z][_a-zA-Z0-9]*+"  # slot
    r"|[0-9]++"  # number
    r"|\|\||&&|==|!=|<=|>=|::|[@.,;:(){}\[\]<>+\-*/%!=]"  # operator
)
# Possessive quantifiers keep the scan linear on any input, and so does the second branch: without it the rest of the text would be
# scanned again from each quote behind a string that does not end.
_NEXT = re.compile(rf'(?:{_BLANK}++|{_COMMENT})*+(?:({_WORD}|\Z|[^"])|("){_BODY})', re.DOTALL)
_TRIVIA = re.compile(rf'({_COMMENT})|"{_BODY}"?')

OPERATORS = frozenset("@.,;:(){}[]<>+-*/%!=") | {"||", "&&", "==", "!=", "<=", ">=", "::"}


class Tokens(NamedTuple):
    """Parallel lists, one entry a token; the last token is empty and stands at the end of the text."""

    texts: list[str]
    starts: list[int]


class Comment(NamedTuple):
    """One comment with its slashes. `ended_by_return` tells that a bare CR ends it: text after it looks commented and is not."""

    text: str
    start: int
    end: int
    ended_by_return: bool


def tokenize(text: str) -> Tokens:
    """The tokens of `text`."""
    texts: list[str] = []
    starts: list[int] = []
    add_text, add_start = texts.append, starts.append
    for match in _NEXT.finditer(text):
        add_text(match[1])
        add_start(match.start(1))
    if -1 in starts:
        found = list(_NEXT.finditer(text))
        texts = [match[1] if match[2] is None else match[2] for match in found]
        starts = [match.start(1 if match[2] is None else 2) for match in found]
    if len(texts) > 1 and not texts[-1] and not texts[-2]:
        # `finditer` reports the end twice when trivia stand before it.
        texts.pop()
        starts.pop()
    return Tokens(texts, starts)


def comments(text: str) -> tuple[Comment, ...]:
    """The comments of `text`, in order."""
    return tuple(
        Comment(
            match[1],
            match.start(),
            match.end(),
            text[match.end() : match.end() + 1] == "\r" and text[match.end() + 1 : match.end() + 2] != "\n",
        )
        for match in _TRIVIA.finditer(text)
        if match[1] is not None
    )
