"""Mutants of `http-rules` documents: one small change to one rule each, or to the default."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bylaw.languages.http_rules.canonical import action_parts, canonical_text
from bylaw.languages.http_rules.model import (
    Allow,
    BodyMatcher,
    BodyTest,
    Default,
    Deny,
    HttpRules,
    Least,
    Limit,
    Matcher,
    Most,
    OneOf,
    Rule,
    Window,
)
from bylaw.languages.http_rules.program import RulesPolicy
from bylaw.model.digests import digest_text
from bylaw.model.spans import Span
from bylaw.testing.mutant import BaseMutant, Direction

ID_DIGITS: Final = 8
DAY: Final = 24 * 60
_SEGMENT = re.compile(r"[^/]+")


@dataclass(frozen=True, slots=True)
class RulesMutant(BaseMutant):
    """One change to one document."""

    rules: HttpRules


class _Edit(NamedTuple):
    """What a rule becomes; none where it is dropped."""

    operator: str
    rule: Rule | None
    growth: int
    """Whether the rule matches more (1), less (-1), or other requests (0)."""


class _Change(NamedTuple):
    operator: str
    matcher: Matcher
    growth: int


def mutants_of(policy: RulesPolicy) -> Iterator[RulesMutant]:
    """Every mutant of a document, in the order of its rules; none that says the same."""
    seen = {policy.canonical}
    for mutant in (*_of_default(policy), *_of_rules(policy)):
        text = canonical_text(mutant.rules)
        if text not in seen:
            seen.add(text)
            yield mutant


def _of_default(policy: RulesPolicy) -> Iterator[RulesMutant]:
    old = policy.rules.default
    new = Default.DENY if old is Default.ALLOW else Default.ALLOW
    direction = Direction.NARROWS if new is Default.DENY else Direction.WIDENS
    rules = replace(policy.rules, default=new)
    yield _mutant(policy, "flip-default", rules, direction, policy.place("default"), (str(old), str(new)))


def _of_rules(policy: RulesPolicy) -> Iterator[RulesMutant]:
    for number, rule in enumerate(policy.rules.rules):
        for operator, other, growth in _edits(rule):
            rest = policy.rules.rules
            rules = replace(policy.rules, rules=(*rest[:number], *((other,) if other else ()), *rest[number + 1 :]))
            texts = _texts(rule, other)
            yield _mutant(policy, operator, rules, _direction(rule, growth), rule.span, texts)


def _mutant(
    policy: RulesPolicy, operator: str, rules: HttpRules, direction: Direction, span: Span, texts: tuple[str, str]
) -> RulesMutant:
    digest = digest_text(canonical_text(rules))[:ID_DIGITS]
    return RulesMutant(
        f"{policy.ref.policy}:{operator}:{digest}", policy.ref.policy, operator, direction, span, *texts, rules
    )


def _direction(rule: Rule, growth: int) -> Direction:
    grows = growth if isinstance(rule.action, Allow) else -growth
    return {1: Direction.WIDENS, -1: Direction.NARROWS}.get(grows, Direction.CHANGES)


def _texts(rule: Rule, other: Rule | None) -> tuple[str, str]:
    """What differs, on both sides."""
    if other is None:
        return f"rule {rule.name}", ""
    old, new = action_parts(rule), action_parts(other)
    unlike = [part for part in {**old, **new} if old.get(part) != new.get(part)]
    return _side(rule, old, unlike), _side(rule, new, unlike)


def _side(rule: Rule, parts: Mapping[str, str], unlike: list[str]) -> str:
    return f"rule {rule.name}: " + ", ".join(f"{part} {parts.get(part, 'any')}" for part in unlike)


def _edits(rule: Rule) -> Iterator[_Edit]:
    yield _Edit("drop-rule", None, -1)
    match rule.action:
        case Limit():
            for step in (1, -1):
                calls = rule.action.calls_per_minute + step
                if calls >= 1:
                    yield _Edit(
                        "shift-limit", replace(rule, action=replace(rule.action, calls_per_minute=calls)), -step
                    )
        case Allow(matcher):
            yield _Edit("flip-effect", replace(rule, action=Deny(matcher)), -1)
            for operator, changed, growth in _changes(matcher):
                yield _Edit(operator, replace(rule, action=Allow(changed)), growth)
        case Deny(matcher):
            yield _Edit("flip-effect", replace(rule, action=Allow(matcher)), -1)
            for operator, changed, growth in _changes(matcher):
                yield _Edit(operator, replace(rule, action=Deny(changed)), growth)


def _changes(matcher: Matcher) -> Iterator[_Change]:
    yield from _methods(matcher)
    yield from _urls(matcher)
    yield from _bodies(matcher)
    for number in range(len(matcher.headers)):
        rest = (*matcher.headers[:number], *matcher.headers[number + 1 :])
        yield _Change("drop-header", replace(matcher, headers=rest), 1)
    yield from _windows(matcher)


def _methods(matcher: Matcher) -> Iterator[_Change]:
    if matcher.methods:
        yield _Change("any-method", replace(matcher, methods=frozenset()), 1)
    if len(matcher.methods) > 1:
        for method in sorted(matcher.methods):
            yield _Change("drop-method", replace(matcher, methods=matcher.methods - {method}), -1)


def _urls(matcher: Matcher) -> Iterator[_Change]:
    if matcher.url is None:
        return
    yield _Change("any-url", replace(matcher, url=None), 1)
    for found in _SEGMENT.finditer(matcher.url):
        segment = found[0]
        for operator, other, growth in _segments(segment):
            url = matcher.url[: found.start()] + other + matcher.url[found.end() :]
            yield _Change(operator, replace(matcher, url=url), growth)


def _segments(segment: str) -> tuple[tuple[str, str, int], ...]:
    match segment:
        case "*":
            return (("any-depth", "**", 1),)
        case "**":
            return (("one-segment", "*", -1),)
        case _:
            return (("any-segment", "*", 1),)


def _bodies(matcher: Matcher) -> Iterator[_Change]:
    for number, body in enumerate(matcher.body):
        before, after = matcher.body[:number], matcher.body[number + 1 :]
        yield _Change("drop-body", replace(matcher, body=(*before, *after)), 1)
        for operator, changed, growth in _body_tests(body):
            yield _Change(operator, replace(matcher, body=(*before, changed, *after)), growth)


def _body_tests(body: BodyMatcher) -> Iterator[tuple[str, BodyMatcher, int]]:
    for number, test in enumerate(body.tests):
        before, after = body.tests[:number], body.tests[number + 1 :]
        yield "drop-test", replace(body, tests=(*before, *after)), 1
        for operator, changed, growth in _tests(test):
            yield operator, replace(body, tests=(*before, changed, *after)), growth


def _tests(test: BodyTest) -> Iterator[tuple[str, BodyTest, int]]:
    match test:
        case Least(bound):
            yield "shift-bound", Least(bound - 1), 1
            yield "shift-bound", Least(bound + 1), -1
        case Most(bound):
            yield "shift-bound", Most(bound + 1), 1
            yield "shift-bound", Most(bound - 1), -1
        case OneOf(values) if len(values) > 1:
            for number in range(len(values)):
                yield "drop-value", OneOf((*values[:number], *values[number + 1 :])), -1


def _windows(matcher: Matcher) -> Iterator[_Change]:
    if matcher.outside is None:
        return
    yield _Change("any-time", replace(matcher, outside=None), 1)
    start, end, offset = matcher.outside
    for window in (Window((start + 1) % DAY, end, offset), Window(start, (end - 1) % DAY, offset)):
        if window.start != window.end:
            yield _Change("shift-time", replace(matcher, outside=window), 1)
