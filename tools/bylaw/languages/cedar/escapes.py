"""String escapes of Cedar, in both directions: those of Rust's string literals, and an escaped star in patterns."""

import re

_ESCAPE = re.compile(r"\\(?:(x[0-7][0-9a-fA-F])|u\{([0-9a-fA-F_]{1,9})\}|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "0": "\0", "'": "'", '"': '"'}
_UNSAFE = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "\0": "\\0", '"': '\\"'}


class EscapeError(ValueError):
    """An escape that means nothing; `offset` and `length` say where it stands in the literal."""

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
    """The value of a `like` pattern: literal runs, and none for each wildcard.

    Raises:
        EscapeError: an escape means nothing.
    """
    parts: list[str | None] = []
    run = ""
    for piece in re.split(r"(\\u\{[^}]*\}|\\x..|\\.|\*)", body, flags=re.DOTALL):
        if piece == "*":
            parts += [run, None] if run else [None]
            run = ""
        else:
            run += "*" if piece == "\\*" else unescape(piece)
    return (*parts, run) if run else tuple(parts)


def _value(match: re.Match[str]) -> str:
    hexadecimal, unicode, simple = match.groups()
    if hexadecimal:
        return chr(int(hexadecimal[1:], 16))
    if unicode:
        digits = unicode.replace("_", "")
        code = int(digits, 16) if digits and not unicode.startswith("_") else -1
        if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and len(digits) <= 6:
            return chr(code)
    elif simple in _SIMPLE:
        return _SIMPLE[simple]
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
