"""Conditions on headers."""

import pytest

from bylaw.evaluation.http_rules.headers import header_condition, joined
from bylaw.languages.http_rules.model import Contains, Exact, HeaderTest, Prefix, Regex, Suffix
from bylaw.languages.portable_regex import RegexError
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import header

ABSENT: tuple[tuple[str, str], ...] = (("other", "a"),)
ONCE = (("X-Env", "prod"),)
TWICE = (("x-env", "prod"), ("other", "a"), ("X-ENV", "eu"))


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("present", "tests", "absent", "once", "twice"),
    [
        (None, (), False, True, True),
        (True, (), False, True, True),
        (False, (), True, False, False),
        (None, (Exact("prod"),), False, True, False),
        (None, (Exact("prod, eu"),), False, False, True),
        (None, (Exact("Prod"),), False, False, False),
        (True, (Exact("prod"),), False, True, False),
        (False, (Exact("prod"),), True, False, False),
        (None, (Prefix("prod"),), False, True, True),
        (None, (Suffix("prod"),), False, True, False),
        (None, (Contains("d, e"),), False, False, True),
        (None, (Regex("^p.*d$"),), False, True, False),
        (None, (Prefix("p"), Suffix("eu")), False, False, True),
    ],
)
def test_what_a_matcher_asks(  # a table
    present: bool | None,  # noqa: FBT001
    tests: tuple[HeaderTest, ...],
    absent: bool,  # noqa: FBT001
    once: bool,  # noqa: FBT001
    twice: bool,  # noqa: FBT001
    dialect: Dialect,
) -> None:
    holds = header_condition(header("x-Env", *tests, present=present), dialect)

    assert [holds(joined(pairs)) for pairs in (ABSENT, ONCE, TWICE)] == [absent, once, twice]


def test_names_have_no_case_but_only_in_ascii() -> None:
    assert joined([("K", "1"), ("k", "2"), ("\u212a", "3"), ("K\u212a", "4")]) == {
        "k": "1, 2", "\u212a": "3", "k\u212a": "4"
    }  # fmt: skip


def test_an_empty_value_is_there() -> None:
    assert header_condition(header("a", present=True), Dialect.STRICT)(joined([("A", "")]))
    assert joined([("a", ""), ("a", "")]) == {"a": ", "}


def test_a_broken_expression_counts_for_nothing_upstream_and_cannot_be_compiled_strictly() -> None:
    matcher = header("a", Regex("("), Prefix("x"))
    holds = header_condition(matcher, Dialect.UPSTREAM)

    assert [holds(joined(pairs)) for pairs in ([("a", "xy")], [("a", "y")], [])] == [True, False, False]
    with pytest.raises(RegexError):
        header_condition(matcher, Dialect.STRICT)
