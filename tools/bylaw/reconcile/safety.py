"""How much one plan may change. Every limit is looked at, every excess is a value, and each says what would lift it.

There is no global force: a waiver names a limit, a target, a reason and who answers for it, stands in git, and is used up once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from fractions import Fraction

from bylaw.compile.bundle import Bundle
from bylaw.model.digests import digest_json
from bylaw.model.effects import Effect, Mode
from bylaw.reconcile.changes import Change, ChangeKind, Phase
from bylaw.reconcile.engines import SCHEMA
from bylaw.reconcile.journal_facts import JournalFacts
from bylaw.reconcile.plan import Plan
from bylaw.reconcile.rollout import is_candidate
from bylaw.repository.documents.settings import Limits, Suspension, Target, Waiver

MAX_NAMED = 10
"""A waiver that names more policies than this is not read by anybody: it counts them instead."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit that a plan exceeds."""

    limit: str
    message: str
    """With the number, the limit and where it is set."""
    policies: tuple[str, ...]
    target: str
    can_be_waived: bool = True

    @property
    def waiver(self) -> str:
        """The lines for `waivers:` in `bylaw.yaml` that would lift it; empty where nothing does."""
        if not self.can_be_waived:
            return ""
        scope = ""
        if 0 < len(self.policies) <= MAX_NAMED:
            scope = f"    policies: [{', '.join(self.policies)}]\n"
        elif self.policies:
            scope = f"    count: {len(self.policies)}\n"
        return (
            f"  - limit: {self.limit}\n    target: {self.target}\n{scope}"
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

    @property
    def help(self) -> str:
        """What to do about the violations."""
        if not all(violation.can_be_waived for violation in self.violations):
            return "no waiver lifts this: split the change, or make room on the target first"
        waivers = "".join(violation.waiver for violation in self.violations)
        return f"if this is right, add to `waivers` in `bylaw.yaml`:\n{waivers}"


def check_safety(
    plan: Plan, limits: Limits, bundles: Iterable[Bundle], waivers: Iterable[Waiver], today: date, facts: JournalFacts
) -> SafetyReport:
    """Look at every limit. The journal knows which waivers earlier applies used up, and what was protected before this change."""
    protected = _protected_globs(bundles, facts)
    candidates = [waiver for waiver in waivers if waiver.target == plan.target]
    standing, waived = [], []
    for violation in _violations(plan, limits, protected):
        waiver = next((w for w in candidates if _lifts(w, violation, plan, today, facts)), None)
        if waiver is None:
            standing.append(violation)
        else:
            waived.append((violation, waiver))
    used = [waiver for _, waiver in waived]
    return SafetyReport(tuple(standing), tuple(waived), tuple(w for w in candidates if w not in used))


def suspension(settings: Target, now: datetime) -> Suspension | None:
    """The suspension that is in force, if any."""
    found = settings.suspend
    if found is None:
        return None
    until = found.until if found.until.tzinfo else found.until.replace(tzinfo=UTC)
    return found if until > now else None


def _protected_globs(bundles: Iterable[Bundle], facts: JournalFacts) -> Mapping[str, tuple[str, ...]]:
    globs = dict(facts.protected)
    for bundle in bundles:
        globs[bundle.app] = (*globs.get(bundle.app, ()), *bundle.protected)
    return globs


def waiver_digest(waiver: Waiver) -> str:
    """What the journal remembers of a waiver that was used."""
    return digest_json(waiver.model_dump(mode="json"))


def _lifts(waiver: Waiver, violation: Violation, plan: Plan, today: date, facts: JournalFacts) -> bool:
    digest = waiver_digest(waiver)
    if not violation.can_be_waived or waiver.limit != violation.limit or today > waiver.until:
        return False
    if digest in facts.spent_waivers:
        return False
    begun = facts.open_waivers.get(digest)
    if begun is not None and begun != plan.commit:
        return False
    # What is left of an apply that was interrupted is another plan than the one the waiver names, and covered by it all the same.
    if waiver.plan is not None and begun is None and not plan.hash.startswith(waiver.plan):
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
        message = f"{_count(deleted, 'delete')}, limit {limits.max_deletes} ({place}.max_deletes)"
        yield _violation(plan, "max_deletes", message, deleted)
    if len(changed) > limits.max_updates:
        message = f"{_count(changed, 'update')}, limit {limits.max_updates} ({place}.max_updates)"
        yield _violation(plan, "max_updates", message, changed)
    yield from _ratio(plan, limits, deleted, changed)
    if limits.never_empty:
        yield from _never_empty(plan)
    yield from _protected(plan, protected)
    yield from _forbid_removals(plan, limits)
    yield from _first_apply(plan)
    yield from _switches(plan)
    yield from _room(plan)


def _count(items: Sized, one: str, many: str = "") -> str:
    return f"1 {one}" if len(items) == 1 else f"{len(items)} {many or one + 's'}"


def _violation(plan: Plan, limit: str, message: str, policies: Iterable[str] = ()) -> Violation:
    return Violation(limit, message, tuple(sorted(policies)), plan.target)


def _deleted(plan: Plan) -> list[str]:
    """Policies of ours that the plan takes away altogether."""
    deletes = (change for change in plan.changes if _takes_away(change, plan))
    return sorted({str(change.ref) for change in deletes if change.ref is not None})


def _changed(plan: Plan) -> list[str]:
    """Policies of ours that stay and are not as they were."""
    before = plan.inventory.ours
    refs = (change.ref for change in plan.changes)
    return sorted({str(ref) for ref in refs if ref is not None and ref in plan.wanted and ref in before})


def _ratio(plan: Plan, limits: Limits, deleted: list[str], changed: list[str]) -> Iterator[Violation]:
    touched, owned = len(deleted) + len(changed), plan.inventory.size
    # One change is always within the ratio, else a small target could never change at all. There is no other exemption.
    if touched > 1 and touched > Fraction(str(limits.max_change_ratio)) * owned:
        share, most = f"{touched} of {owned} policies", f"{limits.max_change_ratio:.0%}"
        message = f"{share} change or go, limit {most} (targets.{plan.target}.limits.max_change_ratio)"
        yield _violation(plan, "max_change_ratio", message, [*deleted, *changed])


def _never_empty(plan: Plan) -> Iterator[Violation]:
    place = f"targets.{plan.target}.limits.never_empty"
    ours = [live for objects in plan.inventory.ours.values() for live in objects]
    if ours and not plan.desired:
        count = _count(plan.inventory.ours, "policy", "policies")
        yield _violation(
            plan, "never_empty", f"nothing would be left of {count} ({place})", map(str, plan.inventory.ours)
        )
        return
    # An exception permits only beside a policy: it keeps no target from denying everything, and comes and goes by its own time.
    permits = {
        str(ref)
        for ref, objects in plan.inventory.ours.items()
        if not ref.is_exception and any(live.effect is Effect.PERMIT and live.mode is Mode.ACTIVE for live in objects)
    }
    has_permit = any(
        not item.ref.is_exception and item.effect is Effect.PERMIT and item.mode is Mode.ACTIVE for item in plan.desired
    )
    if permits and not has_permit:
        message = f"no permit would be left: everything would be denied ({place})"
        yield _violation(plan, "never_empty", message, permits)


def _protected(plan: Plan, protected: Mapping[str, tuple[str, ...]]) -> Iterator[Violation]:
    hit = {
        str(change.ref)
        for change in plan.changes
        if change.ref is not None
        and (_takes_out_of_force(change, plan) or _takes_away(change, plan))
        and any(fnmatchcase(change.ref.policy, glob) for glob in protected.get(change.ref.app, ()))
    }
    if hit:
        count = _count(hit, "protected policy", "protected policies")
        message = f"{count} would be deleted or taken out of force (`protected` in `app.yaml`)"
        yield _violation(plan, "protected", message, hit)


def _forbid_removals(plan: Plan, limits: Limits) -> Iterator[Violation]:
    # A forbid that moves to another id, word for word, goes on to forbid.
    moved = {(item.ref.app, item.digest) for item in plan.desired if item.mode is Mode.ACTIVE}
    lost = {
        str(change.ref)
        for change in plan.changes
        if change.ref is not None
        and change.before is not None
        and change.before.effect is not Effect.PERMIT
        and _takes_out_of_force(change, plan)
        and (change.ref.app, change.before.digest) not in moved
    }
    if len(lost) > limits.forbid_removals:
        message = (
            f"{_count(lost, 'forbid')} would be removed or taken out of force, limit {limits.forbid_removals} "
            f"(targets.{plan.target}.limits.forbid_removals)"
        )
        yield _violation(plan, "forbid_removals", message, lost)


def _takes_away(change: Change, plan: Plan) -> bool:
    """Whether a policy goes altogether, in force or not."""
    if change.kind is not ChangeKind.DELETE or change.ref in plan.wanted:
        return False
    # A candidate was there to be observed; it never decided anything.
    decided = change.before is None or change.before.mode is Mode.ACTIVE
    return change.ref is None or decided or not is_candidate(change.ref)


def _takes_out_of_force(change: Change, plan: Plan) -> bool:
    """Whether an active policy stops deciding, or changes sides, with nothing of its id and effect to follow."""
    if change.ref is None or change.before is None or change.before.mode is not Mode.ACTIVE:
        return False
    if change.phase is Phase.CLEAN_UP:
        return False
    after = plan.wanted.get(change.ref)
    return after is None or after.mode is not Mode.ACTIVE or after.effect is not change.before.effect


def _first_apply(plan: Plan) -> Iterator[Violation]:
    if plan.first and not plan.is_empty and (plan.foreign or plan.inventory.ours):
        ours = sum(len(objects) for objects in plan.inventory.ours.values())
        holds = f"{_count(plan.foreign, 'foreign object')} and {ours} with our mark"
        message = f"the first apply to `{plan.target}`, which already holds {holds}"
        yield _violation(plan, "first_apply", message)


def _switches(plan: Plan) -> Iterator[Violation]:
    """A flipped switch may disable every policy at once. Unless the target says how it shall be, a person must call it right."""
    messages = [item.message for item in plan.engine_drift if item.what != SCHEMA and not item.heal]
    if messages:
        yield _violation(plan, "switch_change", "; ".join(messages))


def _room(plan: Plan) -> Iterator[Violation]:
    for item in plan.overfull:
        message = f"engine `{item.engine}` would hold {item.peak} policies on the way, limit {item.limit}"
        yield Violation("max_policies", message, (), plan.target, can_be_waived=False)
    if plan.revoke_first:
        engines = ", ".join(f"`{engine}`" for engine in sorted(plan.revoke_first))
        gone = {
            str(change.ref)
            for change in plan.changes
            if change.engine in plan.revoke_first and change.phase is Phase.REMOVE_PERMITS
        }
        message = (
            f"{engines} has no room for old and new permits at once: what old ones allow is denied until new ones stand"
        )
        yield _violation(plan, "transient_deny", message, gone)
