"""The published client as a list of what it does, one thing after the other, over plain lists and floats."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import EnforcementMode
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.state import Approval
from tools.evaluation.governance.naive import Answer, group_of, texts

ALLOW = Answer("allow")


@dataclass
class Process:
    """What one process of the client remembers."""

    slots: list[tuple[str, int]] = field(default_factory=list)
    repeats: list[tuple[str, str, int]] = field(default_factory=list)
    spends: list[tuple[str, str | None, float]] = field(default_factory=list)
    records: list[tuple[str, int, Any, Any]] = field(default_factory=list)
    answers: dict[tuple[str | None, str], int] = field(default_factory=dict)


@dataclass
class World:
    """All processes, and the approvals that were filed."""

    processes: dict[tuple[str, str | None], Process] = field(default_factory=dict)
    approvals: dict[str, Approval] = field(default_factory=dict)


class CrashError(Exception):
    """Something the client did not expect."""


def upstream(
    policies: Sequence[GovernancePolicy], mode: EnforcementMode, wrapper: str, event: GovernanceEvent, world: World
) -> Answer:
    process = world.processes.setdefault((event.agent_id, event.session_id), Process())
    if event.idempotency_key:
        stored = process.answers.get((event.run_id, event.idempotency_key))
        if stored is not None and event.timestamp_ms < stored + 3600 * 1000:
            return ALLOW
    if event.dry_run:
        process = Process(*(type(kept)(kept) for kept in vars(process).values()))
    chosen = [policy for policy in policies if is_for(policy, event)]
    config = merged([policy for policy in chosen if policy.document.enabled])
    answer = decide(config if chosen else None, mode, wrapper, event, world, process)
    if answer.decision == "allow" and (event.outcome is None or event.outcome.succeeded):
        if event.outcome is not None:
            process.records.append(
                (event.action, event.timestamp_ms, floats(event.outcome.result), floats(event.arguments))
            )
        if event.idempotency_key:
            process.answers[event.run_id, event.idempotency_key] = event.timestamp_ms
    return answer


def is_for(policy: GovernancePolicy, event: GovernanceEvent) -> bool:
    document = policy.document
    if document.scope == "global":
        return True
    ids = {"group": group_of(event), "mission": event.mission_id, "agent": event.agent_id, "run": event.run_id}
    return ids[document.scope] is not None and ids[document.scope] == document.target_id


def merged(policies: Sequence[GovernancePolicy]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "session": None,
        "run": None,
        "actions": {},
        "denied": [],
        "allowed": None,
        "rates": {},
        "required": False,
        "approval_actions": [],
        "approval_tags": [],
        "approval_risks": [],
        "threshold": None,
        "requirements": {},
        "ages": {},
        "schemas": {},
        "grounding": {},
        "pii": {},
        "pii_default": False,
        "loops": {},
        "loops_default": False,
    }
    for policy in policies:
        document = policy.document
        for name in ("session", "run"):
            limit = getattr(document.budgets, name)
            if limit is not None and (config[name] is None or float(limit) < config[name]):
                config[name] = float(limit)
        for action, limit in document.budgets.by_action.items():
            config["actions"][action] = min(float(limit), config["actions"].get(action, math.inf))
        config["denied"] += document.denied_actions
        if document.allowed_actions:
            known = config["allowed"]
            new = list(document.allowed_actions)
            config["allowed"] = new if known is None else [action for action in known if action in new]
        for action, rate in document.rate_limits.items():
            first = config["rates"].get(action)
            config["rates"][action] = rate if first is None else (min(first[0], rate[0]), first[1])
        merge_approvals(config, document.approvals)
        for action, names in document.evidence.requirements.items():
            known = config["requirements"].setdefault(action, [])
            known += [name for name in names if name not in known]
        for action, age in document.evidence.max_age_seconds.items():
            config["ages"][action] = min(age, config["ages"].get(action, age))
        config["schemas"].update(document.argument_constraints)
        config["grounding"].update(document.evidence.grounding)
        config["pii"].update(document.guardrails.pii)
        config["pii_default"] = config["pii_default"] or document.guardrails.pii_by_default
        config["loops"].update(document.guardrails.loop)
        config["loops_default"] = config["loops_default"] or document.guardrails.loop_by_default
    return config


def merge_approvals(config: dict[str, Any], approvals: Any) -> None:
    config["required"] = config["required"] or approvals.required
    config["approval_actions"] += approvals.actions
    config["approval_tags"] += approvals.tags
    config["approval_risks"] += approvals.risk_levels
    if approvals.threshold_usd is not None:
        threshold = float(approvals.threshold_usd)
        config["threshold"] = threshold if config["threshold"] is None else min(threshold, config["threshold"])


def decide(
    config: dict[str, Any] | None,
    mode: EnforcementMode,
    wrapper: str,
    event: GovernanceEvent,
    world: World,
    process: Process,
) -> Answer:
    if wrapper == "async":
        asked = approve(config, event, world)
        if asked is not None:
            return asked
    for kind, name in (("agent", event.agent_id), ("run", event.run_id), ("mission", event.mission_id)):
        if any(switch.type == kind and switch.id == name for switch in event.kill_switches):
            return Answer("deny", "AGENT_KILLED")
    if not event.kill_switches_known and mode == "fail_closed":
        return Answer("deny", "KILL_SWITCH_UNAVAILABLE")
    is_write = event.impact not in {"read", "low"}
    try:
        refusal = check(config, mode, event, process, is_write=is_write)
    except CrashError:
        unvouched = mode == "fail_closed_writes" and is_write
        return Answer("deny", "NO_POLICY_FOR_WRITE" if unvouched else "EVALUATION_ERROR")
    if refusal is not None:
        return refusal
    if wrapper == "sync":
        asked = approve(config, event, world)
        if asked is not None:
            return asked
    return ALLOW


def check(
    config: dict[str, Any] | None, mode: EnforcementMode, event: GovernanceEvent, process: Process, *, is_write: bool
) -> Answer | None:
    action, now = event.action, event.timestamp_ms
    if config is None:
        if mode == "fail_closed":
            return Answer("deny", "POLICY_NOT_CONFIGURED")
        if mode == "fail_closed_writes" and is_write:
            return Answer("deny", "NO_POLICY_FOR_WRITE")
        process.spends.append((action, event.run_id, cost_of(event)))
        return None
    if action in config["denied"]:
        return Answer("deny", "DENIED_ACTION")
    if config["allowed"] and action not in config["allowed"]:
        return Answer("deny", "NOT_IN_ALLOWLIST")
    if action in config["rates"]:
        count, seconds = config["rates"][action]
        times = [time for name, time in process.slots if name == action and time > now - seconds * 1000]
        if len(times) >= count:
            if not times:
                raise CrashError
            return Answer("deny", "RATE_LIMITED", retry_after=max(0, int((times[0] + seconds * 1000 - now) / 1000)))
        process.slots.append((action, now))
    for problem in (evidence, schema, pii, loop, grounding, reserve):
        refusal = problem(config, event, process)
        if refusal is not None:
            return refusal
    return None


def evidence(config: dict[str, Any], event: GovernanceEvent, process: Process) -> Answer | None:
    max_age = config["ages"].get(event.action)
    missing: list[str] = []
    stale: list[str] = []
    for name in config["requirements"].get(event.action, ()):
        ages = [event.timestamp_ms - time for action, time, _, _ in process.records if action == name]
        if not any(max_age is None or age <= max_age * 1000 for age in ages):
            (stale if ages else missing).append(name)
    if missing or stale:
        reason = "MISSING_EVIDENCE" if missing else "STALE_EVIDENCE"
        return Answer("deny", reason, missing=tuple(missing), stale=tuple(stale))
    return None


TYPES: dict[str, Any] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def schema(config: dict[str, Any], event: GovernanceEvent, _process: Process) -> Answer | None:
    rules = floats(config["schemas"].get(event.action))
    arguments = floats(event.arguments)
    if not rules or not arguments:
        return None
    wrong = [(name, "required") for name in rules.get("required", []) if name not in arguments]
    for name, rule in rules.get("properties", {}).items():
        if name in arguments:
            wrong += [(name, word) for word in field_words(rule, arguments[name])]
    return Answer("deny", "ARGUMENT_CONSTRAINT_VIOLATED", wrong=frozenset(wrong)) if wrong else None


def field_words(rule: dict[str, Any], value: Any) -> list[str]:
    kind = rule.get("type")
    if isinstance(kind, list):
        raise CrashError
    if kind in TYPES:
        if kind in {"number", "integer"} and isinstance(value, bool):
            return ["type"]
        if not isinstance(value, TYPES[kind]):
            return ["type"]
    words = []
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if "minimum" in rule and is_number and value < rule["minimum"]:
        words.append("minimum")
    if "maximum" in rule and is_number and value > rule["maximum"]:
        words.append("maximum")
    if "enum" in rule and value not in rule["enum"]:
        words.append("enum")
    if "pattern" in rule and isinstance(value, str) and not re.search(rule["pattern"], value):
        words.append("pattern")
    return words


def pii(config: dict[str, Any], event: GovernanceEvent, _process: Process) -> Answer | None:
    rule = config["pii"].get(event.action)
    looks = (
        config["pii_default"] if rule is None else "email" in rule.categories and "email" not in rule.allow_categories
    )
    if looks and any("a@b.example" in text for text in texts(event.arguments)):
        return Answer("deny", "PII_DETECTED")
    return None


def loop(config: dict[str, Any], event: GovernanceEvent, process: Process) -> Answer | None:
    rule = config["loops"].get(event.action)
    if rule is None and not config["loops_default"]:
        return None
    threshold, window, excluded = (
        (5, 10, ()) if rule is None else (rule.threshold, rule.window_seconds, rule.arg_exclude)
    )
    kept = {name: value for name, value in floats(event.arguments).items() if name not in excluded}
    text = json.dumps(kept, sort_keys=True)
    process.repeats.append((event.action, text, event.timestamp_ms))
    times = [time for action, other, time in process.repeats if (action, other) == (event.action, text)]
    times = [time for time in times if time >= event.timestamp_ms - window * 1000][-32:]
    return Answer("deny", "LOOP_DETECTED") if len(times) >= threshold else None


def grounding(config: dict[str, Any], event: GovernanceEvent, process: Process) -> Answer | None:
    max_age = config["ages"].get(event.action)
    bad = []
    for argument, rule in config["grounding"].get(event.action, {}).items():
        value = floats(event.arguments.get(argument))
        if value is None:
            continue
        shown = False
        for action, time, result, kwargs in process.records:
            if action == rule.source_action and (max_age is None or event.timestamp_ms - time <= max_age * 1000):
                found = kwargs if rule.source_from == "kwargs" else result
                for name in rule.source_field.split("."):
                    found = found.get(name) if isinstance(found, dict) else None
                shown = shown or (found is not None and found == value)
        if not shown:
            bad.append(argument)
    return Answer("deny", "UNGROUNDED_ARGUMENT", ungrounded=tuple(bad)) if bad else None


def reserve(config: dict[str, Any], event: GovernanceEvent, process: Process) -> Answer | None:
    cost = cost_of(event)
    totals = {"session": 0.0, "run": 0.0, "action": 0.0}
    for action, run, amount in process.spends:
        totals["session"] += amount
        totals["run"] += amount if run == event.run_id else 0.0
        totals["action"] += amount if action == event.action else 0.0
    limits = {"session": config["session"], "run": config["run"], "action": config["actions"].get(event.action)}
    for kind, limit in limits.items():
        if limit is not None and totals[kind] + cost > limit:
            return Answer("deny", "BUDGET_EXCEEDED", budget=(kind, limit, totals[kind] + cost))
    process.spends.append((event.action, event.run_id, cost))
    return None


def cost_of(event: GovernanceEvent) -> float:
    cost = float(event.cost_usd)
    if not math.isfinite(cost) or cost < 0:
        raise CrashError
    return cost


def approve(config: dict[str, Any] | None, event: GovernanceEvent, world: World) -> Answer | None:
    if config is None or not config["required"]:
        return None
    risks = [level.upper() for level in config["approval_risks"]]
    criteria = [config["approval_actions"], config["approval_tags"], risks, config["threshold"] is not None]
    holds = [
        event.action in config["approval_actions"],
        any(tag in config["approval_tags"] for tag in event.tags),
        event.risk_level is not None and event.risk_level.upper() in risks,
        config["threshold"] is not None and float(event.cost_usd) >= config["threshold"],
        not any(criteria),
    ]
    if not any(holds):
        return None
    approval = world.approvals.get(event.approval_id or "")
    if approval is None or approval.status in {"pending", "info_requested"}:
        return Answer("require_approval", "APPROVAL_REQUIRED")
    if approval.status == "approved":
        return None
    return Answer("deny", "APPROVAL_EXPIRED" if approval.status == "expired" else "APPROVAL_REJECTED")


def floats(value: Any) -> Any:
    """A value as JSON gives it to the client."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: floats(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [floats(inner) for inner in value]
    return value
