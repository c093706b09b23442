"""Whether any case would notice if an `http-rules` document were a little different."""

from collections.abc import Iterator
from dataclasses import replace

from bylaw.analysis.http_rules.comparing import Reading, compare
from bylaw.analysis.http_rules.limits import effective_limits
from bylaw.evaluation.http_rules.effective import effective
from bylaw.languages.http_rules.program import RulesPolicy, RulesProgram
from bylaw.testing.http_rules import HttpCase, HttpReport, fails
from bylaw.testing.http_rules_mutants import RulesMutant, mutants_of
from bylaw.testing.mutation import Fate, MutantResult, MutationReport
from bylaw.testing.runner import Status


def mutate_rules(program: RulesProgram, report: HttpReport) -> MutationReport[RulesMutant]:
    """Mutate every document and see which mutants the passed cases kill; survivors that decide alike are told apart.

    A mutant of the guardrails is held against the cases of every document, one of another against its own.
    """
    passed = [result.case for result in report.decided if result.status is Status.PASSED]
    results = tuple(_result(mutant, program, passed) for policy in program.policies for mutant in mutants_of(policy))
    return MutationReport(app=program.app, results=results, cases=len(passed), invalid=0, left_out=0)


def _result(mutant: RulesMutant, program: RulesProgram, cases: list[HttpCase]) -> MutantResult[RulesMutant]:
    mutated = _with(program, mutant)
    killer = next((case for case in _cases(mutant, program, cases) if fails(case, mutated)), None)
    if killer is not None:
        return MutantResult(mutant, Fate.KILLED, killer.name)
    return MutantResult(mutant, Fate.SURVIVED).settled(_is_equivalent(mutant, program, mutated))


def _cases(mutant: RulesMutant, program: RulesProgram, cases: list[HttpCase]) -> Iterator[HttpCase]:
    """The cases that may notice, those of the document first."""
    own = program.by_id[mutant.policy]
    yield from (case for case in cases if case.policy is own)
    if own is program.guardrails:
        yield from (case for case in cases if case.policy is not own)


def _with(program: RulesProgram, mutant: RulesMutant) -> RulesProgram:
    def mutated(policy: RulesPolicy) -> RulesPolicy:
        return replace(policy, rules=mutant.rules) if policy.ref.policy == mutant.policy else policy

    return replace(program, policies=tuple(map(mutated, program.policies)))


def _is_equivalent(mutant: RulesMutant, program: RulesProgram, mutated: RulesProgram) -> bool | None:
    """Whether the same is in force for every document that the mutant bears on; none where that is too complex."""
    is_above = program.by_id[mutant.policy] is program.guardrails
    answers = [
        _decide_alike(policy, program, mutated)
        for policy in program.policies
        if is_above or policy.ref.policy == mutant.policy
    ]
    return False if False in answers else None if None in answers else True


def _decide_alike(policy: RulesPolicy, program: RulesProgram, mutated: RulesProgram) -> bool | None:
    old = effective(policy, program).document
    new = effective(mutated.by_id[policy.ref.policy], mutated).document
    if effective_limits(old) != effective_limits(new):
        return False
    found = compare(Reading(old), Reading(new))
    if any(side.differences for side in found):
        return False
    return True if all(side.is_settled for side in found) else None
