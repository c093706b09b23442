"""String escapes of Cedar, in both directions: those of Rust's string literals, and an escaped star in patterns."""

import re

_ESCAPE_TEXT = r"\\(?:x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F_]*+)\}|(x[^\\]{0,2}|.))"
_ESCAPE = re.compile(_ESCAPE_TEXT, re.DOTALL)
_PATTERN_PIECE = re.compile(rf"{_ESCAPE_TEXT}|\*|[^*\\]++", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "0": "\0", "'": "'", '"': '"'}
_UNSAFE = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "\0": "\\0", '"': '\\"'}
_MAX_DIGITS = 6


class EscapeError(ValueError):
    """An escape that means nothing; `offset` says where it stands in the body of the literal, `escape` is its text."""

    def __init__(self, offset: int, escape: str) -> None:
        super().__init__(escape)
        self.offset = offset
        self.escape = escape


def unescape(body: str) -> str:
    """The value of a string literal's body.

    Raises:
        EscapeError: an escape means nothing.
    """
    if "\\" not in body:
        return body
    return _ESCAPE.sub(_value, body)


def unescape_pattern(body: str) -> tuple[str | None, ...]:
    r"""The value of a `like` pattern: literal runs, and none for each wildcard.

    A star is a wildcard however it is spelled, `\u{2a}` too: only `\*` is a literal star.

    Raises:
        EscapeError: an escape means nothing.
    """
    parts: list[str | None] = []
    run = ""
    for match in _PATTERN_PIECE.finditer(body):
        text = match[0]
        value = "*" if text == "\\*" else _value(match) if text[0] == "\\" else text
        if value == "*" and text != "\\*":
            parts += [run, None] if run else [None]
            run = ""
        else:
            run += value
    return (*parts, run) if run else tuple(parts)


def _value(match: re.Match[str]) -> str:
    hexadecimal, unicode, simple = match.groups()
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    if simple in _SIMPLE:
        return _SIMPLE[simple]
    digits = (unicode or "").replace("_", "")
    if 0 < len(digits) <= _MAX_DIGITS and not unicode.startswith("_"):
        code = int(digits, 16)
        if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            return chr(code)
    raise EscapeError(match.start(), match.group())


def quote(value: str) -> str:
    """`value` as a string literal."""
    return f'"{_UNSAFE.sub(_escape, value)}"'


def quote_pattern(pattern: tuple[str | None, ...]) -> str:
    """`pattern` as the literal of a `like`."""
    parts = ("*" if part is None else _UNSAFE.sub(_escape, part).replace("*", "\\*") for part in pattern)
    return f'"{"".join(parts)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _NAMED.get(character) or f"\\u{{{ord(character):x}}}"
