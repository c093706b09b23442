"""One outgoing request, as a gateway sees it before it leaves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a decision may depend on: nothing else about a request does."""

    method: str
    """Compared as it is: methods are case-sensitive (RFC 9110, 9.1)."""
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    """Names and values, in the order of the request."""
    body: str | None = None
    timestamp_ms: int = 0
    """When it is made, in milliseconds since 1970 UTC."""


def is_text(request: HttpRequest) -> bool:
    """Whether method, URL and headers have no lone surrogates, which no encoding can carry."""
    return (
        _is_text(request.url)
        and _is_text(request.method)
        and all(_is_text(name) and _is_text(value) for name, value in request.headers)
    )


def _is_text(text: str) -> bool:
    return text.isascii() or encodes(text)


def encodes(text: str) -> bool:
    """Whether a text has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
