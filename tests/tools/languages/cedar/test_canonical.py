"""One canonical text for each meaning-preserving choice of spelling; the engine reads it as it reads the original."""

import pytest
from hypothesis import given, settings

from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import canonical_text, digest_statement, expression_text, scope_text
from bylaw.languages.cedar.formatter import format_statement
from bylaw.languages.cedar.parser import parse_expression, parse_statement
from tools.languages.cedar.est import engine_trees
from tools.strategies.cedar_policies import expression_texts, policy_texts


def read(text: str) -> Statement:
    found = parse_statement(text, "p.cedar")
    assert found.statement is not None, found.diagnostics
    return found.statement


@settings(max_examples=400, deadline=None)
@given(policy_texts())
def test_the_engine_reads_the_canonical_text_as_it_reads_the_original(text: str) -> None:
    canonical = canonical_text(read(text))

    assert engine_trees(canonical) == engine_trees(text)


@settings(max_examples=400, deadline=None)
@given(policy_texts())
def test_printing_what_was_printed_changes_nothing(text: str) -> None:
    canonical = canonical_text(read(text))

    assert canonical_text(read(canonical)) == canonical


@settings(max_examples=200, deadline=None)
@given(policy_texts())
def test_layout_is_no_part_of_the_digest(text: str) -> None:
    assert digest_statement(read(format_statement(text))) == digest_statement(read(text))


@settings(max_examples=200, deadline=None)
@given(expression_texts(busy=False))
def test_an_expression_is_printed_with_no_parentheses_to_spare(text: str) -> None:
    found = parse_expression(text).expression
    assert found is not None
    printed = expression_text(found)

    again = parse_expression(printed).expression

    assert again is not None
    assert expression_text(again) == printed
    assert printed.count("(") <= text.count("(")


WHOLE = {
    "everything in its place": (
        '@b("2")@a("1")permit(principal==User::"x",action,resource,)when{true}unless{false};',
        '@a("1")\n@b("2")\npermit (principal == User::"x", action, resource)\nwhen { true }\nunless { false };\n',
    ),
    "a bare annotation has the empty value": (
        "@a permit(principal,action,resource);",
        '@a("")\npermit (principal, action, resource);\n',
    ),
    "one action in a list is the action": (
        'permit(principal,action in[Action::"a",],resource);',
        'permit (principal, action in Action::"a", resource);\n',
    ),
    "a list of actions keeps its order and doubles": (
        'permit(principal,action in[Action::"b",Action::"a",Action::"b"],resource);',
        'permit (principal, action in [Action::"b", Action::"a", Action::"b"], resource);\n',
    ),
    "an empty list stays": ("permit(principal,action in[],resource);", "permit (principal, action in [], resource);\n"),
    "slots and types": (
        "permit(principal is A :: B in ?principal,action,resource==(?resource));",
        "permit (principal is A::B in ?principal, action, resource == ?resource);\n",
    ),
    "comments are gone": ("// a\npermit(principal,action,resource)// b\n; // c", "permit (principal, action, resource);\n"),
}  # fmt: skip


@pytest.mark.parametrize("story", WHOLE)
def test_a_statement_has_one_text(story: str) -> None:
    text, expected = WHOLE[story]

    assert canonical_text(read(text)) == expected


EXPRESSIONS = {
    "blanks": ("1<2&&true", "1 < 2 && true"),
    "parentheses to spare": ("((1)+((2)*3))<4", "1 + 2 * 3 < 4"),
    "parentheses that matter": ("(1+2)*3<4", "(1 + 2) * 3 < 4"),
    "a right-nested chain": ("true&&(true&&true)", "true && (true && true)"),
    "a left-nested chain": ("(true&&true)&&true", "true && true && true"),
    "or in and": ("(true||false)&&true", "(true || false) && true"),
    "comparisons do not chain": ("(1<2)==(2<3)", "(1 < 2) == (2 < 3)"),
    "subtraction associates to the left": ("1-(2-3)", "1 - (2 - 3)"),
    "an `if` as an operand": ("(if true then 1 else 2)+1", "(if true then 1 else 2) + 1"),
    "an `if` at the end": ("if true then 1 else (if true then 2 else 3)", "if true then 1 else if true then 2 else 3"),
    "a comparison negated": ("!(1==2)", "!(1 == 2)"),
    "an attribute negated": ("!context.a", "!context.a"),
    "four signs": ("!!(!!true)", "!!!!true"),
    "more signs than the grammar allows": ("!!!!(!true)", "!(!!!!true)"),
    "more minus signs too": ("----(-context.a)", "-(----context.a)"),
    "a sign of a number": ("- 5", "-5"),
    "a number negated is no negative number": ("-(5)", "-(5)"),
    "a negative number negated": ("-(-5)", "--5"),
    "a minus before a negative number": ("1- -5", "1 - -5"),
    "an attribute of a negative number": ("(-5).a", "(-5).a"),
    "the least number": ("-9223372036854775808", "-9223372036854775808"),
    "leading zeros": ("007", "7"),
    "an attribute in brackets": ('context["a"]["b c"]["if"]', 'context.a["b c"]["if"]'),
    "`has` in quotes": ('context has "a"', "context has a"),
    "`has` of no identifier": ('context has "a b"', 'context has "a b"'),
    "`has` of a reserved word": ('context has "in"', 'context has "in"'),
    "a path of `has`": ("context has a . b", "context has a.b"),
    "`has` of a sum": ("(1+2)has a", "1 + 2 has a"),
    "`has` of a comparison": ("(1<2)has a", "(1 < 2) has a"),
    "`is`": ('principal is A::B in (A::"x")', 'principal is A::B in A::"x"'),
    "keys are sorted": ('{b:1,"a":2,"c d":3,"if":4,}', '{a: 2, b: 1, "c d": 3, "if": 4}'),
    "elements are not": ("[2,1,2,]", "[2, 1, 2]"),
    "escapes": (r'"\x41\u{42}\'\"\\\0\u{7f}\u{e9}"', '"AB\'\\"\\\\\\0\\u{7f}é"'),
    "line ends": ('"a\nb\\tc"', r'"a\nb\tc"'),
    "a pattern": (r'context.a like "\x41*\*\u{2a}"', r'context.a like "A*\**"'),
    "a method of a sum": ("(1+2).contains(3)", "(1 + 2).contains(3)"),
    "a call": ('ip ( "a" , )', 'ip("a")'),
    "an entity": ('A :: B :: "\\u{63}"', 'A::B::"c"'),
}  # fmt: skip


@pytest.mark.parametrize("story", EXPRESSIONS)
def test_an_expression_has_one_text(story: str) -> None:
    text, expected = EXPRESSIONS[story]
    found = parse_expression(text).expression
    assert found is not None

    assert expression_text(found) == expected


def test_a_part_of_the_scope_has_a_text_of_its_own() -> None:
    statement = read('permit(principal is A in B::"b", action in [Action::"a", Action::"b"], resource in C::"c");')

    assert [scope_text(scope) for scope in statement.scopes] == [
        'principal is A in B::"b"',
        'action in [Action::"a", Action::"b"]',
        'resource in C::"c"',
    ]


DIFFERENT = {
    "order of operands": ("when{1<2&&2<3}", "when{2<3&&1<2}"),
    "order of clauses": ("when{1<2}when{2<3}", "when{2<3}when{1<2}"),
    "nesting": ("when{1+(2+3)<4}", "when{1+2+3<4}"),
    "one clause or two": ("when{1<2&&2<3}", "when{1<2}when{2<3}"),
    "a star and a wildcard": ('when{context.a like "*"}', r'when{context.a like "\*"}'),
    "a number and a string": ("when{context.a==1}", 'when{context.a=="1"}'),
}


@pytest.mark.parametrize("story", DIFFERENT)
def test_what_can_differ_in_effect_differs_in_digest(story: str) -> None:
    one, other = (read(f"permit(principal,action,resource){clauses};") for clauses in DIFFERENT[story])

    assert digest_statement(one) != digest_statement(other)


def test_an_annotation_is_part_of_the_digest() -> None:
    bare, noted = read("permit(principal,action,resource);"), read('@note("")permit(principal,action,resource);')

    assert digest_statement(bare) != digest_statement(noted)
