"""What URL patterns match."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.evaluation.http_rules.patterns import BLOCK_BITS, PatternSet, pattern_matches, specificity
from bylaw.evaluation.http_rules.urls import Subject, subject_of
from bylaw.model.dialects import Dialect

STRICT, UPSTREAM = Dialect.STRICT, Dialect.UPSTREAM


def subject(url: str, dialect: Dialect = STRICT) -> Subject:
    found = subject_of(url, dialect)
    assert isinstance(found, Subject)
    return found


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        (None, ["h", "h/a/b"], []),
        ("*", ["h", "h/a/b"], []),
        ("**", ["h", "h/a/b"], []),
        ("*/*", ["h/a"], ["h", "h/a/b"]),
        ("*/**", ["h", "h/a/b"], []),
        ("**/**", ["h", "h/a/b"], []),
        ("**/*", ["h", "h/a"], []),
        ("api.x.com", ["https://api.x.com", "https://API.x.com:443/"], ["api.x.com/v1"]),
        ("api.x.com/*", ["api.x.com/v1"], ["api.x.com", "api.x.com/v1/a"]),
        ("api.x.com/**", ["api.x.com", "api.x.com/v1/a"], ["eu.api.x.com/v1"]),
        ("**/admin/**", ["h/admin", "h/a/admin/b", "admin/x"], ["h/administrator", "h/Admin"]),
        ("**/a/**/b", ["h/a/b", "h/a/x/b", "a/b", "h/b/a/a/b/b"], ["h/b/a", "h/a/b/x"]),
        ("h/**/a/*/b/**", ["h/a/x/b", "h/a/a/b/b/c", "h/a/b/a/a/b"], ["h/a/b", "h/x/a/b"]),
        ("api.x.com/users/{id}", ["api.x.com/users/42", "api.x.com/users/{id}"], ["api.x.com/users/me"]),
        ("{id}/a", ["{id}/a"], ["42/a"]),
        ("h/*.json", ["h/*.json"], ["h/a.json"]),
    ],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_what_a_pattern_matches(pattern: str | None, matches: list[str], others: list[str], dialect: Dialect) -> None:
    for url in [*matches, *others]:
        assert pattern_matches(pattern, subject(url, dialect), dialect) is (url in matches), url


def test_an_identifier_can_be_named_in_the_strict_dialect_only() -> None:
    pattern = "api.x.com/users/42"

    assert pattern_matches(pattern, subject("api.x.com/users/42"), STRICT)
    assert not pattern_matches(pattern, subject("api.x.com/users/43"), STRICT)
    assert not pattern_matches(pattern, subject("api.x.com/users/42", UPSTREAM), UPSTREAM)


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [(None, 0), ("*", 0), ("**", 0), ("h", 1), ("*/a", 1), ("h/**/a/*", 2), ("h/{id}", 2), ("h/*.json", 2)],
)
def test_specificity_counts_literals(pattern: str | None, literals: int) -> None:
    assert specificity(pattern) == literals


SEGMENT = st.sampled_from(["a", "b", "42"])


@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "*", "**", "{id}", "42"]), min_size=1, max_size=6), max_size=30),
    st.lists(SEGMENT, max_size=6),
)
def test_many_patterns_at_once_match_as_regular_expressions_do(patterns: list[list[str]], segments: list[str]) -> None:
    texts = ["/".join(pattern) for pattern in patterns]
    path = "".join(f"/{segment}" for segment in ["h", *segments])

    expected = [
        place
        for place, pattern in enumerate(patterns)
        if texts[place] in {"*", "**"} or re.fullmatch("".join(map(_expression, pattern)), path)
    ]

    assert PatternSet(texts, STRICT).matching(subject(path[1:])) == expected


def _expression(element: str) -> str:
    others = {"*": "/[^/]+", "**": "(?:/[^/]+)*", "{id}": "/42"}
    return others.get(element, f"/{element}")


def test_patterns_that_fill_several_blocks_keep_their_places() -> None:
    long = "/".join(["*"] * (BLOCK_BITS // 3))
    texts = ["h/a", long, long, long, "h/a", "*", long + "/**", "h/a"]

    assert PatternSet(texts, STRICT).matching(subject("h/a")) == [0, 4, 5, 7]
    assert PatternSet(texts, STRICT).matching(subject("h" + "/b" * (BLOCK_BITS // 3 - 1))) == [1, 2, 3, 5, 6]
