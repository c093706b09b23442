"""What a run of suites shows beyond pass and fail: why a case failed, what was covered, which changes nobody would notice."""

from collections.abc import Collection

from bylaw.model.identifiers import PolicyId
from bylaw.pipeline.suites import CedarRun, HttpRun, SuiteRun
from bylaw.testing import http_rules
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.explain import FailureExplanation, explain
from bylaw.testing.http_rules_mutants import RulesMutant
from bylaw.testing.http_rules_mutation import mutate_rules
from bylaw.testing.measure import measure
from bylaw.testing.mutants import Mutant
from bylaw.testing.mutation import MutationReport, Prove, mutate


def explanations(run: SuiteRun) -> tuple[FailureExplanation, ...]:
    """Why each failure is one."""
    if isinstance(run, HttpRun):
        return http_rules.explanations(run.report.failures)
    return explain(run.program, run.report.failures)


def coverage(run: SuiteRun) -> CoverageReport:
    """What the cases made the policies do."""
    if isinstance(run, HttpRun):
        return http_rules.coverage(run.program, run.report)
    return measure(run.program, run.report.results)


def rules_mutation(run: HttpRun) -> MutationReport[RulesMutant]:
    """Which small changes of the documents no case would notice."""
    return mutate_rules(run.program, run.report)


def mutation(
    run: CedarRun,
    policies: Collection[PolicyId] | None = None,
    per_policy: int | None = None,
    prove: Prove | None = None,
) -> MutationReport[Mutant]:
    """Which small changes of the policies no case would notice; `prove` is asked about each."""
    return mutate(run.program, run.report.results, policies=policies, per_policy=per_policy, prove=prove)
