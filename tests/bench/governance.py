"""What decisions of governance policies cost, with their counters: five policies, mixed events, one process.

Limits are in microseconds per event on one core.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bench.bound import Bound
from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import PolicyLabel
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent, Outcome
from bylaw.evaluation.governance.state import NO_HISTORY
from bylaw.languages.governance.model import (
    Approvals,
    Budgets,
    Evidence,
    Governance,
    GroundingRule,
    Guardrails,
    LoopRule,
    PiiRule,
    RateLimit,
    Schema,
    Scope,
)
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json

EVENTS = 40_000
REFUND: Schema = {
    "required": ["order_id", "amount"],
    "properties": {
        "amount": {"type": "number", "minimum": 0, "maximum": 100},
        "order_id": {"type": "string", "pattern": "^o[0-9]+$"},
        "region": {"enum": ["eu", "us"]},
    },
}
NO_EVIDENCE = Evidence({}, {}, (), {})
NO_GUARDRAILS = Guardrails({}, False, {}, False, {}, False)


def document(
    name: str,
    scope: Scope,
    target: str | None,
    *,
    budgets: Budgets | None = None,
    denied: Sequence[str] = (),
    allowed: tuple[str, ...] | None = None,
    rates: Mapping[str, RateLimit] | None = None,
    approvals: Approvals | None = None,
    evidence: Evidence = NO_EVIDENCE,
    constraints: Mapping[str, Schema] | None = None,
    guardrails: Guardrails = NO_GUARDRAILS,
) -> GovernancePolicy:
    """A policy with what is given."""
    found = Governance(
        name,
        scope,
        target,
        True,
        budgets or Budgets(),
        tuple(denied),
        allowed,
        rates or {},
        approvals or Approvals(),
        evidence,
        constraints or {},
        guardrails,
    )
    return GovernancePolicy(PolicyLabel(name, name), found)


def policies() -> list[GovernancePolicy]:
    """One of each kind; all five apply to the events of one agent."""
    limits = {"search_web": RateLimit(20, 60), "call_llm": RateLimit(1_000, 3_600)}
    grounding = {"issue_refund": {"order_id": GroundingRule("lookup_order", "order_id", "result")}}
    evidence = Evidence({"issue_refund": ("lookup_order",)}, {"issue_refund": 600}, ("lookup_order",), grounding)
    guards = Guardrails(
        {"send_mail": PiiRule(("us_ssn", "credit_card"))}, False, {"search_web": LoopRule()}, False, {}, False
    )
    return [
        document("all", Scope.GLOBAL, None, budgets=Budgets(session=Decimal(500)), denied=["send_money"]),
        document("rates", Scope.GLOBAL, None, rates=limits, guardrails=guards),
        document("refunds", Scope.GLOBAL, None, evidence=evidence, constraints={"issue_refund": REFUND}),
        document("money", Scope.GLOBAL, None, budgets=Budgets(run=Decimal(20), actions={"call_llm": Decimal(400)})),
        document(
            "one", Scope.AGENT, "a1", approvals=Approvals(required=True, actions=("deploy",), threshold_usd=Decimal(3))
        ),
    ]


def events(number: int) -> Iterator[GovernanceEvent]:
    """Mixed events of ten agents in a few hundred runs, most of them allowed."""
    chance = random.Random(1)  # noqa: S311 - no secret
    now = 1_700_000_000_000
    for place in range(number):
        now += chance.randrange(400)
        run = f"r{place // 100}"
        agent, order = f"a{place // 100 % 10}", f"o{place // 100}-{place % 7}".replace("-", "")
        action = chance.choice(
            ["search_web", "call_llm", "call_llm", "lookup_order", "issue_refund", "send_mail", "read_file"]
        )
        by_action: dict[str, dict[str, Json]] = {
            "search_web": {"q": f"topic {place % 50}"},
            "lookup_order": {"order_id": order},
            "issue_refund": {"order_id": order, "amount": place % 120, "region": "eu"},
            "send_mail": {"to": "somebody", "body": "a text of some words " * 5},
        }
        arguments = by_action.get(action, {"path": f"data/{place}"})
        outcome = Outcome(True, {"order_id": order}) if action == "lookup_order" else None
        cost = Decimal(chance.randrange(20)) / 100
        yield GovernanceEvent(
            action, now, agent, cost, arguments, impact="low", run_id=run, session_id=run, outcome=outcome
        )


def decisions() -> Iterator[Bound]:
    """Microseconds per event, the state handed on."""
    given = list(events(EVENTS))
    for dialect, limit in ((Dialect.STRICT, 50), (Dialect.UPSTREAM, 70)):
        evaluator = GovernanceEvaluator(policies(), dialect)
        state, reasons = NO_HISTORY, set()
        started = time.process_time()
        for event in given:
            decision, state = evaluator.decide(event, state)
            reasons.add(decision.reason_code)
        taken = (time.process_time() - started) / EVENTS * 1_000_000
        assert len(reasons) > 4, reasons
        yield Bound(f"governance, five policies, one event, {dialect}", taken, limit, "us")


def governance() -> list[Bound]:
    """Everything."""
    return list(decisions())
