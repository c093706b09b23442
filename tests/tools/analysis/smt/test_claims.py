"""Invariants: proved where they hold, refuted with a request that breaks them where they do not."""

from typing import Any

import pytest

from bylaw.analysis.invariants import Always, Claim, Implies, Invariant, Never, Only, Requests
from bylaw.analysis.smt.claims import Proof, prove
from bylaw.analysis.smt.port import Limits, Satisfiability
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import AppId
from bylaw.model.spans import whole_file
from tools.analysis.smt.worlds import subjects_of

TYPES = """
    entity Team;
    entity Agent in [Team] = { tier: Long, boss?: Agent };
    entity Tool = { owner: Agent };
    action pay, read appliesTo { principal: [Agent], resource: [Tool], context: { amount: Long } };
"""
HERE = whole_file("tests/policies/app/x.invariants.yaml")
PAY = 'action == Action::"pay"'
POLICIES = (
    f"permit (principal, {PAY}, resource) when {{ principal.tier >= 3 && context.amount < 500 }};",
    'permit (principal in Team::"ops", action == Action::"read", resource);',
    f"forbid (principal, {PAY}, resource) when {{ context.amount > 100 }} unless {{ principal.tier > 5 }};",
)


def program(*texts: str, types: str = TYPES) -> CedarProgram:
    schema, problems = read_schema(types, "schema")
    assert schema is not None, problems
    return CedarProgram(AppId("app"), tuple(s.policy for s in subjects_of(texts)), (), schema, None, "[]", None)


def requests(text: str) -> Requests:
    statement = parse_statement(text, "x").statement
    assert statement is not None
    return Requests(text, statement, HERE)


def proof_of(claim: Claim, own: CedarProgram, *, open_world: bool = False, **others: Any) -> Proof:
    programs = {AppId("app"): own, **{AppId(name): other for name, other in others.items()}}
    invariant = Invariant("it", AppId("app"), claim, None, HERE, open_world)
    (proof,) = prove([invariant], programs, Options(make_solver))
    return proof


def permit(scope: str, condition: str = "true") -> Requests:
    return requests(f"permit ({scope}) when {{ {condition} }};")


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        (Never(permit(f"principal, {PAY}, resource", "context.amount >= 500")), True),
        (Never(permit(f"principal, {PAY}, resource", "context.amount >= 499")), False),
        (Never(permit(f"principal, {PAY}, resource", "context.amount > 100 && principal.tier < 6")), True),
        (Never(permit("principal, action, resource", "principal.tier < 3")), False),
        (Always(permit(f"principal, {PAY}, resource", "principal.tier > 5 && context.amount < 500")), True),
        (Always(permit(f"principal, {PAY}, resource", "principal.tier > 4 && context.amount < 500")), False),
        (Always(permit('principal in Team::"ops", action == Action::"read", resource')), True),
        (
            Only(permit(f"principal, {PAY}, resource"), permit("principal, action, resource", "principal.tier > 2")),
            True,
        ),
        (
            Only(permit(f"principal, {PAY}, resource"), permit("principal, action, resource", "principal.tier > 3")),
            False,
        ),
    ],
)
def test_a_claim_is_proved_or_refuted(claim: Claim, *, holds: bool) -> None:
    proof = proof_of(claim, program(*POLICIES))

    assert proof.holds is holds
    for finding in proof.broken:
        assert finding.shown is not None
        wanted = Decision.DENY if isinstance(claim, Always) else Decision.ALLOW
        assert finding.shown.answer.decision is wanted


def test_a_claim_is_held_to_every_environment_that_its_scope_admits() -> None:
    proof = proof_of(Never(permit("principal, action, resource", "principal.tier < 3")), program(*POLICIES))

    found = {finding.environment.action.id: finding.found for finding in proof.findings}
    assert found == {"pay": Satisfiability.UNSAT, "read": Satisfiability.SAT}


def test_one_app_stays_within_another() -> None:
    inside = program(f"permit (principal, {PAY}, resource) when {{ principal.tier > 5 && context.amount < 50 }};")

    assert proof_of(Implies(AppId("other"), HERE), inside, other=program(*POLICIES)).holds
    outside = proof_of(Implies(AppId("other"), HERE), program(*POLICIES), other=inside)
    assert {finding.environment.action.id for finding in outside.broken} == {"pay", "read"}


def test_apps_that_type_an_environment_differently_are_not_compared() -> None:
    other = program(*POLICIES[:1], types=TYPES.replace("tier: Long", "tier: Long, grade: String"))

    proof = proof_of(Implies(AppId("other"), HERE), program(*POLICIES[:1]), other=other)

    assert not proof.holds
    assert [finding.reason for finding in proof.unsettled] == ["the two apps type this environment differently"]


def test_an_environment_that_the_other_app_lacks_allows_nothing_there() -> None:
    other = program(types="entity Agent; entity Tool; action other appliesTo { principal: Agent, resource: Tool };")

    assert proof_of(Implies(AppId("other"), HERE), program(*POLICIES), other=other).broken


def test_missing_entities_are_thought_of_only_where_asked_for() -> None:
    own = program(
        "permit (principal, action, resource);",
        "forbid (principal, action, resource) when { resource.owner.tier < 1 };",
    )
    claim = Never(permit("principal, action, resource", "!(resource has owner) || resource.owner.tier < 1"))

    assert proof_of(claim, own).holds
    assert proof_of(claim, own, open_world=True).broken


def test_what_cannot_be_settled_does_not_hold() -> None:
    hard = "principal.tier * context.amount == 4611686014132420609 && principal.tier > 1 && context.amount > 1"
    invariant = Invariant(
        "it", AppId("app"), Never(permit(f"principal, {PAY}, resource", hard)), None, HERE, open_world=False
    )
    tight = Options(make_solver, limits=Limits(steps=10_000, milliseconds=1_000))

    (proof,) = prove([invariant], {AppId("app"): program("permit (principal, action, resource);")}, tight)

    assert not proof.holds
    assert proof.unsettled
