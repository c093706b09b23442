"""What the survey says of random policies, and what it does not say, agrees with the engine on every request there is."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.analysis.proven import Covered, PolicyFacts, Proven
from bylaw.evaluation.interface import Request
from bylaw.languages.cedar import ast
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Environment
from bylaw.model.identifiers import EntityUid, PolicyRef
from tools.analysis.smt import enumerated, surveyed
from tools.analysis.smt.enumerated import EvaluationError, Trace

CLOSED, OPEN = (True, False), (True, False, None)


class Counted:
    """All requests of one environment as the bits of a number."""

    def __init__(self, environment: Environment, program: CedarProgram) -> None:
        self.environment = environment
        self.asked = enumerated.questions(environment, CLOSED)
        self.all = (1 << len(self.asked)) - 1
        found = {p.ref: enumerated.outcomes(p, program, self.asked) for p in program.policies}
        self.satisfied = {ref: _bits(satisfied) for ref, (satisfied, _) in found.items()}
        self.errors = {ref: _bits(errors) for ref, (_, errors) in found.items()}
        self.scope = {p.ref: _bits([_admits(p, request) for request, _ in self.asked]) for p in program.policies}
        self.effects = {policy.ref: policy.statement.effect for policy in program.policies}

    def any_of(self, refs: Iterable[PolicyRef]) -> int:
        return reduce(or_, (self.satisfied[ref] for ref in refs), 0)

    def of(self, effect: str, *, but: Sequence[PolicyRef] = ()) -> int:
        return self.any_of(ref for ref, own in self.effects.items() if own == effect and ref not in but)


def _bits(values: Sequence[bool]) -> int:
    return sum(1 << number for number, value in enumerate(values) if value)


def _admits(policy: CedarPolicy, request: Request) -> bool:
    statement = policy.statement
    principal = statement.principal
    matches = not isinstance(principal, ast.ScopeEqual) or principal.target[:2] == tuple(request.principal)
    wrong = isinstance(statement.action, ast.ScopeEqual) and statement.action.target[:2] != tuple(request.action)
    return matches and not wrong


def where(holds: Iterable[tuple[Environment, bool]]) -> list[Environment]:
    return [environment for environment, value in holds if value]


def covers(found: Sequence[Covered]) -> list[Environment]:
    return [one.environment for one in found]


@settings(max_examples=30, deadline=None)
@given(st.lists(enumerated.policies, min_size=1, max_size=5))
def test_facts_and_their_absence_agree_with_every_request(texts: list[str]) -> None:
    program = surveyed.app_of(enumerated.SCHEMA, {f"p{number}": text for number, text in enumerate(texts)})
    assert program.schema is not None
    counted = [Counted(environment, program) for environment in program.schema.environments]

    found = surveyed.proven(program)

    assert not found.unknown
    for policy, facts in zip(program.policies, found.policies, strict=True):
        check_alone(facts, counted)
        check_among(facts, counted)
        check_missing(policy, facts, program)
        check_constants(policy, facts, counted)
    check_redundant(found, counted)
    for one, of in zip(found.environments, counted, strict=True):
        allowed = of.of("permit") & ~of.of("forbid")
        assert (one.allows_all, one.allows_none) == (allowed == of.all, allowed == 0)
        assert bool(one.denies_all) is (of.of("forbid") == of.all)
        assert of.any_of(one.denies_all) in (0, of.all)


def check_alone(facts: PolicyFacts, counted: Sequence[Counted]) -> None:
    ref = facts.ref
    by_environment = [(of.environment, of.satisfied[ref], of.errors[ref], of.scope[ref], of.all) for of in counted]
    assert list(facts.never) == where(
        (e, satisfied == 0) for e, satisfied, _, _, _ in by_environment if e in facts.environments
    )
    assert list(facts.always_errs) == where((e, errs == scope != 0) for e, _, errs, scope, _ in by_environment)
    assert list(facts.can_err) == where((e, errs != 0) for e, _, errs, _, _ in by_environment)
    assert list(facts.unconditional) == where((e, satisfied == all_) for e, satisfied, _, _, all_ in by_environment)


def check_among(facts: PolicyFacts, counted: Sequence[Counted]) -> None:
    live = [of for of in counted if of.satisfied[facts.ref]]
    if facts.effect == "permit":
        assert covers(facts.overridden) == where(
            (of.environment, not of.satisfied[facts.ref] & ~of.of("forbid")) for of in live
        )
        assert not facts.dead
    else:
        assert list(facts.dead) == where((of.environment, not of.satisfied[facts.ref] & of.of("permit")) for of in live)
        assert not facts.overridden
    for one in (*facts.overridden, *facts.redundant):
        (of,) = [of for of in counted if of.environment == one.environment]
        assert not of.satisfied[facts.ref] & ~of.any_of(one.by)
        # No more than is needed.
        for left in one.by:
            assert of.satisfied[facts.ref] & ~of.any_of(set(one.by) - {left})


def check_missing(policy: CedarPolicy, facts: PolicyFacts, program: CedarProgram) -> None:
    expected = []
    for environment in facts.environments if facts.effect == "forbid" else ():
        _, errors = enumerated.outcomes(policy, program, enumerated.questions(environment, OPEN))
        if any(errors) and environment not in facts.can_err:
            expected.append(environment)
    assert list(facts.can_err_on_missing) == expected


def check_constants(policy: CedarPolicy, facts: PolicyFacts, counted: Sequence[Counted]) -> None:
    trace = Trace()
    for of in counted:
        for number, question in enumerate(of.asked):
            if of.scope[facts.ref] >> number & 1:
                try:
                    outcome = (trace.policy(policy, question), False)
                except EvaluationError:
                    outcome = (False, True)
                on_engine = (bool(of.satisfied[facts.ref] >> number & 1), bool(of.errors[facts.ref] >> number & 1))
                assert outcome == on_engine
    expected = [(policy.span(*place), value, kind) for place, value, kind in trace.constants()]
    assert [(part.span, part.value, part.kind) for part in facts.constant] == expected


def check_redundant(found: Proven, counted: Sequence[Counted]) -> None:
    """What is reported can all be removed at once, and then nothing else can."""
    reported = [facts.ref for facts in found.policies if facts.redundant]
    for of in counted:
        for effect in ("permit", "forbid"):
            assert of.of(effect, but=reported) == of.of(effect)
    for facts in found.policies:
        live = [of for of in counted if of.satisfied[facts.ref]]
        if facts.redundant:
            assert covers(facts.redundant) == [of.environment for of in live]
        elif live:
            without = (*reported, facts.ref)
            assert any(of.satisfied[facts.ref] & ~of.of(facts.effect, but=without) for of in live)


def test_the_world_is_as_small_as_it_is_said_to_be() -> None:
    program = surveyed.app_of(enumerated.SCHEMA, {})
    assert program.schema is not None
    (environment, _) = program.schema.environments

    asked = enumerated.questions(environment, CLOSED)

    assert len(asked) == 288
    assert environment.action == EntityUid("Action", "read")
