"""From a pattern of the portable subset to an expression."""

from collections.abc import Iterator
from typing import Final

from bylaw.analysis.strings.characters import Ranges, UnsupportedError, complement, folded, of_categories, union
from bylaw.analysis.strings.expressions import EMPTY, Either, End, Expression, OneOf, Repeat, Start, then
from bylaw.languages.portable_regex import tokens_of
from bylaw.model.dialects import Dialect

_MOST_DEEP: Final = 100
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_ASCII: Final[dict[str, Ranges]] = {
    "d": ((48, 57),),
    "w": union(((48, 57), (65, 90), (95, 95), (97, 122))),
    "s": union(((9, 10), (12, 13), (32, 32))),
}
_CATEGORIES: Final = {"d": ("Nd",), "w": ("L", "M", "Nd", "Nl", "Pc"), "s": ("Z",)}
_OTHER_SPACES: Final = ((9, 13), (32, 32), (0x85, 0x85))


def parse(pattern: str, dialect: Dialect) -> Expression:
    """The expression of a pattern that compiles.

    Raises:
        UnsupportedError: it has a set that is not worth writing out.
    """
    body = pattern.removeprefix("(?i)")
    return _Parser(tokens_of(body), dialect, ignores_case=body != pattern).whole()


class _Parser:
    def __init__(self, tokens: list[str], dialect: Dialect, *, ignores_case: bool) -> None:
        self._tokens = tokens
        self._place = 0
        self._dialect = dialect
        self._ignores_case = ignores_case
        self._depth = 0

    def whole(self) -> Expression:
        return self._either()

    def _next(self) -> str | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _either(self) -> Expression:
        options = [self._sequence()]
        while self._next() == "|":
            self._place += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _sequence(self) -> Expression:
        parts: list[Expression] = []
        while self._next() not in {None, "|", ")"}:
            parts.append(self._repeated())
        found: Expression = EMPTY
        for part in reversed(parts):
            found = then(part, found)
        return found

    def _repeated(self) -> Expression:
        body = self._atom()
        token = self._next()
        if token is None or token[0] not in "*+?{":
            return body
        self._place += 1
        least, most = _times(token)
        return EMPTY if most == 0 else Repeat(body, least, most)

    def _atom(self) -> Expression:
        token = self._tokens[self._place]
        self._place += 1
        match token:
            case "(" | "(?:":
                return self._group()
            case "^":
                return Start()
            case "$":
                return End()
            case ".":
                return OneOf(complement(((10, 10),)))
            case _ if token[0] == "[":
                return OneOf(self._class(token[1:-1]))
            case _:
                return OneOf(self._escape(token))

    def _group(self) -> Expression:
        self._depth += 1
        if self._depth > _MOST_DEEP:
            raise UnsupportedError
        found = self._either()
        self._depth -= 1
        self._place += 1
        return found

    def _cases(self, ranges: Ranges) -> Ranges:
        return folded(ranges) if self._ignores_case else ranges

    def _class(self, body: str) -> Ranges:
        negated = body.startswith("^")
        parts = list(self._items(body[negated:]))
        found = union(part for ranges in parts for part in ranges)
        return complement(found) if negated else found

    def _items(self, body: str) -> Iterator[Ranges]:
        if "[:" in body:
            raise UnsupportedError
        items = _pieces(body)
        while items:
            first = items.pop(0)
            if len(items) > 1 and items[0] == "-":
                items.pop(0)
                yield self._cases(((ord(_character(first)), ord(_character(items.pop(0)))),))
            else:
                yield self._escape(first)

    def _escape(self, token: str) -> Ranges:
        """The characters that a character or an escape stands for."""
        name = token[-1]
        if token == name or name.lower() not in _ASCII:
            return self._cases(_single(_character(token)))
        found = self._cases(self._shorthand(name.lower()))
        return complement(found) if name.isupper() else found

    def _shorthand(self, name: str) -> Ranges:
        if self._dialect is Dialect.STRICT:
            return _ASCII[name]
        found = of_categories(*_CATEGORIES[name])
        return union((*found, *_OTHER_SPACES)) if name == "s" else found


def _character(token: str) -> str:
    """The one character that a token stands for."""
    if token[0] != "\\":
        return token
    if token[1] in _CONTROLS:
        return _CONTROLS[token[1]]
    if token[1].isalnum():
        raise UnsupportedError
    return token[1]


def _single(character: str) -> Ranges:
    return ((ord(character), ord(character)),)


def _pieces(body: str) -> list[str]:
    """The characters of a class, escapes in one piece."""
    found: list[str] = []
    for character in body:
        if found and found[-1] == "\\":
            found[-1] += character
        else:
            found.append(character)
    return found


def _times(token: str) -> tuple[int, int | None]:
    match token:
        case "*":
            return 0, None
        case "+":
            return 1, None
        case "?":
            return 0, 1
        case _:
            least, comma, most = token[1:-1].partition(",")
            if not comma:
                return int(least), int(least)
            return int(least), int(most) if most else None
