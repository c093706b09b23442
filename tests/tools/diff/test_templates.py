"""A change of a template is judged whatever fills its slots; every example is a real link, decided by the engine."""

import pytest

from bylaw.analysis.smt.frame import CLOSED
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.templates import linked
from bylaw.diff.cedar_semantic import CedarVerdict, compare_programs
from bylaw.diff.templates import TemplateVerdict, compare_templates
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.model.verdicts import Verdict

SCHEMA = """
entity Team in [Team];
entity User in [Team] { level: Long };
entity Shelf in [Shelf];
entity Doc in [Shelf] { owner: User };
action read, write appliesTo { principal: User, resource: Doc, context: { amount: Long } };
"""
OPTIONS = Options(make_solver, world=CLOSED)


def program(text: str | None) -> CedarProgram:
    schema, problems = read_schema(SCHEMA, "schema")
    assert schema is not None, problems
    policies = []
    if text is not None:
        statement = parse_statement(text, "t.cedar").statement
        assert statement is not None, text
        policies = [CedarPolicy(PolicyRef(AppId("shop"), PolicyId("t")), "t.cedar", text, statement)]
    found = CedarProgram("shop", tuple(policies), (), schema, "schema", "[]", None)
    assert not validate_program(found), validate_program(found)
    return found


def compared(before: str | None, after: str | None) -> TemplateVerdict | None:
    verdicts = compare_templates(program(before), program(after), OPTIONS)
    assert len(verdicts) <= 1
    return verdicts[0] if verdicts else None


EQUAL = "permit (principal == ?principal, action, resource);"
IN = "permit (principal in ?principal, action, resource);"
BOTH = "permit (principal in ?principal, action, resource in ?resource);"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (EQUAL, IN, "widens"),
        (IN, EQUAL, "narrows"),
        (IN, BOTH, "narrows"),
        (BOTH, "permit (principal in ?principal, action, resource);", "widens"),
        ("permit (principal is User in ?principal, action, resource);", IN, "equal"),
        (IN, 'permit (principal in ?principal, action == Action::"read", resource);', "narrows"),
        (IN, "permit (principal in ?principal, action, resource) when { context.amount < 9 };", "narrows"),
        (
            "permit (principal in ?principal, action, resource) when { context.amount < 9 };",
            "permit (principal in ?principal, action, resource) when { context.amount > 5 };",
            "changes",
        ),
        (
            "permit (principal in ?principal, action, resource) when { context.amount < 9 };",
            "permit (principal in ?principal, action, resource) when { context.amount <= 8 };",
            "equal",
        ),
        ("forbid (principal == ?principal, action, resource);", "forbid (principal in ?principal, action, resource);", "narrows"),
        ("forbid (principal in ?principal, action, resource);", "forbid (principal == ?principal, action, resource);", "widens"),
        # Only a link that names the very user whom the template names tells these apart.
        (EQUAL, 'permit (principal == ?principal, action, resource) unless { principal == User::"root" };', "narrows"),
        (None, EQUAL, "widens"),
        (None, "forbid (principal == ?principal, action, resource);", "narrows"),
        (EQUAL, None, "narrows"),
        (EQUAL, "forbid (principal == ?principal, action, resource);", "changes"),
        (None, "permit (principal in ?principal, action, resource) when { context.amount < 1 && context.amount > 0 };", "equal"),
    ],
)  # fmt: skip
def test_what_a_changed_template_could_allow(before: str | None, after: str | None, verdict: str) -> None:
    found = compared(before, after)

    assert found is not None
    assert (found.verdict, bool(found.examples)) == (verdict, verdict != "equal" and not found.reason)


def test_an_example_is_a_link_and_a_request_without_traces_of_the_slots() -> None:
    found = compared(EQUAL, BOTH)

    assert found is not None
    for example in found.examples:
        values, concrete = linked(example.concrete)
        assert {"principal"} <= values.keys() <= {"principal", "resource"}
        assert concrete.request.context.keys() == {"amount"}
        assert {example.before.decision, example.after.decision} == {Decision.ALLOW, Decision.DENY}


@pytest.mark.parametrize(
    "after",
    [
        EQUAL,
        '@id("x")\npermit ( principal == ?principal ,action,\n resource );',
    ],
)  # fmt: skip
def test_what_says_the_same_is_not_mentioned(after: str) -> None:
    assert compared(EQUAL, after) is None


def test_a_template_without_links_changes_no_verdict_of_the_app() -> None:
    found = compare_programs(AppId("shop"), program(EQUAL), program(IN), OPTIONS)

    assert isinstance(found, CedarVerdict)
    assert found.verdict is Verdict.EQUAL
    assert [template.verdict for template in found.templates] == [Verdict.WIDENS]
    assert not found.widens
