"""The canonical form: one text for all documents that mean the same, whatever their layout."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bylaw.languages.http_rules.model import (
    Allow,
    BodyMatcher,
    BodyTest,
    Contains,
    Deny,
    Exact,
    HeaderMatcher,
    HttpRules,
    Least,
    Limit,
    Matcher,
    Most,
    OneOf,
    Prefix,
    Regex,
    Rule,
    Suffix,
)
from bylaw.model.exact import Json


def canonical_text(rules: HttpRules) -> str:
    """The document as JSON: defaults spelled out, keys and what has no order sorted, rules in their order.

    Reading it again gives the same rules.
    """
    return json.dumps(_document(rules), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def action_text(rule: Rule) -> str:
    """What one rule does, as `deny {"url":"a.example/**"}`."""
    kind, operand = _action(rule)
    return f"{kind} {json.dumps(operand, ensure_ascii=False)}"


def action_parts(rule: Rule) -> Mapping[str, str]:
    """What one rule does, part by part: its kind, and each key with its value as JSON."""
    kind, operand = _action(rule)
    parts: dict[str, str] = {"kind": kind}
    for name, value in operand.items():
        if name in {"body", "headers"}:
            parts |= {part: text for matcher in value for part, text in _matcher_parts(name, matcher)}
        else:
            parts[name] = json.dumps(value, ensure_ascii=False)
    return parts


def _matcher_parts(name: str, matcher: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    subject = matcher["jsonpath" if name == "body" else "name"]
    tests = {key: value for key, value in matcher.items() if key not in {"jsonpath", "name"}} or {"present": True}
    for key, value in tests.items():
        yield f"{name} {subject} {key}", json.dumps(value, ensure_ascii=False)


def _document(rules: HttpRules) -> dict[str, Any]:
    found: dict[str, Any] = {
        "default": rules.default,
        "mode": rules.mode,
        "rules": [_rule(rule) for rule in rules.rules],
    }
    return found | ({} if rules.agent is None else {"agent": rules.agent})


def _rule(rule: Rule) -> dict[str, Any]:
    kind, operand = _action(rule)
    return {"name": rule.name, kind: operand}


def _action(rule: Rule) -> tuple[str, dict[str, Any]]:
    match rule.action:
        case Allow(matcher):
            return "allow", _matcher(matcher)
        case Deny(matcher):
            return "deny", _matcher(matcher)
        case Limit(calls, per, field):
            counted = {} if field is None else {"field": field}
            return "limit", {"calls_per_minute": calls, "per": per, **counted}


def _matcher(matcher: Matcher) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if matcher.methods:
        found["method"] = sorted(matcher.methods)
    if matcher.url is not None:
        found["url"] = matcher.url
    if matcher.body:
        found["body"] = _sorted([_body(body) for body in matcher.body])
    if matcher.headers:
        found["headers"] = _sorted([_header(header) for header in matcher.headers])
    if matcher.outside is not None:
        start, end, offset = matcher.outside
        found["time_outside"] = f"{_clock(start)}-{_clock(end)}"
        if offset:
            found["timezone"] = f"{'-' if offset < 0 else '+'}{_clock(abs(offset))}"
    return found


def _body(matcher: BodyMatcher) -> dict[str, Any]:
    return {"jsonpath": ".".join(matcher.steps)} | dict(_test(test) for test in matcher.tests)


def _header(matcher: HeaderMatcher) -> dict[str, Any]:
    found: dict[str, Any] = {"name": matcher.name.lower()} | dict(_test(test) for test in matcher.tests)
    return found if matcher.present is None else found | {"present": matcher.present}


def _test(test: BodyTest) -> tuple[str, Any]:
    match test:
        case Exact(value):
            return "exact", plain(value)
        case OneOf(values):
            return "in", [plain(value) for value in values]
        case Least(bound):
            return "min", bound
        case Most(bound):
            return "max", bound
        case Prefix(text):
            return "prefix", text
        case Suffix(text):
            return "suffix", text
        case Contains(text):
            return "contains", text
        case Regex(pattern):
            return "regex", pattern


def plain(value: Json) -> Any:  # noqa: ANN401 - what `json.dumps` takes
    """A value for `json.dumps`; decimals have few enough digits to be floats without loss."""
    match value:
        case Decimal():
            return float(value)
        case Mapping():
            return {name: plain(inner) for name, inner in value.items()}
        case str() | bool() | int() | None:
            return value
        case _:
            return [plain(inner) for inner in value]


def _sorted(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parts that all have to hold, so that their order means nothing."""
    return sorted(parts, key=lambda part: json.dumps(part, sort_keys=True))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
