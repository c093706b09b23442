"""A second evaluator, as plain and slow as it can be: it remembers every call and counts again each time.

It shares the types of values with the real one and no code. Amounts are fractions in the strict dialect and floats upstream.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import EnforcementMode
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.exemptions import Exemption
from bylaw.evaluation.governance.state import Approval
from bylaw.languages.governance.model import Governance

EXEMPTIBLE = {
    "denied_actions",
    "allowed_actions",
    "rate_limits",
    "budgets",
    "approvals",
    "evidence",
    "arguments",
    "grounding",
}


class Answer(NamedTuple):
    """What is compared."""

    decision: str
    reason: str | None = None
    policy: str | None = None
    rule: str | None = None
    retry_after: int | None = None
    budget: tuple[str, Any, Any] | None = None
    """Type, limit and projected total."""
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    wrong: frozenset[tuple[str, str]] = frozenset()
    """Path and keyword."""
    ungrounded: tuple[str, ...] = ()
    warnings: frozenset[tuple[str, str, int]] = frozenset()
    exceptions: frozenset[str] = frozenset()


class Call(NamedTuple):
    """A call that was allowed."""

    event: GovernanceEvent
    answer: Answer
    exceptions: frozenset[str]
    used_approval: bool
    repeats: bool = False
    """Whether it was only an earlier answer given again."""


@dataclass
class Memory:
    """Everything that was allowed, in order, and the approvals that were filed."""

    calls: list[Call] = field(default_factory=list)
    approvals: dict[str, Approval] = field(default_factory=dict)


def normal(value: Any) -> Any:
    """A value that equal values share."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | Decimal):
        return ("number", Fraction(value))
    if isinstance(value, str):
        return ("text", value)
    if isinstance(value, Mapping):
        return ("object", tuple(sorted((name, normal(inner)) for name, inner in value.items())))
    return ("list", tuple(normal(inner) for inner in value))


# ---- strict -----------------------------------------------------------------------------------------------------------------


def strict(
    policies: Sequence[GovernancePolicy],
    exemptions: Sequence[Exemption],
    mode: EnforcementMode,
    event: GovernanceEvent,
    memory: Memory,
) -> Answer:
    """Decide, and remember what is allowed."""
    answer, used, asked = strict_answer(policies, exemptions, mode, event, memory)
    if answer.decision == "allow" and not event.dry_run and "replayed" not in used:
        memory.calls.append(Call(event, answer, frozenset(used), asked))
    return answer


def strict_answer(
    policies: Sequence[GovernancePolicy],
    exemptions: Sequence[Exemption],
    mode: EnforcementMode,
    event: GovernanceEvent,
    memory: Memory,
) -> tuple[Answer, set[str], bool]:
    if not sensible(event):
        return Answer("deny", "INVALID_REQUEST"), set(), False
    is_write = event.impact not in {"read", "low"}
    is_write = is_write or any(event.action in policy.document.commit_actions for policy in policies)
    closed = mode == "fail_closed" or (mode == "fail_closed_writes" and is_write)
    group = event.group_id if event.group_id is not None else event.mission_id
    ids = {"agent": event.agent_id, "run": event.run_id, "mission": event.mission_id, "group": group}
    for switch in event.kill_switches:
        if switch.type == "tenant" or ids[switch.type] == switch.id:
            return Answer("deny", "AGENT_KILLED", rule=f"kill_switch.{switch.type}"), set(), False
    if not event.kill_switches_known and closed:
        return Answer("deny", "KILL_SWITCH_UNAVAILABLE"), set(), False
    if event.idempotency_key is not None:
        for call in reversed(memory.calls):
            earlier = call.event
            same_key = (earlier.agent_id, earlier.run_id, earlier.action, earlier.idempotency_key)
            if same_key == (event.agent_id, event.run_id, event.action, event.idempotency_key):
                if event.timestamp_ms - earlier.timestamp_ms >= 3600 * 1000:
                    break
                same_call = Fraction(earlier.cost_usd) == Fraction(event.cost_usd)
                if same_call and normal(earlier.arguments) == normal(event.arguments):
                    return call.answer, {"replayed"}, False
                return Answer("deny", "INVALID_REQUEST"), set(), False
    chosen = applicable(policies, event, group)
    if not chosen:
        if closed:
            reason = "POLICY_NOT_CONFIGURED" if mode == "fail_closed" else "NO_POLICY_FOR_WRITE"
            return Answer("deny", reason), set(), False
        return Answer("allow"), set(), False
    return stages(chosen, exemptions, event, memory)


def sensible(event: GovernanceEvent) -> bool:
    cost = event.cost_usd
    if not cost.is_finite() or cost < 0 or not 1 <= len(event.action) <= 200:
        return False
    if cost == 0:
        return True
    digits = "".join(map(str, cost.as_tuple().digits)).strip("0")
    return Fraction(1, 10**30) <= Fraction(cost) < Fraction(10**31) and len(digits) <= 60


def applicable(
    policies: Sequence[GovernancePolicy], event: GovernanceEvent, group: str | None
) -> list[GovernancePolicy]:
    targets = [
        ("global", None),
        ("group", group),
        ("mission", event.mission_id),
        ("agent", event.agent_id),
        ("run", event.run_id),
    ]
    chosen = []
    for scope, target in targets:
        for policy in policies:
            document = policy.document
            is_named = target is not None and document.target_id == target
            if document.enabled and document.scope == scope and (scope == "global" or is_named):
                chosen.append(policy)
    return chosen


def stages(
    chosen: Sequence[GovernancePolicy], exemptions: Sequence[Exemption], event: GovernanceEvent, memory: Memory
) -> tuple[Answer, set[str], bool]:
    used: set[str] = set()
    order = [
        ("denied_actions", denied),
        ("allowed_actions", allowed),
        ("rate_limits", rates),
        ("evidence", evidence),
        ("arguments", arguments),
        ("pii", pii),
        ("loops", loops),
        ("grounding", grounding),
        ("budgets", budgets),
    ]
    for stage, ask in order:
        for policy in chosen:
            refusal = ask(policy, event, memory)
            if refusal is None:
                continue
            exemption = exempting(exemptions, policy, stage, event, memory)
            if exemption is None:
                return refusal._replace(policy=policy.label.id), set(), False
            used.add(exemption)
    asking = []
    for policy in chosen:
        rule = asks(policy.document, event)
        if rule is None:
            continue
        exemption = exempting(exemptions, policy, "approvals", event, memory)
        if exemption is None:
            asking.append((policy.label.id, rule))
        else:
            used.add(exemption)
    if asking:
        reason = approval_problem(event, memory)
        if reason is not None:
            decision = "require_approval" if reason == "APPROVAL_REQUIRED" else "deny"
            rule = asking[0][1] if decision == "require_approval" else None
            return Answer(decision, reason, asking[0][0], rule, exceptions=frozenset(used)), set(), False
    warned = frozenset(warnings(chosen, event, memory))
    return Answer("allow", warnings=warned, exceptions=frozenset(used)), used, bool(asking)


def exempting(
    exemptions: Sequence[Exemption], policy: GovernancePolicy, stage: str, event: GovernanceEvent, memory: Memory
) -> str | None:
    for one in exemptions:
        uses = sum(1 for call in memory.calls if one.id in call.exceptions)
        if (
            stage in EXEMPTIBLE
            and one.policy == policy.label.id
            and (one.agent_id is None or one.agent_id == event.agent_id)
            and (one.run_id is None or one.run_id == event.run_id)
            and (one.actions is None or event.action in one.actions)
            and (one.rules is None or stage in {str(rule) for rule in one.rules})
            and not (one.expires_at_ms is not None and event.timestamp_ms >= one.expires_at_ms)
            and not (one.max_uses is not None and uses >= one.max_uses)
        ):
            return one.id
    return None


def denied(policy: GovernancePolicy, event: GovernanceEvent, _memory: Memory) -> Answer | None:
    if event.action in policy.document.denied_actions:
        return Answer("deny", "DENIED_ACTION", rule="denied_actions")
    return None


def allowed(policy: GovernancePolicy, event: GovernanceEvent, _memory: Memory) -> Answer | None:
    names = policy.document.allowed_actions
    if names is not None and event.action not in names:
        return Answer("deny", "NOT_IN_ALLOWLIST", rule="allowed_actions")
    return None


def rates(policy: GovernancePolicy, event: GovernanceEvent, memory: Memory) -> Answer | None:
    limit = policy.document.rate_limits.get(event.action)
    if limit is None:
        return None
    rule = f"rate_limits.{event.action}"
    if limit.max_count == 0:
        return Answer("deny", "RATE_LIMITED", rule=rule)
    window = limit.window_seconds * 1000
    times = sorted(
        call.event.timestamp_ms
        for call in memory.calls
        if call.event.agent_id == event.agent_id
        and call.event.action == event.action
        and call.event.timestamp_ms > event.timestamp_ms - window
        and policy in applicable([policy], call.event, group_of(call.event))
    )
    if len(times) < limit.max_count:
        return None
    wait = times[len(times) - limit.max_count] + window - event.timestamp_ms
    seconds = 0
    while seconds * 1000 < wait:
        seconds += 1
    return Answer("deny", "RATE_LIMITED", rule=rule, retry_after=seconds)


def group_of(event: GovernanceEvent) -> str | None:
    return event.group_id if event.group_id is not None else event.mission_id


def evidence(policy: GovernancePolicy, event: GovernanceEvent, memory: Memory) -> Answer | None:
    rules = policy.document.evidence
    missing: list[str] = []
    stale: list[str] = []
    for name in rules.requirements.get(event.action, ()):
        found = [event.timestamp_ms - call.event.timestamp_ms for call in records(event, name, memory)]
        max_age = rules.max_age_seconds.get(event.action)
        if any(max_age is None or age <= max_age * 1000 for age in found):
            continue
        (stale if found else missing).append(name)
    rule = f"evidence_requirements.{event.action}"
    if missing:
        return Answer("deny", "MISSING_EVIDENCE", rule=rule, missing=tuple(missing), stale=tuple(stale))
    if stale:
        return Answer("deny", "STALE_EVIDENCE", rule=rule, stale=tuple(stale))
    return None


def records(event: GovernanceEvent, action: str, memory: Memory) -> list[Call]:
    return [
        call
        for call in memory.calls
        if event.run_id is not None
        and call.event.run_id == event.run_id
        and call.event.action == action
        and call.event.outcome is not None
        and call.event.outcome.succeeded
    ]


def arguments(policy: GovernancePolicy, event: GovernanceEvent, _memory: Memory) -> Answer | None:
    schema = policy.document.argument_constraints.get(event.action)
    wrong = [] if schema is None else violations(schema, event.arguments, "")
    if not wrong:
        return None
    rule = f"argument_constraints.{event.action}"
    return Answer("deny", "ARGUMENT_CONSTRAINT_VIOLATED", rule=rule, wrong=frozenset(wrong))


def violations(schema: Any, value: Any, path: str) -> list[tuple[str, str]]:
    """Path and keyword of everything that is wrong."""
    if not fits_type(schema, value):
        return [(path, "type")]
    wrong = []
    if "enum" in schema and all(normal(value) != normal(one) for one in schema["enum"]):
        wrong.append((path, "enum"))
    if "const" in schema and normal(value) != normal(schema["const"]):
        wrong.append((path, "const"))
    if of_type(value, "number"):
        wrong += [(path, word) for word in number_words(schema, Fraction(value))]
    if of_type(value, "string"):
        wrong += [(path, word) for word in text_words(schema, value)]
    if of_type(value, "array"):
        wrong += list_words(schema, value, path)
    if of_type(value, "object"):
        wrong += object_words(schema, value, path)
    for inner in schema.get("allOf", ()):
        wrong += violations(inner, value, path)
    if "anyOf" in schema and all(violations(inner, value, path) for inner in schema["anyOf"]):
        wrong.append((path, "anyOf"))
    return wrong


def fits_type(schema: Any, value: Any) -> bool:
    kinds = schema.get("type")
    if kinds is not None:
        return any(of_type(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))
    implied = {
        "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
        "string": {"pattern", "minLength", "maxLength"},
        "array": {"items", "minItems", "maxItems"},
        "object": {"properties", "required", "additionalProperties"},
    }
    return all(of_type(value, kind) for kind, words in implied.items() if words & set(schema))


def list_words(schema: Any, items: Any, path: str) -> list[tuple[str, str]]:
    wrong = []
    if "minItems" in schema and len(items) < schema["minItems"]:
        wrong.append((path, "minItems"))
    if "maxItems" in schema and len(items) > schema["maxItems"]:
        wrong.append((path, "maxItems"))
    if "items" in schema:
        for place, item in enumerate(items):
            wrong += violations(schema["items"], item, f"{path}[{place}]")
    return wrong


def number_words(schema: Any, number: Fraction) -> list[str]:
    bad: dict[str, Callable[[Fraction], bool]] = {
        "minimum": lambda limit: number < limit,
        "maximum": lambda limit: number > limit,
        "exclusiveMinimum": lambda limit: number <= limit,
        "exclusiveMaximum": lambda limit: number >= limit,
        "multipleOf": lambda limit: (number / limit) % 1 != 0,
    }
    return [word for word, is_bad in bad.items() if word in schema and is_bad(Fraction(schema[word]))]


def text_words(schema: Any, text: str) -> list[str]:
    wrong = []
    if "minLength" in schema and len(text) < schema["minLength"]:
        wrong.append("minLength")
    if "maxLength" in schema and len(text) > schema["maxLength"]:
        wrong.append("maxLength")
    if "pattern" in schema and re.search(schema["pattern"].replace("$", r"\Z"), text) is None:
        wrong.append("pattern")
    return wrong


def object_words(schema: Any, value: Any, path: str) -> list[tuple[str, str]]:
    def below(name: str) -> str:
        return name if path == "" else f"{path}.{name}"

    wrong = [(below(name), "required") for name in schema.get("required", ()) if name not in value]
    properties = schema.get("properties", {})
    for name, inner in properties.items():
        if name in value:
            wrong += violations(inner, value[name], below(name))
    others = schema.get("additionalProperties", True)
    for name in value:
        if name not in properties and others is False:
            wrong.append((below(name), "additionalProperties"))
        elif name not in properties and others is not True:
            wrong += violations(others, value[name], below(name))
    return wrong


def of_type(value: Any, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return value is True or value is False
    if kind in {"number", "integer"}:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return False
        if isinstance(value, Decimal) and not value.is_finite():
            return False
        return kind == "number" or Fraction(value).denominator == 1
    if kind == "string":
        return isinstance(value, str)
    if kind == "array":
        return isinstance(value, list | tuple)
    return isinstance(value, dict)


def pii(policy: GovernancePolicy, event: GovernanceEvent, _memory: Memory) -> Answer | None:
    """E-mail addresses are the only category that the comparison uses, and simple ones."""
    rules = policy.document.guardrails
    rule = rules.pii.get(event.action)
    name = f"pii_rules.{event.action}" if rule is not None else "pii_default_enabled"
    looks = (
        rules.pii_by_default if rule is None else "email" in rule.categories and "email" not in rule.allow_categories
    )
    if looks and any("a@b.example" in text for text in texts(event.arguments)):
        return Answer("deny", "PII_DETECTED", rule=name)
    return None


def texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in texts(inner)]
    return []


def loops(policy: GovernancePolicy, event: GovernanceEvent, memory: Memory) -> Answer | None:
    rules = policy.document.guardrails
    rule = rules.loop.get(event.action)
    if rule is None and not rules.loop_by_default:
        return None
    name = "loop_default_enabled" if rule is None else f"loop_rules.{event.action}"
    threshold, window, excluded = (5, 10, ()) if rule is None else rule_of(rule)
    mine = normal({key: value for key, value in event.arguments.items() if key not in excluded})
    count = 1
    for call in memory.calls:
        other = normal({key: value for key, value in call.event.arguments.items() if key not in excluded})
        if (
            call.event.agent_id == event.agent_id
            and call.event.action == event.action
            and call.event.timestamp_ms >= event.timestamp_ms - window * 1000
            and other == mine
            and policy in applicable([policy], call.event, group_of(call.event))
        ):
            count += 1
    return Answer("deny", "LOOP_DETECTED", rule=name) if count >= threshold else None


def rule_of(rule: Any) -> tuple[int, int, tuple[str, ...]]:
    return rule.threshold, rule.window_seconds, rule.arg_exclude


def grounding(policy: GovernancePolicy, event: GovernanceEvent, memory: Memory) -> Answer | None:
    rules = policy.document.evidence
    max_age = rules.max_age_seconds.get(event.action)
    bad = []
    for argument, rule in rules.grounding.get(event.action, {}).items():
        value = event.arguments.get(argument)
        if value is None:
            continue
        shown = False
        for call in records(event, rule.source_action, memory):
            assert call.event.outcome is not None
            if max_age is not None and event.timestamp_ms - call.event.timestamp_ms > max_age * 1000:
                continue
            place = call.event.arguments if rule.source_from == "kwargs" else call.event.outcome.result
            found = walk(place, rule.source_field)
            shown = shown or (found is not None and normal(found) == normal(value))
        if not shown:
            bad.append(argument)
    if not bad:
        return None
    return Answer("deny", "UNGROUNDED_ARGUMENT", rule=f"grounding_rules.{event.action}.{bad[0]}", ungrounded=tuple(bad))


def walk(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def budgets(policy: GovernancePolicy, event: GovernanceEvent, memory: Memory) -> Answer | None:
    for kind, rule, limit in limits_of(policy.document, event):
        total = spent(kind, policy, event, memory) + Fraction(event.cost_usd)
        if total > Fraction(limit):
            return Answer("deny", "BUDGET_EXCEEDED", rule=rule, budget=(kind, Fraction(limit), total))
    return None


def limits_of(document: Governance, event: GovernanceEvent) -> list[tuple[str, str, Decimal]]:
    found = []
    if document.budgets.session is not None:
        found.append(("session", "session_budget", document.budgets.session))
    if document.budgets.run is not None:
        found.append(("run", "run_budget", document.budgets.run))
    if event.action in document.budgets.by_action:
        found.append(("action", f"action_budgets.{event.action}", document.budgets.by_action[event.action]))
    return found


def spent(kind: str, policy: GovernancePolicy, event: GovernanceEvent, memory: Memory) -> Fraction:
    total = Fraction(0)
    for call in memory.calls:
        earlier = call.event
        if policy not in applicable([policy], earlier, group_of(earlier)):
            continue
        same_session = (earlier.agent_id, earlier.session_id or "-") == (event.agent_id, event.session_id or "-")
        if (
            (kind == "session" and same_session)
            or (kind == "run" and earlier.run_id == event.run_id)
            or (kind == "action" and same_session and earlier.action == event.action)
        ):
            total += Fraction(earlier.cost_usd)
    return total


def warnings(
    chosen: Sequence[GovernancePolicy], event: GovernanceEvent, memory: Memory
) -> Iterable[tuple[str, str, int]]:
    for policy in chosen:
        for kind, _, limit in limits_of(policy.document, event):
            if limit == 0:
                continue
            before = spent(kind, policy, event, memory)
            percents = policy.document.budgets.warning_percents
            reached = [p for p in percents if (before + Fraction(event.cost_usd)) / Fraction(limit) * 100 >= p]
            if reached and before / Fraction(limit) * 100 < max(reached):
                yield (policy.label.id, kind, max(reached))


def asks(document: Governance, event: GovernanceEvent) -> str | None:
    settings = document.approvals
    risk = (event.risk_level or "medium").lower()
    for rule in settings.rules:
        when = rule.when
        holds = [
            when.actions is None or event.action in when.actions,
            when.tags is None or any(tag in when.tags for tag in event.tags),
            when.risk_levels is None or risk in [level.lower() for level in when.risk_levels],
            when.min_cost_usd is None or event.cost_usd >= when.min_cost_usd,
            when.arguments is None or violations(when.arguments, event.arguments, "") == [],
        ]
        if all(holds):
            return f"approval_rules.{rule.name}"
    if not settings.required:
        return None
    if event.action in settings.actions:
        return "approval_actions"
    if any(tag in settings.tags for tag in event.tags):
        return "approval_tags"
    if risk in [level.lower() for level in settings.risk_levels]:
        return "approval_risk_levels"
    if settings.threshold_usd is not None and event.cost_usd >= settings.threshold_usd:
        return "approval_threshold_usd"
    if settings.actions or settings.tags or settings.risk_levels or settings.threshold_usd is not None:
        return None
    return "require_approval"


def approval_problem(event: GovernanceEvent, memory: Memory) -> str | None:
    if event.approval_id is None:
        return "APPROVAL_REQUIRED"
    approval = memory.approvals.get(event.approval_id)
    used = any(call.used_approval and call.event.approval_id == event.approval_id for call in memory.calls)
    if approval is None or used or not is_for(approval, event):
        return "APPROVAL_MISMATCH"
    if approval.status in {"rejected", "cancelled"}:
        return "APPROVAL_REJECTED"
    if approval.status == "expired" or event.timestamp_ms > approval.filed_at_ms + approval.timeout_seconds * 1000:
        return "APPROVAL_EXPIRED"
    return None if approval.status == "approved" else "APPROVAL_REQUIRED"


def is_for(approval: Approval, event: GovernanceEvent) -> bool:
    """The hash of an approval in these tests is the text of `normal`."""
    return (
        (approval.action, approval.agent_id, approval.run_id) == (event.action, event.agent_id, event.run_id)
        and approval.arguments_hash == repr(normal(event.arguments))
        and event.cost_usd <= approval.cost_usd
    )
