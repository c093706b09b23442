"""Our parser reads what the engine reads, as the engine reads it, and says where and why when it does not."""

from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.languages.cedar.ast import Record
from bylaw.languages.cedar.canonical import canonical_text, expression_text
from bylaw.languages.cedar.parser import parse_expression, parse_statement, parse_statements
from bylaw.languages.cedar.walk import nodes, scope_targets
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import LineIndex
from tools.languages.cedar.borderline import EXPRESSIONS, STATEMENTS
from tools.languages.cedar.est import engine_trees, our_trees
from tools.strategies.cedar_policies import damaged_policies, expression_texts, policy_sets, policy_texts

SCOPE = "permit (principal, action, resource)"
STRICTER = {"unknown-call", "deep-expression", "long-statement"}
"""What we refuse and the engine does not, on purpose."""


def engine_accepts(text: str) -> bool:
    try:
        cedarpy.policies_to_json_str(text)
    except ValueError:
        return False
    return True


def agree(text: str) -> None:
    """Both accept, with the same trees, or both refuse."""
    statements, diagnostics = parse_statements(text, "p.cedar")
    if diagnostics and diagnostics[0].code in STRICTER:
        return

    assert engine_accepts(text) == (not diagnostics), diagnostics
    if not diagnostics:
        assert engine_trees(text) == our_trees(statements)


@pytest.mark.parametrize("condition", EXPRESSIONS)
def test_a_condition_on_the_border_is_judged_as_the_engine_does(condition: str) -> None:
    agree(f"{SCOPE} when {{{condition}}};")


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_text_on_the_border_is_judged_as_the_engine_does(text: str) -> None:
    agree(text)


@settings(max_examples=300, deadline=None)
@given(policy_sets().map("\n".join))
def test_random_policies_have_the_trees_of_the_engine(text: str) -> None:
    assert engine_trees(text) == our_trees(parse_statements(text, "p.cedar").statements)


@settings(max_examples=500, deadline=None)
@given(damaged_policies())
def test_damaged_policies_are_judged_as_the_engine_does(text: str) -> None:
    agree(text)


@settings(deadline=None)
@given(st.text() | damaged_policies() | st.text('(){}[];,.=&|!-@"\\/:?*+<>aprifn 1²\n\r\ud800'))
def test_any_text_is_read_or_diagnosed(text: str) -> None:
    found, several, alone = parse_statement(text, "p.cedar"), parse_statements(text, "p.cedar"), parse_expression(text)

    assert (found.statement is None) == bool(found.diagnostics)
    assert (alone.expression is None) == bool(alone.diagnostics)
    for diagnostic in (*found.diagnostics, *several.diagnostics, *alone.diagnostics):
        check_form(diagnostic, text)


def check_form(diagnostic: Diagnostic, text: str) -> None:
    """One line, short, and inside the text."""
    assert len(diagnostic.message.splitlines()) == 1
    assert len(diagnostic.message) <= 210
    assert not diagnostic.message.endswith(".")
    assert diagnostic.span is not None
    assert diagnostic.span.start <= LineIndex(text).position(len(text))
    assert diagnostic.span.start <= diagnostic.span.end


@settings(max_examples=200, deadline=None)
@given(policy_texts())
def test_the_range_of_a_node_holds_the_node(text: str) -> None:
    statement = parse_statement(text, "p.cedar").statement
    assert statement is not None

    for node in (*nodes(statement), *scope_targets(statement)):
        part = text[node.start : node.end]
        if not part.startswith("?"):
            alone = parse_expression(part).expression
            assert alone is not None
            assert expression_text(alone) == expression_text(node)


@settings(max_examples=200, deadline=None)
@given(policy_texts())
def test_the_ranges_of_a_statement_hold_its_parts(text: str) -> None:
    statement = parse_statement(text, "p.cedar").statement
    assert statement is not None

    alone = parse_statement(text[statement.start : statement.end], "p.cedar").statement
    assert alone is not None
    assert canonical_text(alone) == canonical_text(statement)
    assert text[slice(*statement.head)] == statement.effect
    assert [text[scope.start : scope.end].startswith(scope.variable) for scope in statement.scopes] == [True] * 3
    for clause in statement.clauses:
        assert text[clause.start : clause.end].startswith(clause.kind)
        assert text[clause.end - 1] == "}"
    for annotation in statement.annotations:
        assert text[annotation.start] == "@"


@settings(deadline=None)
@given(expression_texts(busy=False))
def test_an_expression_alone_is_read_like_a_condition(text: str) -> None:
    statement = parse_statement(f"{SCOPE} when {{{text}}};", "p.cedar").statement
    assert statement is not None

    alone = parse_expression(text).expression

    assert alone is not None
    assert expression_text(alone) == expression_text(statement.clauses[0].body)


def when(condition: str) -> str:
    return f"{SCOPE} when {{ {condition} }};"


PLACES = {
    # story: source with its place «marked», code; the wording has cases of its own
    "an empty file": ("«»", "no-statement"),
    "two statements": (f"{SCOPE};\n«f»orbid (principal, action, resource);", "several-statements"),
    "two annotated statements": (f'{SCOPE};\n«@»id("a") {SCOPE};', "several-statements"),
    "a missing semicolon": (f"{SCOPE}«» // end\n", "cedar-syntax"),
    "a wrong effect": ("«allow» (principal, action, resource);", "cedar-syntax"),
    "an empty condition": (f"{SCOPE} when {{ «}}»;", "cedar-syntax"),
    "two comparisons": (when("1 < 2 «<» 3"), "cedar-syntax"),
    "five signs": (when("«!!!!!»true"), "cedar-syntax"),
    "a string that does not end": (f'{SCOPE} when {{ context.a == «"»b }};', "cedar-syntax"),
    "a slot in a condition": (when("principal == «?principal»"), "cedar-syntax"),
    "a byte order mark": (f"«\ufeff»{SCOPE};", "invalid-character"),
    "a letter of another script": (when("context.«é» == 1"), "invalid-character"),
    "a digit that is none": (when("-«²» == 1"), "invalid-character"),
    "half a character": (when('"«\ud800»" == ""'), "invalid-character"),
    "an escape that is none": (when(r'"a«\q»" == ""'), "unknown-escape"),
    "a star escaped outside a pattern": (when(r'"a«\*»" == ""'), "unknown-escape"),
    "a raw carriage return in a string": (when('"a«\r»b" == ""'), "carriage-return"),
    "a number too large": (when("context.a < «9223372036854775808»"), "integer-out-of-range"),
    "a number as long as a novel": (when(f"context.a < «{'9' * 5000}»"), "integer-out-of-range"),
    "a reserved word as attribute": (when("context.«if» == 1"), "reserved-word"),
    "an annotation twice": (f'@a("1") «@a("2")» {SCOPE};', "duplicate-annotation"),
    "a key twice": (when('{a: 1, «"a"»: 2} == {}'), "duplicate-record-key"),
    "`unknown`": (when('«unknown»("x") == 1'), "unknown-call"),
    "a variable that is none": (when("«user» == 1"), "unknown-variable"),
    "a misspelt function": (when('«decimel»("1.0") == 1'), "unknown-function"),
    "a misspelt method": (when("context.a.«contain»(1)"), "unknown-method"),
    "an argument too many": (when("context.a.«contains(1, 2)»"), "wrong-arity"),
    "an action of another type": ('permit (principal, action == «User::"a"», resource);', "not-an-action"),
    "one action of another type": (
        'permit (principal, action in [Action::"a", «A::"b"»], resource);',
        "not-an-action",
    ),
    "brackets too deep": (f"{SCOPE} when {{{'(' * 49}«(»true{')' * 50}}};", "deep-expression"),
    "a chain too long": (f"{SCOPE} «when {{{'||'.join(['true'] * 91)}}}»;", "deep-expression"),
    "a statement too long": (f"«@»{'a @' * 5000}a {SCOPE};", "long-statement"),
}


@pytest.mark.parametrize("story", PLACES)
def test_a_diagnostic_has_its_code_and_its_place(story: str) -> None:
    marked, code = PLACES[story]
    start, end = marked.index("«"), marked.index("»") - 1
    text = marked.replace("«", "", 1).replace("»", "", 1)

    (diagnostic,) = parse_statement(text, "p.cedar").diagnostics

    assert diagnostic.code == code
    assert diagnostic.span == LineIndex(text).span("p.cedar", start, end)


def test_line_ends_in_a_message_are_made_visible() -> None:
    (diagnostic,) = parse_statement(when('context.a "b\nc"'), "p.cedar").diagnostics

    assert r"b\u{a}c" in diagnostic.message


def test_a_long_name_is_shortened_in_a_message() -> None:
    (diagnostic,) = parse_statement(when("a" * 100_000), "p.cedar").diagnostics

    assert len(diagnostic.message) < 210
    assert diagnostic.message.endswith("means nothing here")


def test_statements_before_the_first_error_are_kept() -> None:
    statements, (diagnostic,) = parse_statements(f"{SCOPE};\n{SCOPE};\nallow;\n{SCOPE};", "p.cedar")

    assert len(statements) == 2
    assert diagnostic.span is not None
    assert diagnostic.span.start.line == 3


SHAPES: dict[str, tuple[str, Any]] = {
    "a sign belongs to its number": ("-5", {"value": -5}),
    "the least number has its sign": ("-9223372036854775808", {"value": -(2**63)}),
    "a path of `has` is kept": ("context has a.b", {"path": ("a", "b")}),
    "adjacent wildcards are kept": (r'context like "a**\*b"', {"pattern": ("a", None, None, "*b")}),
    "an attribute by string is an attribute": ('context["a"]', {"name": "a"}),
    "escapes are resolved": (r'"\n\x41\u{1F600}\u{0_41}\0\'"', {"value": "\nA😀A\0'"}),
    "a type has its whole path": ('A :: B :: "c"', {"type": "A::B", "id": "c"}),
}


@pytest.mark.parametrize("story", SHAPES)
def test_a_node_holds_what_was_written(story: str) -> None:
    text, fields = SHAPES[story]

    found = parse_expression(text).expression

    assert found is not None
    assert {name: getattr(found, name) for name in fields} == fields


def test_fields_of_a_record_stay_in_the_order_of_the_source() -> None:
    found = parse_expression("{b: 1, a: 2,}").expression

    assert isinstance(found, Record)
    assert [name for name, _ in found.fields] == ["b", "a"]


@pytest.mark.parametrize("pattern", [r"a\x2ab", r"\u{2a}", r"\u{02A}*", r"\u{2_a}\*", r"\\\x2A"])
def test_an_escaped_star_is_a_wildcard_in_a_pattern(pattern: str) -> None:
    agree(when(f'context.a like "{pattern}"'))


@pytest.mark.parametrize("actions", ['[(Action::"a")]', '([Action::"a"])'])
def test_parentheses_in_a_list_of_actions_are_refused_though_the_engine_skips_them(actions: str) -> None:
    text = f"permit (principal, action in {actions}, resource);"

    assert engine_accepts(text)
    assert parse_statement(text, "p.cedar").diagnostics[0].code == "cedar-syntax"
