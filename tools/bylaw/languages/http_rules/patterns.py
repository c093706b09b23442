"""URL patterns as text: `host/segment/…`, each segment literal, `*` for exactly one or `**` for any number of segments."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

ONE, ANY = "*", "**"
MAX_PATTERN = 1024
_HOST = re.compile(r"[a-z0-9._~!$&'()+,;=\[\]:-]+")
_DEFAULT_PORT = re.compile(r":(443|80)?$")
_SCHEME: Final = "://"


class Problem(NamedTuple):
    """What is wrong with a pattern."""

    code: str
    message: str
    help: str


def segments(pattern: str) -> tuple[str, ...]:
    """The segments of a pattern, the host first; `*` or `**` alone stands for everything."""
    return (ANY,) if pattern in {ONE, ANY} else tuple(pattern.split("/"))


def collapsed(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Segments with each run of `**` made one."""
    return tuple(part for place, part in enumerate(parts) if part != ANY or place == 0 or parts[place - 1] != ANY)


def literals(pattern: str | None) -> int:
    """How many segments are literal: how specific a pattern is."""
    return 0 if pattern is None else sum(part not in {ONE, ANY} for part in segments(pattern))


def problems(pattern: str) -> Iterator[Problem]:
    """Why a pattern would never match, or not what its author means."""
    if not pattern:
        yield _invalid("the pattern is empty", "leave `url` out to match any URL")
        return
    if pattern in {ONE, ANY}:
        return
    if _SCHEME in pattern:
        host = pattern.split(_SCHEME, 1)[1]
        yield _invalid("a pattern has no scheme", f"write `{host}`")
        return
    for character, word in (("?", "query"), ("#", "fragment"), ("@", "user")):
        if character in pattern:
            yield _invalid(f"a pattern has no {word}", "rules see host and path only")
            return
    if any(character.isspace() or not character.isprintable() for character in pattern):
        yield _invalid("a pattern has no white space", "leave it out")
        return
    if "%" in pattern:
        yield _invalid("a pattern has no escapes", "write the decoded character")
        return
    yield from _of_segments(pattern.split("/"))


def _of_segments(parts: list[str]) -> Iterator[Problem]:
    for part in parts:
        if part in {"", ".", ".."}:
            yield _invalid(f"`{part}` is no segment", "write no slash at either end, and no `.` or `..`")
        elif "*" in part and part not in {ONE, ANY}:
            yield Problem(
                "partial-glob", f"`{part}` is compared letter by letter", "`*` stands for a whole segment only"
            )
    host = parts[0]
    if host in {ONE, ANY} or "*" in host or not host:
        return
    if not host.isascii():
        yield _invalid(f"the host `{host}` is not ASCII", "write its A-label form, `xn--…`")
    elif _DEFAULT_PORT.search(host):
        yield _invalid(f"the host `{host}` has a default port", f"write `{_DEFAULT_PORT.sub('', host)}`")
    elif not _HOST.fullmatch(host):
        yield _invalid(
            f"`{host}` is no host", f"write `{host.lower()}`" if host != host.lower() else "write host and path"
        )


def _invalid(message: str, remedy: str) -> Problem:
    return Problem("invalid-pattern", message, remedy)
