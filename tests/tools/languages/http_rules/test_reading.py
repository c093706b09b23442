"""From a file to rules: what every key means, and every complaint at its place."""

from decimal import Decimal

import pytest

from bylaw.languages.http_rules.model import (
    Allow,
    BodyMatcher,
    Default,
    Deny,
    Exact,
    HeaderMatcher,
    HttpRules,
    Least,
    Limit,
    Method,
    Mode,
    OneOf,
    Per,
    Prefix,
    Regex,
    Window,
)
from bylaw.languages.http_rules.reading import ReadRules, read_rules
from bylaw.model.diagnostics import Severity

WHOLE = """
agent: sales-agent
description: what the sales agent may send
schema_version: 1
default: deny
mode: enforce
rules:
  - name: read-contacts
    allow: {method: [GET, HEAD], url: "api.example.com/*/contacts/**"}
  - name: no-large-transfers
    deny:
      method: [POST]
      body:
        - {jsonpath: $.amount, min: 50001}
        - {jsonpath: currency, in: [EUR, 1.5, null, {a: [true]}]}
        - {jsonpath: note, exact: null}
      headers:
        - {name: X-Trace, prefix: t-, regex: "^t-[0-9]+$"}
        - {name: X-Test, present: false}
      time_outside: 08:00-18:30
      timezone: "+02:00"
  - name: overall
    limit: {calls_per_minute: 60, per: global}
  - name: by-account
    limit: {calls_per_minute: 5, per: body_field, field: $.account.id}
"""


def read(text: str) -> ReadRules:
    return read_rules(text, "policies/net/sales.yaml")


def rules_of(text: str) -> HttpRules:
    found = read(text)
    assert found.rules is not None, found.diagnostics
    return found.rules


def test_every_part_of_a_document_is_read() -> None:
    rules = rules_of(WHOLE)
    contacts, transfers, overall, by_account = rules.rules

    assert (rules.agent, rules.default, rules.mode, rules.mode_is_given) == (
        "sales-agent",
        Default.DENY,
        Mode.ENFORCE,
        True,
    )
    assert isinstance(contacts.action, Allow)
    assert contacts.action.matcher.methods == {Method.GET, Method.HEAD}
    assert contacts.action.matcher.url == "api.example.com/*/contacts/**"
    assert isinstance(transfers.action, Deny)
    matcher = transfers.action.matcher
    assert [(one.steps, one.tests) for one in matcher.body] == [
        (("amount",), (Least(50001),)),
        (("currency",), (OneOf(("EUR", Decimal("1.5"), None, {"a": (True,)})),)),
        (("note",), (Exact(None),)),
    ]
    assert [(one.name, one.present, one.tests) for one in matcher.headers] == [
        ("X-Trace", None, (Prefix("t-"), Regex("^t-[0-9]+$"))),
        ("X-Test", False, ()),
    ]
    assert matcher.outside == Window(8 * 60, 18 * 60 + 30, 120)
    assert overall.action == Limit(60, Per.GLOBAL, None)
    assert by_account.action == Limit(5, Per.BODY_FIELD, "$.account.id")
    assert str(transfers.span) == "policies/net/sales.yaml:10:11"


def test_one_body_matcher_needs_no_list_and_a_document_without_mode_only_observes() -> None:
    rules = rules_of("default: allow\nrules: [{name: a, deny: {body: {jsonpath: a.0.b}}}]\n")
    (rule,) = rules.rules

    assert (rules.mode, rules.mode_is_given) == (Mode.DRY_RUN, False)
    assert isinstance(rule.action, Deny)
    assert [type(one) for one in rule.action.matcher.body] == [BodyMatcher]
    assert rule.action.matcher.body[0].steps == ("a", "0", "b")
    assert not [one for one in rule.action.matcher.headers if isinstance(one, HeaderMatcher)]


def rule(text: str) -> str:
    return f"default: deny\nrules:\n  - name: a\n    {text}\n"


BAD = [
    ("rules: []\n", "missing-key", "1:1"),
    ("default: no\nrules: []\n", "invalid-value", "1:10"),
    ("default: deny\nrulez: []\nrules: []\n", "unknown-key", "2:1"),
    (rule("match: {}"), "unknown-key", "4:5"),
    (rule("source: org\n    allow: {}"), "unknown-key", "4:5"),
    ("default: deny\nrules:\n  - name: a\n", "rule-kind", "3:11"),
    (rule("allow: {}\n    limit: {calls_per_minute: 1, per: global}"), "rule-kind", "3:11"),
    (rule("allow: {}") + "  - name: a\n    deny: {}\n", "duplicate-rule-name", "5:11"),
    (rule("allow: {method: [get]}"), "invalid-value", "4:22"),
    (rule('allow: {url: ""}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "https://api.x.com/a"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "api.x.com/a?b=1"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "me@api.x.com"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "api.x.com/%61"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "API.x.com/a"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "api.x.com:443/a"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "bücher.example"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "api.x.com/a/"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "/a"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "api.x.com/../a"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "api.x.com/a b"}'), "invalid-pattern", "4:18"),
    (rule('allow: {url: "*.x.com/a"}'), "partial-glob", "4:18"),
    (rule('allow: {url: "x.com/a*"}'), "partial-glob", "4:18"),
    (rule("deny: {body: {jsonpath: '$.a[0]'}}"), "invalid-path", "4:29"),
    (rule("deny: {body: {jsonpath: $}}"), "invalid-path", "4:29"),
    (rule("deny: {body: {jsonpath: a..b}}"), "invalid-path", "4:29"),
    (rule("deny: {body: {jsonpath: a, min: 2, max: 1}}"), "empty-range", "4:37"),
    (rule("deny: {body: {jsonpath: a, min: 2, prefix: b}}"), "empty-range", "4:48"),
    (rule("deny: {body: {jsonpath: a, regex: '(?=b)'}}"), "invalid-regex", "4:39"),
    (rule("deny: {body: {jsonpath: a, regex: 'a**'}}"), "invalid-regex", "4:39"),
    (rule("deny: {body: {jsonpath: a, min: 9223372036854775808}}"), "invalid-value", "4:18"),
    (rule("deny: {body: {jsonpath: a, exact: 0.12345678901234567}}"), "imprecise-number", "4:39"),
    (rule("deny: {headers: [{name: a, present: false, exact: b}]}"), "empty-range", "4:55"),
    (rule("deny: {time_outside: 24:00-25:00}"), "invalid-time-range", "4:26"),
    (rule("deny: {time_outside: 10:00-10:00}"), "invalid-time-range", "4:26"),
    (rule("deny: {time_outside: 10:00-11:00, timezone: Europe/Paris}"), "invalid-timezone", "4:49"),
    (rule("deny: {time_outside: 10:00-11:00, timezone: '+15:00'}"), "invalid-timezone", "4:49"),
    (rule("deny: {timezone: UTC}"), "invalid-timezone", "4:22"),
    (rule("limit: {calls_per_minute: 0, per: global}"), "invalid-value", "4:31"),
    (rule("limit: {calls_per_minute: 1, per: body_field}"), "limit-field", "4:39"),
    (rule("limit: {calls_per_minute: 1, per: global, field: a}"), "limit-field", "4:39"),
    (rule("deny: {body: {jsonpath: a, exact: yes}}"), "ambiguous-scalar", "4:39"),
    (rule("deny: {body: {jsonpath: a, exact: 1:30}}"), "ambiguous-scalar", "4:39"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place"), BAD)
def test_what_would_never_or_always_match_is_refused_at_its_place(text: str, code: str, place: str) -> None:
    found = read(text)

    assert found.rules is None
    assert (code, f"policies/net/sales.yaml:{place}") in [(d.code, str(d.span)) for d in found.diagnostics]
    assert all(d.message[:1] == "`" or d.message[:1].islower() or d.message[:1].isdigit() for d in found.diagnostics)
    assert all(d.help for d in found.diagnostics if d.code != "invalid-value")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "default: &a deny\nrules: []\n",
        "default: deny\ndefault: deny\nrules: []\n",
        "default: deny\nrules: [" + "{name: a, allow: {}}," * 3 + "]",
        f"default: deny\nrules: []\ndescription: {'x' * 300_000}\n",
        "default: deny\nrules: [" + ",".join(f"{{name: r{n}, allow: {{}}}}" for n in range(201)) + "]",
    ],
)
def test_hostile_files_have_a_diagnostic_and_nothing_else(text: str) -> None:
    found = read(text)

    assert found.rules is None
    assert found.diagnostics
    assert all(d.span is not None for d in found.diagnostics)


CASES = """
default: deny
rules: [{name: a, allow: {url: "h/**"}}, {name: l, limit: {calls_per_minute: 1, per: global}}]
tests:
  - {name: one, input: {url: "https://h/x"}, expect: allow}
  - {name: two, input: {method: POST, url: "https://h/x", body: {a: 1}, headers: {X: z}}, repeat: 2, expect: rate_limit}
  - name: three
    sequence:
      - {url: "https://h/x", timestamp: "2026-03-31T12:00:00Z"}
      - {url: "https://h/y", timestamp_ms: 5, headers: [[A, b], [A, c]]}
    expect: {allowed: true, matched_rule: a, matched_rule_kind: allow}
"""


def test_cases_are_requests_with_what_the_last_should_get() -> None:
    found = read(CASES)
    one, two, three = found.cases

    assert found.diagnostics == ()
    assert (one.requests[0].method, one.requests[0].timestamp_ms, one.expected.outcome) == (
        "GET",
        1_774_958_400_000,
        "allow",
    )
    assert len(two.requests) == 2
    assert (two.requests[0].body, two.requests[0].headers, two.expected.allowed) == ('{"a": 1}', (("X", "z"),), False)
    assert [request.timestamp_ms for request in three.requests] == [1_774_958_400_000, 5]
    assert (three.expected.allowed, three.expected.rule, three.expected.kind) == (True, "a", "allow")


@pytest.mark.parametrize(
    ("case", "code", "severity"),
    [
        ("{name: one, input: {url: h}, expect: allow}", "duplicate-test-name", Severity.WARNING),
        ("{name: x, expect: allow}", "case-input", Severity.ERROR),
        ("{name: x, input: {url: h}, sequence: [{url: h}], expect: allow}", "case-input", Severity.ERROR),
        ("{name: x, input: {url: h, timestamp: soon}, expect: allow}", "case-time", Severity.ERROR),
        ('{name: x, input: {url: h, timestamp: "2026-03-31T12:00:00"}, expect: allow}', "case-time", Severity.ERROR),
        ('{name: x, input: {url: h, timestamp: "2026-03-31T12:00Z", timestamp_ms: 1}, expect: deny}', "case-time", Severity.ERROR),
        ("{name: x, input: {url: h}, repeat: 10000, expect: allow}", "too-many-cases", Severity.ERROR),
    ],
)  # fmt: skip
def test_cases_that_prove_nothing_are_told(case: str, code: str, severity: Severity) -> None:
    found = read(f"{CASES}  - {case}\n")

    assert (code, severity) in [(d.code, d.severity) for d in found.diagnostics]
