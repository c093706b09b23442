"""Reports of generated schemas and of their differences; a tool's name cannot speak for us in any of them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bylaw.generation.comparison import compare_schemas
from bylaw.generation.impact import SchemaComparison, impact
from bylaw.generation.source import Source
from bylaw.generation.tools import Options
from bylaw.languages.cedar.schema import Schema
from bylaw.pipeline.schema import generate
from bylaw.reporting.json_registry import REGISTRY
from bylaw.reporting.json_v1 import Run, render
from bylaw.reporting.problem import from_diagnostic
from bylaw.reporting.schema import (
    GeneratedSchema,
    SchemaDifferences,
    differences_section,
    differences_text,
    generated_text,
)
from bylaw.reporting.sections import assemble
from tools.evaluation.cedar_programs import program

Golden = Callable[[str, str], None]
HOSTILE = "x\n::error::`|<script>\u202e\x1b[31m"
PAY = """permit (principal, action in AgentCore::Action::"Desk", resource)
when { context.input has amount && context.input.amount.lessThan(decimal("1.0")) };"""


def tools(**given: dict[str, Any]) -> bytes:
    listed = [{"name": f"Desk___{name}", "inputSchema": {"type": "object", **schema}} for name, schema in given.items()]
    return json.dumps(listed).encode()


OLD = tools(pay={"properties": {"amount": {"type": "number"}, "to": {"type": "string"}}, "required": ["to"]}, drop={})
NEW = tools(
    pay={"properties": {"amount": {"type": "string"}, HOSTILE: {"type": "integer"}, "to": {"type": "string"}}},
    **{HOSTILE: {}},
)


def schema(data: bytes) -> Schema:
    found = generate([Source("tools.json", data)], Options()).derived
    assert found is not None
    return found.schema


@pytest.fixture
def differences() -> SchemaDifferences:
    old, new = schema(OLD), schema(NEW)
    app = impact(program({"pay": PAY, "none": PAY.replace("Desk", "Gone")}, old.text), old, new)
    same = SchemaComparison("HEAD:a", f"the working tree:{HOSTILE}", (), ())
    return SchemaDifferences((SchemaComparison("HEAD:b", "new", compare_schemas(old, new), (app,)), same))


def test_the_text_of_a_difference(golden: Golden, differences: SchemaDifferences) -> None:
    golden("results/schema-diff.txt", differences_text(differences).plain)


def test_the_section_of_a_difference(golden: Golden, differences: SchemaDifferences) -> None:
    golden("results/schema-diff.md", assemble([differences_section(differences)]))


def test_the_values_of_a_difference_and_of_a_schema(differences: SchemaDifferences) -> None:
    derived = generate([Source("tools.json", OLD)], Options()).derived
    assert derived is not None

    report = json.loads(
        render(Run("schema", "1"), [differences, GeneratedSchema(derived, derived.text, None)], REGISTRY)
    )

    first, second = report["schemas"]
    assert [item["kind"] for item in first["changes"]] == [
        "removed", "changed", "changed", "added", "added"
    ]  # fmt: skip
    (granted,) = first["apps"][0]["granted"]
    assert granted["policy"] == "desk/pay"
    assert granted["actions"] == [str(uid) for uid in schema(NEW).actions if uid.id.startswith("Desk___x")]
    assert second["changes"] == []
    assert report["schema"]["text"] == derived.text


def test_a_schema_that_could_not_be_made_has_no_values() -> None:
    report = json.loads(render(Run("schema", "1"), [GeneratedSchema(None, None, None)], REGISTRY))

    assert report["schema"] is None


def test_one_line_says_what_came_of_the_sources() -> None:
    made = generate([Source("tools.json", OLD)], Options())
    refused = generate([Source("tools.json", b"[")], Options())
    assert made.derived is not None

    written = generated_text(GeneratedSchema(made.derived, made.derived.text, f"a{HOSTILE}"), ()).plain
    failed = generated_text(GeneratedSchema(None, None, None), tuple(map(from_diagnostic, refused.diagnostics))).plain

    assert written.startswith("Wrote a")
    assert written.endswith("2 tools of 1 target, no findings.\n")
    assert written.count("\n") == 1
    assert "\x1b" not in written
    assert failed == "No schema: 1 finding (1 error).\n"
