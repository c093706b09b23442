"""The merged configuration of the original, compiled for one action."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.evaluation.governance.argument_checks import violated
from bylaw.evaluation.governance.decisions import ArgumentError, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.evidence import unmet
from bylaw.evaluation.governance.fingerprints import plain
from bylaw.evaluation.governance.grounding import Grounding, groundings, ungrounded
from bylaw.evaluation.governance.lists import denied, not_allowed
from bylaw.evaluation.governance.merging import Merged
from bylaw.evaluation.governance.pii import DEFAULT_RULE, Detector, detector, disclosed
from bylaw.evaluation.governance.state import EvidenceKey, State
from bylaw.evaluation.governance.upstream_arguments import compile_upstream
from bylaw.evaluation.governance.upstream_counters import Loop, Passed, Rate, Reservation
from bylaw.languages.governance.model import Approvals, LoopRule
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json


class Rule(NamedTuple):
    """A stage of the original."""

    stage: Stage
    run: Callable[[GovernanceEvent, State], Passed]


@dataclass(frozen=True, slots=True)
class Denied:
    """An action on the list."""

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Always refuses."""
        return denied(event.action), state


@dataclass(frozen=True, slots=True)
class Allowed:
    """An action that is not on the list, which is offered as it is."""

    allowed: tuple[str, ...]

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Always refuses."""
        return not_allowed(event.action, self.allowed), state


@dataclass(frozen=True, slots=True)
class Evidence:
    """Earlier actions of the process, in whatever run."""

    required: tuple[str, ...]
    max_age_ms: int | None

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Refuses what is missing or stale."""
        missing: list[str] = []
        stale: list[str] = []
        for action in self.required:
            log = state.evidence.get(evidence_key(event, action))
            if log is None:
                missing.append(action)
            elif self.max_age_ms is not None and event.timestamp_ms - log.latest_ms > self.max_age_ms:
                stale.append(action)
        return (unmet(event.action, self.required, missing, stale) if missing or stale else None), state


@dataclass(frozen=True, slots=True)
class Arguments:
    """The schema of the last policy that has one."""

    schema: Callable[[Mapping[str, object]], Sequence[ArgumentError]]

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Refuses violations; raises TypeError where the original crashes."""
        errors = self.schema({name: plain(value) for name, value in event.arguments.items()})
        return (violated(event.action, errors) if errors else None), state


@dataclass(frozen=True, slots=True)
class Pii:
    """Personal data."""

    detector: Detector
    rule: str

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Refuses what holds any."""
        personal = self.detector.inspect(event.arguments)
        return (None if personal is None else disclosed(event.action, personal, self.rule)), state


@dataclass(frozen=True, slots=True)
class Grounded:
    """The rules of the last policy that has any, over the evidence of the process."""

    rules: tuple[Grounding, ...]
    max_age_ms: int | None

    def run(self, event: GovernanceEvent, state: State) -> Passed:
        """Refuses values that no evidence shows."""
        oldest = None if self.max_age_ms is None else event.timestamp_ms - self.max_age_ms
        missing: list[Grounding] = []
        for rule in self.rules:
            value = event.arguments.get(rule.argument)
            log = None if value is None else state.evidence.get(evidence_key(event, rule.rule.source_action))
            shown = log is not None and rule.is_shown_by(value, log.newest_first(), _equal, oldest)
            if value is not None and not shown:
                missing.append(rule)
        return (ungrounded(event.action, missing) if missing else None), state


def evidence_key(event: GovernanceEvent, action: str) -> EvidenceKey:
    """The records of a process."""
    return EvidenceKey(event.agent_id, action, event.session_id or "")


def rules_for(merged: Merged, action: str) -> Iterator[Rule]:
    """The stages that have something to say about an action, in their order.

    Raises:
        RegexError: a pattern is not of the portable subset.
    """
    max_age = None if action not in merged.evidence_max_age_seconds else merged.evidence_max_age_seconds[action] * 1000
    if action in merged.denied_actions:
        yield Rule(Stage.DENIED, Denied().run)
    if merged.allowed_actions and action not in merged.allowed_actions:
        yield Rule(Stage.ALLOWED, Allowed(merged.allowed_actions).run)
    if action in merged.rate_limits:
        yield Rule(Stage.RATES, Rate(merged.rate_limits[action][0]).run)
    if action in merged.evidence_requirements:
        yield Rule(Stage.EVIDENCE, Evidence(merged.evidence_requirements[action], max_age).run)
    if action in merged.argument_constraints:
        yield Rule(Stage.ARGUMENTS, Arguments(compile_upstream(merged.argument_constraints[action][0])).run)
    yield from _guardrails(merged, action)
    if action in merged.grounding_rules:
        rules = {name: found[0] for name, found in merged.grounding_rules[action].items()}
        yield Rule(Stage.GROUNDING, Grounded(groundings(rules), max_age).run)
    limit = merged.action_budgets.get(action)
    yield Rule(Stage.BUDGETS, Reservation(merged.session_budget, merged.run_budget, limit).run)


def _guardrails(merged: Merged, action: str) -> Iterator[Rule]:
    pii = [one.pii[action] for one in merged.guardrails if action in one.pii]
    if pii:
        yield Rule(Stage.PII, Pii(detector(pii[-1], Dialect.UPSTREAM), f"pii_rules.{action}").run)
    elif any(one.pii_by_default for one in merged.guardrails):
        yield Rule(Stage.PII, Pii(detector(DEFAULT_RULE, Dialect.UPSTREAM), "pii_default_enabled").run)
    loops = [one.loop[action] for one in merged.guardrails if action in one.loop]
    if loops:
        yield Rule(Stage.LOOPS, Loop(loops[-1], f"loop_rules.{action}", frozenset(loops[-1].arg_exclude)).run)
    elif any(one.loop_by_default for one in merged.guardrails):
        yield Rule(Stage.LOOPS, Loop(LoopRule(), "loop_default_enabled", frozenset()).run)


def needs_approval(event: GovernanceEvent, pooled: Approvals) -> str | None:
    """The criterion by which the original asks; none where it does not. A risk that is not declared matches none."""
    if not pooled.required:
        return None
    if event.action in pooled.actions:
        return "approval_actions"
    if not set(pooled.tags).isdisjoint(event.tags):
        return "approval_tags"
    if event.risk_level and event.risk_level.upper() in {level.upper() for level in pooled.risk_levels}:
        return "approval_risk_levels"
    if pooled.threshold_usd is not None and float(event.cost_usd) >= float(pooled.threshold_usd):
        return "approval_threshold_usd"
    narrowed = pooled.actions or pooled.tags or pooled.risk_levels or pooled.threshold_usd is not None
    return None if narrowed else "require_approval"


def _equal(one: Json, other: Json) -> bool:
    return plain(one) == plain(other)
