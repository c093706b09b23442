"""Mutation runs: the quick way of deciding agrees with the slow one, and what survives is what nobody asked about."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.interface import Request
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.decisions import Answer
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import PolicyId
from bylaw.testing.case import Case
from bylaw.testing.judge import judge
from bylaw.testing.mutant import Direction
from bylaw.testing.mutants import Mutant, equal_by_types, generate
from bylaw.testing.mutation import Fate, MutationReport, mutate
from bylaw.testing.runner import Status, TestReport
from tools.evaluation.cedar_programs import policy as parsed
from tools.evaluation.corpus import corpus_cases
from tools.testing.desk import POLICIES, Loaded, load, suite

TESTS = """
- name: reading
  matrix: {principals: [everyone], actions: [read], resources: [both], contexts: [calm, rush]}
  allow:
    - {principals: [bob], by: [access/read-own]}
    - {principals: [ann], resources: [plan], by: [access/read-team]}
- name: paying
  each: [{amount: 100, decision: allow}, {amount: 101, decision: deny}]
  request: {principal: ann, action: pay, resource: plan, context: {amount: "{amount}"}}
  expect: {decision: "{decision}"}
- name: errors
  request: {principal: job, action: read, resource: plan}
  expect: {decision: deny, exactly: []}
"""


def loaded(tests: str = TESTS, **options: object) -> Loaded:
    return load({"suite.yaml": suite(tests)}, **options)  # type: ignore[arg-type]


def mutated(app: Loaded, **options: object) -> MutationReport[Mutant]:
    report = app.run()
    assert report.ok, report.failures
    return mutate(app.program, report.results, **options)  # type: ignore[arg-type]


def replaced(program: CedarProgram, mutant: Mutant) -> CedarProgram:
    """The program with the mutant in the place of its policy, as an author would have written it."""
    original = program.by_id[mutant.policy]
    others = tuple(policy for policy in program.policies if policy.ref != original.ref)
    kept = tuple(link for link in program.links if link.template.ref != original.ref)
    mine = tuple(link for link in program.links if link.template.ref == original.ref)
    if mutant.statement is None:
        return replace(program, policies=others, links=kept)
    mutated_policy = replace(original, statement=mutant.statement)
    if original.statement.is_template and not mutant.statement.is_template:
        # Without its slots each link is the same static policy.
        static = tuple(replace(mutated_policy, ref=link.ref) for link in mine)
        return replace(program, policies=(*others, *static), links=kept)
    links = (*kept, *(replace(link, template=mutated_policy) for link in mine))
    return replace(program, policies=(*others, mutated_policy), links=links)


def slowly_killed(program: CedarProgram, report: TestReport[Case], mutant: Mutant) -> bool:
    evaluator = CedarEvaluator.of(replaced(program, mutant))
    cases = [result.case for result in report.results]
    answers: list[Answer] = [evaluator.decide([case.request], case.entities)[0] for case in cases]
    return any(judge(case.expected, answer) for case, answer in zip(cases, answers, strict=True))


def test_fates_agree_with_deciding_every_case_anew() -> None:
    app = loaded()
    report = app.run()

    results = mutate(app.program, report.results).results

    quick = {result.mutant.id: result.fate is Fate.KILLED for result in results}
    assert quick == {result.mutant.id: slowly_killed(app.program, report, result.mutant) for result in results}
    assert set(quick.values()) == {True, False}


def test_fates_of_a_template_agree_with_deciding_every_case_anew() -> None:
    policies = {
        "t": 'permit (principal == ?principal, action == Desk::Action::"pay", resource) when { context.amount < 5 };',
        "f": "forbid (principal, action, resource) when { principal has nick };",
    }
    app_yaml = "links:\n" + "".join(
        f"  - {{id: {who}-link, template: t, values: {{principal: 'Desk::Agent::\"{who}\"'}}}}\n"
        for who in ("ann", "bad")
    )
    tests = """
    - name: links
      matrix: {principals: [ann, bob, bad], actions: [pay], resources: [plan], contexts: [four, five]}
      allow: [{principals: [ann], contexts: [four], by: [ann-link]}]
    """
    app = load(
        {"suite.yaml": suite(tests, more="contexts: {four: {amount: 4}, five: {amount: 5}}\n")},
        policies=policies,
        app=app_yaml,
    )
    report = app.run()
    assert report.ok

    results = mutate(app.program, report.results).results

    assert {r.mutant.id: r.fate is Fate.KILLED for r in results} == {
        r.mutant.id: slowly_killed(app.program, report, r.mutant) for r in results
    }


def test_survivors_that_widen_come_first() -> None:
    directions = [result.mutant.direction for result in mutated(loaded()).survivors]

    assert directions == sorted(directions, key=list(Direction).index)
    assert Direction.WIDENS in directions


def test_a_survivor_is_told_with_its_place_and_change() -> None:
    survivors = {result.mutant.id.rpartition(":")[0]: result.mutant for result in mutated(loaded()).survivors}

    mutant = survivors["limits/pay-small:drop-conjunct"]
    assert (mutant.before, mutant.after, mutant.direction) == ("principal.level >= 2", "", Direction.WIDENS)
    assert str(mutant.span) == "policies/desk/limits/pay-small.cedar:2:33"


def test_one_more_case_kills_the_survivor_it_is_about() -> None:
    more = """
- name: level
  request: {principal: bob, action: pay, resource: plan, context: cheap}
  expect: {decision: deny}
"""
    before, after = mutated(loaded()), mutated(loaded(TESTS + more))

    gone = {r.mutant.id for r in before.survivors} - {r.mutant.id for r in after.survivors}
    assert any(one.startswith("limits/pay-small:drop-conjunct") for one in gone)
    killers = {r.mutant.id: r.killed_by for r in after.results}
    assert {killers[one] for one in gone} == {"desk > level"}


def test_failing_and_skipped_cases_kill_nothing() -> None:
    wrong = TESTS.replace("decision: allow}, {amount: 101", "decision: deny}, {amount: 101")
    app = loaded(wrong)
    report = app.run()

    found = mutate(app.program, report.results)

    assert found.cases == sum(result.status is Status.PASSED for result in report.results)
    assert not any(
        r.fate is Fate.KILLED for r in found.results if r.mutant.id.startswith("limits/pay-small:drop-policy")
    )


def test_mutants_can_be_limited_by_policy_and_number_and_the_choice_is_stable() -> None:
    app = loaded()
    chosen = generate(app.program, policies=[PolicyId("limits/pay-small")], per_policy=3)

    assert [m.id for m in generate(app.program, policies=[PolicyId("limits/pay-small")], per_policy=3).mutants] == [
        m.id for m in chosen.mutants
    ]
    assert len(chosen.mutants) == 3
    assert chosen.left_out > 0
    assert len(generate(app.program, limit=5).mutants) == 5


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(sorted(POLICIES)), min_size=1), st.integers(1, 8))
def test_the_mutants_of_a_policy_do_not_depend_on_the_other_policies(names: set[str], most: int) -> None:
    everything = generate(loaded().program, per_policy=most).mutants

    alone = generate(loaded("", policies={name: POLICIES[name] for name in names}).program, per_policy=most).mutants

    assert [m.id for m in alone] == [m.id for m in everything if m.policy in names]


def test_ids_do_not_depend_on_formatting() -> None:
    spread = {name: text.replace(" ", "\n  ") for name, text in POLICIES.items()}

    assert [m.id for m in generate(loaded("", policies=spread).program).mutants] == [
        m.id for m in generate(loaded().program).mutants
    ]


def test_mutants_that_do_not_validate_do_not_count() -> None:
    # Without its guard the optional attribute may not be read.
    generated = generate(loaded().program, policies=[PolicyId("guards/no-nick")])

    assert generated.invalid > 0
    assert "drop-guard" not in {mutant.operator for mutant in generated.mutants}


def test_no_mutant_prints_like_its_policy_or_like_another_one() -> None:
    policies = {"p": "permit (principal, action, resource) when { context.amount > 1 && context.amount > 1 };"}

    mutants = generate(loaded("", policies=policies, schema=None).program).mutants

    texts = [canonical_text(m.statement) for m in mutants if m.statement is not None]
    assert len(set(texts)) == len(texts)


def test_a_log_only_policy_has_no_mutants() -> None:
    policies = {"p": '@enforcement("log_only") permit (principal, action, resource);'}

    assert generate(loaded("", policies=policies).program).mutants == ()


def test_a_proof_takes_survivors_out_of_the_score() -> None:
    app = loaded()
    plain = mutated(app)

    proven = mutated(app, prove=lambda mutant: mutant.direction is Direction.NARROWS)
    open_ = mutated(app, prove=lambda _: None)

    assert proven.score.whole < plain.score.whole
    assert proven.score.part == plain.score.part
    assert {result.unproven for result in open_.survivors} == {True}
    assert open_.score == plain.score


def test_a_mutant_that_types_cannot_tell_apart_is_equivalent() -> None:
    # Every principal that may pay is an agent.
    policies = {"p": 'permit (principal is Desk::Agent, action == Desk::Action::"pay", resource);'}
    tests = (
        "- {name: t, request: {principal: ann, action: pay, resource: plan, context: cheap}, expect: {decision: allow}}"
    )

    report = mutated(loaded(tests, policies=policies))
    fates = {result.mutant.before: result.fate for result in report.results}

    assert fates["principal is Desk::Agent"] is Fate.EQUIVALENT
    assert (report.equivalent, [result.mutant.operator for result in report.widening]) == (1, ["drop-scope"])
    assert fates['action == Desk::Action::"pay"'] is Fate.SURVIVED


@pytest.mark.parametrize(
    ("before", "after", "equal"),
    [
        ("permit (principal is Desk::Agent, action, resource);", "permit (principal, action, resource);", False),
        ("permit (principal, action, resource is Desk::Ticket);", "permit (principal, action, resource);", True),
        (
            'permit (principal is Desk::Agent, action, resource) when { principal.hasTag("x") };',
            'permit (principal, action, resource) when { principal.hasTag("x") };',
            True,
        ),
        (
            "permit (principal, action, resource) when { principal is Desk::Agent && principal has nick };",
            "permit (principal, action, resource) when { principal has nick };",
            True,
        ),
        (
            'permit (principal, action in Desk::Action::"reading", resource);',
            'permit (principal, action, resource) unless { action == Desk::Action::"pay" };',
            True,
        ),
        (
            "permit (principal, action, resource) when { context has amount };",
            "permit (principal, action, resource);",
            False,
        ),
        (
            'permit (principal, action == Desk::Action::"pay", resource) when { context has amount };',
            'permit (principal, action == Desk::Action::"pay", resource);',
            True,
        ),
        (
            'permit (principal, action == Desk::Action::"pay", resource) when { context has price };',
            'permit (principal, action == Desk::Action::"pay", resource);',
            False,
        ),
        # The attribute is declared, but the entity may be missing.
        (
            'permit (principal, action == Desk::Action::"pay", resource) when { principal has level };',
            'permit (principal, action == Desk::Action::"pay", resource);',
            False,
        ),
        (
            'permit (principal, action, resource) when { resource == Desk::Team::"desk" };',
            "permit (principal, action, resource) when { false };",
            True,
        ),
        (
            'permit (principal, action, resource) when { context.amount > 1 && resource in Desk::Team::"desk" };',
            "permit (principal, action, resource) unless { true };",
            True,
        ),
        (
            "permit (principal, action, resource) when { if principal is Desk::Service then context has note else true };",
            "permit (principal, action, resource) unless { principal is Desk::Service && !(context has note) };",
            False,
        ),
        ("permit (principal, action, resource);", "forbid (principal, action, resource);", False),
    ],
)
def test_what_types_prove(before: str, after: str, equal: bool) -> None:  # noqa: FBT001 - a table
    program = loaded("", policies={"p": before}).program
    mutant = replace(generate(program).mutants[0], statement=parsed("p", after).statement)

    assert equal_by_types(mutant, program) is equal


def test_what_types_prove_equal_decides_equally_over_the_corpus() -> None:
    proven = 0
    for case in corpus_cases():
        if not case.validates or not case.policies:
            continue
        program = CedarProgram("corpus", case.policies, (), case.schema, None, case.entities, None)
        equal = [mutant for mutant in generate(program, per_policy=12).mutants if equal_by_types(mutant, program)]
        proven += len(equal)
        before = [known.decision for known in case.requests]
        for mutant in equal:
            assert decisions(program, mutant, [known.request for known in case.requests]) == before, (case.name, mutant)
    assert proven > 1_000


def decisions(program: CedarProgram, mutant: Mutant, requests: list[Request]) -> list[str]:
    return [answer.decision for answer in CedarEvaluator.of(replaced(program, mutant)).decide(requests, ())]


def test_a_disagreement_with_the_engine_is_our_bug() -> None:
    app = loaded()
    results = list(app.run().results)
    answer = results[0].answer
    assert answer is not None
    results[0] = replace(results[0], answer=replace(answer, determining=(PolicyId("made-up"),)))

    with pytest.raises(InternalError, match="mutation disagrees"):
        mutate(app.program, results)


def test_a_dropped_policy_has_no_statement() -> None:
    statements: list[Statement | None] = [
        m.statement for m in generate(loaded().program).mutants if m.operator == "drop-policy"
    ]

    assert statements == [None] * len(POLICIES)
