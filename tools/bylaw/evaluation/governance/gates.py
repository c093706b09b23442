"""What is decided before any policy is asked: whether the request makes sense, kill switches, and whether there is a policy."""

from collections.abc import Sequence

from bylaw.evaluation.governance.budgets import is_cost
from bylaw.evaluation.governance.decisions import EnforcementMode, Refusal, Remediation
from bylaw.evaluation.governance.events import GovernanceEvent, TargetType
from bylaw.evaluation.governance.reasons import Reason

MAX_ACTION_LENGTH = 200
STRICT_TARGETS = tuple(TargetType)
UPSTREAM_TARGETS = (TargetType.AGENT, TargetType.RUN, TargetType.MISSION)


def bad_request(event: GovernanceEvent) -> Refusal | None:
    """Refuses an action without a name or with too long a one, and a cost that is no amount."""
    if is_cost(event.cost_usd) and 0 < len(event.action) <= MAX_ACTION_LENGTH:
        return None
    guidance = Remediation("Name the action in at most 200 characters and give a finite cost that is not negative.")
    return Refusal(Reason.INVALID_REQUEST, "the request has no usable action or cost", None, guidance)


def killed(event: GovernanceEvent, targets: Sequence[TargetType] = STRICT_TARGETS) -> Refusal | None:
    """Refuses what a kill switch stops."""
    for target in targets:
        for switch in event.kill_switches:
            if switch.type is target and (target is TargetType.TENANT or switch.id == _id_of(event, target)):
                guidance = Remediation("Stop: somebody has switched this off.")
                return Refusal(
                    Reason.AGENT_KILLED, f"{target} {switch.id} has been stopped", f"kill_switch.{target}", guidance
                )
    return None


def unknown_switch(event: GovernanceEvent, mode: EnforcementMode, *, is_write: bool) -> Refusal | None:
    """Refuses where kill switches could not be read and the mode is not to go on without."""
    if not _is_closed(mode, is_write=is_write):
        return None
    guidance = Remediation("Retry once kill switches can be read again.")
    return Refusal(Reason.KILL_SWITCH_UNAVAILABLE, f"{event.action}: kill switches cannot be read", None, guidance)


def unvouched(event: GovernanceEvent, mode: EnforcementMode, *, is_write: bool) -> Refusal | None:
    """Refuses where no policy applies and the mode is not to go on without."""
    if not _is_closed(mode, is_write=is_write):
        return None
    reason = Reason.POLICY_NOT_CONFIGURED if mode is EnforcementMode.FAIL_CLOSED else Reason.NO_POLICY_FOR_WRITE
    guidance = Remediation("Have somebody write a policy for this agent.")
    return Refusal(reason, f"no policy applies to {event.action}, of impact {event.impact or 'medium'}", None, guidance)


def broken(event: GovernanceEvent, mode: EnforcementMode, *, is_write: bool) -> Refusal:
    """The refusal where an evaluation fails; what the original raises to its caller does not run either."""
    is_unvouched = mode is EnforcementMode.FAIL_CLOSED_WRITES and is_write
    reason = Reason.NO_POLICY_FOR_WRITE if is_unvouched else Reason.EVALUATION_ERROR
    return Refusal(reason, f"{event.action}: the policy could not be evaluated", None, Remediation("Report this."))


def _is_closed(mode: EnforcementMode, *, is_write: bool) -> bool:
    return mode is EnforcementMode.FAIL_CLOSED or (mode is EnforcementMode.FAIL_CLOSED_WRITES and is_write)


def _id_of(event: GovernanceEvent, target: TargetType) -> str | None:
    match target:
        case TargetType.AGENT:
            return event.agent_id
        case TargetType.RUN:
            return event.run_id
        case TargetType.MISSION:
            return event.mission_id
        case _:
            return event.group
