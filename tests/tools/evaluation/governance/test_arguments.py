"""Constraints on arguments, keyword by keyword, in both dialects."""

from decimal import Decimal
from typing import Any

import pytest

from bylaw.evaluation.governance.argument_values import SchemaError
from bylaw.evaluation.governance.arguments import compile_schema
from bylaw.evaluation.governance.upstream_arguments import compile_upstream
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.asking import evaluator, event, last, reasons
from tools.evaluation.governance.documents import document
from tools.evaluation.governance.naive_upstream import floats

D = Decimal
FINE: tuple[str, ...] = ()
FIELDS: list[tuple[dict[str, Any], Any, tuple[str, ...], tuple[str, ...]]] = [
    # schema of the field, value, strict, upstream
    ({"type": "number"}, 5, FINE, FINE),
    ({"type": "number"}, "5", ("f: expected number, got string",), ("f: expected number, got string",)),
    ({"type": "number"}, True, ("f: expected number, got boolean",), ("f: expected number, got boolean",)),
    ({"type": "number"}, D("NaN"), ("f: expected number, got no finite number",), FINE),
    ({"type": "number"}, D("Infinity"), ("f: expected number, got no finite number",), FINE),
    ({"type": "integer"}, D("5.0"), FINE, ("f: expected integer, got number",)),
    ({"type": "integer"}, D("5.5"), ("f: expected integer, got number",), ("f: expected integer, got number",)),
    ({"type": "null"}, None, FINE, FINE),
    ({"type": "null"}, 1, ("f: expected null, got number",), FINE),
    ({"type": ["number", "null"]}, None, FINE, ("crash",)),
    ({"type": ["number", "null"]}, "x", ("f: expected number or null, got string",), ("crash",)),
    ({"maximum": 100}, 101, ("f: above 100",), ("f: above 100",)),
    ({"maximum": 100}, 100, FINE, FINE),
    ({"maximum": 100}, D("100.0000000000000000001"), ("f: above 100",), FINE),
    ({"maximum": 100}, "999999", ("f: expected number, got string",), FINE),
    ({"maximum": 100}, True, ("f: expected number, got boolean",), FINE),
    ({"maximum": 100}, None, ("f: expected number, got null",), FINE),
    ({"type": "string", "maximum": 100}, "999999", FINE, FINE),
    ({"minimum": 0}, -1, ("f: below 0",), ("f: below 0",)),
    ({"maximum": 1, "enum": [0]}, 7, ("f: not one of [0]", "f: above 1"), ("f: above 1", "f: not one of [0]")),
    ({"exclusiveMinimum": 0}, 0, ("f: not above 0",), FINE),
    ({"exclusiveMaximum": D("0.5")}, D("0.5"), ("f: not below 0.5",), FINE),
    ({"multipleOf": D("0.01")}, D("1.23"), FINE, FINE),
    ({"multipleOf": D("0.01")}, D("1.234"), ("f: not a multiple of 0.01",), FINE),
    ({"enum": ["eu", "us"]}, "cn", ("f: not one of [eu, us]",), ("f: not one of [eu, us]",)),
    ({"enum": [1]}, True, ("f: not one of [1]",), FINE),
    ({"enum": [1]}, D("1.0"), FINE, FINE),
    ({"enum": [None, True, [1]]}, 0, ("f: not one of [null, true, [1]]",), ("f: not one of [None, True, [1]]",)),
    ({"enum": [{"a": 1}]}, {"a": 2}, ("f: not one of [{a: 1}]",), ("f: not one of [{'a': 1}]",)),
    ({"enum": [{"a": [1]}]}, {"a": [D(1)]}, FINE, FINE),
    ({"const": "x"}, "y", ("f: is not x",), FINE),
    ({"pattern": "^[A-Z]+$"}, "abc", ("f: does not match ^[A-Z]+$",), ("f: does not match ^[A-Z]+$",)),
    ({"pattern": "b"}, "abc", FINE, FINE),
    ({"pattern": "^[A-Z]+$"}, 7, ("f: expected string, got number",), FINE),
    ({"minLength": 2}, "a", ("f: shorter than 2",), FINE),
    ({"maxLength": 2}, "äöü", ("f: longer than 2",), FINE),
    ({"items": {"type": "string"}}, ["a", 1], ("f[1]: expected string, got number",), FINE),
    ({"items": {"minimum": 1}, "maxItems": 1}, [1, 0], ("f: more items than 1", "f[1]: below 1"), FINE),
    ({"items": {"maximum": 5}}, [], FINE, FINE),
    ({"minItems": 1}, [], ("f: fewer items than 1",), FINE),
    ({"items": {}}, "text", ("f: expected array, got string",), FINE),
    ({"properties": {"a": {"maximum": 1}}, "required": ["b"]}, {"a": 2}, ("f.b: required", "f.a: above 1"), FINE),
    ({"properties": {"a": {}}}, "no object", ("f: expected object, got string",), FINE),
    ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1, "b": 2}, ("f.b: not allowed",), FINE),
    ({"additionalProperties": {"type": "string"}}, {"b": 2}, ("f.b: expected string, got number",), FINE),
    ({"allOf": [{"minimum": 2}, {"maximum": 1}]}, D("1.5"), ("f: below 2", "f: above 1"), FINE),
    ({"anyOf": [{"type": "string"}, {"minimum": 2}]}, 1, ("f: fits none of 2 alternatives",), FINE),
    ({"anyOf": [{"type": "string"}, {"minimum": 2}]}, "a", FINE, FINE),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), [(field, value, strict) for field, value, strict, _ in FIELDS])
def test_strict(field: dict[str, Any], value: Any, expected: tuple[str, ...]) -> None:
    errors = compile_schema({"properties": {"f": field}})({"f": value}, "")
    assert tuple(error.text for error in errors) == expected


@pytest.mark.parametrize(
    ("field", "value", "expected"), [(field, value, upstream) for field, value, _, upstream in FIELDS]
)
def test_upstream(field: dict[str, Any], value: Any, expected: tuple[str, ...]) -> None:
    check = compile_upstream({"properties": {"f": field}})
    if expected == ("crash",):
        with pytest.raises(TypeError):
            check({"f": floats(value)})
    else:
        assert tuple(error.text for error in check({"f": floats(value)})) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"), [(Dialect.STRICT, "ARGUMENT_CONSTRAINT_VIOLATED"), (Dialect.UPSTREAM, "allow")]
)
def test_upstream_checks_nothing_without_arguments(dialect: Dialect, expected: str) -> None:
    asked = evaluator(document(constraints={"pay": {"required": ["order_id"]}}), dialect=dialect)
    assert reasons(asked, event("pay"), event("pay", arguments={"n": 1})) == [expected, "ARGUMENT_CONSTRAINT_VIOLATED"]


@pytest.mark.parametrize("dialect", Dialect)
def test_nothing_that_is_said_repeats_a_value(dialect: Dialect) -> None:
    typed = "s3cret-value"
    field: dict[str, Any] = {"type": "string", "enum": ["a"], "pattern": "^x"}
    schema = {"properties": {"f": field, "g": {"type": "number"}}}
    decision = last(
        evaluator(document(constraints={"pay": schema}), dialect=dialect),
        event("pay", arguments={"f": typed, "g": typed}),
    )
    assert decision.reason_code == "ARGUMENT_CONSTRAINT_VIOLATED"
    assert decision.refusal is not None
    assert {(error.path, error.actual_type) for error in decision.refusal.argument_errors} == {
        ("f", "string"),
        ("g", "string"),
    }
    assert typed not in repr(decision)


@pytest.mark.parametrize(
    "schema",
    [
        {"format": "email"},
        {"properties": {"a": {"minimun": 1}}},
        {"type": "text"},
        {"type": []},
        {"minimum": "1"},
        {"maxLength": D("1.5")},
        {"multipleOf": 0},
        {"pattern": 1},
        {"items": [{}]},
        {"anyOf": [True]},
        {"required": 1},
        {"enum": 1},
        {"properties": []},
    ],
)
def test_a_schema_that_cannot_be_enforced_is_an_error_before_the_first_event(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaError):
        evaluator(document(constraints={"pay": schema}))
