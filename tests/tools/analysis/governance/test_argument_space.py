"""Whether arguments exist that satisfy some schemas and not others: held against a search through a small universe."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.governance.arguments import compile_schema
from bylaw.languages.governance.model import Schema
from bylaw.model.exact import Json

LEAVES: tuple[Json, ...] = (
    None, True, False, 0, 1, 2, 3, -1, 5, Decimal("0.5"), Decimal("1.5"), "", "a", "b", "ab", "aab", "1", "b1", (), (1,), ("a",),
    (1, "a"), {}, {"x": 1},
)  # fmt: skip
UNIVERSE: tuple[Mapping[str, Json], ...] = (
    {},
    *({"x": value} for value in LEAVES),
    *({"y": value} for value in LEAVES),
    *({"x": one, "y": other} for one, other in product(LEAVES[::2], LEAVES[::3])),
    {"z": 1},
)

NUMBERS = st.sampled_from([0, 1, 2, Decimal("0.5"), 5])
SIZES = st.integers(0, 3)
VALUES = st.sampled_from([None, True, 0, 1, Decimal("1.5"), "a", "ab", (1,), {"x": 1}])
LEAF = st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])}),
    st.fixed_dictionaries({"type": st.just(("number", "string"))}, optional={"minLength": SIZES, "minimum": NUMBERS}),
    st.fixed_dictionaries({}, optional={"minimum": NUMBERS, "exclusiveMaximum": NUMBERS}),
    st.fixed_dictionaries({"multipleOf": st.sampled_from([1, 2, Decimal("0.5")])}, optional={"maximum": NUMBERS}),
    st.fixed_dictionaries({"pattern": st.sampled_from(["^a", "b$", "[0-9]", "^a+b?$"])}, optional={"maxLength": SIZES}),
    st.fixed_dictionaries({}, optional={"minLength": SIZES, "maxLength": SIZES}),
    st.fixed_dictionaries({"enum": st.lists(VALUES, min_size=1, max_size=3).map(tuple)}),
    st.fixed_dictionaries({"const": VALUES}),
)  # fmt: skip


def nested(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    several = st.lists(inner, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.fixed_dictionaries({"anyOf": several}),
        st.fixed_dictionaries({"allOf": several}),
        st.fixed_dictionaries({"items": inner}, optional={"minItems": SIZES, "maxItems": SIZES}),
        st.fixed_dictionaries(
            {"properties": st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2)},
            optional={
                "required": st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
                "additionalProperties": st.booleans() | inner,
            },
        ),
    )


SCHEMAS = st.recursive(LEAF, nested, max_leaves=4)
OBJECTS = nested(SCHEMAS)


@settings(max_examples=300, deadline=None)
@given(st.lists(OBJECTS, max_size=2), st.lists(OBJECTS, max_size=2))
def test_what_is_said_to_be_impossible_is_not_in_the_universe(inside: list[Schema], outside: list[Schema]) -> None:
    found = find(inside, outside)
    if isinstance(found, Nothing):
        satisfied, refused = [compile_schema(one) for one in inside], [compile_schema(one) for one in outside]
        fitting = [
            value
            for value in UNIVERSE
            if not any(check(value, "") for check in satisfied) and all(check(value, "") for check in refused)
        ]
        assert found is Nothing.UNKNOWN or not fitting


@pytest.mark.parametrize(
    ("inside", "outside", "possible"),
    [
        ([], [], True),
        ([{"required": ("a",)}], [], True),
        ([{"required": ("a",), "properties": {"a": {"enum": ()}}}], [], False),
        ([{"properties": {"a": {"minimum": 3, "maximum": 2}}, "required": ("a",)}], [], False),
        ([{"properties": {"a": {"minimum": 3, "maximum": 2}}}], [], True),
        ([{"properties": {"a": {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}}, "required": ("a",)}], [], False),
        ([{"properties": {"a": {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2}}, "required": ("a",)}], [], True),
        ([{"properties": {"a": {"minimum": 0, "pattern": "x"}}, "required": ("a",)}], [], False),
        ([{"properties": {"a": {"maximum": 100}}}], [{"properties": {"a": {"maximum": 200}}}], False),
        ([{"properties": {"a": {"maximum": 200}}}], [{"properties": {"a": {"maximum": 100}}}], True),
        ([{"properties": {"a": {"maxLength": 4096}}}], [{"properties": {"a": {"maxLength": 4095}}}], True),
        ([{"properties": {"a": {"maxLength": 4095}}}], [{"properties": {"a": {"maxLength": 4096}}}], False),
        ([{"properties": {"a": {"pattern": "^eu-[0-9]+$"}}}], [{"properties": {"a": {"pattern": "^(eu|us)-[0-9]+$"}}}], False),
        ([{"properties": {"a": {"pattern": "^(eu|us)-[0-9]+$"}}}], [{"properties": {"a": {"pattern": "^eu-[0-9]+$"}}}], True),
        ([{"additionalProperties": False, "properties": {"a": {}}}], [{"properties": {"a": {"type": "string"}}}], True),
        ([{"additionalProperties": False, "properties": {"a": {}}, "required": ("b",)}], [], False),
        ([{"properties": {"a": {"items": {"type": "integer"}}}}], [{"properties": {"a": {"items": {"type": "number"}}}}], False),
        ([{"properties": {"a": {"items": {"type": "number"}}}}], [{"properties": {"a": {"items": {"type": "integer"}}}}], True),
        ([{"anyOf": ({"required": ("a",)}, {"required": ("b",)})}], [{"required": ("a",)}], True),
        ([{"anyOf": ({"required": ("a",)}, {"required": ("b",)})}], [{"required": ("a",)}, {"required": ("b",)}], False),
        ([{"properties": {"a": {"multipleOf": 4}}}], [{"properties": {"a": {"multipleOf": 2}}}], False),
        ([{"properties": {"a": {"multipleOf": 2}}}], [{"properties": {"a": {"multipleOf": 4}}}], True),
    ],
)  # fmt: skip
def test_a_question_has_its_answer(inside: list[Schema], outside: list[Schema], possible: bool) -> None:  # noqa: FBT001
    assert (find(inside, outside) is not Nothing.EMPTY) is possible
    assert find(inside, outside) is not Nothing.UNKNOWN


def test_a_question_that_takes_too_long_is_open() -> None:
    schema: Schema = {
        "allOf": tuple({"anyOf": tuple({"required": (f"{n}-{m}",)} for m in range(9))} for n in range(30))
    }

    assert find([schema], [schema]) is Nothing.UNKNOWN
