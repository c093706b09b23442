"""A plan for its reviewer: changes by phase, drift and foreign objects apart, what stands against it and what would lift that."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.text import Text

from bylaw.model.digests import SHORT
from bylaw.reconcile.changes import Change, ChangeKind, Content, Phase, step_of
from bylaw.reconcile.plan import Plan
from bylaw.reconcile.safety import MAX_NAMED, SafetyReport, Violation
from bylaw.reporting import markdown
from bylaw.reporting.drift import drift_lines, engine_drift_json
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Section

MARKS = {
    ChangeKind.CREATE: ("+", "green"),
    ChangeKind.UPDATE: ("~", "yellow"),
    ChangeKind.SET_MODE: ("±", "yellow"),
    ChangeKind.DELETE: ("-", "red"),
    ChangeKind.PUT_SCHEMA: ("≡", "cyan"),
    ChangeKind.PUT_SWITCHES: ("⏻", "bold yellow"),
}
_TOTALS = (
    (ChangeKind.CREATE, "to create"),
    (ChangeKind.UPDATE, "to update"),
    (ChangeKind.SET_MODE, "to bring into another mode"),
    (ChangeKind.DELETE, "to delete"),
)


@dataclass(frozen=True)
class PlanResults:
    """The plans of a run with their safety reports."""

    plans: tuple[tuple[Plan, SafetyReport], ...]


def plan_text(plan: Plan, safety: SafetyReport, *, show_text: bool = False) -> Text:
    """One plan."""
    text = Text(f"{plan.target}", style="bold").append(f" ({plan.backend}) at {plan.commit[:SHORT]}")
    text.append(f", holds {plan.applied_commit[:SHORT]}\n" if plan.applied_commit else ", never applied to\n")
    for phase, changes in _phases(plan):
        text.append(f"\n  {_phase(phase)}\n", style="dim")
        for change in changes:
            text.append_text(change_line(change))
            if show_text:
                text.append_text(_body(change))
    for line in (*_on_the_way(plan), *_drift(plan), *_foreign(plan), *_conflicts(plan), *_safety(safety)):
        text.append_text(line)
    refused = plan.conflicts or not safety.is_safe
    text.append(f"\nPlan: {_totals(plan)}.", style="bold red" if refused else "bold green")
    return text.append(f" Hash {plan.hash[:SHORT]}.\n", style="dim")


def _on_the_way(plan: Plan) -> Iterator[Text]:
    if plan.positions:
        line = Text(f"\n  {amount(len(plan.positions), 'policy')} on the way into force", style="yellow")
        yield line.append(", `bylaw rollout status` says where\n", style="dim")


def _phases(plan: Plan) -> Iterator[tuple[Phase, Iterator[Change]]]:
    """The changes as they will be made. Engines without room have an order of their own, so a step may hold two phases."""
    steps = [(step_of(change, plan.revoke_first), change.phase) for change in plan.changes]
    ordered = [plan.changes[index] for index in sorted(range(len(steps)), key=lambda index: steps[index])]
    for (_, phase), changes in groupby(ordered, key=lambda c: (step_of(c, plan.revoke_first), c.phase)):
        yield phase, changes


def _totals(plan: Plan) -> str:
    parts = [f"{plan.count(kind)} {words}" for kind, words in _TOTALS if plan.count(kind)]
    schemas = plan.count(ChangeKind.PUT_SCHEMA)
    parts += [f"{amount(schemas, 'schema')} to set"] if schemas else []
    switched = plan.count(ChangeKind.PUT_SWITCHES)
    parts += [f"{amount(switched, 'engine')} to switch"] if switched else []
    parts += ["no changes, the record is brought up to date"] if plan.records_only else []
    return ", ".join(parts) or "no changes"


def _phase(phase: Phase) -> str:
    names = {
        Phase.CLEAN_UP: "first out with what never came into force",
        Phase.SCHEMA: "schema",
        Phase.ADD_FORBIDS: "new forbids",
        Phase.ADD_PERMITS: "then new permits",
        Phase.REMOVE_PERMITS: "then old permits out",
        Phase.REMOVE_FORBIDS: "then old forbids out",
        Phase.SWITCH: "then enforcement",
    }
    return names[phase]


def change_line(change: Change) -> Text:
    """One change on one line."""
    mark, style = MARKS[change.kind]
    if change.kind is ChangeKind.PUT_SWITCHES:
        return _switch_line(change)
    about = f"{'schema' if change.after or change.before else 'engine'} of {visible(change.engine)}"
    what = visible(str(change.ref)) if change.ref else about
    text = Text(f"    {mark} {change.effect or ''}".rstrip(), style=style).append(f" {what}")
    if change.kind is ChangeKind.SET_MODE and change.before and change.after:
        text.append(f"  {change.before.mode} → {change.after.mode}")
    elif sides := " → ".join(side.digest[:8] for side in (change.before, change.after) if side):
        text.append(f"  {sides}", style="dim")
    return text.append("  (undoes drift)\n" if change.heals else "\n")


def _switch_line(change: Change) -> Text:
    mark, style = MARKS[change.kind]
    sides = " → ".join(visible(side.text) for side in (change.before, change.after) if side)
    text = Text(f"    {mark}", style=style).append(f" switches of {visible(change.engine)}  {sides}")
    return text.append("  (undoes drift)\n" if change.heals else "\n")


def _body(change: Change) -> Text:
    text = Text()
    sides: tuple[tuple[str, Content | None, str], ...] = (("-", change.before, "red"), ("+", change.after, "green"))
    for mark, side, style in sides:
        for line in side.text.splitlines() if side else ():
            text.append(f"        {mark} {visible(line)}\n", style=style)
    return text


def _drift(plan: Plan) -> Iterator[Text]:
    if plan.drift or plan.engine_drift:
        yield Text("\n  drift\n", style="dim")
        yield from drift_lines(plan)


def _foreign(plan: Plan) -> Iterator[Text]:
    if plan.foreign:
        yield Text(f"\n  {_foreign_line(plan)}\n", style="dim")


def _foreign_line(plan: Plan) -> str:
    effects = Counter(visible(item.effect) for item in plan.foreign)
    by_effect = ", ".join(f"{number:,} {effect}" for effect, number in sorted(effects.items()))
    return f"{amount(len(plan.foreign), 'foreign object')} ({by_effect}), left alone; they still decide requests"


def _conflicts(plan: Plan) -> Iterator[Text]:
    if plan.conflicts:
        subject = amount(len(plan.conflicts), "policy")
        text = Text(f"\n  refused: {subject} changed behind our back\n", style="bold red")
        text.append_text(_listed([str(item.ref) for item in plan.conflicts]))
        yield text.append("    look at `bylaw drift`; `bylaw import` brings the change into git\n", style="dim")


def _listed(policies: Sequence[str]) -> Text:
    text = Text("".join(f"    {visible(policy)}\n" for policy in policies[:MAX_NAMED]))
    return text.append(f"    and {len(policies) - MAX_NAMED} more\n") if len(policies) > MAX_NAMED else text


def _safety(safety: SafetyReport) -> Iterator[Text]:
    for violation in safety.violations:
        yield _violation(violation)
    for violation, waiver in safety.waived:
        because = f"{visible(waiver.reason)} ({visible(waiver.by)}, until {waiver.until})"
        line = f"\n  waived: {visible(violation.message)}\n    {because}\n"
        yield Text(line, style="yellow")
    for waiver in safety.unused:
        line = f"\n  waiver without effect: {waiver.limit}, {visible(waiver.by)}, until {waiver.until}\n"
        yield Text(line, style="dim")


def _violation(violation: Violation) -> Text:
    text = Text(f"\n  refused: {visible(violation.message)}\n", style="bold red")
    text.append_text(_listed(violation.policies))
    if violation.can_be_waived:
        text.append("    if this is right, add to `waivers` in bylaw.yaml:\n", style="dim")
        text.append("".join(f"    {visible(line)}\n" for line in violation.waiver.splitlines()))
    return text


def plan_section(plan: Plan, safety: SafetyReport) -> Section:
    """One plan for a pull request."""
    changes = tuple(
        markdown.PlannedChange(str(c.kind), str(c.ref or c.engine), str(c.effect or "")) for c in plan.changes
    )
    refusals = [item.message for item in plan.conflicts]
    refusals += [violation.message for violation in safety.violations]
    notices = [line.plain.strip(" !\n") for line in drift_lines(plan)]
    if plan.foreign:
        notices.append(_foreign_line(plan))
    view = markdown.PlanView(plan.target, plan.hash, _totals(plan), changes, tuple(refusals), tuple(notices))
    return markdown.plan(view)


def plans_json(results: PlanResults) -> Json:
    """Every plan as values."""
    return [plan_json(plan, safety) for plan, safety in results.plans]


def plan_json(plan: Plan, safety: SafetyReport) -> Json:
    """One plan as values: separate facts in separate fields."""
    return {
        "target": plan.target,
        "backend": plan.backend,
        "commit": plan.commit,
        "applied_commit": plan.applied_commit,
        "hash": plan.hash,
        "empty": plan.is_empty,
        "safe": safety.is_safe,
        "changes": [change_json(change) for change in plan.changes],
        "drift": [
            {"policy": str(d.ref), "class": str(d.kind), "severity": str(d.severity), "heal": d.heal}
            for d in plan.drift
        ],
        "conflicts": [str(item.ref) for item in plan.conflicts],
        "engines": list(engine_drift_json(plan.engine_drift)),
        "foreign": len(plan.foreign),
        "violations": list(_violations_json(safety.violations)),
    }


def change_json(change: Change) -> dict[str, Json]:
    """One change as values."""
    return {
        "id": change.id,
        "kind": str(change.kind),
        "phase": int(change.phase),
        "policy": str(change.ref) if change.ref else None,
        "engine": change.engine,
        "effect": change.effect,
        "before": change.before.digest if change.before else None,
        "after": change.after.digest if change.after else None,
        "heals": change.heals,
    }


def _violations_json(violations: Iterable[Violation]) -> Iterator[Json]:
    for violation in violations:
        yield {
            "limit": violation.limit,
            "message": violation.message,
            "policies": list(violation.policies),
            "waiver": violation.waiver,
        }
