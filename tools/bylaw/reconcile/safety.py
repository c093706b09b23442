"""How much one plan may change. Every limit is looked at, every excess is a value, and each says what would lift it.

There is no global force: a waiver names a limit, a target, a reason and who answers for it, stands in git, and is used up once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from bylaw.compile.bundle import Bundle
from bylaw.model.digests import digest_json
from bylaw.model.effects import Effect, Mode
from bylaw.reconcile.changes import Change, ChangeKind
from bylaw.reconcile.plan import Plan
from bylaw.repository.documents.settings import Limits, Waiver


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit that a plan exceeds."""

    limit: str
    message: str
    """With the number, the limit and where it is set."""
    policies: tuple[str, ...]
    target: str

    @property
    def waiver(self) -> str:
        """The lines for `waivers:` in `bylaw.yaml` that would lift it."""
        policies = f"    policies: [{', '.join(self.policies)}]\n" if self.policies and len(self.policies) <= 10 else ""
        return (
            f"  - limit: {self.limit}\n    target: {self.target}\n{policies}"
            "    reason: <why this is right>\n    by: <who answers for it>\n    until: <last day, YYYY-MM-DD>\n"
        )


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """What stands against a plan, and what was waived."""

    violations: tuple[Violation, ...]
    """Those that no waiver lifts."""
    waived: tuple[tuple[Violation, Waiver], ...]
    unused: tuple[Waiver, ...]
    """Waivers of this target that lift nothing here, expired and spent ones too."""

    @property
    def is_safe(self) -> bool:
        """Whether nothing stands against the plan."""
        return not self.violations


def check_safety(
    plan: Plan, limits: Limits, bundles: Iterable[Bundle], waivers: Iterable[Waiver], today: date, spent: frozenset[str]
) -> SafetyReport:
    """Look at every limit; `spent` holds the digests of waivers that earlier applies used up."""
    protected: dict[str, tuple[str, ...]] = {bundle.app: bundle.protected for bundle in bundles}
    candidates = [waiver for waiver in waivers if waiver.target == plan.target]
    standing, waived = [], []
    for violation in _violations(plan, limits, protected):
        waiver = next((w for w in candidates if _lifts(w, violation, plan, today, spent)), None)
        if waiver is None:
            standing.append(violation)
        else:
            waived.append((violation, waiver))
    used = [waiver for _, waiver in waived]
    return SafetyReport(tuple(standing), tuple(waived), tuple(w for w in candidates if w not in used))


def waiver_digest(waiver: Waiver) -> str:
    """What the journal remembers of a waiver that was used."""
    return digest_json(waiver.model_dump(mode="json"))


def _lifts(waiver: Waiver, violation: Violation, plan: Plan, today: date, spent: frozenset[str]) -> bool:
    if waiver.limit != violation.limit or today > waiver.until or waiver_digest(waiver) in spent:
        return False
    if waiver.plan is not None and not plan.hash.startswith(waiver.plan):
        return False
    if waiver.count is not None and len(violation.policies) > waiver.count:
        return False
    return not waiver.policies or all(
        any(fnmatchcase(ref, glob) for glob in waiver.policies) for ref in violation.policies
    )


def _violations(plan: Plan, limits: Limits, protected: Mapping[str, tuple[str, ...]]) -> Iterator[Violation]:
    deleted, changed = _deleted(plan), _changed(plan)
    place = f"targets.{plan.target}.limits"
    if len(deleted) > limits.max_deletes:
        message = f"{len(deleted)} deletes, limit {limits.max_deletes} ({place}.max_deletes)"
        yield _violation(plan, "max_deletes", message, deleted)
    if len(changed) > limits.max_updates:
        message = f"{len(changed)} updates, limit {limits.max_updates} ({place}.max_updates)"
        yield _violation(plan, "max_updates", message, changed)
    yield from _ratio(plan, limits, deleted, changed)
    if limits.never_empty:
        yield from _never_empty(plan)
    yield from _protected(plan, protected)
    yield from _forbid_removals(plan, limits)
    yield from _first_apply(plan)


def _violation(plan: Plan, limit: str, message: str, policies: Iterable[str] = ()) -> Violation:
    return Violation(limit, message, tuple(sorted(policies)), plan.target)


def _deleted(plan: Plan) -> list[str]:
    """Policies of ours that the plan takes away altogether."""
    kept = {item.ref for item in plan.desired}
    return sorted(
        {str(c.ref) for c in plan.changes if c.kind is ChangeKind.DELETE and c.ref is not None and c.ref not in kept}
    )


def _changed(plan: Plan) -> list[str]:
    """Policies of ours that stay and are not as they were."""
    kept = {item.ref for item in plan.desired}
    before = plan.inventory.ours
    return sorted({str(c.ref) for c in plan.changes if c.ref is not None and c.ref in kept and c.ref in before})


def _ratio(plan: Plan, limits: Limits, deleted: list[str], changed: list[str]) -> Iterator[Violation]:
    touched, owned = len(deleted) + len(changed), plan.inventory.size
    # One change is always within the ratio, else a small target could never change at all. There is no other exemption.
    if touched > 1 and touched > limits.max_change_ratio * owned:
        share, most = f"{touched} of {owned} policies", f"{limits.max_change_ratio:.0%}"
        message = f"{share} change or go, limit {most} (targets.{plan.target}.limits.max_change_ratio)"
        yield _violation(plan, "max_change_ratio", message, [*deleted, *changed])


def _never_empty(plan: Plan) -> Iterator[Violation]:
    place = f"targets.{plan.target}.limits.never_empty"
    ours = [live for objects in plan.inventory.ours.values() for live in objects]
    if ours and not plan.desired:
        yield _violation(plan, "never_empty", f"no policy would be left of {len(ours)} ({place})")
        return
    had_permit = any(live.effect is Effect.PERMIT and live.mode is Mode.ACTIVE for live in ours)
    has_permit = any(item.effect is Effect.PERMIT and item.mode is Mode.ACTIVE for item in plan.desired)
    if had_permit and not has_permit:
        yield _violation(plan, "never_empty", f"no permit would be left: everything would be denied ({place})")


def _protected(plan: Plan, protected: Mapping[str, tuple[str, ...]]) -> Iterator[Violation]:
    hit = sorted(
        {
            str(change.ref)
            for change in plan.changes
            if change.ref is not None
            and _takes_out_of_force(change, plan)
            and any(fnmatchcase(change.ref.policy, glob) for glob in protected.get(change.ref.app, ()))
        }
    )
    if hit:
        message = f"{len(hit)} protected policies would be deleted or taken out of force (`protected` in `app.yaml`)"
        yield _violation(plan, "protected", message, hit)


def _forbid_removals(plan: Plan, limits: Limits) -> Iterator[Violation]:
    lost = sorted(
        {
            str(change.ref)
            for change in plan.changes
            if change.before is not None
            and change.before.effect is not Effect.PERMIT
            and _takes_out_of_force(change, plan)
        }
    )
    if len(lost) > limits.forbid_removals:
        message = (
            f"{len(lost)} forbids would be removed or taken out of force, limit {limits.forbid_removals} "
            f"(targets.{plan.target}.limits.forbid_removals)"
        )
        yield _violation(plan, "forbid_removals", message, lost)


def _takes_out_of_force(change: Change, plan: Plan) -> bool:
    """Whether an active policy stops deciding, or changes sides, with nothing of its id and effect to follow."""
    if change.ref is None or change.before is None or change.before.mode is not Mode.ACTIVE:
        return False
    after = next((item for item in plan.desired if item.ref == change.ref), None)
    return after is None or after.mode is not Mode.ACTIVE or after.effect is not change.before.effect


def _first_apply(plan: Plan) -> Iterator[Violation]:
    if plan.unrecorded and not plan.is_empty and (plan.foreign or plan.inventory.ours):
        ours = sum(len(objects) for objects in plan.inventory.ours.values())
        holds = f"{len(plan.foreign)} foreign objects and {ours} with our mark"
        message = f"the first apply to `{plan.target}`, which already holds {holds}"
        yield _violation(plan, "first_apply", message)
