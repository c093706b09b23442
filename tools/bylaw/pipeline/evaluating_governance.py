"""`bylaw eval` of a `governance` app: one action without any history, decided and explained."""

from collections.abc import Iterator

from pydantic import ValidationError

from bylaw.evaluation.governance.decisions import GovernanceDecision, Step, StepResult
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.in_force import policies_of
from bylaw.evaluation.governance.state import NO_HISTORY
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.model.decisions import Answer
from bylaw.model.dialects import Dialect
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import PolicyId
from bylaw.pipeline.evaluating import Evaluated
from bylaw.testing.governance_documents import EventDocument, Who
from bylaw.testing.governance_loading import START_MS, event_of

HELP = 'write it as in a suite: `{"action": "issue_refund", "cost_usd": 0.1, "arguments": {"amount": 20}}`'


def evaluate_governance(program: GovernanceProgram, agent: str | None, request: object) -> Evaluated:
    """Decide one action of an agent that has done nothing before.

    Raises:
        UsageError: the request cannot be read.
    """
    try:
        document = EventDocument.model_validate(request)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "request"
        raise UsageError(f"`{place}` of the request: {first['msg'].lower()}", help=HELP) from error
    event = event_of(document, Who(agent=agent), START_MS)
    decision = GovernanceEvaluator(policies_of(program), Dialect.STRICT).decide(event, NO_HISTORY).decision
    determining = () if decision.policy is None else (PolicyId(decision.policy.id),)
    reasons = () if decision.reason_code is None else (str(decision.reason_code),)
    return Evaluated(Answer(decision.decision, determining, reason_codes=reasons), tuple(_lines(decision, program)))


def _lines(decision: GovernanceDecision, program: GovernanceProgram) -> Iterator[str]:
    if decision.policy is not None:
        place = program.by_id[decision.policy.id].place(*(decision.rule or "name").split("."))
        yield f"  by {decision.policy.id}, {decision.rule or 'approval'}  {place}"
    if decision.refusal is not None:
        yield f"  {decision.reason_code}: {decision.message}"
        for error in decision.refusal.argument_errors:
            yield f"    {error.text}"
        if decision.refusal.remediation is not None:
            yield f"  {decision.refusal.remediation.retry_guidance}"
    for step in decision.evaluation_path:
        yield f"    {_step(step)}"


def _step(step: Step) -> str:
    policy = "" if step.policy is None else f" {step.policy}"
    detail = f" ({step.detail})" if step.detail and step.result is not StepResult.PASSED else ""
    return f"{step.stage}{policy}: {step.result}{detail}"
