"""Short ways to write documents and requests in tests."""

from collections.abc import Iterable

from bylaw.languages.http_rules.model import (
    Allow,
    BodyMatcher,
    BodyTest,
    Default,
    Deny,
    HeaderMatcher,
    HeaderTest,
    HttpRules,
    Limit,
    Matcher,
    Method,
    Mode,
    Per,
    Rule,
    Window,
)
from bylaw.model.spans import Position, Span

SPAN = Span("policy.yaml", Position(1, 1), Position(1, 1))


def body(path: str, *tests: BodyTest) -> BodyMatcher:
    return BodyMatcher(path, tests, SPAN)


def header(name: str, *tests: HeaderTest, present: bool | None = None) -> HeaderMatcher:
    return HeaderMatcher(name, present, tests, SPAN)


def matcher(
    url: str | None = None,
    *,
    methods: str = "",
    body: Iterable[BodyMatcher] = (),
    headers: Iterable[HeaderMatcher] = (),
    outside: Window | None = None,
) -> Matcher:
    return Matcher(frozenset(map(Method, methods.split())), url, tuple(body), tuple(headers), outside)


def allow(name: str, matches: Matcher | str | None = None) -> Rule:
    return Rule(name, Allow(matches if isinstance(matches, Matcher) else matcher(matches)), SPAN)


def deny(name: str, matches: Matcher | str | None = None) -> Rule:
    return Rule(name, Deny(matches if isinstance(matches, Matcher) else matcher(matches)), SPAN)


def limit(name: str, calls: int, per: Per = Per.GLOBAL, field: str | None = None) -> Rule:
    return Rule(name, Limit(calls, per, field), SPAN)


def rules(*found: Rule, default: Default = Default.DENY, mode: Mode = Mode.ENFORCE) -> HttpRules:
    return HttpRules(None, default, mode, mode_is_given=True, rules=found)
