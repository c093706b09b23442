"""Which policies reach which tools, before and after a change of tools: by their scopes."""

import pytest

from bylaw.generation.coverage import Coverage, coverage
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.identifiers import EntityUid
from tools.evaluation.cedar_programs import link, policy, program, schema

HEAD = "entity U, V; entity G; entity H; action Desk; action Mail; "


def tools(*names: str, principal: str = "U") -> str:
    """A schema with tools `<Target>_<name>`."""
    scope = f"appliesTo {{principal: [{principal}], resource: [G], context: {{}}}}"
    return HEAD + " ".join(f'action "{name}" in [{name.partition("_")[0]}] {scope};' for name in names)


OLD = tools("Desk_ask", "Mail_send")
NEW = tools("Desk_ask", "Desk_tell", "Mail_send")


def reached(text: str, old: str = OLD, new: str = NEW) -> Coverage:
    return coverage(program({"it": text}, OLD), schema(old), schema(new))


def names(found: Coverage) -> tuple[list[str], list[str], list[str]]:
    granted = [action.id for reach in found.granted for action in reach.actions]
    unguarded = [action.id for reach in found.unguarded for action in reach.actions]
    return granted, unguarded, [action.id for action in found.uncovered]


REACHING = [
    "permit (principal, action, resource);",
    'permit (principal, action in Action::"Desk", resource);',
    'permit (principal, action in [Action::"Mail", Action::"Desk"], resource);',
    "permit (principal is U, action, resource is G) when { context has x };",
    'permit (principal == U::"a", action, resource == G::"b");',
    '@enforcement("active") permit (principal, action, resource);',
]
NOT_REACHING = [
    'permit (principal, action == Action::"Desk_ask", resource);',
    'permit (principal, action in Action::"Mail", resource);',
    'permit (principal, action == Action::"Desk", resource);',
    "permit (principal is V, action, resource);",
    "permit (principal, action, resource is H);",
    '@enforcement("log_only") permit (principal, action, resource);',
    "forbid (principal, action, resource);",
    "permit (principal == ?principal, action, resource);",
]


@pytest.mark.parametrize("text", REACHING)
def test_a_permit_whose_scope_admits_a_new_tool_grants_it(text: str) -> None:
    assert names(reached(text)) == (["Desk_tell"], [], [])


@pytest.mark.parametrize("text", NOT_REACHING)
def test_a_policy_whose_scope_does_not_admit_it_leaves_it_denied(text: str) -> None:
    assert names(reached(text)) == ([], [], ["Desk_tell"])


LINKED = {
    'permit (principal == ?principal, action in Action::"Desk", resource);': ["Desk_tell"],
    'permit (principal == ?principal, action in Action::"Mail", resource);': [],
    '@enforcement("log_only") permit (principal == ?principal, action, resource);': [],
}


@pytest.mark.parametrize("text", LINKED)
def test_a_link_reaches_what_its_template_does(text: str) -> None:
    template = policy("made", text)
    linked = link("made-for-ann", template, principal=EntityUid("U", "ann"))
    whole = CedarProgram("desk", (template,), (linked,), schema(OLD), "s", "[]", None)

    found = coverage(whole, schema(OLD), schema(NEW))

    assert names(found)[0] == LINKED[text]
    assert all(str(reach.policy) == "desk/made-for-ann" and reach.span == linked.span for reach in found.granted)


def test_a_forbid_that_loses_a_tool_which_is_still_there_is_told() -> None:
    moved = OLD.replace('"Mail_send" in [Mail]', '"Mail_send" in [Desk]')

    assert names(reached('forbid (principal, action in Action::"Mail", resource);', OLD, moved)) == (
        [],
        ["Mail_send"],
        [],
    )


def test_a_tool_that_is_gone_is_lost_to_nobody() -> None:
    found = reached("forbid (principal, action, resource);", NEW, OLD)

    assert names(found) == ([], [], [])


def test_a_group_is_no_tool() -> None:
    assert names(reached("permit (principal, action, resource);", OLD, OLD + " action Shop;")) == ([], [], [])


def test_a_tool_that_another_kind_of_principal_may_now_call_is_granted() -> None:
    text = 'permit (principal is V, action == Action::"Desk_ask", resource);'

    assert names(reached(text, OLD, tools("Desk_ask", "Mail_send", principal="U, V"))) == (["Desk_ask"], [], [])


def test_many_tools_make_one_sentence() -> None:
    found = reached("permit (principal, action, resource);", OLD, tools(*(f"Desk_t{n:02}" for n in range(30))))

    (told,) = found.diagnostics()
    assert told.message.startswith("`desk/it` now permits `Desk_t00`, `Desk_t01`, ")
    assert told.message.endswith("`Desk_t09` and 20 more")
    assert told.span is not None
    assert str(told.span) == "policies/desk/it.cedar:1:20"
