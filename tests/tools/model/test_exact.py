"""Exact JSON: what every reader reads alike, and equality by value."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.model.exact import Json, NotJsonError, is_number, key, read_json, same, type_name

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", Decimal("1.0")),
        ("1e3", Decimal("1e3")),
        ("-0", 0),
        ("9223372036854775808", 2**63),
        ('{"a": [true, null, "\\u00e9"]}', {"a": [True, None, "é"]}),
        ('"[[[["', "[[[["),
        ('"\\"[{"', '"[{'),
    ],
)
def test_values_are_read_exactly(text: str, value: Json) -> None:
    found = read_json(text, max_depth=3)

    assert found == value
    assert type_name(found) == type_name(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "NaN",
        "-Infinity",
        '{"a": 1, "a": 1}',
        "\ufeff1",
        '"\\ud800"',
        '{"\\udfff": 1}',
        "[[[[1]]]]",
        "[" * 100_000,
        "1e401",
        "1" * 5000,
        "01",
        "[1,]",
        "'a'",
        "\ud800",
    ],
)
def test_what_readers_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(NotJsonError):
        read_json(text, max_depth=3)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, Decimal("1.0"), True),
        (True, 1, False),
        (0, False, False),
        ("1", 1, False),
        (None, False, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": Decimal(1)}, True),
        ([1, 2], [2, 1], False),
        ([1], (1,), True),
        ([True], [1], False),
        ("ab", ["a", "b"], False),
        ({}, [], False),
    ],
)
def test_equality_is_by_value(one: Json, other: Json, equal: bool) -> None:  # noqa: FBT001
    assert same(one, other) is equal
    assert (key(one) == key(other)) is equal


def test_a_truth_value_is_no_number() -> None:
    assert not is_number(True)
    assert is_number(Decimal("0.5"))


@given(VALUES, VALUES)
def test_keys_agree_with_equality(one: Json, other: Json) -> None:
    assert same(one, other) is (key(one) == key(other))
    assert same(one, one)
