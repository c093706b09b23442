"""A file of tools is told from a schema by what stands in it."""

import pytest

from bylaw.generation.recognition import declares_tools

TOOLS = [
    '{"tools": []}',
    '[{"name": "ask"}]',
    ' \n{"jsonrpc": "2.0", "result": {}}',
    '{"targets": []}',
    '{"openapi": "3.1.0"}',
    "openapi: 3.1.0\n",
    "# an API\n'openapi': 3.1.0\n",
    "info: {}\nswagger: '2.0'\n",
    "{",
    "[1,",
]
SCHEMAS = [
    "entity U;",
    "namespace A { entity U = {openapi: String}; }",
    '{"": {"entityTypes": {}, "actions": {}}}',
    '{"tools": {"entityTypes": {}, "actions": {}}, "A": {"commonTypes": {}, "entityTypes": {}, "actions": {}}}',
    "",
    "// openapi: not\n",
]


@pytest.mark.parametrize("text", TOOLS)
def test_tools(text: str) -> None:
    assert declares_tools(text.encode(), "f")
    assert declares_tools(b"\xef\xbb\xbf" + text.encode(), "f")


@pytest.mark.parametrize("text", SCHEMAS)
def test_schemas(text: str) -> None:
    assert not declares_tools(text.encode(), "f")


def test_bytes_that_are_no_text() -> None:
    assert not declares_tools(b"\xff{", "f")
