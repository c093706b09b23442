"""What a run of suites shows beyond pass and fail: why a case failed, what was covered, which changes nobody would notice."""

from collections.abc import Collection

from bylaw.evaluation.governance.in_force import exemptions_of
from bylaw.model.identifiers import PolicyId
from bylaw.pipeline.suites import CedarRun, GovernanceRun, HttpRun, SuiteRun
from bylaw.testing import governance, governance_coverage, http_rules
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.explain import FailureExplanation, explain
from bylaw.testing.governance_mutation import mutate_governance
from bylaw.testing.http_rules_mutation import mutate_rules
from bylaw.testing.measure import measure
from bylaw.testing.mutant import BaseMutant
from bylaw.testing.mutants import Mutant
from bylaw.testing.mutation import MutationReport, Prove, mutate


def explanations(run: SuiteRun) -> tuple[FailureExplanation, ...]:
    """Why each failure is one."""
    if isinstance(run, HttpRun):
        return http_rules.explanations(run.report.failures)
    if isinstance(run, GovernanceRun):
        return governance.explanations(run.report.failures)
    return explain(run.program, run.report.failures)


def coverage(run: SuiteRun) -> CoverageReport:
    """What the cases made the policies do."""
    if isinstance(run, HttpRun):
        return http_rules.coverage(run.program, run.report)
    if isinstance(run, GovernanceRun):
        return governance_coverage.coverage(run.program, run.report)
    return measure(run.program, run.report.results)


def document_mutation(run: HttpRun | GovernanceRun) -> MutationReport[BaseMutant]:
    """Which small changes of documents no case would notice."""
    if isinstance(run, GovernanceRun):
        return mutate_governance(run.program, run.report, exemptions_of(run.program))
    return mutate_rules(run.program, run.report)


def mutation(
    run: CedarRun,
    policies: Collection[PolicyId] | None = None,
    per_policy: int | None = None,
    prove: Prove | None = None,
) -> MutationReport[Mutant]:
    """Which small changes of the policies no case would notice; `prove` is asked about each."""
    return mutate(run.program, run.report.results, policies=policies, per_policy=per_policy, prove=prove)
