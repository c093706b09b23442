"""The parts that rules share: what is known where, which types are possible, which scopes cover which."""

import pytest

from bylaw.analysis.facts import AppFacts
from bylaw.analysis.generality import Generality
from bylaw.analysis.paths import path_of
from bylaw.analysis.shapes import ScopeKey
from bylaw.analysis.view import IN_SCOPE, PolicyView, Site, split
from bylaw.analysis.wording import code, listed
from bylaw.languages.cedar.ast import Attribute
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.parser import parse_expression
from tools.analysis import casefile
from tools.analysis.casefile import Case

FACTS = AppFacts(schema=casefile.world(), today=casefile.TODAY)


def view(text: str) -> PolicyView:
    return PolicyView(casefile.policy("area/policy", text), FACTS)


def known(policy: PolicyView) -> dict[str, list[str]]:
    """Each attribute read of the policy with what is known there."""
    found = {}
    for node, _, guards, _ in policy.steps:
        text = expression_text(node)
        held = []
        rest = guards
        while rest is not None:
            expression, value, rest = rest
            held += [
                f"{'' if c.value else 'not '}{expression_text(c.expression)}" for c in split(expression, value=value)
            ]
        if isinstance(node, Attribute):
            found[text] = held
    return found


def test_what_is_known_where_a_node_is_evaluated() -> None:
    policy = view(
        "permit (principal, action, resource)\n"
        "when { context.a && (context.b || context.c) }\n"
        "unless { if context.d then context.e else !context.f && context.g };"
    )

    first = ["context.a", "context.b || context.c"]
    assert known(policy) == {
        "context.a": [],
        "context.b": ["context.a"],
        "context.c": ["not context.b", "context.a"],
        "context.d": first,
        "context.e": ["context.d", *first],
        "context.f": ["not context.d", *first],
        "context.g": ["not context.f", "not context.d", *first],
    }


def test_which_way_a_node_pushes() -> None:
    policy = view(
        "permit (principal, action, resource) unless { !(context.a || context.b) && context.c == context.d };"
    )

    ways = {expression_text(node): positive for node, _, _, positive in policy.steps}
    assert ways["context.a"] is True
    assert ways["context.b"] is True
    assert ways["context.c == context.d"] is False
    assert ways["context.c"] is None
    assert policy.allows_more(Site(None, None, True))
    assert not view("forbid (principal, action, resource);").allows_more(IN_SCOPE)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("context.urgent", {"Agent", "Service"}),
        ("principal is Agent && context.urgent", {"Agent"}),
        ("!(principal is Agent) && context.urgent", {"Service"}),
        ("principal is Agent || context.urgent", {"Service"}),
        ('principal == Service::"a" && context.urgent', {"Service"}),
        ("if principal is Service then context.urgent else false", {"Service"}),
        ('principal in Team::"a" && context.urgent', {"Agent", "Service"}),
    ],
)
def test_guards_narrow_the_principal(condition: str, expected: set[str]) -> None:
    policy = view(f'permit (principal, action == Action::"read", resource) when {{ {condition} }};')
    guards = next(guards for node, _, guards, _ in policy.steps if expression_text(node) == "context.urgent")

    assert {environment.principal for environment in policy.environments_at(guards)} == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("context.urgent", {"read", "search", "pay", "file"}),
        ('action == Action::"pay" && context.urgent', {"pay"}),
        ('!(action == Action::"pay") && context.urgent', {"read", "search", "file"}),
        ('action in Action::"readers" && context.urgent', {"read", "search"}),
    ],
)
def test_guards_narrow_the_action(condition: str, expected: set[str]) -> None:
    policy = view(f"permit (principal, action, resource) when {{ {condition} }};")
    guards = next(guards for node, _, guards, _ in policy.steps if expression_text(node) == "context.urgent")

    assert {environment.action.id for environment in policy.environments_at(guards)} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("context.a.b", "context.a.b"),
        ('context["a b"].c', 'context["a b"].c'),
        ('principal.getTag("env").x', 'principal.getTag("env").x'),
        ("principal.getTag(context.a)", None),
        ('Agent::"a".tier', None),
        ("(if context.a then context.b else context.c).d", None),
        ("context.now.toTime()", None),
    ],
)
def test_paths_begin_with_a_variable(text: str, expected: str | None) -> None:
    expression = parse_expression(text).expression
    assert expression is not None

    assert path_of(expression) == expected


class _Everything(frozenset[ScopeKey]):
    """As if every form were used somewhere."""

    def __contains__(self, _: object) -> bool:
        return True


ANY: ScopeKey = ("any",)
IN_F, IN_G = ("in", "Folder", "f"), ("in", "Folder", "g")
TOOL_IN_F, TOOL_IN_G = ("is", "Tool", "Folder", "f"), ("is", "Tool", "Folder", "g")
READ_AND_SEARCH = ("in", frozenset({("Action", "read"), ("Action", "search")}))


@pytest.mark.parametrize(
    ("part", "wider"),
    [
        (ANY, set()),
        (
            ("==", "Tool", "t"),
            {("in", "Tool", "t"), IN_F, IN_G, ("is", "Tool"), ("is", "Tool", "Tool", "t"), TOOL_IN_F, TOOL_IN_G, ANY},
        ),
        (IN_F, {IN_G, ANY}),
        (("is", "Tool"), {ANY}),
        (TOOL_IN_F, {TOOL_IN_G, IN_F, IN_G, ("is", "Tool"), ANY}),
        (READ_AND_SEARCH, {("in", "Action", "readers"), ANY}),
        (("in", frozenset()), {ANY}),
        (("==", "?", "principal"), {ANY}),
    ],
)
def test_what_is_wider_than_a_scope_part(part: ScopeKey, wider: set[ScopeKey]) -> None:
    inventory = {'Tool::"t"': ['Folder::"f"'], 'Folder::"f"': ['Folder::"g"'], 'Folder::"g"': ['Folder::"f"']}
    app, _ = casefile.context(Case(name="x", source="permit (principal, action, resource);", entities=inventory))

    assert set(Generality(app, _Everything()).wider(part)) == {part, *wider}


def test_user_input_in_messages_is_short_visible_and_on_one_line() -> None:
    assert code("a\nb\t`c`\u202e") == "`a b 'c'\\u{202e}`"
    assert len(code("x" * 500)) == 61
    assert listed(["a"]) == "`a`"
    assert listed(["a", "b", "c"], "or") == "`a`, `b` or `c`"
    assert listed([str(n) for n in range(7)]) == "`0`, `1`, `2`, `3`, `4` and 2 more"


def test_asking_for_a_schema_that_is_not_there_is_a_mistake_of_the_rule() -> None:
    with pytest.raises(LookupError):
        _ = AppFacts(schema=None, today=casefile.TODAY).known_schema
