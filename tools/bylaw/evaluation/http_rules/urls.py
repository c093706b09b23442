"""What rules see of a URL: its host and the segments of its path, percent-decoded, without dot segments; no query, no fragment.

The strict dialect refuses what two readers may read differently. Beside syntax that RFC 3986 excludes, that is an empty host, an
escape in the host, a port with leading zeros, and `https:` without its slashes: clients that accept these disagree on the host.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from bylaw.evaluation.http_rules.identifiers import templated
from bylaw.evaluation.http_rules.requests import encodes
from bylaw.model.dialects import Dialect

MAX_URL_LENGTH = 8192
"""Characters, in the strict dialect."""


class Subject(NamedTuple):
    """What patterns are matched with."""

    host: str
    """With its port, unless that is 443 or 80. Never templated."""
    raw: tuple[str, ...]
    """The segments of the path."""
    templated: tuple[str, ...]
    """The same, `{id}` in place of identifiers."""


class Refusal(StrEnum):
    """Why a URL cannot be read."""

    EMPTY = "the URL is empty"
    TOO_LONG = "the URL is longer than 8192 characters"
    CHARACTER = "the URL has white space, a control character or a backslash"
    SCHEME = "the scheme is neither http nor https"
    HOST = "the host is empty, not ASCII or escaped"
    PORT = "the port has leading zeros"
    ENCODING = "the path is not UTF-8 or has control characters"


_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SCHEME = re.compile(r"([^/?#]*)://")
_HALF_SCHEME = re.compile(r"https?:(?!//)", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/?#]*")
_PADDED_PORT = re.compile(r":0[0-9]+\Z")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_ANY_ESCAPE = re.compile(rb"%.{0,2}", re.DOTALL)


def subject_of(url: str, dialect: Dialect) -> Subject | Refusal:
    """Host and path of a URL, or why there are none; the upstream dialect refuses lone surrogates only."""
    if not url.isascii() and not encodes(url):
        return Refusal.ENCODING
    return _strict(url) if dialect is Dialect.STRICT else _upstream(url)


def _strict(url: str) -> Subject | Refusal:
    if not url:
        return Refusal.EMPTY
    if len(url) > MAX_URL_LENGTH:
        return Refusal.TOO_LONG
    if _FORBIDDEN.search(url):
        return Refusal.CHARACTER
    scheme = _SCHEME.match(url)
    if (scheme and scheme[1].lower() not in {"http", "https"}) or _HALF_SCHEME.match(url):
        return Refusal.SCHEME
    rest = url[scheme.end() :] if scheme else url
    authority = _AUTHORITY.match(rest)
    end = authority.end() if authority else 0
    host = _strict_host(rest[:end])
    if isinstance(host, Refusal):
        return host
    octets = _path(rest[end:]).encode()
    try:
        path = _ESCAPE.sub(_byte, octets).decode()
    except UnicodeDecodeError:
        return Refusal.ENCODING
    return Refusal.ENCODING if _CONTROL.search(path) else _subject(host, path)


def _strict_host(authority: str) -> str | Refusal:
    host = authority.rpartition("@")[2]
    if not host.isascii() or "%" in host:
        return Refusal.HOST
    if _PADDED_PORT.search(host):
        return Refusal.PORT
    host = _without_default_port(host.lower()).removesuffix(":").removesuffix(".")
    return host or Refusal.HOST


def _upstream(url: str) -> Subject:
    rest = url.removeprefix("https://")
    if rest == url:
        rest = url.removeprefix("http://")
    authority, slash, after = rest.partition("/")
    host = _ascii_lower(authority.rpartition("@")[2])
    octets = _path(slash + after).encode()
    return _subject(_without_default_port(host), _ANY_ESCAPE.sub(_lossy, octets).decode("latin-1"))


def _ascii_lower(text: str) -> str:
    return text.lower() if text.isascii() else re.sub("[A-Z]+", lambda upper: upper[0].lower(), text)


def _without_default_port(host: str) -> str:
    shorter = host.removesuffix(":443")
    return shorter if shorter != host else host.removesuffix(":80")


def _path(after_authority: str) -> str:
    return after_authority.partition("?")[0].partition("#")[0]


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escape[1].decode())


def _lossy(escape: re.Match[bytes]) -> bytes:
    """A malformed escape keeps its `%` and loses the two bytes after it."""
    exact = _ESCAPE.fullmatch(escape[0])
    return _byte(exact) if exact else b"%"


def _subject(host: str, path: str) -> Subject:
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    return Subject(host, tuple(segments), tuple(map(templated, segments)))
