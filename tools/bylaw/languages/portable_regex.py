"""Regular expressions that linear-time engines agree on, and that no text makes slow.

The portable subset: literals, classes, groups, alternation, `*`, `+`, `?`, `{m,n}`, `^`, `$` (the end of the text and nothing
else) and a leading `(?i)`. Run by RE2, whose time is linear in pattern and text.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import re2

from bylaw.model.dialects import Dialect

MAX_MEMORY = 1 << 20
"""Bytes that a compiled pattern may take: a counted repetition can make a short pattern large."""

_TOKEN = re.compile(
    r"\\[dwsDWS]|\\[^a-zA-Z0-9]|\\[nrtfv]|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\((?!\?)|\)|\||[*+?]|\{\d+(?:,\d*)?\}|[^\\\[\]()|*+?{}]",
    re.DOTALL,
)
_QUANTIFIER = re.compile(r"[*+?]|\{")
_UNICODE = {"d": r"\p{Nd}", "w": r"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}", "s": r"\s\x0b\x85\x{00a0}\p{Z}"}


class RegexError(ValueError):
    """A pattern that is not of the subset; the message says what is wrong with it."""


class PortableRegex(NamedTuple):
    """A compiled pattern."""

    pattern: str
    compiled: "re2._Regexp"

    def found_in(self, text: str) -> bool:
        """Whether it is found anywhere in `text`."""
        return self.compiled.search(text) is not None


@lru_cache(maxsize=4096)
def compile_regex(pattern: str, dialect: Dialect = Dialect.STRICT) -> PortableRegex:
    r"""Compile a pattern; `\d`, `\w` and `\s` are ASCII in the strict dialect, Unicode upstream.

    Raises:
        RegexError: it does not compile or leaves the subset.
    """
    body = pattern.removeprefix("(?i)")
    tokens = tokens_of(body)
    if dialect is Dialect.UPSTREAM:
        tokens = [_unicode(token) for token in tokens]
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    options.case_sensitive = body == pattern
    options.dot_nl = False
    try:
        return PortableRegex(pattern, re2.compile("".join(tokens), options))
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise RegexError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None


def tokens_of(body: str) -> list[str]:
    """The tokens of a pattern without its leading `(?i)`.

    Raises:
        RegexError: it leaves the subset.
    """
    found: list[str] = []
    place = 0
    while place < len(body):
        token = _TOKEN.match(body, place)
        if token is None:
            raise RegexError(f"`{body[place : place + 8]}` is not of the portable subset")
        text = token.group()
        if found and _QUANTIFIER.match(text) and _QUANTIFIER.match(found[-1]):
            raise RegexError(f"`{found[-1]}{text}` repeats a repetition")
        found.append(text)
        place = token.end()
    return found


def _unicode(token: str) -> str:
    r"""A token with `\d`, `\w` and `\s` of the whole of Unicode."""
    if token.startswith("["):
        return re.sub(r"\\([dws])", lambda found: _UNICODE[found[1]], token)
    if len(token) == 2 and token[0] == "\\" and token[1] in "dwsDWS":
        inner = _UNICODE[token[1].lower()]
        return f"[{'^' if token[1].isupper() else ''}{inner}]"
    return token
