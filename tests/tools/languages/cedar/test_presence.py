"""Unguarded reads are found where the engine's type checker finds them."""

import cedarpy
import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.engine import engine_schema
from bylaw.languages.cedar.presence import unguarded_reads
from bylaw.languages.cedar.schema import Environment
from bylaw.model.identifiers import EntityUid
from tools.evaluation.corpus import corpus_cases
from tools.languages.cedar.marked import CASES, WORLD, Marked, policy_of

HEAD = 'permit (principal is Agent, action == Action::"read", resource) when { '
READ = Environment("Agent", EntityUid("Action", "read"), "Tool")


class Case(BaseModel):
    """One condition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    condition: str
    guards: list[str]

    @property
    def marked(self) -> Marked:
        """The policy it stands in."""
        return Marked(name=self.name, policy=f"{HEAD}{self.condition} }};", says=[])


LOADED = [Case.model_validate(item) for item in yaml.safe_load((CASES / "unguarded.yaml").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", LOADED, ids=lambda case: case.name)
def test_unguarded_reads_are_found_with_their_guards(case: Case) -> None:
    policy = policy_of(case.marked.plain)
    found = unguarded_reads(policy.statement, WORLD)

    assert [policy.span(read.node.start, read.node.end) for read in found] == case.marked.spans(policy.path)
    assert [read.guard for read in found] == case.guards
    assert {read.environment for read in found} <= {READ}


@pytest.mark.parametrize("case", LOADED, ids=lambda case: case.name)
def test_the_engine_agrees(case: Case) -> None:
    errors = cedarpy.validate_policies(case.marked.plain, engine_schema(WORLD.text)).errors

    assert sum("guarantee safety" in error.error for error in errors) == len(case.guards)


CLAUSES = {
    "when { principal has owner } when { principal.owner.suspended }": 0,
    "when { principal has owner } unless { principal.owner.suspended }": 0,
    "unless { principal has owner } when { principal.owner.suspended }": 1,
    "unless { !(principal has owner) } when { principal.owner.suspended }": 1,
    "when { principal.owner.suspended } when { principal has owner }": 1,
    "when { principal is Service } when { principal.owner.suspended }": 0,
    "unless { principal is Agent } when { principal.owner.suspended }": 0,
    "when { true } unless { false } when { principal.owner.suspended }": 1,
}


@pytest.mark.parametrize(("clauses", "number"), CLAUSES.items())
def test_later_clauses_know_what_earlier_ones_establish(clauses: str, number: int) -> None:
    text = f'permit (principal is Agent, action == Action::"read", resource) {clauses};'
    errors = cedarpy.validate_policies(text, engine_schema(WORLD.text)).errors

    assert len(unguarded_reads(policy_of(text).statement, WORLD)) == number
    assert len(errors) == number


def test_a_read_that_is_unguarded_for_one_type_only_names_a_request_of_it() -> None:
    text = "permit (principal, action, resource) when { principal is Agent && principal.owner.suspended };"
    (found,) = unguarded_reads(policy_of(text).statement, WORLD)

    assert found.environment.principal == "Agent"


def test_the_requests_to_look_at_may_be_restricted() -> None:
    statement = policy_of("permit (principal, action, resource) when { context.ticket == principal.region };").statement
    service = [environment for environment in WORLD.environments if environment.principal == "Service"]

    assert [read.environment.principal for read in unguarded_reads(statement, WORLD, service)] == ["Service"]
    assert unguarded_reads(statement, WORLD, []) == ()


def test_a_scope_that_admits_nothing_has_no_reads() -> None:
    text = 'permit (principal is Team, action, resource) when { context.ticket == "x" };'

    assert unguarded_reads(policy_of(text).statement, WORLD) == ()


def test_negations_do_not_multiply_the_work() -> None:
    deep = "!(" * 40 + 'context.ticket == "x"' + ")" * 40

    assert (
        len(unguarded_reads(policy_of(f"permit (principal, action, resource) when {{ {deep} }};").statement, WORLD))
        == 1
    )


def test_the_engine_agrees_on_the_corpus() -> None:
    unguarded = 0
    for case in corpus_cases():
        for policy in case.policies:
            errors = cedarpy.validate_policies(canonical_text(policy.statement), engine_schema(case.schema.text)).errors
            expected = any("guarantee safety" in error.error for error in errors)

            assert bool(unguarded_reads(policy.statement, case.schema)) == expected, case.name
            unguarded += expected

    assert unguarded > 10
