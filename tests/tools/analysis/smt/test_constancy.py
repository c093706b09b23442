"""Conditions, and parts of them, that are the same for every request that reaches them."""

import pytest

from bylaw.analysis.proven import ConstantPart
from tools.analysis.smt.surveyed import SCHEMA, app, app_of, fact

READ = 'permit (principal, action == Action::"read", resource)'
ANY = "permit (principal, action, resource)"
MAX = "9223372036854775807"
ENVIRONMENTS = """
entity Human { level: Long };
entity Robot { owner: Human };
entity Doc;
action read appliesTo { principal: [Human, Robot], resource: Doc, context: { a: Bool, b: Bool } };
"""


def constants(text: str, schema: str = SCHEMA) -> list[tuple[str, bool, str]]:
    """Text, value and kind of what is constant in one policy."""
    program = app_of(schema, {"a": text})
    return [(part.text, part.value, part.kind) for part in fact("a", program).constant]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("when { context.urgent }", []),
        ("when { context.amount < 3 || context.amount > 2 }", [("context.amount < 3 || context.amount > 2", True, "clause")]),
        ("unless { context.amount < 3 && context.amount > 2 }", [("context.amount < 3 && context.amount > 2", False, "clause")]),
        ("when { context.urgent } when { context.urgent }", [("context.urgent", True, "clause")]),
        ("when { context.urgent } unless { context.urgent }", [("context.urgent", True, "clause")]),
        ("when { context.amount > 3 && context.amount > 2 }", [("context.amount > 2", True, "operand")]),
        ("when { context.amount > 2 && context.amount > 3 }", []),
        ("when { context.amount > 3 && context.urgent && context.amount < 2 }", [
            # From here on nothing is left, so that the whole is never true either: the outermost is told.
            ("context.amount > 3 && context.urgent && context.amount < 2", False, "clause"),
        ]),
        ("when { context.urgent && (context.urgent || principal.active) }", [
            ("context.urgent || principal.active", True, "operand"),
        ]),
        ("when { principal.active || (!principal.active && context.urgent) }", [("!principal.active", True, "operand")]),
        ("when { (principal.active || !principal.active) && context.urgent }", [
            ("principal.active || !principal.active", True, "operand"),
        ]),
        ("when { if context.amount > 3 && context.amount < 4 then context.urgent else principal.active }", [
            ("context.amount > 3 && context.amount < 4", False, "branch"),
        ]),
        ("when { context.urgent && (if context.urgent then principal.active else false) }", [
            ("context.urgent", True, "branch"),
        ]),
        ("when { principal has active && principal.active }", [("principal has active", True, "guard")]),
        ('when { context has ticket && context has ticket && context.ticket == "a" }', [("context has ticket", True, "guard")]),
        ('when { context has ticket && context.ticket == "a" }', []),
        ("when { (context has ticket) == context.urgent }", []),
        ("when { (principal has level) == context.urgent }", [("principal has level", True, "guard")]),
        ('when { principal.hasTag("a") && principal.hasTag("a") && principal.getTag("a") == "b" }', [
            ('principal.hasTag("a")', True, "guard"),
        ]),
        ("when { principal has nothing || context.urgent }", [("principal has nothing", False, "operand")]),
        ("when { true && context.urgent }", []),
        ("when { true }", []),
        (f"when {{ context.urgent && context.amount + {MAX} >= context.amount }}", []),
        (f"when {{ context.amount < 1 && context.amount >= 0 && context.amount + {MAX} > 0 }}", [
            (f"context.amount + {MAX} > 0", True, "operand"),
        ]),
    ],
)  # fmt: skip
def test_one_environment(conditions: str, expected: list[tuple[str, bool, str]]) -> None:
    assert constants(f"{READ} {conditions};") == expected


def test_the_scope_counts_as_known() -> None:
    assert constants('permit (principal == User::"a", action, resource) when { principal == User::"a" };') == [
        ('principal == User::"a"', True, "clause")
    ]


def test_what_differs_between_environments_is_not_constant() -> None:
    text = f'{ANY} when {{ action == Action::"read" || context.urgent }};'

    assert not constants(text)


def test_environments_in_which_a_part_is_not_reached_do_not_count() -> None:
    text = f'{ANY} when {{ action == Action::"read" && (action == Action::"read" || context.urgent) }};'

    assert constants(text) == [('action == Action::"read" || context.urgent', True, "operand")]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("principal is Human && principal.level > 3", []),
        ("principal is Human && principal has level && principal.level > 3", [("principal has level", True, "guard")]),
        ("principal has owner && principal.owner.level > 3", []),
        ("(principal is Human || principal is Robot) && context.a", [
            ("principal is Human || principal is Robot", True, "operand"),
        ]),
    ],
)  # fmt: skip
def test_ill_typed_code_in_dead_arms_is_not_looked_at(condition: str, expected: list[tuple[str, bool, str]]) -> None:
    assert constants(f"permit (principal, action, resource) when {{ {condition} }};", ENVIRONMENTS) == expected


def test_a_part_has_its_place() -> None:
    text = f"{READ} when {{ context.urgent &&\n  (context.urgent || principal.active) }};"
    (part,) = fact("a", app(a=text)).constant

    assert isinstance(part, ConstantPart)
    assert (part.span.path, part.span.start, part.span.end) == ("a.cedar", (2, 4), (2, 38))
