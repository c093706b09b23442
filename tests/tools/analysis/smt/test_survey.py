"""What the survey proves of policies, each fact with the near miss that is none."""

from collections.abc import Sequence

import pytest

from bylaw.analysis.proven import Witness
from bylaw.analysis.smt.port import Check, Limits, Satisfiability
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.terms import Term
from bylaw.analysis.smt.z3_solver import Z3Solver
from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.surveyed import LINKED, SCHEMA, actions, app, app_of, by, fact, link, policy, proven, ref, whole

READ = 'permit (principal, action == Action::"read", resource)'
ANY = "permit (principal, action, resource)"
NO_READ = 'forbid (principal, action == Action::"read", resource)'
NONE = "forbid (principal, action, resource)"
MAX = "9223372036854775807"


def errors(program: CedarProgram, witness: Witness) -> list[str]:
    """The policies that err on the engine when it is asked what a witness says."""
    (answer,) = CedarEvaluator.of(program).decide([witness.request], witness.entities)
    return [error.policy for error in answer.errors]


@pytest.mark.parametrize(
    ("conditions", "never"),
    [
        ("when { context.amount < 3 && context.amount > 2 }", True),
        ("when { context.amount < 4 && context.amount > 2 }", False),
        ("when { principal.active } unless { principal.active }", True),
        ("when { principal.active } unless { resource.owner.active }", False),
        ("when { resource.owner == principal } when { principal.active != resource.owner.active }", True),
        ("when { resource.owner == principal && principal.level < 3 && resource.owner.level > 5 }", True),
        ("when { resource.owner != principal && principal.level < 3 && resource.owner.level > 5 }", False),
        ("when { context.amount < 3 && context.amount * 1 > 1 && context.amount != 2 }", True),
        ('when { context.region like "de-*" && !(context.region like "d*") }', True),
        ('when { context.region like "d*" && !(context.region like "de-*") }', False),
        ('when { context.region like "a*" && context.region like "*b" && context.region == "ac" }', True),
        ('when { principal in Team::"a" && principal in Team::"b" }', False),
        (f"when {{ context.amount + {MAX} > 0 && context.amount > 0 }}", True),
    ],
)
def test_a_policy_that_no_request_satisfies(conditions: str, never: bool) -> None:  # noqa: FBT001
    assert bool(fact("a", app(a=f"{READ} {conditions};")).never) is never


def test_never_is_said_by_environment() -> None:
    found = fact("a", app(a=f'{ANY} when {{ action == Action::"read" && context.urgent }};'))

    assert actions(found.environments) == ["read", "write"]
    assert actions(found.never) == ["write"]


@pytest.mark.parametrize(
    ("conditions", "errs"),
    [
        (f"when {{ {MAX} + 1 > context.amount }}", True),
        (f"when {{ {MAX} + context.amount > 0 }}", False),
        (f"when {{ context.urgent && {MAX} + 1 > 0 }}", False),
        (f"when {{ false && {MAX} + 1 > 0 }}", False),
    ],
)
def test_a_policy_that_errs_for_whatever_its_scope_admits(conditions: str, errs: bool) -> None:  # noqa: FBT001
    assert bool(fact("a", app(a=f"{READ} {conditions};")).always_errs) is errs


@pytest.mark.parametrize(
    ("conditions", "errs"),
    [
        ("when { context.amount * 2 > 10 }", True),
        ("when { context.amount < 1000 && context.amount > 0 && context.amount * 2 > 10 }", False),
        ("when { resource.owner.level + principal.level > 3 }", True),
        ("when { context.amount > 0 } unless { context.amount + 1 > 5 }", True),
        (
            'when { context.urgent || context.amount - 1 > 0 } when { context has ticket && context.ticket == "a" }',
            True,
        ),
        ("when { context.amount < 0 || context.amount - 1 > 0 }", False),
        ("when { principal.active }", False),
    ],
)
def test_a_policy_that_errs_on_overflow_is_shown_to(conditions: str, errs: bool) -> None:  # noqa: FBT001
    program = app(a=f"{NO_READ} {conditions};")
    shown = fact("a", program).can_err

    assert bool(shown) is errs
    assert all(errors(program, witness) == ["a"] for witness in shown.values())
    assert actions(list(shown)) == ["read"] * errs


@pytest.mark.parametrize(
    ("conditions", "errs"),
    [
        ("when { resource.owner.active }", True),
        ("when { principal has manager && principal.manager.active }", True),
        ('when { User::"root".active }', True),
        ('when { principal.hasTag("x") && principal.getTag("x") == "y" }', False),
        ("when { principal has active && principal.active }", False),
        ('when { principal in Team::"a" }', False),
        ("when { context.urgent }", False),
    ],
)
def test_a_forbid_that_fails_open_on_a_missing_entity(conditions: str, errs: bool) -> None:  # noqa: FBT001
    program = app(a=f"{NO_READ} {conditions};")
    found = fact("a", program)

    assert not found.can_err
    assert bool(found.can_err_on_missing) is errs
    assert all(errors(program, witness) == ["a"] for witness in found.can_err_on_missing.values())


def test_as_few_entities_as_possible_are_missing() -> None:
    (witness,) = fact("a", app(a=f"{NO_READ} when {{ resource.owner.active }};")).can_err_on_missing.values()

    assert witness.request.resource in {entity.uid for entity in witness.entities}


def test_missing_entities_are_not_looked_for_where_complete_data_errs_or_in_permits() -> None:
    program = app(a=f"{NO_READ} when {{ principal.level + 1 > 2 }};", b=f"{READ} when {{ principal.active }};")

    assert fact("a", program).can_err
    assert not fact("a", program).can_err_on_missing
    assert not fact("b", program).can_err_on_missing


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{ANY};", ["read", "write"]),
        (f"{READ};", ["read"]),
        (f"{ANY} when {{ context.amount < 3 || context.amount > 1 }};", ["read", "write"]),
        (f"{ANY} when {{ context.amount < 3 || context.amount > 3 }};", []),
        (f"{ANY} unless {{ context has ticket && !(context has ticket) }};", ["read", "write"]),
        ("permit (principal, action, resource) when { context.amount + 1 > context.amount };", []),
        ('permit (principal == User::"a", action, resource);', []),
    ],
)
def test_a_policy_that_every_request_satisfies(text: str, where: list[str]) -> None:
    assert actions(fact("a", app(a=text)).unconditional) == where


def test_a_permit_is_overridden_by_forbids_together() -> None:
    program = app(
        a=f"{ANY} when {{ context.amount > 5 }};",
        b=f"{NO_READ} when {{ context.amount > 7 }};",
        c=f"{NO_READ} when {{ context.amount < 9 }};",
        d=f"{NO_READ} when {{ context.urgent }};",
    )

    assert by(fact("a", program).overridden) == {"read": ("b", "c")}


def test_a_permit_is_not_overridden_by_a_forbid_that_errs() -> None:
    program = app(a=f"{READ};", b=f"{NO_READ} when {{ context.amount + 1 > context.amount }};")

    assert not fact("a", program).overridden


def test_a_forbid_that_meets_no_permit_is_dead() -> None:
    program = app(
        a=f"{ANY} when {{ context.amount < 5 }};",
        b=f"{NO_READ} when {{ context.amount > 5 }};",
        c=f"{NONE} when {{ context.amount > 3 }};",
        d=f"{NONE} when {{ context.amount > 3 && context.urgent }};",
    )

    assert actions(fact("b", program).dead) == ["read"]
    assert not fact("c", program).dead
    # Others deny all that it denies: it is redundant, and not dead.
    assert not fact("d", program).dead
    assert fact("d", program).redundant


def test_a_policy_that_is_never_satisfied_is_neither_redundant_nor_overridden_nor_dead() -> None:
    program = app(a=f"{ANY};", b=f"{ANY} when {{ false }};", c=f"{NONE} when {{ false }};", d=f"{NONE};")

    for name in "bc":
        found = fact(name, program)
        assert actions(found.never) == ["read", "write"]
        assert not any((found.redundant, found.overridden, found.dead))


class TestTheSetAsAWhole:
    def test_every_request_is_allowed(self) -> None:
        program = app(a=f"{ANY} when {{ context.urgent }};", b=f"{READ} unless {{ context.urgent }};")

        assert whole("read", program).allows_all
        assert not whole("write", program).allows_all
        assert not whole("write", program).allows_none

    def test_no_request_is_allowed_though_there_is_a_permit(self) -> None:
        program = app(a=f"{ANY} when {{ context.amount > 3 }};", b=f"{NO_READ} when {{ context.amount > 2 }};")

        assert (whole("read", program).allows_none, whole("read", program).has_permit) == (True, True)
        assert not whole("write", program).allows_none

    def test_no_permit_can_apply(self) -> None:
        program = app(a=f"{READ};", b=f"{NONE};")

        assert (whole("write", program).allows_none, whole("write", program).has_permit) == (True, False)

    def test_forbids_together_deny_everything(self) -> None:
        program = app(
            a=f"{ANY};",
            b=f"{NONE} when {{ context.amount > 3 }};",
            c=f"{NO_READ} when {{ context.amount < 5 }};",
            d=f"{NONE} when {{ context.urgent }};",
        )

        assert whole("read", program).denies_all == (ref("b"), ref("c"))
        assert whole("write", program).denies_all == ()

    def test_an_app_without_policies(self) -> None:
        assert whole("read", app()).allows_none


class TestWhatCannotBeSettled:
    def test_a_policy_that_has_no_terms_keeps_claims_that_depend_on_it_away(self) -> None:
        program = app(
            a=f"{READ} when {{ ip(context.region).isLoopback() }};",
            b=f"{READ} when {{ context.urgent }};",
            c=f"{NO_READ} when {{ !context.urgent }};",
            d=f"{READ} when {{ context.urgent && context.amount == 3 }};",
        )

        found = proven(program)
        facts = {str(one.ref.policy): one for one in found.policies}

        assert found.unknown == {ref("a"): "not analysable: `ip` has no value that is known beforehand"}
        assert not facts["c"].dead
        assert not facts["a"].never
        assert by(facts["d"].redundant) == {"read": ("b",)}
        assert not found.environments[0].allows_none

    def test_nothing_is_claimed_when_the_solver_gives_up(self) -> None:
        program = app(a=f"{READ};", b=f"{READ} when {{ context.urgent }};", c=f"{NO_READ} when {{ context.urgent }};")

        found = proven(program, Options(Tired))

        assert found.unknown == {ref(name): "out of steps" for name in "bc"}
        # What folds away needs no solver.
        assert [bool(one.unconditional) for one in found.policies] == [True, False, False]
        for one in found.policies:
            assert not any((one.never, one.always_errs, one.redundant, one.overridden, one.dead, one.constant))
        assert not any(one.allows_all or one.denies_all for one in found.environments)

    def test_an_app_without_schema(self) -> None:
        with_schema = app(a=f"{READ};")
        program = CedarProgram(with_schema.app, with_schema.policies, (), None, None, "[]", None)

        assert proven(program).unknown == {ref("a"): "the app has no schema"}


class Tired(Z3Solver):
    """Gives up at once."""

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:  # noqa: ARG002 - the port's
        return Check(Satisfiability.UNKNOWN, "out of steps")


def test_a_link_counts_as_a_policy_and_stands_where_it_is_written() -> None:
    template = policy("t", "permit (principal == ?principal, action, resource);")
    wide = f'{ANY} when {{ principal == User::"a" || context.urgent }};'
    links = [link("one", template, principal=EntityUid("User", "a"))]
    program = app_of(SCHEMA, {"t": template.text, "wide": wide}, links)

    found = proven(program)

    assert [one.ref.policy for one in found.policies] == ["one", "wide"]
    assert found.policies[0].span == LINKED
    assert by(found.policies[0].redundant) == {"read": ("wide",), "write": ("wide",)}


def test_policies_that_only_log_are_left_out() -> None:
    program = app(a=f'@enforcement("log_only") {READ};', b=f"{READ} when {{ context.urgent }};")

    assert [one.ref.policy for one in proven(program).policies] == ["b"]
    assert not fact("b", program).redundant


def test_the_same_app_has_the_same_facts() -> None:
    program = app(
        a=f"{NO_READ} when {{ context.amount * 2 > 10 && resource.owner.active }};",
        b=f"{READ} when {{ context.amount > 3 }};",
        c=f"{READ} when {{ context.amount < 9 }};",
        d=f"{READ} when {{ principal.active }};",
    )

    assert proven(program) == proven(program)
