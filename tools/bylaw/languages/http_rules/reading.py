"""From a file to its rules and cases, with every complaint at its place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bylaw.languages.http_rules.cases import Case, cases_of
from bylaw.languages.http_rules.documents import (
    BodyMatcherDocument,
    HeaderMatcherDocument,
    MatcherDocument,
    RuleDocument,
    RulesDocument,
)
from bylaw.languages.http_rules.model import (
    MAX_DOCUMENT_BYTES,
    Allow,
    BodyMatcher,
    BodyTest,
    Contains,
    Default,
    Deny,
    Exact,
    HeaderMatcher,
    HeaderTest,
    HttpRules,
    Least,
    Limit,
    Matcher,
    Method,
    Mode,
    Most,
    OneOf,
    Per,
    Prefix,
    Regex,
    Rule,
    Suffix,
    TextTest,
)
from bylaw.languages.http_rules.times import window_of
from bylaw.languages.http_rules.validation import Route, validated
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.exact import exact
from bylaw.model.spans import whole_file
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.yaml_reader import YamlFile

_TEXT_TESTS: Final[Mapping[str, Callable[[str], TextTest]]] = {
    "prefix": Prefix,
    "suffix": Suffix,
    "contains": Contains,
    "regex": Regex,
}


@dataclass(frozen=True)
class ReadRules:
    """A document with its embedded cases; none where it cannot be read."""

    rules: HttpRules | None
    cases: tuple[Case, ...]
    diagnostics: tuple[Diagnostic, ...]
    file: YamlFile | None = None
    """The document with its positions; none where it cannot be read."""


def read_rules(text: str, path: str) -> ReadRules:
    """Read one document. One that breaks a rule of the language is still read, as far as it says what it means."""
    if len(text.encode()) > MAX_DOCUMENT_BYTES:
        message = f"`{path}` is larger than 256 KB"
        return ReadRules(None, (), (Diagnostic("document-too-large", message, whole_file(path), "split it by agent"),))
    document, file, diagnostics = load_with_places(RulesDocument, text, path)
    if document is None or file is None:
        return ReadRules(None, (), diagnostics)
    problems = tuple(validated(document, file))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return ReadRules(None, (), problems)
    cases, found = cases_of(document.tests, file)
    return ReadRules(_rules(document, file), cases, (*problems, *found), file)


def _rules(document: RulesDocument, file: YamlFile) -> HttpRules:
    return HttpRules(
        agent=document.agent,
        default=Default(document.default),
        mode=Mode(document.mode or Mode.DRY_RUN),
        mode_is_given=document.mode is not None,
        rules=tuple(_rule(rule, ("rules", number), file) for number, rule in enumerate(document.rules)),
        description=document.description,
    )


def _rule(rule: RuleDocument, route: Route, file: YamlFile) -> Rule:
    return Rule(rule.name, _action(rule, route, file), file.span((*route, "name")))


def _action(rule: RuleDocument, route: Route, file: YamlFile) -> Allow | Deny | Limit:
    if rule.limit is not None:
        return Limit(rule.limit.calls_per_minute, Per(rule.limit.per), rule.limit.field)
    if rule.allow is not None:
        return Allow(_matcher(rule.allow, (*route, "allow"), file))
    assert rule.deny is not None, "a validated rule has a kind"  # noqa: S101 - an invariant of validation
    return Deny(_matcher(rule.deny, (*route, "deny"), file))


def _matcher(matcher: MatcherDocument, route: Route, file: YamlFile) -> Matcher:
    return Matcher(
        methods=frozenset(map(Method, matcher.method)),
        url=matcher.url,
        body=tuple(_body(one, place, file) for one, place in bodies(matcher, route)),
        headers=tuple(_header(one, file, (*route, "headers", number)) for number, one in enumerate(matcher.headers)),
        outside=window_of(matcher.time_outside, matcher.timezone) if matcher.time_outside else None,
    )


def bodies(matcher: MatcherDocument, route: Route) -> Iterator[tuple[BodyMatcherDocument, Route]]:
    """The body matchers with their places, whether one is given or a list."""
    if isinstance(matcher.body, BodyMatcherDocument):
        yield matcher.body, (*route, "body")
    else:
        yield from ((one, (*route, "body", number)) for number, one in enumerate(matcher.body))


def _body(matcher: BodyMatcherDocument, route: Route, file: YamlFile) -> BodyMatcher:
    return BodyMatcher(matcher.jsonpath, tuple(_body_tests(matcher)), file.span(route))


def _body_tests(matcher: BodyMatcherDocument) -> Iterator[BodyTest]:
    given = matcher.model_fields_set
    if "exact" in given:
        yield Exact(exact(matcher.exact))
    if matcher.in_ is not None:
        yield OneOf(tuple(map(exact, matcher.in_)))
    if matcher.min is not None:
        yield Least(matcher.min)
    if matcher.max is not None:
        yield Most(matcher.max)
    for name, test in _TEXT_TESTS.items():
        text = getattr(matcher, name)
        if text is not None:
            yield test(text)


def _header(matcher: HeaderMatcherDocument, file: YamlFile, route: Route) -> HeaderMatcher:
    tests: list[HeaderTest] = [] if matcher.exact is None else [Exact(matcher.exact)]
    for name, test in _TEXT_TESTS.items():
        text = getattr(matcher, name)
        if text is not None:
            tests.append(test(text))
    return HeaderMatcher(matcher.name, matcher.present, tuple(tests), file.span(route))
