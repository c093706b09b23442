"""Events one after the other, as short as they can be written."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from bylaw.evaluation.governance.decisions import EnforcementMode, GovernanceDecision
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent, Outcome
from bylaw.evaluation.governance.exemptions import Exemption
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.state import NO_HISTORY, Approval, ApprovalStatus, State
from bylaw.evaluation.governance.upstream import Wrapper
from bylaw.languages.governance.model import Governance
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json
from tools.evaluation.governance.documents import policies

START = 1_700_000_000_000


def event(
    action: str = "pay", at: float = 0, cost: str = "0", arguments: Mapping[str, Json] | None = None, **others: Any
) -> GovernanceEvent:
    """One of agent a1 in run r1, so many seconds after the start."""
    given = {"agent_id": "a1", "run_id": "r1", **others}
    return GovernanceEvent(action, START + round(at * 1000), cost_usd=Decimal(cost), arguments=arguments or {}, **given)


def look(at: float = 0, result: Json = None, **others: Any) -> GovernanceEvent:
    """A look-up that succeeds and is recorded."""
    return event("look", at, outcome=Outcome(True, result), **others)


def evaluator(
    *documents: Governance,
    dialect: Dialect = Dialect.STRICT,
    mode: EnforcementMode = EnforcementMode.FAIL_CLOSED_WRITES,
    exemptions: Sequence[Exemption] = (),
    wrapper: Wrapper = Wrapper.SYNC,
) -> GovernanceEvaluator:
    return GovernanceEvaluator(policies(*documents), dialect, mode, exemptions=exemptions, wrapper=wrapper)


def run(
    asked: GovernanceEvaluator, events: Sequence[GovernanceEvent], state: State = NO_HISTORY
) -> tuple[list[GovernanceDecision], State]:
    """The decisions on events in turn, and the state after them."""
    found = []
    for one in events:
        decision, state = asked.decide(one, state)
        found.append(decision)
    return found, state


def reasons(asked: GovernanceEvaluator, *events: GovernanceEvent, state: State = NO_HISTORY) -> list[str]:
    """Why each is refused, and `allow` where it is not."""
    return [decision.reason_code or decision.decision for decision in run(asked, events, state)[0]]


def last(asked: GovernanceEvaluator, *events: GovernanceEvent, state: State = NO_HISTORY) -> GovernanceDecision:
    """The decision on the last of them."""
    return run(asked, events, state)[0][-1]


def approval(for_event: GovernanceEvent, status: ApprovalStatus = ApprovalStatus.APPROVED, **others: Any) -> Approval:
    """An approval `ap` of exactly that call, filed at its time."""
    call = arguments_hash(for_event.arguments)
    filed = Approval(
        "ap", status, for_event.action, for_event.agent_id, for_event.run_id, call, for_event.cost_usd, START, 60
    )
    return filed._replace(**others)
