"""Whether any test would notice if a `governance` policy were a little different."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bylaw.analysis.governance.comparing import compare
from bylaw.evaluation.governance.exemptions import Exemption
from bylaw.evaluation.governance.in_force import policies_of
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram
from bylaw.model.verdicts import Verdict, combined
from bylaw.testing.governance import NO_EXEMPTIONS, Evaluators, GovernanceReport, fails
from bylaw.testing.governance_loading import GovernanceCase
from bylaw.testing.governance_mutants import GovernanceMutant, mutants_of
from bylaw.testing.mutation import Fate, MutantResult, MutationReport
from bylaw.testing.runner import Status


def mutate_governance(
    program: GovernanceProgram, report: GovernanceReport, exemptions: Mapping[str, Exemption] = NO_EXEMPTIONS
) -> MutationReport[GovernanceMutant]:
    """Mutate every policy and see which mutants the passed tests kill; survivors that decide alike are told apart."""
    passed = [result.case for result in report.decided if result.status is Status.PASSED]
    results = tuple(
        _result(mutant, program, passed, exemptions) for file in program.policies for mutant in mutants_of(file)
    )
    return MutationReport(app=program.app, results=results, cases=len(passed), invalid=0, left_out=0)


def _result(
    mutant: GovernanceMutant,
    program: GovernanceProgram,
    cases: Sequence[GovernanceCase],
    exemptions: Mapping[str, Exemption],
) -> MutantResult[GovernanceMutant]:
    mutated = _with(program, mutant)
    evaluators = Evaluators(mutated, exemptions)
    killer = next((case for case in cases if fails(case, evaluators)), None)
    if killer is not None:
        return MutantResult(mutant, Fate.KILLED, killer.name)
    verdict = combined(one.verdict for one in compare(policies_of(program), policies_of(mutated)))
    equal = None if verdict is Verdict.UNKNOWN else verdict is Verdict.EQUAL
    return MutantResult(mutant, Fate.SURVIVED).settled(equal)


def _with(program: GovernanceProgram, mutant: GovernanceMutant) -> GovernanceProgram:
    def mutated(file: GovernanceFile) -> GovernanceFile:
        return replace(file, policy=mutant.changed) if file.ref.policy == mutant.policy else file

    return replace(program, policies=tuple(map(mutated, program.policies)))
