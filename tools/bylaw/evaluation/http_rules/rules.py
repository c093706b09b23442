"""A document, compiled: what every request would compute anew is computed once, decisions included."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from bylaw.evaluation.http_rules.bodies import Body, body_condition, read_body
from bylaw.evaluation.http_rules.headers import Headers, header_condition, joined
from bylaw.evaluation.http_rules.limit_keys import KeyReader
from bylaw.evaluation.http_rules.patterns import PatternSet, specificity
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.evaluation.http_rules.times import is_outside
from bylaw.evaluation.http_rules.urls import Refusal, Subject, subject_of
from bylaw.languages.http_rules.model import Allow, Deny, HttpRules, Limit, Matcher, Method, Rule, Source, Window
from bylaw.model.dialects import Dialect

MAX_CACHED_URLS = 4096
MAX_CACHED_LENGTH = 256
"""Of a URL that is cached: longer ones would let a caller choose how much memory the cache takes."""
_METHODS = frozenset(Method)


class Reading:
    """A request while it is decided: headers and body are read when first asked for, and once."""

    __slots__ = ("_body", "_dialect", "_headers", "request")

    def __init__(self, request: HttpRequest, dialect: Dialect) -> None:
        self.request = request
        self._dialect = dialect
        self._headers: Headers | None = None
        self._body: Body | None = None

    @property
    def headers(self) -> Headers:
        """The headers by folded name."""
        if self._headers is None:
            self._headers = joined(self.request.headers)
        return self._headers

    @property
    def body(self) -> Body:
        """The body."""
        if self._body is None:
            self._body = read_body(self.request.body, self._dialect)
        return self._body


Condition: TypeAlias = Callable[[Reading], bool]


class Tier(NamedTuple):
    """The rules of one action, most specific first."""

    names: tuple[str, ...]
    sources: tuple[Source, ...]
    methods: tuple[frozenset[Method], ...]
    conditions: tuple[tuple[Condition, ...], ...]
    """Of each rule, beside method and URL; cheap ones first."""
    patterns: PatternSet

    def candidates(self, subject: Subject, method: Method | None) -> tuple[int, ...]:
        """The places of the rules whose method and URL match; no method: one that no rule can name."""
        return tuple(
            place
            for place in self.patterns.matching(subject)
            if not self.methods[place] or method in self.methods[place]
        )


class Candidates(NamedTuple):
    """What a URL and a method leave to try."""

    subject: Subject
    denies: tuple[int, ...]
    allows: tuple[int, ...]


class CompiledLimit(NamedTuple):
    """A limit."""

    name: str
    source: Source
    calls: int
    keys: KeyReader


class Program:
    """A document, compiled for a dialect."""

    def __init__(self, document: HttpRules, dialect: Dialect) -> None:
        self.document = document
        self.dialect = dialect
        self.denies = _tier(document.rules, Deny, dialect)
        self.allows = _tier(document.rules, Allow, dialect)
        self.limits = tuple(
            CompiledLimit(rule.name, rule.source, rule.action.calls_per_minute, KeyReader(rule.action, dialect))
            for rule in document.rules
            if isinstance(rule.action, Limit)
        )
        self._cached = lru_cache(MAX_CACHED_URLS)(self._candidates)

    def candidates(self, url: str, method: str) -> Candidates | Refusal:
        """The rules to try for a URL and a method, or why the URL cannot be read."""
        known = Method(method) if method in _METHODS else None
        return self._cached(url, known) if len(url) <= MAX_CACHED_LENGTH else self._candidates(url, known)

    def _candidates(self, url: str, method: Method | None) -> Candidates | Refusal:
        subject = subject_of(url, self.dialect)
        if isinstance(subject, Refusal):
            return subject
        return Candidates(subject, self.denies.candidates(subject, method), self.allows.candidates(subject, method))


def first_match(tier: Tier, places: Iterable[int], reading: Reading) -> int | None:
    """The first of the candidates whose other conditions hold."""
    for place in places:
        for condition in tier.conditions[place]:
            if not condition(reading):
                break
        else:
            return place
    return None


def _tier(rules: Sequence[Rule], kind: type[Allow | Deny], dialect: Dialect) -> Tier:
    found = sorted(_matchers(rules, kind), key=lambda pair: -specificity(pair[1].url))
    return Tier(
        tuple(rule.name for rule, _ in found),
        tuple(rule.source for rule, _ in found),
        tuple(matcher.methods for _, matcher in found),
        tuple(tuple(_conditions(matcher, dialect, when_opaque=kind is Deny)) for _, matcher in found),
        PatternSet([matcher.url for _, matcher in found], dialect),
    )


def _matchers(rules: Sequence[Rule], kind: type[Allow | Deny]) -> Iterator[tuple[Rule, Matcher]]:
    return ((rule, rule.action.matcher) for rule in rules if isinstance(rule.action, kind))


def _conditions(matcher: Matcher, dialect: Dialect, *, when_opaque: bool) -> Iterator[Condition]:
    if matcher.outside is not None:
        yield _outside(matcher.outside)
    for header in matcher.headers:
        yield _on_headers(header_condition(header, dialect))
    for body in matcher.body:
        yield _on_body(body_condition(body, dialect, when_opaque=when_opaque))


def _outside(window: Window) -> Condition:
    return lambda reading: is_outside(window, reading.request.timestamp_ms)


def _on_headers(holds: Callable[[Headers], bool]) -> Condition:
    return lambda reading: holds(reading.headers)


def _on_body(holds: Callable[[Body], bool]) -> Condition:
    return lambda reading: holds(reading.body)
