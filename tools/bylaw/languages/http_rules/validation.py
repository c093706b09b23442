"""What makes a document wrong beyond its shape: everything that would load and then silently never match, or always."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from bylaw.languages.http_rules.documents import (
    RULE_KINDS,
    BodyMatcherDocument,
    HeaderMatcherDocument,
    LimitDocument,
    MatcherDocument,
    RuleDocument,
    RulesDocument,
)
from bylaw.languages.http_rules.model import MAX_RULES
from bylaw.languages.http_rules.patterns import problems as pattern_problems
from bylaw.languages.http_rules.times import offset_of, range_of
from bylaw.languages.portable_regex import RegexError, compile_regex
from bylaw.languages.unclear_scalars import unclear_scalars
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import Span
from bylaw.repository.yaml_reader import YamlFile

Route: TypeAlias = tuple[str | int, ...]
_TEXT_TESTS: Final = ("prefix", "suffix", "contains", "regex")
_NUMBER_TESTS: Final = ("min", "max")
_PATH_HELP: Final = "join keys and positions by dots, as `$.items.0.amount`"


def validated(document: RulesDocument, file: YamlFile) -> Iterator[Diagnostic]:
    """Everything that is wrong with a document that has the right shape."""
    yield from _rule_list(document, file)
    for number, rule in enumerate(document.rules):
        yield from _rule(rule, ("rules", number), file)
    yield from unclear_scalars(file)


def _rule_list(document: RulesDocument, file: YamlFile) -> Iterator[Diagnostic]:
    if len(document.rules) > MAX_RULES:
        message = f"{len(document.rules)} rules, limit {MAX_RULES}"
        yield Diagnostic("too-many-rules", message, file.span(("rules", MAX_RULES)), "split the document by agent")
    seen: Counter[str] = Counter()
    for number, rule in enumerate(document.rules):
        seen[rule.name] += 1
        if seen[rule.name] == 2:
            place = file.span(("rules", number, "name"))
            yield Diagnostic("duplicate-rule-name", f"two rules are called `{rule.name}`", place, "name them apart")


def _rule(rule: RuleDocument, route: Route, file: YamlFile) -> Iterator[Diagnostic]:
    if len(rule.kinds) != 1:
        told = f"it has {' and '.join(f'`{kind}`' for kind in rule.kinds)}" if rule.kinds else "it has none"
        message = f"a rule has one of `allow`, `deny` and `limit`; {told}"
        yield Diagnostic("rule-kind", message, file.span((*route, "name")), "make a rule of each")
        return
    for kind in RULE_KINDS:
        part = getattr(rule, kind)
        if isinstance(part, MatcherDocument):
            yield from _matcher(part, (*route, kind), file)
        elif isinstance(part, LimitDocument):
            yield from _limit(part, (*route, kind), file)


def _limit(limit: LimitDocument, route: Route, file: YamlFile) -> Iterator[Diagnostic]:
    if (limit.per == "body_field") is not (limit.field is not None):
        message = "`field` is what `per: body_field` counts by, and nothing else"
        remedy = "add `field:`" if limit.field is None else "remove `field`"
        yield Diagnostic("limit-field", message, file.span((*route, "per")), remedy)
    if limit.field is not None:
        yield from _path(limit.field, file.span((*route, "field")))


def _matcher(matcher: MatcherDocument, route: Route, file: YamlFile) -> Iterator[Diagnostic]:
    if matcher.url is not None:
        for problem in pattern_problems(matcher.url):
            yield Diagnostic(problem.code, problem.message, file.span((*route, "url")), problem.help)
    yield from _times(matcher, route, file)
    bodies = (matcher.body,) if isinstance(matcher.body, BodyMatcherDocument) else matcher.body
    single = isinstance(matcher.body, BodyMatcherDocument)
    for number, body in enumerate(bodies):
        yield from _body(body, (*route, "body") if single else (*route, "body", number), file)
    for number, header in enumerate(matcher.headers):
        yield from _header(header, (*route, "headers", number), file)


def _times(matcher: MatcherDocument, route: Route, file: YamlFile) -> Iterator[Diagnostic]:
    if matcher.time_outside is not None and range_of(matcher.time_outside) is None:
        message = f"`{matcher.time_outside}` is no range of times"
        remedy = "write it as `22:00-06:00`; start and end differ"
        yield Diagnostic("invalid-time-range", message, file.span((*route, "time_outside")), remedy)
    if matcher.timezone is not None:
        place = file.span((*route, "timezone"))
        if offset_of(matcher.timezone) is None:
            message = f"`{matcher.timezone}` is no zone of this format"
            yield Diagnostic("invalid-timezone", message, place, "write `UTC` or an offset such as `+02:00`, in quotes")
        elif matcher.time_outside is None:
            message = "`timezone` means nothing without `time_outside`"
            yield Diagnostic("invalid-timezone", message, place, "remove it, or give the times")


def _body(body: BodyMatcherDocument, route: Route, file: YamlFile) -> Iterator[Diagnostic]:
    yield from _path(body.jsonpath, file.span((*route, "jsonpath")))
    if body.min is not None and body.max is not None and body.min > body.max:
        message = f"no number is at least {body.min} and at most {body.max}"
        yield Diagnostic("empty-range", message, file.span((*route, "min")), "turn them round")
    numbers = [name for name in _NUMBER_TESTS if getattr(body, name) is not None]
    texts = [name for name in _TEXT_TESTS if getattr(body, name) is not None]
    if numbers and texts:
        message = f"no value is a number for `{numbers[0]}` and a string for `{texts[0]}`"
        yield Diagnostic("empty-range", message, file.span((*route, texts[0])), "make two matchers, or drop one")
    yield from _regex(body.regex, file.span((*route, "regex")))


def _header(header: HeaderMatcherDocument, route: Route, file: YamlFile) -> Iterator[Diagnostic]:
    tests = [name for name in ("exact", *_TEXT_TESTS) if getattr(header, name) is not None]
    if header.present is False and tests:
        message = f"a header that is not there has no value for `{tests[0]}`"
        yield Diagnostic("empty-range", message, file.span((*route, tests[0])), "drop `present: false`, or the test")
    yield from _regex(header.regex, file.span((*route, "regex")))


def _path(path: str, place: Span) -> Iterator[Diagnostic]:
    steps = path.removeprefix("$.").split(".")
    bad: Callable[[str], bool] = lambda step: not step or any(character in step for character in "[]*$")  # noqa: E731
    if path == "$" or any(map(bad, steps)):
        yield Diagnostic("invalid-path", f"`{path}` is no path of this format", place, _PATH_HELP)


def _regex(pattern: str | None, place: Span) -> Iterator[Diagnostic]:
    if pattern is not None:
        try:
            compile_regex(pattern)
        except RegexError as error:
            remedy = "use literals, classes, groups, `|`, `*`, `+`, `?`, `{m,n}`, `^`, `$` and a leading `(?i)`"
            yield Diagnostic("invalid-regex", f"`{pattern}`: {error}", place, remedy)
