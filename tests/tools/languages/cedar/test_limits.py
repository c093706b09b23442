"""Bounds hold before anything recursive runs, and the engine survives whatever lies within them."""

import time

import pytest

from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.engine import tree
from bylaw.languages.cedar.formatter import format_statement
from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.limits import (
    MAX_DEPTH,
    MAX_NESTING,
    MAX_TOKENS,
    expression_depth,
    first_too_deep,
    first_too_long,
    statement_depth,
)
from bylaw.languages.cedar.parser import parse_expression, parse_statement

SCOPE = "permit(principal,action,resource)"


def when(condition: str) -> str:
    return f"{SCOPE}when{{{condition}}};"


def chain(operator: str, length: int) -> str:
    return operator.join(["true"] * length)


DEPTHS = {
    "a literal is one level": ("1", 1),
    "a chain counts its length": ("1+1+1+1", 4),
    "an `if` nests without brackets": ("if true then 1 else if true then 2 else 3", 3),
    "a path of attributes counts its length": ("context.a.b.c", 4),
    "a path of `has` counts as the chain it stands for": ("context has a.b.c", 4),
    "parentheses count nothing": ("((1))", 1),
    "a set counts its deepest element": ("[1, 1 + 1, 1]", 3),
    "`is … in` counts its group": ("principal is A in (1 + 1)", 3),
}


@pytest.mark.parametrize("story", DEPTHS)
def test_depth_is_the_depth_of_the_tree(story: str) -> None:
    text, depth = DEPTHS[story]
    found = parse_expression(text).expression
    assert found is not None

    assert expression_depth(found) == depth


def test_all_clauses_count_as_one_chain() -> None:
    found = parse_statement(f"{SCOPE}when{{1}}when{{1+1}}unless{{1}};", "p").statement
    assert found is not None

    assert statement_depth(found) == 4


def test_closing_brackets_do_not_pay_for_opening_ones() -> None:
    assert first_too_deep(tokenize(")" * 100 + "(" * (MAX_NESTING + 1)).texts) == 100 + MAX_NESTING
    assert first_too_deep(tokenize("()[]{}" * 100 + "(" * MAX_NESTING).texts) is None


def test_tokens_are_counted_by_statement() -> None:
    short = "a " * (MAX_TOKENS // 2) + ";"

    assert first_too_long(tokenize(short * 5).texts) is None
    assert first_too_long(tokenize(short * 5 + "a " * (MAX_TOKENS + 1)).texts) == 5 * (MAX_TOKENS // 2 + 1)


ACCEPTED = {
    "brackets": when("(" * (MAX_NESTING - 1) + "true" + ")" * (MAX_NESTING - 1)),
    "sets": when("[" * (MAX_NESTING - 1) + "]" * (MAX_NESTING - 1) + "==1"),
    "records": when("{a:" * (MAX_NESTING - 1) + "1" + "}" * (MAX_NESTING - 1) + "==1"),
    "negated brackets": when("!!!!(" * 18 + "true" + ")" * 18),
    "or": when(chain("||", MAX_DEPTH)),
    "and": when(chain("&&", MAX_DEPTH)),
    "sum": when("1<" + "+".join("1" * (MAX_DEPTH - 1))),
    "attributes": when("context" + ".a" * (MAX_DEPTH - 1)),
    "methods": when("context" + ".contains(1)" * (MAX_DEPTH - 1)),
    "has": when("context has a" + ".a" * (MAX_DEPTH - 2)),
    "if": when("if true then true else " * (MAX_DEPTH - 1) + "true"),
    "if in conditions": when("if " * (MAX_DEPTH - 1) + "true" + " then true else true" * (MAX_DEPTH - 1)),
    "clauses": SCOPE + "when{true}" * MAX_DEPTH + ";",
    "if in brackets": when("(if true then " * (MAX_NESTING - 5) + "1" + " else 1)" * (MAX_NESTING - 5)),
}


@pytest.mark.parametrize("story", ACCEPTED)
def test_the_engine_takes_what_lies_just_within_the_bounds(story: str) -> None:
    text = ACCEPTED[story]
    found = parse_statement(text, "p")
    assert found.statement is not None, found.diagnostics

    assert len(tree(text)["staticPolicies"]) == 1
    assert parse_statement(canonical_text(found.statement), "p").statement is not None
    assert len(tree(format_statement(text))["staticPolicies"]) == 1


REFUSED = {
    "brackets": ("deep-expression", when("(" * MAX_NESTING + "true" + ")" * MAX_NESTING)),
    "or": ("deep-expression", when(chain("||", MAX_DEPTH + 1))),
    "attributes": ("deep-expression", when("context" + ".a" * MAX_DEPTH)),
    "has": ("deep-expression", when("context has a" + ".a" * (MAX_DEPTH - 1))),
    "if": ("deep-expression", when("if true then true else " * MAX_DEPTH + "true")),
    "if in conditions": ("deep-expression", when("if " * MAX_DEPTH + "true" + " then true else true" * MAX_DEPTH)),
    "clauses": ("deep-expression", SCOPE + "when{true}" * (MAX_DEPTH + 1) + ";"),
    "a chain behind clauses": ("deep-expression", SCOPE + "when{true}" * 50 + f"when{{{chain('||', 90)}}};"),
    "a chain before clauses": ("deep-expression", f"{SCOPE}when{{{chain('||', 50)}}}" + "when{true}" * 50 + ";"),
    "a long set": ("long-statement", when(f"[{','.join(['1'] * (MAX_TOKENS // 2))}].contains(1)")),
    "many annotations": ("long-statement", "".join(f"@a{number} " for number in range(MAX_TOKENS // 5)) + SCOPE + ";"),
}


@pytest.mark.parametrize("story", REFUSED)
def test_what_lies_outside_is_refused_with_a_way_out(story: str) -> None:
    code, text = REFUSED[story]

    problem = parse_statement(text, "p").diagnostics[0]

    assert problem.code == code
    assert problem.help
    assert problem.span


def test_an_expression_alone_has_the_same_bound() -> None:
    assert parse_expression(chain("||", MAX_DEPTH)).expression is not None
    assert parse_expression(chain("||", MAX_DEPTH + 1)).diagnostics[0].code == "deep-expression"


def test_a_canonical_text_stays_within_the_bounds_of_its_source() -> None:
    bare = "".join(f"@a{number} " for number in range(1900))
    text = f"{bare}{SCOPE}when{{[{','.join(['1'] * 230)}].contains(1)}};"
    found = parse_statement(text, "p")
    assert found.statement is not None, found.diagnostics

    again = parse_statement(canonical_text(found.statement), "p")

    assert again.diagnostics == ()


def listed(item: str, count: int) -> str:
    return ",".join(item.format(number) for number in range(count))


FULL = {
    "names": when("[" + listed('"n{}"', 4900) + "].contains(context.n)"),
    "actions": "permit(principal,action in[" + listed('Action::"n{}"', 2400) + "],resource);",
    "records": when(f"[{','.join(['{a:1,b:[1,2]}'] * 700)}]==1"),
    "fields": when("{" + listed("a{}:1", 2400) + "}=={}"),
    "annotations": listed("@a{} ", 1900).replace(",", "") + f"{SCOPE};",
    "chains": when(f"[{','.join([chain('&&', 40)] * 120)}]==1"),
}


@pytest.mark.parametrize("story", FULL)
def test_the_largest_statements_are_read_and_formatted_in_a_moment(story: str) -> None:
    before = time.perf_counter()

    found = parse_statement(FULL[story], "p")
    format_statement(FULL[story])

    assert found.diagnostics == ()
    assert time.perf_counter() - before < 10  # about half a second
