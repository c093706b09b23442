"""Validation says everything that the engine refuses, in our words, at the expression it is about."""

import time

import cedarpy
import pytest

from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.culprits import Culprit, Questions, culprits, plain_sentence
from bylaw.languages.cedar.engine import engine_schema
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.validate import policy_problems, validate_program
from bylaw.languages.cedar.validation_messages import diagnostics_of
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import AppId, EntityUid, PolicyId, PolicyRef
from bylaw.model.spans import Position, Span
from tools.evaluation.corpus import corpus_cases
from tools.languages.cedar.marked import PATH, WORLD, Marked, compare, marked_cases, policy_of

SPAN = Span("policies/desk/app.yaml", Position(7, 5), Position(9, 1))
WORLD_ENGINE = engine_schema(WORLD.text)


def program(*policies: CedarPolicy, links: tuple[CedarLink, ...] = (), schema: Schema | None = WORLD) -> CedarProgram:
    return CedarProgram("desk", policies, links, schema, None, "[]", None)


def validate(*texts: str, schema: Schema | None = WORLD) -> tuple[Diagnostic, ...]:
    policies = (policy_of(text, f"area/policy-{number}") for number, text in enumerate(texts))
    return validate_program(program(*policies, schema=schema))


def link(template: CedarPolicy, **values: str) -> CedarLink:
    uids = {slot: EntityUid(*text.split(" ", 1)) for slot, text in values.items()}
    return CedarLink(PolicyRef(AppId("desk"), PolicyId("links/one")), template, uids, SPAN)


RIGHT = 'permit (principal is Agent, action == Action::"read", resource) when { principal.tier > 1 };'
WRONG = 'permit (principal is Agent, action == Action::"read", resource) when { principal.teir > 1 };'
TEMPLATE = policy_of(
    'permit (principal in ?principal, action == Action::"read", resource == ?resource);', "area/template"
)


@pytest.mark.parametrize("case", marked_cases("validation"))
def test_a_refused_policy_is_told_where_it_is_wrong(case: Marked) -> None:
    compare(validate_program(program(policy_of(case.plain))), case, PATH)


def test_the_cases_cover_many_kinds() -> None:
    codes = [said.code for param in marked_cases("validation") for said in param.values[0].says]

    assert len(set(codes)) >= 13
    assert len(codes) > 100


def test_a_right_program_is_silent() -> None:
    assert validate(RIGHT, RIGHT, f"{RIGHT} // no line end after this") == ()


def test_an_empty_program_is_silent() -> None:
    assert validate() == ()


def test_without_a_schema_nothing_is_validated() -> None:
    assert validate(WRONG, schema=None) == ()


def test_only_the_policy_that_is_wrong_is_told() -> None:
    found = validate(RIGHT, f"{RIGHT} // WRONG", WRONG, RIGHT)

    assert [diagnostic.span.path for diagnostic in found if diagnostic.span] == ["policies/desk/area/policy-2.cedar"]


def test_templates_keep_their_place_among_policies() -> None:
    template = f"permit (principal == ?principal, action, resource) when {{ resource.rsik > 1 }}; {'// ' * 3}"
    found = validate(RIGHT, template, RIGHT, WRONG)

    assert [d.span.path for d in found if d.span] == [
        "policies/desk/area/policy-1.cedar",
        "policies/desk/area/policy-3.cedar",
    ]


def test_more_than_ten_policies_are_told_apart() -> None:
    texts = [WRONG if number in {2, 11, 112} else RIGHT for number in range(120)]

    assert [d.span.path for d in validate(*texts) if d.span] == [
        f"policies/desk/area/policy-{number}.cedar" for number in (11, 112, 2)
    ]


def test_a_policy_that_the_engine_counts_otherwise_is_our_bug() -> None:
    two = CedarPolicy(TEMPLATE.ref, TEMPLATE.path, f"{WRONG}{WRONG}", TEMPLATE.statement)

    with pytest.raises(InternalError, match="the engine reads 2 policies where there are 1"):
        validate_program(program(two))


def test_the_same_words_every_time() -> None:
    texts = [param.values[0].plain for param in marked_cases("validation")]

    assert validate(*texts) == validate(*texts)


def test_policy_problems_counts_what_the_validator_says() -> None:
    assert policy_problems(policy_of(RIGHT), WORLD) == 0
    assert policy_problems(policy_of(WRONG), WORLD) == 1
    assert policy_problems(policy_of(WRONG), None) == 0


# Annotations


def test_a_mode_that_does_not_exist_is_an_error_with_and_without_a_schema() -> None:
    text = f'@enforcement("logonly")\n{RIGHT}'

    for schema in (WORLD, None):
        (found,) = validate(text, schema=schema)
        assert (found.code, found.severity) == ("bad-annotation", Severity.ERROR)


def test_suppressions_are_left_to_the_rules_about_suppressions() -> None:
    assert validate(f'@ignore("todo-left")\n{RIGHT}') == ()


# Links


def test_a_right_link_is_silent() -> None:
    assert validate_program(program(TEMPLATE, links=(link(TEMPLATE, principal="Team a", resource="Tool t"),))) == ()


LINKS = {
    "a type that is not declared": (
        {"principal": "Teem a", "resource": "Tool t"},
        "link `links/one`: no entity type `Teem` in the schema",
        "did you mean `Team`?",
    ),
    "a group that no principal is in": (
        {"principal": "Folder a", "resource": "Tool t"},
        "link `links/one`: no principal of this scope's actions is ever in `Folder`",
        "principal types there: `Agent`, `Service`",
    ),
    "a resource that the action does not take": (
        {"principal": "Team a", "resource": "Folder f"},
        "link `links/one`: no action of this scope has the resource type `Folder`",
        "resource types there: `Tool`",
    ),
    "an action as the principal": (
        {"principal": "Action read", "resource": "Tool t"},
        "link `links/one`: no principal of this scope's actions is ever in `Action`",
        "principal types there: `Agent`, `Service`",
    ),
    "an id that an enumerated type does not have": (
        {"principal": "Color blue", "resource": "Tool t"},
        "link `links/one`: `Color` has no entity `blue`",
        "ids of `Color`: `green`, `red`",
    ),
}


@pytest.mark.parametrize(("values", "message", "remedy"), LINKS.values(), ids=LINKS)
def test_a_link_with_a_wrong_value_is_told_at_the_link(values: dict[str, str], message: str, remedy: str) -> None:
    (found,) = validate_program(program(TEMPLATE, links=(link(TEMPLATE, **values),)))

    assert found == Diagnostic("bad-link", message, SPAN, remedy)


def test_a_mistake_of_the_template_is_not_repeated_for_its_links() -> None:
    template = policy_of(
        "permit (principal == ?principal, action, resource) when { principal.teir > 1 };", "area/template"
    )
    found = validate_program(program(template, links=(link(template, principal="Agent a"),)))

    assert [diagnostic.code for diagnostic in found] == ["unknown-attribute"]


def test_a_link_fills_the_slots_that_there_are() -> None:
    found = validate_program(program(TEMPLATE, links=(link(TEMPLATE, principal="Team a"),)))

    message = "link `links/one` fills `?principal`, the template has `?principal`, `?resource`"
    assert [(d.message, d.span) for d in found if d.code == "link-slots"] == [(message, SPAN)]


def test_a_slot_is_not_found_inside_a_string() -> None:
    template = policy_of(
        'permit (principal == ?principal, action, resource) when { "?resource" == context.region };', "area/template"
    )
    found = validate_program(program(template, RIGHT_POLICY, links=(link(template, principal="Agent a"),)))

    assert [diagnostic.code for diagnostic in found if diagnostic.code == "link-slots"] == []


RIGHT_POLICY = policy_of(RIGHT, "area/right")


# How places are found


def test_every_sentence_of_the_engine_has_its_place() -> None:
    for param in marked_cases("validation"):
        statement = policy_of(param.values[0].plain).statement
        engine = cedarpy.validate_policies(canonical_text(statement), WORLD_ENGINE).errors
        found = culprits(statement, Questions(WORLD_ENGINE))

        assert {culprit.sentence for culprit in found} == {plain_sentence(error.error) for error in engine}


def test_when_the_questions_run_out_the_clause_or_the_statement_is_the_place() -> None:
    policy = policy_of(WRONG)
    sentence = "attribute `teir` on entity type `Agent` not found"
    found = [
        diagnostics_of(policy, WORLD, culprits(policy.statement, Questions(WORLD_ENGINE, limit=limit)))
        for limit in (2, 1)
    ]

    assert [[(d.message, d.span) for d in each] for each in found] == [
        [(sentence, policy.span(71, 89))],
        [(sentence, policy.span(*policy.statement.head))],
    ]


def test_a_sentence_of_no_known_kind_is_told_as_it_is() -> None:
    policy = policy_of(RIGHT)
    long = "something new\nthat a later engine says " + "x" * 1000
    (found,) = diagnostics_of(policy, WORLD, [Culprit(long, policy.statement.clauses[0].body)])

    assert found.code == "validation"
    assert "\n" not in found.message
    assert len(found.message) <= 300
    assert found.span == policy.span(71, 89)


def test_a_deep_policy_that_is_wrong_everywhere_does_not_take_long() -> None:
    chain = " && ".join(f"context.a{number} == 1" for number in range(80))
    nested = "!(" * 20 + "context.region" + ")" * 20
    started = time.perf_counter()
    found = validate(*[f"permit (principal, action, resource) when {{ {text} }};" for text in (chain, nested)])

    assert len(found) == 81
    assert time.perf_counter() - started < 10


def test_a_name_of_backticks_and_line_ends_stays_on_one_line() -> None:
    (found,) = validate(RIGHT.replace("principal.tier", 'principal["a`b\\n\\u{202e}"]'))

    assert found.message == "entity type `Agent` has no attribute `a'b\\u{a}\\u{202e}`"


# Against the public corpus


def test_the_corpus_is_refused_exactly_where_it_should_be_and_with_places() -> None:
    refused = 0
    for case in corpus_cases():
        found = validate_program(program(*case.policies, schema=case.schema))

        assert bool(found) is not case.validates, case.name
        assert all(d.span is not None and d.span.path == case.name for d in found), case.name
        assert all(d.code != "validation" for d in found), (case.name, found)
        refused += not case.validates

    assert refused > 100
