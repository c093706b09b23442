"""The canonical form says what a policy means and nothing of how it is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.governance.argument_values import SchemaError
from bylaw.evaluation.governance.arguments import compile_schema
from bylaw.languages.governance.argument_schema import schema_problems
from bylaw.languages.governance.canonical import canonical_text
from bylaw.languages.governance.model import Governance, Schema
from bylaw.languages.governance.reading import read_governance
from bylaw.languages.portable_regex import RegexError
from bylaw.model.exact import Json
from tools.evaluation.governance.worlds import documents, schemas
from tools.languages.governance.test_reading import WHOLE, policy_of


@settings(max_examples=150, deadline=None)
@given(documents())
def test_the_canonical_form_is_a_document_that_means_the_same(policy: Governance) -> None:
    text = canonical_text(policy)
    read = read_governance(text, "a.yaml")

    assert read.policy is not None, read.diagnostics
    assert canonical_text(read.policy) == text


@pytest.mark.parametrize(
    "other",
    [
        WHOLE.replace("5.00", "5"),
        WHOLE.replace("0.50", "0.5"),
        WHOLE.replace("100.50", "100.5"),
        WHOLE.replace("[HIGH, critical]", "[critical, high]"),
        WHOLE.replace("[issue_refund, lookup_order, call_llm]", "[call_llm, lookup_order, issue_refund]"),
        WHOLE.replace("strict_mode: false", "strict_mode: true"),
        WHOLE.replace("what the billing bot may do", "something else"),
        WHOLE.replace("pii_default_enabled: true", "loop_default_enabled: false\npii_default_enabled: true"),
    ],
)  # fmt: skip
def test_what_means_the_same_has_the_same_form(other: str) -> None:
    assert other != WHOLE
    assert canonical_text(policy_of(other)) == canonical_text(policy_of(WHOLE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: production limits", "name: other"),
        ("scope: agent", "scope: run"),
        ("run_budget: 1", "run_budget: 1.01"),
        ("allowed_actions: [issue_refund, lookup_order, call_llm]", ""),
        ("allowed_actions: [issue_refund, lookup_order, call_llm]", "allowed_actions: []"),
        ("min_approvals: 2", "min_approvals: 1"),
        ("source_field: order.id", "source_field: id"),
        ("extra_patterns", "allow_categories: [email], extra_patterns"),
        ("threshold: 3", "threshold: 4"),
    ],
)
def test_what_means_something_else_has_another_form(old: str, new: str) -> None:
    assert canonical_text(policy_of(WHOLE.replace(old, new, 1))) != canonical_text(policy_of(WHOLE))


@settings(max_examples=300, deadline=None)
@given(schemas)
def test_a_schema_that_the_language_takes_can_be_enforced(schema: Schema) -> None:
    assert not list(schema_problems(schema))
    compile_schema(schema)


OPERANDS: st.SearchStrategy[Json] = st.sampled_from(
    [None, True, 0, -1, 2, "a", "(", "number", (), (1,), ("a",), ("number", "string"), {}, {"a": {}}, ({},), {"a": 1}]
)
KEYWORDS = st.sampled_from(
    [
        *("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "items", "minItems", "maxItems", "properties", "required"),
        *("additionalProperties", "allOf", "anyOf", "not", "format", "$ref"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYWORDS, OPERANDS, max_size=2))
def test_the_language_takes_no_schema_that_cannot_be_enforced(schema: dict[str, Json]) -> None:
    try:
        compile_schema(schema)
    except (SchemaError, RegexError):
        assert list(schema_problems(schema))
