"""Conditions on headers: on the values of one name, joined."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from bylaw.evaluation.http_rules.texts import TextPredicate, text_predicate
from bylaw.languages.http_rules.model import Exact, HeaderMatcher
from bylaw.languages.portable_regex import RegexError
from bylaw.model.dialects import Dialect

Headers: TypeAlias = Mapping[str, str]
"""From the folded name to all its values."""
HeaderCondition: TypeAlias = Callable[[Headers], bool]


def joined(pairs: Iterable[tuple[str, str]]) -> Headers:
    """The values of each header, joined by `, ` in the order of the request."""
    found: dict[str, str] = {}
    for name, value in pairs:
        folded = _folded(name)
        found[folded] = f"{found[folded]}, {value}" if folded in found else value
    return found


def header_condition(matcher: HeaderMatcher, dialect: Dialect) -> HeaderCondition:
    """What a matcher asks of the headers; an expression that does not compile counts for nothing upstream.

    Raises:
        RegexError: an expression that does not compile, in the strict dialect.
    """
    name = _folded(matcher.name)
    if matcher.present is False:
        return lambda headers: name not in headers
    tests = tuple(_predicates(matcher, dialect))

    def holds(headers: Headers) -> bool:
        value = headers.get(name)
        return value is not None and all(test(value) for test in tests)

    return holds


def _predicates(matcher: HeaderMatcher, dialect: Dialect) -> Iterator[TextPredicate]:
    for test in matcher.tests:
        if isinstance(test, Exact):
            yield _equal_to(test)
            continue
        try:
            yield text_predicate(test, dialect)
        except RegexError:
            if dialect is Dialect.STRICT:
                raise


def _equal_to(test: Exact) -> TextPredicate:
    return lambda found: found == test.value


def _folded(name: str) -> str:
    """Without ASCII case: other letters are no part of header names, and fold differently from library to library."""
    return name.lower() if name.isascii() else re.sub("[A-Z]+", lambda upper: upper[0].lower(), name)
