"""Which matchers evidently cover others: a yes is always right."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.http_rules.coverage import covers, pattern_covers
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.languages.http_rules.model import Default, Exact, Matcher, Window
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules import generating
from tools.evaluation.http_rules.building import allow, body, header, matcher, rules


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        (None, None, True),
        ("**", "h/a", True),
        ("*", None, True),
        ("h/**", None, False),
        ("h/**", "**", False),
        ("h/**", "h", True),
        ("h/**", "h/a/*/**", True),
        ("h/*", "h/a", True),
        ("h/*", "h/**", False),
        ("h/a", "h/*", False),
        ("**/a/**", "h/a", True),
        ("**/a/**", "h/b/a/c", True),
        ("**/a/**", "h/**", False),
        ("**/a", "h/a/b", False),
        ("*/**", "*/*", True),
        ("h/**/b", "h/**/b", True),
        ("h/**/b", "h/a/**/c/b", True),
        ("h/**/**/b", "h/b", True),
        ("h/b/**/**", "h/b", True),
    ],
)
def test_patterns(wide: str | None, narrow: str | None, *, expected: bool) -> None:
    assert pattern_covers(wide, narrow) is expected


FULL = matcher("h/a", methods="GET", body=[body("a", Exact(1))], headers=[header("a")], outside=Window(0, 60, 0))


@pytest.mark.parametrize(
    ("wide", "expected"),
    [
        (FULL, True),
        (matcher(), True),
        (matcher("h/**", methods="GET POST"), True),
        (matcher(methods="POST"), False),
        (matcher(body=[body("a", Exact(1))]), True),
        (matcher(body=[body("a", Exact(True))]), False),
        (matcher(body=[body("b")]), False),
        (matcher(headers=[header("A")]), True),
        (matcher(headers=[header("a", present=True)]), False),
        (matcher(outside=Window(0, 60, 0)), True),
        (matcher(outside=Window(0, 61, 0)), False),
    ],
)
def test_conditions(wide: Matcher, *, expected: bool) -> None:
    assert covers(wide, FULL) is expected


def test_no_method_is_every_method() -> None:
    assert not covers(matcher(methods="GET"), matcher())


@given(st.randoms(use_true_random=True))
@settings(max_examples=30, deadline=None)
def test_whatever_is_covered_matches_only_with_what_covers_it(random: Random) -> None:
    for _ in range(30):
        one, other = generating.matcher(random, broken=False), generating.matcher(random, broken=False)
        for wide, narrow in ((one, other), (other, one), (matcher(one.url), one)):
            if covers(wide, narrow):
                for dialect in Dialect:
                    wider, narrower = (
                        HttpEvaluator(rules(allow("a", found), default=Default.DENY), dialect)
                        for found in (wide, narrow)
                    )
                    for request in [generating.request(random) for _ in range(6)]:
                        assert wider.decide(request).allowed or not narrower.decide(request).allowed
