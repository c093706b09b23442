"""Changes of a program: what no case can tell is proved so; what one can tell is shown with a request that the engine has seen."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bylaw.analysis.smt.places import Places
from bylaw.analysis.smt.reaching import Reached, Reaching, Unreachable, clause_as, condition_as, reach, whole_policy
from bylaw.analysis.smt.room import OUT_OF_TIME, Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.telling import (
    NOT_SHOWN,
    Change,
    Equivalent,
    Telling,
    Told,
    Unsettled,
    differs,
    tell,
)
from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.values import entity_reference
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.loading import load_program
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import EntityUid, PolicyId
from bylaw.pipeline.settling import change_of
from bylaw.repository.layout import load_repository
from bylaw.repository.trees import DiskTree
from bylaw.testing.loading import load_suites
from bylaw.testing.mutants import Mutant, generate
from bylaw.testing.mutation import Fate, mutate
from bylaw.testing.vocabulary import vocabulary_of
from tools.evaluation.cedar_programs import policy as parsed
from tools.testing.desk import Loaded, load

ROOT = Path(__file__).parents[4]
OPTIONS = Options(make_solver)
P = PolicyId("p")
PAY = 'action == Desk::Action::"pay"'
READ = 'action == Desk::Action::"read"'


@cache
def schema() -> Schema:
    found = load({}).program.schema
    assert found is not None
    return found


def program(**policies: str) -> CedarProgram:
    found = load({}, policies=policies).program
    return replace(found, schema=schema())


def places(of: CedarProgram, options: Options = OPTIONS) -> Places:
    assert of.schema is not None
    return Places(of, of.schema, options)


def statement(text: str) -> Statement:
    return parsed("p", text).statement


def told(before: str, after: str | None, **others: str) -> Telling:
    """What is told of `p` being replaced, or dropped."""
    change = Change(frozenset({P}), () if after is None else ((P, statement(after)),))
    where = places(program(p=before, **others))
    found = tell(where, change)
    assert differs(where, change) is {Equivalent: False, Told: True, Unsettled: True}[type(found)]
    return found


EQUIVALENT = {
    "a wider bound that a second one makes pointless": (
        f"permit (principal, {PAY}, resource) when {{ context.amount <= 100 && context.amount <= 50 }};",
        f"permit (principal, {PAY}, resource) when {{ context.amount <= 101 && context.amount <= 50 }};",
    ),
    "a bound by one that integers do not notice": (
        f"permit (principal, {PAY}, resource) when {{ context.amount < 101 }};",
        f"permit (principal, {PAY}, resource) when {{ context.amount <= 100 }};",
    ),
    "a pattern that another one implies": (
        f'permit (principal, {READ}, resource) when {{ context has note && context.note like "a*" && context.note like "ab*" }};',
        f'permit (principal, {READ}, resource) when {{ context has note && context.note like "ab*" }};',
    ),
    "a type that an equality implies": (
        "permit (principal is Desk::Agent, action, resource) when { resource.owner == principal };",
        "permit (principal, action, resource) when { resource.owner == principal };",
    ),
    "the attribute of a principal, which every case has": (
        f"permit (principal, {PAY}, resource) when {{ principal has level }};",
        f"permit (principal, {PAY}, resource);",
    ),
    "operands in another order": (
        f"permit (principal, {PAY}, resource) when {{ principal.level > 1 || context.amount > 1 }};",
        f"permit (principal, {PAY}, resource) when {{ context.amount > 1 || principal.level > 1 }};",
    ),
    "a policy that nothing satisfies, dropped": (
        f"permit (principal, {PAY}, resource) when {{ context.amount > 1 && context.amount < 2 }};",
        None,
    ),
}


@pytest.mark.parametrize("name", EQUIVALENT)
def test_what_no_case_can_tell_is_proved(name: str) -> None:
    assert told(*EQUIVALENT[name]) == Equivalent()


ALLOW, DENY = Decision.ALLOW, Decision.DENY
DIFFERENT = {
    "a bound by one": (
        f"permit (principal, {PAY}, resource) when {{ context.amount <= 100 }};",
        f"permit (principal, {PAY}, resource) when {{ context.amount <= 101 }};",
        (DENY, ALLOW),
    ),
    "a wider pattern": (
        f'permit (principal, {READ}, resource) when {{ context has note && context.note like "ab*" }};',
        f'permit (principal, {READ}, resource) when {{ context has note && context.note like "*ab*" }};',
        (DENY, ALLOW),
    ),
    "a dropped policy": (f"permit (principal, {PAY}, resource);", None, (ALLOW, DENY)),
    "a permit that becomes a forbid": (
        f"permit (principal, {PAY}, resource);",
        f"forbid (principal, {PAY}, resource);",
        (ALLOW, DENY),
    ),
    "a scope that is dropped": (
        'permit (principal in Desk::Team::"desk", action, resource);',
        "permit (principal, action, resource);",
        (DENY, ALLOW),
    ),
    "an attribute of an entity that a suite need not define": (
        f"permit (principal, {PAY}, resource) when {{ resource.owner has level }};",
        f"permit (principal, {PAY}, resource);",
        (DENY, ALLOW),
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_a_case_can_tell_is_shown_with_decisions_of_the_engine(name: str) -> None:
    before, after, decisions = DIFFERENT[name]

    found = told(before, after)

    assert isinstance(found, Told)
    assert (found.before.decision, found.after.decision) == decisions
    original = CedarEvaluator.of(program(p=before)).decide([found.concrete.request], found.concrete.entities)
    assert original == (found.before,)


def test_a_bound_is_told_at_the_bound() -> None:
    found = told(*DIFFERENT["a bound by one"][:2])

    assert isinstance(found, Told)
    assert found.concrete.request.context == {"amount": 101}


def test_other_determining_policies_tell_where_no_decision_does() -> None:
    found = told(f"permit (principal, {PAY}, resource);", None, q="permit (principal, action, resource);")

    assert isinstance(found, Told)
    assert (found.before.determining, found.after.determining) == (("p", "q"), ("q",))
    assert not found.decides


def test_an_error_tells_where_nothing_else_does() -> None:
    found = told(
        f"forbid (principal, {PAY}, resource) when {{ context.amount * 2 == 1 }};",
        f"forbid (principal, {PAY}, resource) when {{ false }};",
    )

    assert isinstance(found, Told)
    assert [error.policy for error in found.before.errors] == ["p"]
    assert found.after.errors == ()


def test_a_request_that_is_decided_otherwise_is_shown_though_another_environment_tells_less() -> None:
    # Reading stays allowed by `q`, so only paying is decided otherwise; reading comes first in the schema.
    found = told("permit (principal, action, resource);", None, q=f"permit (principal, {READ}, resource);")

    assert isinstance(found, Told)
    assert found.decides
    assert found.concrete.request.action.id == "pay"


def test_a_missing_entity_is_left_out_of_the_store_only_where_that_tells() -> None:
    missing = told(*DIFFERENT["an attribute of an entity that a suite need not define"][:2])
    present = told(
        f"permit (principal, {PAY}, resource) when {{ resource.owner.level > 1 }};",
        f"permit (principal, {PAY}, resource) when {{ resource.owner.level > 2 }};",
    )

    assert isinstance(missing, Told)
    assert isinstance(present, Told)
    assert not owner_is_stored(missing)
    assert owner_is_stored(present)


def owner_is_stored(found: Told) -> bool:
    request, entities = found.concrete
    stored = {entity.uid: entity for entity in entities}
    return entity_reference(stored[request.resource].attributes["owner"]) in stored


def test_a_changed_template_changes_every_link() -> None:
    app = "links:\n" + "".join(
        f"  - {{id: {who}-link, template: t, values: {{principal: 'Desk::Agent::\"{who}\"'}}}}\n"
        for who in ("ann", "bob")
    )
    text = f"permit (principal == ?principal, {PAY}, resource) when {{ context.amount < 5 }};"
    found = load({}, policies={"t": text}, app=app).program
    mutants = {mutant.after: mutant for mutant in generate(found).mutants}
    where = places(found)

    change = change_of(mutants["6"], found)
    telling = tell(where, change)

    assert change.replaced == {"ann-link", "bob-link"}
    assert isinstance(telling, Told)
    assert telling.after.determining in (("ann-link",), ("bob-link",))
    assert telling.concrete.request.principal in (EntityUid("Desk::Agent", "ann"), EntityUid("Desk::Agent", "bob"))


def test_out_of_time_nothing_is_claimed() -> None:
    late = replace(OPTIONS, in_time=lambda: False)
    found = program(p=f"permit (principal, {PAY}, resource);")
    drop = Change(frozenset({P}), ())

    assert tell(places(found, late), drop) == Unsettled(OUT_OF_TIME)
    assert differs(places(found, late), drop) is None
    assert reach(places(found, late), found.by_id["p"].statement) == Unsettled(OUT_OF_TIME)


def test_what_only_contradicts_the_stable_entities_is_not_claimed_to_be_equivalent() -> None:
    within = 'permit (principal in Desk::Team::"sub", action, resource)'
    stable = """[
      {"uid": {"type": "Desk::Team", "id": "sub"}, "attrs": {}, "parents": [{"type": "Desk::Team", "id": "desk"}]},
      {"uid": {"type": "Desk::Team", "id": "desk"}, "attrs": {}, "parents": []}
    ]"""
    before = f'{within} when {{ principal in Desk::Team::"desk" }};'
    found = replace(program(p=before), entities_json=stable)

    assert tell(places(found), Change(frozenset({P}), ((P, statement(f"{within};")),))) == Unsettled(NOT_SHOWN)


def test_an_example_does_not_depend_on_what_was_asked_before() -> None:
    found = program(p=f"permit (principal, {PAY}, resource) when {{ context.amount <= 100 && principal.level > 2 }};")
    changes = [change_of(mutant, found) for mutant in generate(found).mutants]
    where = places(found)

    assert [tell(where, change) for change in changes] == [tell(places(found), change) for change in changes]


def worked(name: str) -> Loaded:
    repository, _ = load_repository(DiskTree(ROOT))
    app = repository.by_id[name]
    found, _ = load_program(app)
    suites, diagnostics = load_suites(app, vocabulary_of(found))
    return Loaded(app, found, suites, diagnostics)


@pytest.mark.parametrize("name", ["documents", "refunds"])
def test_no_mutant_that_a_case_kills_is_proved_equivalent(name: str) -> None:
    app = worked(name)
    where = places(app.program)

    def different(mutant: Mutant) -> bool | None:
        return differs(where, change_of(mutant, app.program))

    results = mutate(app.program, app.run().results).results

    fates = {result.mutant.id: (result.fate, different(result.mutant)) for result in results}
    assert {id_ for id_, (fate, found) in fates.items() if fate is Fate.KILLED and found is not True} == set()
    # What types alone prove, the solver proves as well.
    assert {id_ for id_, (fate, found) in fates.items() if fate is Fate.EQUIVALENT and found is not False} == set()


GUARDED = """permit (principal is Desk::Agent, action == Desk::Action::"pay", resource)
when { context.amount > 0 && (context.amount < 10 || principal.level == 7) }
unless { if principal has nick then principal.nick == "x" else context.amount == 5 };
"""


def asked(text: str, question: Statement, decisive: PolicyId | None = None, **others: str) -> Reaching:
    return reach(places(program(p=text, **others)), question, decisive)


@pytest.mark.parametrize("outcome", [True, False])
@pytest.mark.parametrize("number", range(6))
def test_each_condition_can_be_reached_and_come_out_both_ways(number: int, *, outcome: bool) -> None:
    found = asked(GUARDED, condition_as(statement(GUARDED), number, outcome=outcome))

    assert isinstance(found, Reached)
    amount, agent = found.concrete.request.context["amount"], found.concrete.request.principal
    attributes = next(entity.attributes for entity in found.concrete.entities if entity.uid == agent)
    assert isinstance(amount, int)
    seen = [
        amount > 0,
        amount < 10,
        attributes["level"] == 7,
        "nick" in attributes,
        attributes.get("nick") == "x",
        amount == 5,
    ]
    assert seen[number] is outcome
    assert number == 0 or seen[0]
    assert number != 2 or not seen[1]
    assert number < 3 or seen[1] or seen[2]
    assert number != 4 or seen[3]
    assert number != 5 or not seen[3]


@pytest.mark.parametrize("outcome", [True, False])
@pytest.mark.parametrize("number", range(2))
def test_each_clause_can_come_out_both_ways(number: int, *, outcome: bool) -> None:
    assert isinstance(asked(GUARDED, clause_as(statement(GUARDED), number, outcome=outcome)), Reached)


@pytest.mark.parametrize(
    ("clauses", "number", "outcome"),
    [
        ("when { context.amount > 5 } when { context.amount > 3 }", 1, False),
        ("when { context.amount > 5 } unless { context.amount == 2 }", 1, True),
        ("when { context.amount > 5 && context.amount > 3 }", 1, False),
        ("when { context.amount > 5 || context.amount < 9 }", 1, False),
        ('when { principal.hasTag("a") && principal.hasTag("a") }', 1, False),
    ],
)
def test_what_cannot_come_out_so_is_proved(clauses: str, number: int, *, outcome: bool) -> None:
    text = f"permit (principal, {PAY}, resource) {clauses};"

    assert asked(text, condition_as(statement(text), number, outcome=outcome)) == Unreachable()


def test_a_policy_that_others_overrule_is_satisfied_and_decides_nothing() -> None:
    text, forbid = f"permit (principal, {PAY}, resource);", f"forbid (principal, {PAY}, resource);"
    question = whole_policy(statement(text))

    assert isinstance(asked(text, question, q=forbid), Reached)
    assert asked(text, question, P, q=forbid) == Unreachable()
    found = asked(text, question, P)
    assert isinstance(found, Reached)
    assert found.answer.determining == ("p",)
