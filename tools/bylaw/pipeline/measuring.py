"""What a run of suites shows beyond pass and fail: why a case failed, what was covered, which changes nobody would notice."""

from collections.abc import Collection

from bylaw.model.identifiers import PolicyId
from bylaw.pipeline.suites import SuiteRun
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.explain import FailureExplanation, explain
from bylaw.testing.measure import measure
from bylaw.testing.mutation import MutationReport, Prove, mutate


def explanations(run: SuiteRun) -> tuple[FailureExplanation, ...]:
    """Why each failure is one."""
    return explain(run.program, run.report.failures)


def coverage(run: SuiteRun) -> CoverageReport:
    """What the cases made the policies do."""
    return measure(run.program, run.report.results)


def mutation(
    run: SuiteRun,
    policies: Collection[PolicyId] | None = None,
    per_policy: int | None = None,
    prove: Prove | None = None,
) -> MutationReport:
    """Which small changes of the policies no case would notice; `prove` is asked about each."""
    return mutate(run.program, run.report.results, policies=policies, per_policy=per_policy, prove=prove)
