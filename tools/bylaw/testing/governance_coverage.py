"""Which rules of `governance` policies the tests made refuse or ask, and which they made let something pass."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from bylaw.evaluation.governance.decisions import GovernanceDecision, Stage, StepResult
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.languages.governance.model import Approvals, Governance
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram
from bylaw.model.identifiers import PolicyId
from bylaw.testing.coverage import CoverageReport, Covered, Hits, PolicyCoverage
from bylaw.testing.governance import GovernanceReport

Route: TypeAlias = tuple[str | int, ...]


class RuleItem(NamedTuple):
    """One rule of a policy, as decisions name it."""

    rule: str
    """As `rate_limits.search_web`."""
    route: Route
    """Where it stands in the document."""
    stage: Stage
    actions: frozenset[str] | None = None
    """What it is about; none: any action."""


def items_of(policy: Governance) -> Iterator[RuleItem]:
    """Every rule of a policy, in the order in which they are asked."""
    if policy.denied_actions:
        yield RuleItem("denied_actions", ("denied_actions",), Stage.DENIED)
    if policy.allowed_actions is not None:
        yield RuleItem("allowed_actions", ("allowed_actions",), Stage.ALLOWED)
    yield from _by_action("rate_limits", policy.rate_limits, Stage.RATES)
    yield from _by_action("evidence_requirements", policy.evidence.requirements, Stage.EVIDENCE)
    yield from _by_action("argument_constraints", policy.argument_constraints, Stage.ARGUMENTS)
    yield from _by_action("pii_rules", policy.guardrails.pii, Stage.PII)
    yield from _by_action("loop_rules", policy.guardrails.loop, Stage.LOOPS)
    for action, rules in policy.evidence.grounding.items():
        for argument in rules:
            route = ("grounding_rules", action, argument)
            yield RuleItem(".".join(route), route, Stage.GROUNDING, frozenset({action}))
    for name, budget in (("session_budget", policy.budgets.session), ("run_budget", policy.budgets.run)):
        if budget is not None:
            yield RuleItem(name, (name,), Stage.BUDGETS)
    yield from _by_action("action_budgets", policy.budgets.by_action, Stage.BUDGETS)
    yield from _approvals(policy.approvals)


def _by_action(field: str, table: Mapping[str, object], stage: Stage) -> Iterator[RuleItem]:
    for action in table:
        yield RuleItem(f"{field}.{action}", (field, action), stage, frozenset({action}))


_CRITERIA: Final[Mapping[str, Callable[[Approvals], object]]] = {
    "approval_actions": lambda approvals: approvals.actions,
    "approval_tags": lambda approvals: approvals.tags,
    "approval_risk_levels": lambda approvals: approvals.risk_levels,
    "approval_threshold_usd": lambda approvals: approvals.threshold_usd is not None,
}


def _approvals(approvals: Approvals) -> Iterator[RuleItem]:
    if approvals.required:
        given = [name for name, get in _CRITERIA.items() if get(approvals)] or ["require_approval"]
        yield from (RuleItem(name, (name,), Stage.APPROVALS) for name in given)
    for number, rule in enumerate(approvals.rules):
        actions = None if rule.when.actions is None else frozenset(rule.when.actions)
        yield RuleItem(f"approval_rules.{rule.name}", ("approval_rules", number, "name"), Stage.APPROVALS, actions)


def coverage(program: GovernanceProgram, report: GovernanceReport) -> CoverageReport:
    """A rule counts like a clause: refused or asked in some event, let pass in another."""
    decided = [
        (happening.event, decision)
        for result in report.decided
        for happening, decision in zip(result.case.happenings, result.decisions, strict=False)
    ]
    return CoverageReport(
        app=program.app,
        cases=len(report.decided),
        policies=tuple(_policy(file, decided) for file in program.policies),
        environments=(),
        exclusions=(),
    )


def decisive(report: GovernanceReport) -> Mapping[PolicyId, frozenset[str]]:
    """By policy, the rules that refused or asked in some test."""
    found: dict[PolicyId, set[str]] = {}
    for result in report.decided:
        for decision in result.decisions:
            for policy, rule in _said_no(decision):
                found.setdefault(PolicyId(policy), set()).add(rule)
    return {policy: frozenset(rules) for policy, rules in found.items()}


def _policy(file: GovernanceFile, decided: Sequence[tuple[GovernanceEvent, GovernanceDecision]]) -> PolicyCoverage:
    id_ = file.ref.policy
    own = [(event, decision) for event, decision in decided if id_ in decision.matched_policies]
    items = tuple(items_of(file.policy))
    refused: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for event, decision in own:
        no = {rule for policy, rule in _said_no(decision) if policy == id_}
        stages = {
            step.stage for step in decision.evaluation_path if step.policy == id_ and step.result is StepResult.PASSED
        }
        for item in items:
            if item.rule in no:
                refused[item.rule] += 1
            elif item.stage in stages and (item.actions is None or event.action in item.actions):
                passed[item.rule] += 1
    decisions = sum(any(policy == id_ for policy, _ in _said_no(decision)) for _, decision in own)
    return PolicyCoverage(
        policy=id_,
        effect=file.effect,
        span=file.head,
        in_scope=len(own),
        matched=len(own),
        decisive=decisions,
        errors=0,
        clauses=tuple(
            Covered(file.place(*item.route), item.rule, Hits(true=refused[item.rule], false=passed[item.rule]))
            for item in items
        ),
        conditions=(),
        log_only=not file.policy.enabled,
    )


def _said_no(decision: GovernanceDecision) -> Iterator[tuple[str, str]]:
    """The policies and rules that refused or asked."""
    for step in decision.evaluation_path:
        if step.result is StepResult.ASKED and step.policy is not None:
            yield step.policy, step.detail or ""
    if decision.policy is not None and decision.rule is not None:
        yield decision.policy.id, decision.rule
