"""Everything that the policies an event falls under have to say about its action, compiled once and asked stage by stage."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from bylaw.evaluation.governance.applicability import Applicability, Found, GovernancePolicy
from bylaw.evaluation.governance.approvals import ApprovalCheck, approval_check
from bylaw.evaluation.governance.argument_checks import ArgumentCheck
from bylaw.evaluation.governance.arguments import compile_schema
from bylaw.evaluation.governance.budgets import BudgetCheck, budgets_of
from bylaw.evaluation.governance.checks import Check, Recorder
from bylaw.evaluation.governance.decisions import Stage, Step, StepResult
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.evidence import EvidenceCheck
from bylaw.evaluation.governance.grounding import GroundingCheck, groundings
from bylaw.evaluation.governance.lists import AllowedCheck, DeniedCheck, alternatives
from bylaw.evaluation.governance.loops import LoopCheck, loop_check
from bylaw.evaluation.governance.pii import pii_check
from bylaw.evaluation.governance.rates import RateCheck
from bylaw.languages.governance.model import Governance
from bylaw.model.dialects import Dialect

MAX_PLANS = 16_384
UNMENTIONED = ""
"""Stands for every action that no policy names: what is said of them is the same."""

Row: TypeAlias = tuple[Check | None, Step]
"""A question, if there is one, and what the path says when nothing stands against the event."""


class Plan(NamedTuple):
    """The questions for one action under one set of policies."""

    matched: tuple[str, ...]
    """Ids, broadest first."""
    checks: tuple[tuple[int, Check], ...]
    """With the place of each in `steps`."""
    asks: tuple[tuple[int, ApprovalCheck], ...]
    recorders: tuple[Recorder, ...]
    budgets: tuple[BudgetCheck, ...]
    steps: tuple[Step, ...]
    """The path of an event that passes everything."""


class CompiledPolicy:
    """What one policy asks of every action that it names, and of any other."""

    def __init__(self, policy: GovernancePolicy) -> None:
        self.label, self.document = policy
        self.named = frozenset(named_actions(policy.document))
        self.asks = approval_check(policy.label, policy.document.approvals)
        self._checks = {action: tuple(_checks(policy, action)) for action in (*self.named, UNMENTIONED)}

    def rows(self, action: str, offered: tuple[str, ...]) -> Mapping[Stage, Sequence[Row]]:
        """Its questions about an action, by stage; `offered` is what can be done instead."""
        found: dict[Stage, list[Row]] = {}

        def add(stage: Stage, check: Check | None, result: StepResult = StepResult.PASSED) -> None:
            found.setdefault(stage, []).append((check, Step(stage, result, self.label.id)))

        document = self.document
        if document.denied_actions:
            add(Stage.DENIED, DeniedCheck(self.label) if action in document.denied_actions else None)
        if document.allowed_actions is not None:
            is_named = action in document.allowed_actions
            add(Stage.ALLOWED, None if is_named else AllowedCheck(self.label, offered))
        if moderates(document, action):
            add(Stage.MODERATION, None, StepResult.NOT_EVALUATED)
        for check in self._checks[action if action in self.named else UNMENTIONED]:
            add(check.stage, check)
        return found


class Plans:
    """Makes plans, and remembers them.

    Raises:
        SchemaError: a schema cannot be enforced as it is written.
        RegexError: a pattern is not of the portable subset.
    """

    def __init__(self, policies: Sequence[GovernancePolicy]) -> None:
        enabled = [policy for policy in policies if policy.document.enabled]
        self._policies = tuple(map(CompiledPolicy, enabled))
        self._applicability = Applicability(enabled)
        self._named = frozenset(name for policy in self._policies for name in policy.named)
        self._plans: dict[tuple[Found, str], Plan] = {}

    def of(self, event: GovernanceEvent) -> Plan:
        """The plan of an event."""
        found = self._applicability.of(event)
        action = event.action if event.action in self._named else UNMENTIONED
        plan = self._plans.get((found, action))
        if plan is None:
            plan = compile_plan([self._policies[place] for places in found for place in places], action)
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            self._plans[found, action] = plan
        return plan


def compile_plan(policies: Sequence[CompiledPolicy], action: str) -> Plan:
    """The plan of an action under policies, broadest first."""
    offered = alternatives([policy.document for policy in policies])
    columns = [policy.rows(action, offered) for policy in policies]
    rows = [row for stage in _STAGES for column in columns for row in column.get(stage, ())]
    asking = [policy.asks for policy in policies if policy.asks is not None]
    checks = tuple((place, check) for place, (check, _) in enumerate(rows) if check is not None)
    steps = (
        *(step for _, step in rows),
        *(Step(Stage.APPROVALS, StepResult.PASSED, ask.policy.id) for ask in asking),
    )
    return Plan(
        tuple(policy.label.id for policy in policies),
        checks,
        tuple((len(rows) + place, check) for place, check in enumerate(asking)),
        tuple(check for _, check in checks if isinstance(check, RateCheck | LoopCheck)),
        tuple(check for _, check in checks if isinstance(check, BudgetCheck)),
        steps,
    )


_STAGES = (
    Stage.DENIED,
    Stage.ALLOWED,
    Stage.RATES,
    Stage.EVIDENCE,
    Stage.ARGUMENTS,
    Stage.PII,
    Stage.MODERATION,
    Stage.LOOPS,
    Stage.GROUNDING,
    Stage.BUDGETS,
)


def named_actions(document: Governance) -> Iterator[str]:
    """Every action that a document says something about in particular."""
    guardrails, evidence = document.guardrails, document.evidence
    yield from document.denied_actions
    yield from document.allowed_actions or ()
    for table in (
        document.rate_limits,
        document.budgets.by_action,
        document.argument_constraints,
        evidence.requirements,
        evidence.grounding,
        guardrails.pii,
        guardrails.loop,
        guardrails.moderation,
    ):
        yield from table


def _checks(policy: GovernancePolicy, action: str) -> Iterator[Check]:
    label, document = policy.label, policy.document
    evidence = document.evidence
    max_age = None if action not in evidence.max_age_seconds else evidence.max_age_seconds[action] * 1000
    if action in document.rate_limits:
        yield RateCheck(label, document.rate_limits[action])
    if evidence.requirements.get(action):
        yield EvidenceCheck(label, evidence.requirements[action], max_age)
    if action in document.argument_constraints:
        yield ArgumentCheck(label, compile_schema(document.argument_constraints[action]))
    if evidence.grounding.get(action):
        yield GroundingCheck(label, groundings(evidence.grounding[action]), max_age)
    if (budgets := budgets_of(document.budgets, action)) != ():
        yield BudgetCheck(label, budgets)
    if (pii := pii_check(label, document, action, Dialect.STRICT)) is not None:
        yield pii
    if (loop := loop_check(label, document, action)) is not None:
        yield loop


def moderates(document: Governance, action: str) -> bool:
    """Whether a rule on content is about the action; such rules are reported, not evaluated."""
    return action in document.guardrails.moderation or document.guardrails.moderation_by_default
