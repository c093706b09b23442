"""States of a body, and conditions on what stands in it."""

from decimal import Decimal

import pytest

from bylaw.evaluation.http_rules.bodies import NO_BODY, OPAQUE_BODY, BodyState, body_condition, read_body
from bylaw.languages.http_rules.model import (
    MAX_BODY_BYTES,
    BodyMatcher,
    BodyTest,
    Contains,
    Exact,
    Least,
    Most,
    OneOf,
    Prefix,
    Regex,
    Suffix,
)
from bylaw.languages.portable_regex import RegexError
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import body

STRICT, UPSTREAM = Dialect.STRICT, Dialect.UPSTREAM
NONE, OPAQUE, VALUE = BodyState


@pytest.mark.parametrize(
    ("text", "strict", "upstream"),
    [
        (None, NONE, NONE),
        ("", OPAQUE, OPAQUE),
        (" ", OPAQUE, OPAQUE),
        ("a=1", OPAQUE, OPAQUE),
        ("{} {}", OPAQUE, OPAQUE),
        ("null", VALUE, VALUE),
        (" 0 ", VALUE, VALUE),
        ('{"a": 1, "a": 1}', OPAQUE, VALUE),
        ('{"a": {"b": 1, "\\u0062": 2}}', OPAQUE, VALUE),
        ("NaN", OPAQUE, OPAQUE),
        ("[-Infinity]", OPAQUE, OPAQUE),
        ("1e400", VALUE, OPAQUE),
        ("1e401", OPAQUE, OPAQUE),
        ("1" * 400, VALUE, OPAQUE),
        ("1" * 300, VALUE, VALUE),
        ("1" * 5000, OPAQUE, OPAQUE),
        ('"\\ud800"', OPAQUE, OPAQUE),
        ('"\ud800"', OPAQUE, OPAQUE),
        ('{"\\udc00": 1}', OPAQUE, OPAQUE),
        ('"\\ud83d\\ude00"', VALUE, VALUE),
        ("\ufeff{}", OPAQUE, OPAQUE),
        ("[" * 128 + "]" * 128, VALUE, VALUE),
        ("[" * 129 + "]" * 129, OPAQUE, OPAQUE),
        ('{"a":' * 129 + "1" + "}" * 129, OPAQUE, OPAQUE),
        ("[" * 100_000, OPAQUE, OPAQUE),
        ('"' + "a" * (MAX_BODY_BYTES - 2) + '"', VALUE, VALUE),
        ('"' + "a" * (MAX_BODY_BYTES - 1) + '"', OPAQUE, VALUE),
        ('"' + "é" * (MAX_BODY_BYTES // 2) + '"', OPAQUE, VALUE),
    ],
    ids=lambda found: str(found)[:20].encode("ascii", "backslashreplace").decode(),
)
def test_states(text: str | None, strict: BodyState, upstream: BodyState) -> None:
    assert read_body(text, STRICT).state is strict
    assert read_body(text, UPSTREAM).state is upstream


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("tests", [(), (Exact(1),)])
def test_without_a_value_only_an_opaque_body_fulfils_and_only_in_a_deny_rule(
    dialect: Dialect, tests: tuple[BodyTest, ...]
) -> None:
    found = [
        body_condition(body("a", *tests), dialect, when_opaque=when_opaque)(state)
        for when_opaque in (True, False)
        for state in (NO_BODY, OPAQUE_BODY)
    ]

    assert found == [False, True, False, False]


def holds(matcher: BodyMatcher, text: str) -> tuple[bool, bool]:
    """In the strict dialect and upstream."""
    strict, upstream = (
        body_condition(matcher, dialect, when_opaque=False)(read_body(text, dialect)) for dialect in (STRICT, UPSTREAM)
    )
    return strict, upstream


YES, NO, STRICTLY, UPSTREAM_ONLY = (True, True), (False, False), (True, False), (False, True)


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("$.a", '{"a": 1}', YES),
        ("a", '{"a": 1}', YES),
        ("$.a", '{"a": null}', YES),
        ("$.a", '{"b": 1}', NO),
        ("$.a", "[1]", NO),
        ("$.a", '"a"', NO),
        ("$.a", "null", NO),
        ("$.a.b", '{"a": {"b": false}}', YES),
        ("$.a.b", '{"a": null}', NO),
        ("$.a.b.c", '{"a": {"b": "c"}}', NO),
        ("$.0", "[1]", YES),
        ("$.1", "[1]", NO),
        ("$.01", "[0, 1]", YES),
        ("$.-1", "[1]", NO),
        ("$.+0", "[1]", NO),
        ("$.²", "[1, 2, 3]", NO),
        ("$." + "9" * 200, "[1]", NO),
        ("$.a.1.b", '{"a": [0, {"b": 1}]}', YES),
        ("$.0", '{"0": 1}', STRICTLY),
        ("$.a.007", '{"a": {"007": 1}}', STRICTLY),
        ("$.a.7", '{"a": {"007": 1}}', NO),
        ("$.$.a", '{"$": {"a": 1}}', YES),
        ("$.$.a", '{"a": 1}', NO),
        ("$", '{"$": 1}', YES),
        ("$.a.", '{"a": {"": 1}}', YES),
        ("length", '"abc"', NO),
        ("keys", "{}", NO),
    ],
)
def test_paths(path: str, text: str, found: tuple[bool, bool]) -> None:
    assert holds(body(path), text) == found


BIG, HUGE = 1 << 63, 1 << 64


@pytest.mark.parametrize(
    ("test", "value", "found"),
    [
        (Least(50001), "50001", YES),
        (Least(50001), "50000", NO),
        (Least(50001), "50001.0", STRICTLY),
        (Least(50001), "5.0001e4", STRICTLY),
        (Least(50001), "50000.9999999999999999999", NO),
        (Least(50001), '"50001"', NO),
        (Least(0), "true", NO),
        (Least(0), "null", NO),
        (Least(0), "[1]", NO),
        (Least(5), str(BIG - 1), YES),
        (Least(5), str(BIG), STRICTLY),
        (Least(5), "1e300", STRICTLY),
        (Least(5), "1" * 399, STRICTLY),
        (Most(5), str(-BIG), YES),
        (Most(5), str(-BIG - 1), STRICTLY),
        (Most(5), "5.0000000000000000000000000000001", NO),
        (Most(5), "5", YES),
        (Most(5), "6", NO),
        (Most(5), "false", NO),
        (Exact(1), "1", YES),
        (Exact(1), "1.0", STRICTLY),
        (Exact(1), "true", NO),
        (Exact(1), '"1"', NO),
        (Exact(0), "false", NO),
        (Exact(0), "-0.0", STRICTLY),
        (Exact(None), "null", YES),
        (Exact(None), "false", NO),
        (Exact(True), "true", YES),
        (Exact(True), "1", NO),
        (Exact(Decimal("1.0")), "1.0", YES),
        (Exact(Decimal("1.0")), "1e0", YES),
        (Exact(Decimal("1.0")), "1", STRICTLY),
        (Exact(Decimal("0.1")), "0.1", YES),
        (Exact(Decimal("0.1")), "0.1000000000000000055", UPSTREAM_ONLY),
        (Exact(HUGE - 1), str(HUGE - 1), YES),
        (Exact(HUGE - 1), str(HUGE - 2), NO),
        (Exact(BIG), f"{BIG}.0", STRICTLY),
        (Exact(HUGE), str(HUGE), YES),
        (Exact(HUGE), str(HUGE + 1), UPSTREAM_ONLY),
        (Exact(HUGE), f"{HUGE}.0", YES),
        (Exact(10**399), "1", NO),
        (Exact(Decimal("1e400")), "1e400", STRICTLY),
        (Exact("é"), '"\\u00e9"', YES),
        (Exact("é"), '"e\\u0301"', NO),
        (Exact({"a": 1, "b": (1, 2)}), '{"b": [1, 2], "a": 1}', YES),
        (Exact({"a": 1, "b": (1, 2)}), '{"b": [2, 1], "a": 1}', NO),
        (Exact({"a": 1}), '{"a": 1, "b": 2}', NO),
        (Exact({"a": 1}), '{"a": 1.0}', STRICTLY),
        (Exact(()), "[]", YES),
        (Exact(()), "{}", NO),
        (Exact([]), "[]", YES),
        (OneOf((1, "a", None)), "null", YES),
        (OneOf((1, "a", None)), '"a"', YES),
        (OneOf((1, "a", None)), "1.0", STRICTLY),
        (OneOf((1, "a", None)), "true", NO),
        (OneOf(("a", ("b",))), '["b"]', YES),
        (Prefix("a"), '"ab"', YES),
        (Prefix("a"), '"Ab"', NO),
        (Prefix(""), "1", NO),
        (Suffix("b"), '"ab"', YES),
        (Suffix("b"), '"ba"', NO),
        (Contains("b"), '"abc"', YES),
        (Contains("b"), '["b"]', NO),
        (Contains("1"), "1", NO),
        (Regex("b+"), '"abc"', YES),
        (Regex("^b"), '"abc"', NO),
        (Regex("c$"), '"abc\\n"', NO),
        (Regex("1"), "1", NO),
        (Regex("^\\w$"), '"é"', UPSTREAM_ONLY),
        (Regex("^\\d$"), '"٣"', UPSTREAM_ONLY),
    ],
    ids=str,
)
def test_operators(test: BodyTest, value: str, found: tuple[bool, bool]) -> None:
    assert holds(body("$.a", test), f'{{"a": {value}}}') == found


def test_every_operator_has_to_hold() -> None:
    both = body("a", Least(1), Most(3))

    assert [holds(both, f'{{"a": {n}}}') for n in (0, 1, 3, 4)] == [NO, YES, YES, NO]


def test_the_last_of_duplicate_keys_counts_upstream() -> None:
    assert holds(body("a", Exact(2)), '{"a": 1, "a": 2}') == UPSTREAM_ONLY


def test_a_broken_expression_holds_for_no_value_upstream_and_cannot_be_compiled_strictly() -> None:
    matcher = body("a", Regex("("))
    condition = body_condition(matcher, UPSTREAM, when_opaque=True)

    assert not condition(read_body('{"a": "("}', UPSTREAM))
    assert condition(OPAQUE_BODY)
    assert not condition(NO_BODY)
    with pytest.raises(RegexError):
        body_condition(matcher, STRICT, when_opaque=True)
