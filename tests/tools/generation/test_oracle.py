"""The open generator of the Cedar project, asked the same: as far as it can express an input, it declares what we do.

What differs on purpose, and is undone here before comparing:
- it writes an opaque entity type for what has no Cedar type, where we leave the argument out and say so
- it writes an entity type with tags for an object with members of any name; we leave it out, or take the members that it names
- it takes choices without a type for anything; we take the type of the choices
- it merges no `allOf`, and nothing but its own kinds of names becomes an identifier, so neither is asked
"""

import json
from pathlib import Path

import cedar_mcp_schema_generator as oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.generation.derive import derive
from bylaw.generation.source import Source, read_tools
from bylaw.generation.tools import EnumMapping, FormatMapping, Options
from bylaw.languages.cedar.schema import AttributeType, EntityType, RecordType, Schema, SetType, Type
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import EntityUid
from tools.generation.json_schemas import FORMATS, Json, Pair, inputs

CASES = Path(__file__).parents[1] / "cases/generation"
STUB = """namespace AgentCore {
  @mcp_principal("OAuthUser") entity OAuthUser = { id: String } tags String;
  @mcp_principal("IamEntity") entity IamEntity = { id: String };
  @mcp_resource("Gateway") entity Gateway;
}
"""
AS_THE_ORACLE = Options(enums=EnumMapping.ENTITY, formats=FormatMapping.EXTENSION)
ITS_SWITCHES = {"objectsAsRecords": True, "numbersAsDecimal": True, "flattenNamespaces": True, "eraseAnnotations": True}
PLAIN = st.sampled_from(["id", "amount", "order_id", "customerName", "flag", "nested", "list_of"])


def ours(tools: Json, options: Options) -> Schema:
    source = Source("tools.json", json.dumps(tools).encode(), "T")
    found, said = derive(read_tools(source)[0], options)
    assert found is not None, said
    return found.schema


def theirs(tools: Json, **switches: bool) -> Schema | None:
    """Its schema; none where it refuses the input."""
    made = oracle.generate_schema(STUB, tools, config=ITS_SWITCHES | switches)
    if not made["isOk"]:
        return None
    schema, problems = read_schema(made["schema"], "oracle")
    assert schema is not None, problems
    return schema


Shape = object
"""A type without the names of entity types, which the two choose in their own ways."""


def shape(type_: Type, schema: Schema) -> Shape:
    """The shape of a type; none for what one of the two leaves out."""
    match type_:
        case EntityType(name):
            entity = schema.entities[name]
            if entity.choices is not None:
                return ("enum", tuple(sorted(entity.choices)))
            if name.endswith("::Null"):
                return "null"
            return record(entity.attributes.attributes, schema) or None
        case SetType(element):
            inside = shape(element, schema)
            return None if inside is None else ("set", inside)
        case RecordType(attributes):
            return record(attributes, schema)
        case _:
            return type_


def record(attributes: tuple[AttributeType, ...], schema: Schema) -> Shape:
    found = {a.name: (a.required, inside) for a in attributes if (inside := shape(a.type, schema)) is not None}
    is_union = any(a.name.startswith("typeChoice") for a in attributes)
    return None if is_union and not found else tuple(sorted(found.items()))


def input_shape(schema: Schema, action: str) -> Shape:
    attribute = schema.actions[EntityUid("AgentCore::Action", action)].context.attribute("input")
    return () if attribute is None else shape(attribute.type, schema)


def agree(tools: list[dict[str, Json]], options: Options, **switches: bool) -> bool:
    """Whether every tool has the arguments that the oracle gives it."""
    own, oracles = ours(tools, options), theirs(tools, **switches)
    assert oracles is not None
    names = [tool["name"] for tool in tools]
    assert set(names) == {uid.id for uid in oracles.actions}
    return all(input_shape(own, f"T___{name}") == input_shape(oracles, name) for name in names)


def tool(properties: Json, name: str = "tool", more: Json = None) -> dict[str, Json]:
    return {"name": name, "inputSchema": {"type": "object", "properties": properties, **(more or {})}}


@given(st.lists(inputs(PLAIN, merged=False), min_size=1, max_size=3))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_every_argument_has_the_type_that_the_oracle_gives_it(pairs: list[Pair]) -> None:
    tools = [{"name": f"tool{number}", "inputSchema": schema} for number, (schema, _) in enumerate(pairs)]

    assert agree(tools, AS_THE_ORACLE)


ARGUMENTS: dict[str, Json] = {
    **{f"format {name}": {"type": "string", "format": name} for name in (*FORMATS, "uri", "decimal", "duration")},
    **{kind: {"type": kind} for kind in ("string", "integer", "number", "boolean", "null", "object")},
    "list of types": {"type": ["string", "integer", "null"]},
    "oneOf": {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"a": {"type": "number"}}}]},
    "enum": {"type": "string", "enum": ["b", "a"]},
    "set of records": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "boolean"}}}},
    "set of sets": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
    "named members and others": {
        "type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"},
    },
    "definition": {"$ref": "#/$defs/Money"},
    "untyped": {},
    "constant": {"const": 7},
}  # fmt: skip
MONEY = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("required", [True, False])
def test_each_kind_of_argument(name: str, *, required: bool) -> None:
    more = {"$defs": {"Money": MONEY}} | ({"required": ["it"]} if required else {})

    assert agree([tool({"it": ARGUMENTS[name]}, "tool", more)], AS_THE_ORACLE)


def test_the_tools_of_the_example() -> None:
    listed = json.loads((CASES / "refunds.json").read_text())["result"]["tools"]
    tools = [item | {"name": item["name"].partition("___")[2]} for item in listed]

    assert agree(tools, Options(formats=FormatMapping.EXTENSION))


@pytest.mark.parametrize("name", ["get-claim", "get.claim", "POST:/invocations", "заявка"])
def test_a_tool_whose_name_is_no_identifier_is_beyond_the_oracle_and_not_beyond_us(name: str) -> None:
    tools = [tool({"id": {"type": "string"}}, name)]

    schema = ours(tools, Options())

    assert theirs(tools) is None
    assert input_shape(schema, f"T___{name}") == input_shape(
        ours([tool({"id": {"type": "string"}})], Options()), "T___tool"
    )
