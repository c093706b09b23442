"""Regular expressions as what Cedar has instead: equality, and `like` with wildcards for any run of characters."""

from bylaw.compile.governance_cedar.formulas import Formula, InexpressibleError, both, either
from bylaw.languages.cedar.escapes import quote, quote_pattern
from bylaw.languages.portable_regex import RegexError, tokens_of

ANY = (".", "*")
_CONTROL = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\f": "\f", "\\v": "\v"}
_SPECIAL = frozenset("^$()|*+?.")


def matches(pattern: str, value: str) -> Formula:
    """Whether the text `value` is matched somewhere by `pattern`.

    Literals, `.*`, `^`, `$`, and a choice between such; a text of exactly these is as exact in Cedar.

    Raises:
        InexpressibleError: it needs more than that.
    """
    tokens = _tokens(pattern)
    start, end = tokens[:1] == ["^"], tokens[-1:] == ["$"]
    body = tokens[start : len(tokens) - end]
    if start and end and body[:1] in (["("], ["(?:"]) and body[-1:] == [")"]:
        body = body[1:-1]
    elif "|" in body and (start or end):
        raise _beyond(pattern)
    return either(*(_one(branch, value, pattern, start=start, end=end) for branch in _branches(body)))


def _tokens(pattern: str) -> list[str]:
    try:
        return tokens_of(pattern)
    except RegexError:
        raise _beyond(pattern) from None


def _branches(tokens: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for piece in tokens:
        if piece == "|":
            found.append([])
        else:
            found[-1].append(piece)
    return found


def _one(tokens: list[str], value: str, pattern: str, *, start: bool, end: bool) -> Formula:
    """One branch: literal runs with `.*` between them, which stops at the end of a line."""
    pieces = _pieces(tokens, pattern)
    if not start and pieces[:1] == [None]:
        pieces = pieces[1:]
    if not end and pieces[-1:] == [None]:
        pieces = pieces[:-1]
    lined = None in pieces
    if lined and (not (start and end) or any("\n" in piece for piece in pieces if piece)):
        raise _beyond(pattern)
    if not lined and start and end:
        return f"{value} == {quote(''.join(piece for piece in pieces if piece))}"
    wild = (*([] if start else [None]), *pieces, *([] if end else [None]))
    found: Formula = True if set(wild) == {None} else f"{value} like {quote_pattern(wild)}"
    one_line = f"!({value} like {quote_pattern((None, chr(10), None))})"
    return both(found, one_line) if lined else found


def _pieces(tokens: list[str], pattern: str) -> list[str | None]:
    """Literal runs, and none for each `.*`."""
    pieces: list[str | None] = []
    place = 0
    while place < len(tokens):
        if tuple(tokens[place : place + 2]) == ANY:
            pieces += [] if pieces[-1:] == [None] else [None]
            place += 2
            continue
        literal = _literal(tokens[place], pattern)
        if pieces and pieces[-1] is not None:
            pieces[-1] += literal
        else:
            pieces.append(literal)
        place += 1
    return pieces


def _literal(token: str, pattern: str) -> str:
    if token in _CONTROL:
        return _CONTROL[token]
    if len(token) == 1 and token not in _SPECIAL:
        return token
    if len(token) == 2 and token[0] == "\\" and not token[1].isalnum():
        return token[1]
    raise _beyond(pattern)


def _beyond(pattern: str) -> InexpressibleError:
    return InexpressibleError(f"Cedar matches literal texts and wildcards, not `{pattern}`")
