"""The safe reading: every policy that applies has to agree, stage by stage, and nothing is recorded before all have."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from bylaw.evaluation.governance import approvals
from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.approvals import Asked
from bylaw.evaluation.governance.decisions import (
    BudgetWarning,
    EnforcementMode,
    GovernanceDecision,
    Notice,
    PolicyLabel,
    Refusal,
    Stage,
    Step,
    StepResult,
)
from bylaw.evaluation.governance.events import GovernanceEvent, writes
from bylaw.evaluation.governance.exemptions import Exemption, Exemptions, count
from bylaw.evaluation.governance.gates import bad_request, broken, killed, unknown_switch, unvouched
from bylaw.evaluation.governance.plan import Plan, Plans
from bylaw.evaluation.governance.recording import evidence_of, replay, reply_key, with_reply
from bylaw.evaluation.governance.state import EvidenceKey, State
from bylaw.model.decisions import Decision

OPENING = tuple(Step(stage, StepResult.PASSED) for stage in (Stage.REQUEST, Stage.KILL_SWITCH, Stage.POLICY))


class Decided(NamedTuple):
    """An answer, and what is to be read for the next event."""

    decision: GovernanceDecision
    state: State


class Verdict(NamedTuple):
    """What the stages say of an event."""

    steps: tuple[Step, ...]
    refusal: Refusal | None = None
    policy: PolicyLabel | None = None
    asked: Sequence[Asked] = ()
    """Whom the event asks, and may have asked already."""
    applied: tuple[Exemption, ...] = ()
    waits: bool = False
    """Whether somebody has yet to approve."""


class StrictEvaluator:
    """Decides events against policies; see `GovernanceEvaluator`."""

    def __init__(
        self, policies: Sequence[GovernancePolicy], mode: EnforcementMode, exemptions: Collection[Exemption]
    ) -> None:
        self._plans = Plans(policies)
        self._writes = frozenset(action for policy in policies for action in policy.document.commit_actions)
        self._mode = mode
        self._exemptions = Exemptions(exemptions) if exemptions else None

    def decide(self, event: GovernanceEvent, state: State) -> Decided:
        """The answer to an event, and the state after it; only an event that is allowed and no dry run changes it."""
        plan = self._plans.of(event)
        is_write = writes(event.impact) or event.action in self._writes
        try:
            return self._decide(event, state, plan, is_write=is_write)
        except (ArithmeticError, RecursionError, TypeError, ValueError):
            refusal = broken(event, self._mode, is_write=is_write)
            steps = (Step(Stage.POLICY, StepResult.REFUSED, None, refusal.reason),)
            return Decided(self._answer(event, plan, Verdict(steps, refusal)), state)

    def _decide(self, event: GovernanceEvent, state: State, plan: Plan, *, is_write: bool) -> Decided:
        gate = self._gate(event, is_write=is_write)
        if gate is not None:
            return Decided(self._answer(event, plan, gate), state)
        if event.idempotency_key is not None and (earlier := replay(reply_key(event), event, state)) is not None:
            if isinstance(earlier, Refusal):
                steps = (*OPENING[:2], Step(Stage.IDEMPOTENCY, StepResult.REFUSED, None, earlier.reason))
                return Decided(self._answer(event, plan, Verdict(steps, earlier)), state)
            return Decided(earlier, state)
        verdict = self._vouch(event, plan, is_write=is_write) or self._judge(event, state, plan)
        if verdict.refusal is not None:
            return Decided(self._answer(event, plan, verdict), state)
        warnings: list[BudgetWarning] = []
        after = state
        for budget in plan.budgets:
            after = budget.spend(event, after, warnings)
        answer = self._answer(event, plan, verdict, warnings)
        return Decided(answer, state if event.dry_run else self._commit(event, after, plan, verdict, answer))

    def _gate(self, event: GovernanceEvent, *, is_write: bool) -> Verdict | None:
        """Stages 0 and 1."""
        refusal = bad_request(event)
        if refusal is not None:
            return Verdict((Step(Stage.REQUEST, StepResult.REFUSED, None, refusal.reason),), refusal)
        if not event.kill_switches and event.kill_switches_known:
            return None
        refusal = killed(event)
        if refusal is None and not event.kill_switches_known:
            refusal = unknown_switch(event, self._mode, is_write=is_write)
        if refusal is None:
            return None
        return Verdict((OPENING[0], Step(Stage.KILL_SWITCH, StepResult.REFUSED, None, refusal.reason)), refusal)

    def _vouch(self, event: GovernanceEvent, plan: Plan, *, is_write: bool) -> Verdict | None:
        """Stage 2, where no policy applies."""
        if plan.matched:
            return None
        refusal = unvouched(event, self._mode, is_write=is_write)
        if refusal is None:
            return Verdict((*OPENING[:2], Step(Stage.POLICY, StepResult.PASSED, None, "no policy applies")))
        return Verdict((*OPENING[:2], Step(Stage.POLICY, StepResult.REFUSED, None, refusal.reason)), refusal)

    def _judge(self, event: GovernanceEvent, state: State, plan: Plan) -> Verdict:
        """Stages 3 to 10, and 11 if they pass."""
        steps = plan.steps
        applied: tuple[Exemption, ...] = ()
        for place, check in plan.checks:
            refusal = check.look(event, state)
            if refusal is None:
                continue
            exemption = self._exempting(check.policy, check.stage, event, state)
            result = StepResult.REFUSED if exemption is None else StepResult.EXEMPT
            step = Step(check.stage, result, check.policy.id, refusal.reason if exemption is None else exemption.id)
            if exemption is None:
                return Verdict((*OPENING, *steps[:place], step), refusal, check.policy)
            applied = (*applied, exemption)
            steps = (*steps[:place], step, *steps[place + 1 :])
        return (
            self._ask(event, state, plan, steps, applied) if plan.asks else Verdict((*OPENING, *steps), applied=applied)
        )

    def _ask(
        self, event: GovernanceEvent, state: State, plan: Plan, steps: tuple[Step, ...], applied: tuple[Exemption, ...]
    ) -> Verdict:
        """Stage 11."""
        asked: list[Asked] = []
        path = [*OPENING, *steps]
        for place, check in plan.asks:
            one = check.ask(event)
            if one is None:
                continue
            exemption = self._exempting(check.policy, Stage.APPROVALS, event, state)
            if exemption is None:
                asked.append(one)
                path[place + len(OPENING)] = Step(Stage.APPROVALS, StepResult.ASKED, check.policy.id, one.rule)
            else:
                applied = (*applied, exemption)
                path[place + len(OPENING)] = Step(Stage.APPROVALS, StepResult.EXEMPT, check.policy.id, exemption.id)
        if not asked:
            return Verdict(tuple(path), applied=applied)
        refusal = None if event.approval_id is None else approvals.unacceptable(event, state)
        waits = refusal is None and approvals.is_undecided(event, state)
        refusal = approvals.required(event, asked) if waits else refusal
        return Verdict(tuple(path), refusal, asked[0].policy if refusal else None, asked, applied, waits=waits)

    def _exempting(self, policy: PolicyLabel, stage: Stage, event: GovernanceEvent, state: State) -> Exemption | None:
        return None if self._exemptions is None else self._exemptions.find(policy.id, stage, event, state)

    def _commit(
        self, event: GovernanceEvent, state: State, plan: Plan, verdict: Verdict, answer: GovernanceDecision
    ) -> State:
        """Stage 12; what the stages looked at is the state that is written, so that none of them can have changed its mind."""
        for recorder in plan.recorders:
            state = recorder.record(event, state)
        if verdict.applied:
            state = count(dict.fromkeys(verdict.applied), state)
        if verdict.asked:
            state = approvals.use(event, state)
        if event.outcome is not None and event.outcome.succeeded and event.run_id is not None:
            state = state.with_evidence(EvidenceKey(event.run_id, event.action), evidence_of(event, event.outcome))
        return with_reply(reply_key(event), event, answer, state) if event.idempotency_key is not None else state

    def _answer(
        self, event: GovernanceEvent, plan: Plan, verdict: Verdict, warnings: Sequence[BudgetWarning | Notice] = ()
    ) -> GovernanceDecision:
        refusal = verdict.refusal
        decision = Decision.ALLOW if refusal is None else Decision.DENY
        notes = warnings if refusal is not None else (*warnings, *self._notices(event, plan))
        return GovernanceDecision(
            Decision.REQUIRE_APPROVAL if verdict.waits else decision,
            "allowed" if refusal is None else refusal.message,
            plan.matched,
            verdict.steps,
            self._mode,
            event.timestamp_ms,
            refusal,
            verdict.policy,
            approvals.request_for(event, verdict.asked) if verdict.waits else None,
            tuple(notes),
            tuple(one.id for one in dict.fromkeys(verdict.applied)) if verdict.applied else (),
        )

    def _notices(self, event: GovernanceEvent, plan: Plan) -> Sequence[Notice]:
        if plan.matched and event.kill_switches_known:
            return ()
        found = () if plan.matched else (Notice("no policy applies: nothing was checked"),)
        return found if event.kill_switches_known else (*found, Notice("kill switches could not be read"))
