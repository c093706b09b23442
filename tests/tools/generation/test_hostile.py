"""Sources made to kill: each ends soon, with a diagnostic that has a place, or a schema."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from bylaw.generation.source import Source
from bylaw.generation.tools import EnumMapping, Options
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.pipeline.schema import generate

SECONDS = 20.0
"""For any of them, on a slow machine under load; each takes a tenth of it or less."""
OBJECT = {"type": "object"}


def tool(name: str = "ask", schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "inputSchema": {**OBJECT, **(schema or {}), **more}}


def tools(*given: dict[str, Any]) -> bytes:
    return json.dumps({"tools": given}).encode()


def nested(levels: int, inner: str) -> bytes:
    opening, closing = '{"type": "object", "properties": {"a": ', "}}"
    return f'[{{"name": "ask", "inputSchema": {opening * levels}{inner}{closing * levels}}}]'.encode()


def doubling(levels: int) -> bytes:
    """References of which each stands for two of the next: two to the power of `levels` arguments."""
    defs: dict[str, Any] = {
        f"d{level}": {**OBJECT, "properties": {name: {"$ref": f"#/$defs/d{level + 1}"} for name in "ab"}}
        for level in range(levels)
    }
    return tools(tool("ask", {"$defs": {**defs, f"d{levels}": {"type": "string"}}, "$ref": "#/$defs/d0"}))


def chain(length: int) -> bytes:
    defs: dict[str, Any] = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(length)}
    return tools(tool("ask", {"$defs": {**defs, f"d{length}": OBJECT}, "properties": {"it": {"$ref": "#/$defs/d0"}}}))


def deep_chain(levels: int) -> bytes:
    """Nesting that no bracket shows: each level is a reference of its own."""
    defs: dict[str, Any] = {
        f"d{n}": {**OBJECT, "properties": {"a": {"$ref": f"#/$defs/d{n + 1}"}}} for n in range(levels)
    }
    return tools(tool("ask", {"$defs": {**defs, f"d{levels}": {"type": "string"}}, "$ref": "#/$defs/d0"}))


def wide_merge(count: int) -> bytes:
    """Each of many tools merges the same many schemas."""
    parts = [{"$ref": "#/$defs/p"} for _ in range(count)]
    defs = {"p": {"properties": {f"a{n}": {"type": "string"} for n in range(count)}}}
    return tools(*(tool(f"t{n}", {"allOf": parts, "$defs": defs}) for n in range(20)))


ENDS_IN_AN_ERROR: dict[str, tuple[Callable[[], bytes], str]] = {
    "brackets without end": (lambda: b"[" * 1_000_000, "deep-nesting"),
    "objects without end": (lambda: b'{"a":' * 500_000, "deep-nesting"),
    "arguments without end": (lambda: nested(5_000, '{"type": "string"}'), "deep-nesting"),
    "two to the power of forty arguments": (lambda: doubling(39), "schema-too-large"),
    "a chain of references": (lambda: chain(5_000), "deep-schema"),
    "one level too many, behind references": (lambda: deep_chain(41), "deep-schema"),
    "more values than any file has": (lambda: b"[" + b"1," * 300_000 + b"1]", "too-many-values"),
    "a number of a million digits": (lambda: b"[" + b"9" * 1_000_000 + b"]", "huge-number"),
    "a string that does not end": (lambda: b'["' + b"a" * 3_000_000, "bad-json"),
    "escapes that do not end": (lambda: b'["' + b"\\\\" * 1_000_000, "bad-json"),
    "ten thousand tools with a megabyte of arguments": (
        lambda: tools(*(tool(f"t{n}", properties={"a": {"type": "string"}}) for n in range(10_000))),
        "schema-too-large",
    ),
    "ten thousand kinds of choices": (
        lambda: tools(tool(properties={f"a{n}": {"type": "string", "enum": ["x"]} for n in range(10_000)})),
        "schema-too-large",
    ),
    "a target of a hundred thousand characters": (
        lambda: json.dumps({"targets": [{"name": "a-" * 50_000, "tools": [tool()]}]}).encode(),
        "bad-target-name",
    ),
    "a YAML bomb that says it is an API": (
        lambda: b"openapi: 3.1.0\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "yaml-alias",
    ),
}


def derived(data: bytes, options: Options | None = None) -> tuple[bool, list[Diagnostic], float]:
    started = time.perf_counter()
    found = generate([Source("tools", data, "Desk")], options or Options())
    return found.derived is not None, list(found.diagnostics), time.perf_counter() - started


@pytest.mark.parametrize("story", ENDS_IN_AN_ERROR)
def test_a_source_that_is_refused_is_refused_soon_and_says_where(story: str) -> None:
    make, code = ENDS_IN_AN_ERROR[story]

    made, said, seconds = derived(make(), Options(enums=EnumMapping.ENTITY))

    errors = [item for item in said if item.severity is Severity.ERROR]
    assert [item.code for item in errors] == [code] * len(errors)
    assert errors
    assert not made
    assert all(len(item.message) < 400 for item in errors)
    assert seconds < SECONDS


ENDS_IN_A_SCHEMA: dict[str, Callable[[], bytes]] = {
    "three thousand tools": lambda: tools(*(tool(f"t{n}") for n in range(3_000))),
    "five hundred tools that merge the same": lambda: wide_merge(100),
    "a thousand copies of one tool": lambda: tools(*(tool(properties={"a": {"type": "string"}}) for _ in range(1_000))),
    "a name of a hundred thousand characters": lambda: tools(
        tool("n" * 100_000, properties={"a" * 100_000: {"type": "string"}})
    ),
    "twenty levels": lambda: nested(20, '{"type": "string"}'),
    "as many levels behind references as a schema has": lambda: deep_chain(40),
    "ten thousand choices": lambda: tools(
        tool(properties={"a": {"type": "string", "enum": [f"c{n}" for n in range(10_000)]}})
    ),
    "names that are told apart by a digest": lambda: tools(
        tool(properties={f"a{character}b": {"type": "string", "enum": ["x"]} for character in "-. /:_"})
    ),
    "control characters and other alphabets": lambda: tools(
        tool(
            "\u202e\u0000\n`|", properties={"\u0085\u2028\ufeff": {"type": "string"}, "\U0001f600": {"type": "integer"}}
        )
    ),
}


@pytest.mark.parametrize("story", ENDS_IN_A_SCHEMA)
def test_a_source_of_any_size_that_holds_no_error_is_derived_soon(story: str) -> None:
    made, said, seconds = derived(ENDS_IN_A_SCHEMA[story](), Options(enums=EnumMapping.ENTITY))

    assert [item.message for item in said if item.severity is Severity.ERROR] == []
    assert made
    assert seconds < SECONDS


def test_findings_without_end_are_counted() -> None:
    properties: dict[str, object] = {f"a{number}": {} for number in range(5_000)}

    _, said, _ = derived(tools(tool(properties=properties)))

    assert len(said) == 501
    assert any(item.message == "4,500 more findings are not listed" for item in said)
