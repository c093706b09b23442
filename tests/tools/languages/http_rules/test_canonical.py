"""The canonical form says what a document means and nothing of how it is written; the house style keeps meaning and comments."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.languages.http_rules.canonical import canonical_text
from bylaw.languages.http_rules.model import HttpRules
from bylaw.languages.http_rules.reading import read_rules
from bylaw.repository.yaml_formatting import formatted_yaml
from tools.languages.http_rules.test_reading import WHOLE


def rules_of(text: str) -> HttpRules:
    found = read_rules(text, "a.yaml")
    assert found.rules is not None, found.diagnostics
    return found.rules


TEXTS = st.text("abz019 -_é", min_size=1, max_size=6)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | st.sampled_from([0.5, -2.25, 1e10]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
BODIES = st.fixed_dictionaries(
    {"jsonpath": st.sampled_from(["$.a", "a.0.b", "c"])},
    optional={
        "exact": VALUES,
        "in": st.lists(VALUES, min_size=1, max_size=3),
        "prefix": TEXTS,
        "regex": st.sampled_from(["a+", "^x$"]),
    },
)
HEADERS = st.fixed_dictionaries({"name": st.sampled_from(["X-A", "x-b"])}, optional={"exact": TEXTS, "contains": TEXTS})
MATCHERS = st.fixed_dictionaries(
    {},
    optional={
        "method": st.lists(st.sampled_from(["GET", "POST", "DELETE"]), max_size=3),
        "url": st.sampled_from(["*", "h.example/**", "h.example/*/b", "**/admin"]),
        "body": BODIES | st.lists(BODIES, max_size=3),
        "headers": st.lists(HEADERS, max_size=2),
        "time_outside": st.sampled_from(["08:00-18:00", "22:00-06:30", "00:00-24:00"]),
    },
)
LIMITS = st.fixed_dictionaries(
    {"calls_per_minute": st.integers(1, 100), "per": st.sampled_from(["global", "endpoint"])}
)
ACTIONS = st.one_of(
    st.fixed_dictionaries({"allow": MATCHERS}),
    st.fixed_dictionaries({"deny": MATCHERS}),
    st.fixed_dictionaries({"limit": LIMITS}),
)
DOCUMENTS = st.builds(
    lambda default, mode, actions: {
        "default": default,
        **({} if mode is None else {"mode": mode}),
        "rules": [{"name": f"r{number}", **action} for number, action in enumerate(actions)],
    },
    st.sampled_from(["allow", "deny"]),
    st.sampled_from([None, "enforce", "dry_run"]),
    st.lists(ACTIONS, max_size=4),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_the_canonical_form_is_a_document_that_means_the_same(document: dict[str, object]) -> None:
    text = canonical_text(rules_of(json.dumps(document)))

    assert canonical_text(rules_of(text)) == text


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS)
def test_formatting_twice_is_formatting_once_and_keeps_the_meaning(document: dict[str, object]) -> None:
    text = json.dumps(document, indent=3)
    once = formatted_yaml(text)

    assert once is not None
    assert formatted_yaml(once) == once
    assert canonical_text(rules_of(once)) == canonical_text(rules_of(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("method: [POST, GET]", "method: [GET, POST]"),
        ("method: []", ""),
        ("headers: [{name: A}, {name: b}]", "headers: [{name: B}, {name: a}]"),
        ("body: {jsonpath: $.a}", "body: [{jsonpath: a}]"),
        ("time_outside: 08:00-09:00", 'time_outside: "08:00-09:00", timezone: utc'),
    ],
)
def test_what_means_the_same_has_one_form(one: str, other: str) -> None:
    first, second = (f"default: deny\nrules: [{{name: a, allow: {{{part}}}}}]\n" for part in (one, other))

    assert canonical_text(rules_of(first)) == canonical_text(rules_of(second))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("default: deny", "default: allow"),
        ("mode: enforce", "mode: dry_run"),
        ("min: 50001", "min: 50002"),
        ("agent: sales-agent", "agent: other"),
        ("name: overall", "name: whole"),
        ("present: false", "present: true"),
        ('"+02:00"', '"-02:00"'),
        ("calls_per_minute: 60", "calls_per_minute: 61"),
    ],
)
def test_whatever_decides_is_in_the_form(old: str, new: str) -> None:
    assert old in WHOLE
    assert canonical_text(rules_of(WHOLE)) != canonical_text(rules_of(WHOLE.replace(old, new)))


def test_comments_stay_where_they_are() -> None:
    text = "# top\ndefault:   deny  # why\nrules:\n- name: a   # first\n  allow: {}\n\n\n\n# end\n"
    formatted = formatted_yaml(text)

    assert formatted == "# top\ndefault: deny    # why\nrules:\n  - name: a # first\n    allow: {}\n\n# end\n"
    assert formatted_yaml(formatted) == formatted


@pytest.mark.parametrize("text", ["", "a: [", "a: &x 1\nb: *x\n"])
def test_what_is_no_document_has_no_style(text: str) -> None:
    assert formatted_yaml(text) is None
