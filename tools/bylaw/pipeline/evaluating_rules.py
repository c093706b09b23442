"""`bylaw eval` of an `http-rules` app: one request of one agent, decided and explained."""

from collections.abc import Iterator

from pydantic import ValidationError

from bylaw.evaluation.http_rules.decisions import HttpDecision, Result, Step
from bylaw.evaluation.http_rules.effective import effective
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.languages.http_rules.cases import case_request
from bylaw.languages.http_rules.documents import InputDocument
from bylaw.languages.http_rules.model import HttpRules
from bylaw.languages.http_rules.program import RulesProgram
from bylaw.model.decisions import Answer
from bylaw.model.dialects import Dialect
from bylaw.model.errors import UsageError
from bylaw.pipeline.evaluating import Evaluated
from bylaw.testing.http_rules import DECISIONS, request_of

HELP = 'write it as in a case: `{"method": "GET", "url": "https://api.example.com/v1"}`'


def evaluate_rules(program: RulesProgram, agent: str | None, request: object) -> Evaluated:
    """Decide one request under the rules of an agent and the guardrails, as if they were enforced.

    Raises:
        UsageError: the request cannot be read, or there is no such agent.
    """
    policy = program.by_agent.get(agent or "")
    if policy is None:
        known = ", ".join(sorted(program.by_agent)) or "none"
        raise UsageError(f"the app `{program.app}` has no agent `{agent or ''}`", help=f"`--agent` is one of: {known}")
    document = effective(policy, program).document
    try:
        read = request_of(case_request(InputDocument.model_validate(request)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "request"
        raise UsageError(f"`{place}` of the request: {first['msg'].lower()}", help=HELP) from error
    decision = HttpEvaluator(document, Dialect.STRICT).decide(read)
    answer = Answer(DECISIONS[decision.verdict], (policy.ref.policy,))
    return Evaluated(answer, tuple(_lines(decision, document)))


def _lines(decision: HttpDecision, document: HttpRules) -> Iterator[str]:
    if decision.matched_rule is None:
        yield "  by default" if decision.matched_rule_kind else "  the request cannot be read"
    else:
        yield f"  by rule {decision.matched_rule}  {_place(decision.matched_rule, document)}"
    for step in decision.evaluation_path:
        if step.rule is not None or step.result is Result.FAILED:
            yield f"    {_step(step)}"


def _step(step: Step) -> str:
    detail = f" ({step.detail})" if step.detail else ""
    return f"{step.stage:<12} {step.rule or ''}: {step.result}{detail}"


def _place(rule: str, document: HttpRules) -> str:
    return next(str(one.span) for one in document.rules if one.name == rule)
