"""The reading of the published client: one merged configuration per agent and run, and counters that refused calls consume as well.

A process of the original is an agent in a session here: its counters, windows and evidence are shared by all its runs, except for
the spending of a run. What the original raises to its caller is a refusal, since the action does not run.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from bylaw.evaluation.governance.applicability import Applicability, Found, GovernancePolicy
from bylaw.evaluation.governance.decisions import (
    ApprovalRequest,
    EnforcementMode,
    GovernanceDecision,
    Notice,
    Refusal,
    Remediation,
    Stage,
    Step,
    StepResult,
)
from bylaw.evaluation.governance.events import GovernanceEvent, writes
from bylaw.evaluation.governance.fingerprints import arguments_hash
from bylaw.evaluation.governance.gates import UPSTREAM_TARGETS, broken, killed, unknown_switch, unvouched
from bylaw.evaluation.governance.merging import Merged, merge
from bylaw.evaluation.governance.plan import UNMENTIONED, named_actions
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.recording import REPLAY_MS, evidence_of
from bylaw.evaluation.governance.state import ApprovalStatus, Reply, ReplyKey, State
from bylaw.evaluation.governance.strict import Decided
from bylaw.evaluation.governance.upstream_counters import Crash, spend
from bylaw.evaluation.governance.upstream_rules import Rule, evidence_key, needs_approval, rules_for
from bylaw.model.decisions import Decision
from bylaw.model.dialects import Dialect

MAX_SETTINGS = 4_096


class Wrapper(StrEnum):
    """How the original was put around an action: that decides when it asks for an approval."""

    SYNC = "sync"
    """After everything else, when the budget is spent."""
    ASYNC = "async"
    """Before everything else, kill switches included."""


class Stop(NamedTuple):
    """Why a call does not run, or not yet."""

    stage: Stage
    refusal: Refusal
    waits: bool = False


class Settings:
    """The configuration of one agent and run."""

    def __init__(self, policies: Sequence[GovernancePolicy]) -> None:
        self.matched = tuple(policy.label.id for policy in policies if policy.document.enabled)
        self.is_configured = bool(policies)
        self.merged: Merged = merge(policies, Dialect.UPSTREAM)
        self.labels = {policy.label.id: policy.label for policy in policies}
        self._named = frozenset(name for policy in policies for name in named_actions(policy.document))
        self._rules: dict[str, tuple[Rule, ...]] = {}

    def rules(self, action: str) -> tuple[Rule, ...]:
        """The stages of an action."""
        name = action if action in self._named else UNMENTIONED
        if name not in self._rules:
            self._rules[name] = tuple(rules_for(self.merged, name))
        return self._rules[name]


class UpstreamEvaluator:
    """Decides events as the original does; see `GovernanceEvaluator`."""

    def __init__(self, policies: Sequence[GovernancePolicy], mode: EnforcementMode, wrapper: Wrapper) -> None:
        self._policies = tuple(policies)
        self._applicability = Applicability(policies)
        self._mode = mode
        self._wrapper = wrapper
        self._settings: dict[Found, Settings] = {}

    def decide(self, event: GovernanceEvent, state: State) -> Decided:
        """The answer to an event, and the state after it; refused calls leave traces, dry runs none."""
        settings = self._settings_of(event)
        key = ReplyKey(f"{event.agent_id}\0{event.session_id or ''}", event.run_id, "", event.idempotency_key or "")
        reply = state.replies.get(key) if event.idempotency_key else None
        if reply is not None and event.timestamp_ms < reply.expires_at_ms:
            return Decided(reply.decision, state)
        stop, after = self._run(event, state, settings)
        answer = self._answer(event, settings, stop)
        if event.dry_run:
            return Decided(answer, state)
        if stop is not None or (event.outcome is not None and not event.outcome.succeeded):
            return Decided(answer, after)
        if event.outcome is not None:
            after = after.with_evidence(evidence_key(event, event.action), evidence_of(event, event.outcome))
        if event.idempotency_key:
            after = after.with_reply(key, Reply("", answer, event.timestamp_ms + REPLAY_MS))
        return Decided(answer, after)

    def _settings_of(self, event: GovernanceEvent) -> Settings:
        found = self._applicability.of(event)
        settings = self._settings.get(found)
        if settings is None:
            settings = Settings([self._policies[place] for place in sorted(place for one in found for place in one)])
            if len(self._settings) >= MAX_SETTINGS:
                self._settings.clear()
            self._settings[found] = settings
        return settings

    def _run(self, event: GovernanceEvent, state: State, settings: Settings) -> tuple[Stop | None, State]:
        if self._wrapper is Wrapper.ASYNC and (stop := _approve(event, state, settings)) is not None:
            return stop, state
        refusal = killed(event, UPSTREAM_TARGETS)
        if refusal is None and self._mode is EnforcementMode.FAIL_CLOSED and not event.kill_switches_known:
            refusal = unknown_switch(event, self._mode, is_write=True)
        if refusal is not None:
            return Stop(Stage.KILL_SWITCH, refusal), state
        stop, state = self._check(event, state, settings)
        if stop is None and self._wrapper is Wrapper.SYNC:
            stop = _approve(event, state, settings)
        return stop, state

    def _check(self, event: GovernanceEvent, state: State, settings: Settings) -> tuple[Stop | None, State]:
        stage = Stage.POLICY
        is_write = writes(event.impact)
        try:
            if not settings.is_configured:
                refusal = unvouched(event, self._mode, is_write=is_write)
                return (None, spend(event, state)) if refusal is None else (Stop(stage, refusal), state)
            for stage, run in settings.rules(event.action):
                refusal, state = run(event, state)
                if refusal is not None:
                    return Stop(stage, refusal), state
        except (Crash, TypeError, ValueError):
            return Stop(stage, broken(event, self._mode, is_write=is_write)), state
        return None, state

    def _answer(self, event: GovernanceEvent, settings: Settings, stop: Stop | None) -> GovernanceDecision:
        passed = (
            [Step(stage, StepResult.PASSED) for stage, _ in settings.rules(event.action)]
            if settings.is_configured
            else []
        )
        notices = () if settings.is_configured else (Notice("no policy applies: nothing was checked"),)
        if stop is None:
            return GovernanceDecision(
                Decision.ALLOW,
                "allowed",
                settings.matched,
                tuple(passed),
                self._mode,
                event.timestamp_ms,
                warnings=notices,
            )
        until = next((place for place, step in enumerate(passed) if step.stage is stop.stage), 0)
        if stop.stage is Stage.APPROVALS and self._wrapper is Wrapper.SYNC:
            until = len(passed)
        result = StepResult.ASKED if stop.waits else StepResult.REFUSED
        rule = f"grounding_rules.{event.action}" if stop.stage is Stage.GROUNDING else stop.refusal.rule or ""
        source = settings.merged.sources.get(rule, ())
        return GovernanceDecision(
            Decision.REQUIRE_APPROVAL if stop.waits else Decision.DENY,
            stop.refusal.message,
            settings.matched,
            (*passed[:until], Step(stop.stage, result, source[0] if source else None, stop.refusal.reason)),
            self._mode,
            event.timestamp_ms,
            stop.refusal,
            settings.labels[source[0]] if source else None,
            _request(event, settings, stop.refusal) if stop.waits else None,
        )


def _approve(event: GovernanceEvent, state: State, settings: Settings) -> Stop | None:
    """The original binds an approval to nothing: any that is approved will do."""
    (pooled,) = settings.merged.approvals
    rule = needs_approval(event, pooled) if settings.is_configured else None
    if rule is None:
        return None
    approval = None if event.approval_id is None else state.approvals.get(event.approval_id)
    status = ApprovalStatus.PENDING if approval is None else approval.status
    guidance = Remediation("File the approval request, and wait for the answer.")
    match status:
        case ApprovalStatus.APPROVED:
            return None
        case ApprovalStatus.REJECTED | ApprovalStatus.CANCELLED:
            refusal = Refusal(Reason.APPROVAL_REJECTED, f"the approval was {status}", rule, guidance)
            return Stop(Stage.APPROVALS, refusal)
        case ApprovalStatus.EXPIRED:
            return Stop(Stage.APPROVALS, Refusal(Reason.APPROVAL_EXPIRED, "the approval has expired", rule, guidance))
        case _:
            refusal = Refusal(Reason.APPROVAL_REQUIRED, f"{event.action} needs an approval", rule, guidance)
            return Stop(Stage.APPROVALS, refusal, waits=True)


def _request(event: GovernanceEvent, settings: Settings, refusal: Refusal) -> ApprovalRequest:
    timeout = settings.merged.approval_timeout_seconds
    call = arguments_hash(event.arguments)
    cost, rules = event.cost_usd, (refusal.rule or "",)
    return ApprovalRequest(
        event.action, event.agent_id, event.run_id, call, cost, timeout, (), 1, settings.matched, rules
    )
