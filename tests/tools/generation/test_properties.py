"""Whatever a tool declares: a schema that the engine accepts, in which a call that fits the tool can be decided."""

import json

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import Request
from bylaw.generation.derive import derive
from bylaw.generation.json_writer import schema_json_text
from bylaw.generation.source import MAX_JSON_BYTES, Source, read_tools
from bylaw.generation.tools import EnumMapping, FormatMapping, Options
from bylaw.languages.cedar.schema import RecordType, Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.decisions import Decision
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import EntityUid
from tools.evaluation.cedar_programs import policy
from tools.generation.json_schemas import Json, Pair, context_value, inputs

INPUTS = inputs()
PERMIT = policy("all", "permit (principal, action, resource);")
OPTIONS = st.builds(Options, enums=st.sampled_from(EnumMapping), formats=st.sampled_from(FormatMapping))
TOOL = EntityUid("AgentCore::Action", "T___t")


def tools_list(*inputs: Json) -> bytes:
    tools = [{"name": "t" if not number else f"t{number}", "inputSchema": item} for number, item in enumerate(inputs)]
    return json.dumps({"tools": tools}).encode()


def derived(data: bytes, options: Options) -> Schema:
    tools, problems = read_tools(Source("tools.json", data, "T"))
    found, said = derive(tools, options)

    assert [item for item in (*problems, *said) if item.severity is Severity.ERROR] == []
    assert found is not None
    return found.schema


def input_of(schema: Schema) -> RecordType:
    attribute = schema.actions[TOOL].context.attribute("input")
    assert attribute is not None
    assert isinstance(attribute.type, RecordType)
    return attribute.type


@given(st.data(), INPUTS, OPTIONS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_a_call_that_fits_the_tool_can_be_decided(data: st.DataObject, pair: Pair, options: Options) -> None:
    input_schema, values = pair
    value = data.draw(values)
    jsonschema.validate(value, input_schema)
    schema = derived(tools_list(input_schema), options)
    request = Request(
        principal=EntityUid("AgentCore::OAuthUser", "ann"),
        action=TOOL,
        resource=EntityUid("AgentCore::Gateway", "gate"),
        context={"input": context_value(input_of(schema), value), "system": {"now": "2026-03-02T09:00:00Z"}},
    )

    (answer,) = CedarEvaluator([PERMIT], schema=schema).decide([request], [])

    assert answer.decision is Decision.ALLOW


@given(st.lists(INPUTS, min_size=1, max_size=4), OPTIONS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_a_list_of_tools_means_nothing(pairs: list[Pair], options: Options) -> None:
    inputs = [schema for schema, _ in pairs]
    backwards = json.loads(tools_list(*inputs))
    backwards["tools"].reverse()

    assert derived(tools_list(*inputs), options).text == derived(json.dumps(backwards).encode(), options).text


@given(INPUTS, OPTIONS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_json_form_declares_the_same(pair: Pair, options: Options) -> None:
    schema = derived(tools_list(pair[0]), options)

    again, problems = read_schema(schema_json_text(options.namespace, schema), "schema.json")

    assert problems == ()
    assert again is not None
    assert (again.entities, again.actions) == (schema.entities, schema.actions)


ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "enum", "anyOf", "allOf", "$ref", "required", "const", "x"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(ANY_JSON)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_no_schema_is_told_or_derived_but_never_a_crash(anything: Json) -> None:
    tools, problems = read_tools(Source("tools.json", tools_list(anything), "T"))

    found, said = derive(tools, Options())

    errors = [item for item in (*problems, *said) if item.severity is Severity.ERROR]
    assert errors or (found is not None and TOOL in found.schema.actions)
    assert all(item.span is not None and item.span.path == "tools.json" for item in errors)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=100)
def test_bytes_of_any_kind_are_told(data: bytes) -> None:
    tools, problems = read_tools(Source("tools.json", data, "T"))

    assert tools == ()
    assert problems.has_errors


def test_a_file_over_the_limit_is_told() -> None:
    tools, problems = read_tools(Source("tools.json", b"[" + b" " * MAX_JSON_BYTES, "T"))

    assert tools == ()
    assert [item.code for item in problems] == ["file-too-large"]


@pytest.mark.parametrize("namespace", ["Set", "String", "A::B", "Action", "entity", "type"])
def test_a_namespace_called_like_a_word_of_cedar(namespace: str) -> None:
    tools, _ = read_tools(Source("tools.json", tools_list({"type": "object"}), "T"))

    found, _ = derive(tools, Options(namespace=namespace))

    assert found is not None
    assert EntityUid(f"{namespace}::Action", "T___t") in found.schema.actions
