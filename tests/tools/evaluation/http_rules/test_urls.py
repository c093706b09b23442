"""What becomes of a URL, step by step, in both dialects."""

import pytest

from bylaw.evaluation.http_rules.urls import Refusal, Subject, subject_of
from bylaw.model.dialects import Dialect

STRICT, UPSTREAM = Dialect.STRICT, Dialect.UPSTREAM


def plain(url: str, dialect: Dialect) -> str:
    """Host and raw path, or the name of the refusal."""
    found = subject_of(url, dialect)
    return "/".join([found.host, *found.raw]) if isinstance(found, Subject) else found.name


@pytest.mark.parametrize(
    ("url", "strict", "upstream"),
    [
        # the scheme
        ("https://h/x", "h/x", "h/x"),
        ("http://h/x", "h/x", "h/x"),
        ("h/x", "h/x", "h/x"),
        ("HTTPS://h/x", "h/x", "https:/h/x"),
        ("ftp://h/x", "SCHEME", "ftp:/h/x"),
        ("https:/h/x", "SCHEME", "https:/h/x"),
        ("https:h/x", "SCHEME", "https:h/x"),
        ("http://http://h/x", "http/h/x", "http:/h/x"),
        ("https://http://h/x", "http/h/x", "http:/h/x"),
        ("h/to?next=ftp://x", "h/to", "h/to"),
        # what is refused
        ("", "EMPTY", ""),
        ("h/" + "a" * 8190, "h/" + "a" * 8190, "h/" + "a" * 8190),
        ("h/" + "a" * 8191, "TOO_LONG", "h/" + "a" * 8191),
        ("h/a b", "CHARACTER", "h/a b"),
        ("h/?q=a\u00a0b", "CHARACTER", "h"),
        ("h/a\x00b", "CHARACTER", "h/a\x00b"),
        ("h/a\x7fb", "CHARACTER", "h/a\x7fb"),
        ("h/a\x9fb", "CHARACTER", "h/aÂ\x9fb"),
        ("h\\x/y", "CHARACTER", "h\\x/y"),
        ("h/a\ud800", "ENCODING", "ENCODING"),
        ("//evil.test/x", "HOST", "/evil.test/x"),
        ("/x", "HOST", "/x"),
        # where the authority ends
        ("https://evil.test?@api.ok.com/v1", "evil.test", "api.ok.com/v1"),
        ("https://evil.test#@api.ok.com/v1", "evil.test", "api.ok.com/v1"),
        ("https://h?x=1", "h", "h?x=1"),
        ("https://h#x", "h", "h#x"),
        # user information
        ("https://u:p@h/x", "h/x", "h/x"),
        ("https://api.ok.com@evil.test/x", "evil.test/x", "evil.test/x"),
        ("https://a@b@h/x@y", "h/x@y", "h/x@y"),
        # the host
        ("https://API.x.com:443/", "api.x.com", "api.x.com"),
        ("https://h:80/", "h", "h"),
        ("http://h:443/", "h", "h"),
        ("https://h:8080/", "h:8080", "h:8080"),
        ("https://h:80:443/", "h:80", "h:80"),
        ("https://h:443:80/", "h:443", "h:443"),
        ("https://h:/x", "h/x", "h:/x"),
        ("https://h./x", "h/x", "h./x"),
        ("https://h.:443/x", "h/x", "h./x"),
        ("https://h.:/x", "h/x", "h.:/x"),
        ("https://h../x", "h./x", "h../x"),
        ("https://h:0443/x", "PORT", "h:0443/x"),
        ("https://h:00/x", "PORT", "h:00/x"),
        ("https://h:0/x", "h:0/x", "h:0/x"),
        ("https://h%41/x", "HOST", "h%41/x"),
        ("https://HÉ/x", "HOST", "hÉ/x"),
        ("https://[::1]:443/x", "[::1]/x", "[::1]/x"),
        ("https://[::1]/x", "[::1]/x", "[::1]/x"),
        # the path
        ("https://h", "h", "h"),
        ("https://h/x?a/b", "h/x", "h/x"),
        ("https://h/x#a/b", "h/x", "h/x"),
        ("https://h/x#a?b", "h/x", "h/x"),
        ("https://h/%61dmin", "h/admin", "h/admin"),
        ("https://h/a%2Fb", "h/a/b", "h/a/b"),
        ("https://h/a%3Fb", "h/a?b", "h/a?b"),
        ("https://h/a/%2e%2E/b", "h/b", "h/b"),
        ("https://h/%2561", "h/%61", "h/%61"),
        ("https://h/é", "h/é", "h/Ã©"),
        ("https://h/%C3%A9", "h/é", "h/Ã©"),
        ("https://h/%c3", "ENCODING", "h/Ã"),
        ("https://h/%c0%ae", "ENCODING", "h/À®"),
        ("https://h/%00", "ENCODING", "h/\x00"),
        ("https://h/%0a", "ENCODING", "h/\n"),
        ("https://h/%c2%85", "ENCODING", "h/Â\x85"),
        ("https://h/a%20b", "h/a b", "h/a b"),
        ("https://h/a%5cb", "h/a\\b", "h/a\\b"),
        ("https://h/%zzbc", "h/%zzbc", "h/%bc"),
        ("https://h/a%", "h/a%", "h/a%"),
        ("https://h/a%4", "h/a%4", "h/a%"),
        ("https://h/%%41b", "h/%Ab", "h/%1b"),
        ("https://h/%é1", "h/%é1", "h/%1"),
        ("https://h/%4/b", "h/%4/b", "h/%b"),
        ("https://h//a/./b/../c/", "h/a/c", "h/a/c"),
        ("https://h/../../a", "h/a", "h/a"),
        ("https://h/a/..", "h", "h"),
        ("https://h/...", "h/...", "h/..."),
    ],
)
def test_normalisation(url: str, strict: str, upstream: str) -> None:
    assert plain(url, STRICT) == strict
    assert plain(url, UPSTREAM) == upstream


@pytest.mark.parametrize("dialect", Dialect)
def test_identifiers_in_the_path_are_templated_and_the_host_never_is(dialect: Dialect) -> None:
    found = subject_of("https://12345678/users/42/a%40b.c", dialect)

    assert found == Subject("12345678", ("users", "42", "a@b.c"), ("users", "{id}", "{id}"))


def test_a_refusal_says_why() -> None:
    found = subject_of("gopher://h", STRICT)

    assert isinstance(found, Refusal)
    assert str(found) == "the scheme is neither http nor https"
