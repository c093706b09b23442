"""Read-back: a change counts as applied when the target says it is in force and its content equals ours."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from bylaw.backends.interface import DesiredObject, LiveObject, Observed, Status
from bylaw.backends.state.interface import Applied, AppliedObject
from bylaw.model.identifiers import CommitId, PolicyRef
from bylaw.reconcile.inventory import take_inventory
from bylaw.reconcile.plan import Plan


def differences(plan: Plan, observed: Observed, owner: str) -> tuple[str, ...]:
    """What is not as it should be after an apply, one sentence each. Drift that the plan left alone is not among them."""
    inventory = take_inventory(observed, owner, plan.target)
    tolerated = {item.ref for item in plan.drift if not item.heal}
    wanted = {item.ref: item for item in plan.desired}
    return tuple(
        message
        for ref in sorted({*wanted, *inventory.ours} - tolerated)
        for message in _of_policy(ref, wanted.get(ref), inventory.ours.get(ref, ()))
    )


def _of_policy(ref: PolicyRef, wanted: DesiredObject | None, live: tuple[LiveObject, ...]) -> Iterator[str]:
    if wanted is None:
        yield f"`{ref}` is still there"
        return
    if len(live) != 1:
        yield f"`{ref}` stands {len(live)} times on the target"
        return
    found = live[0]
    if found.status is not Status.ACTIVE:
        yield f"`{ref}` is {found.status}: {found.detail or 'no reason given'}"
    if found.digest != wanted.digest:
        yield f"`{ref}` does not hold the text we wrote"
    if found.mode is not wanted.mode:
        yield f"`{ref}` is in mode {found.mode}, not {wanted.mode}"


def applied_state(
    plan: Plan, observed: Observed, owner: str, before: Applied | None, at: datetime, commit: CommitId
) -> Applied:
    """The inventory after an apply that was verified. Drift that was left alone keeps the content that was last applied, so that it
    stays drift; what should be gone and is not is remembered as a pending delete."""
    inventory = take_inventory(observed, owner, plan.target)
    known = {item.ref: item for item in before.objects} if before else {}
    wanted = {str(item.ref): item for item in plan.desired}
    left_alone = {str(item.ref) for item in plan.drift if not item.heal}
    rows = [_row(ref, live, wanted, known, commit) for ref, live in _live(inventory.ours) if ref not in left_alone]
    rows += [known[ref] for ref in sorted(left_alone) if ref in known]
    return Applied(commit, plan.bundles, at, tuple(sorted(rows, key=lambda row: (row.ref, row.object_id))))


def _live(ours: Mapping[PolicyRef, tuple[LiveObject, ...]]) -> Iterator[tuple[str, LiveObject]]:
    for ref, objects in ours.items():
        yield from ((str(ref), live) for live in objects)


def _row(
    ref: str,
    live: LiveObject,
    wanted: Mapping[str, DesiredObject],
    known: Mapping[str, AppliedObject],
    commit: CommitId,
) -> AppliedObject:
    digest = live.digest or ""
    same = ref in known and known[ref].digest == digest
    return AppliedObject(
        ref=ref,
        object_id=live.id,
        engine=live.engine,
        effect=live.effect or "",
        mode=live.mode,
        digest=digest,
        text=live.text,
        first_commit=known[ref].first_commit if ref in known else commit,
        last_commit=known[ref].last_commit if same else commit,
        pending_delete=ref not in wanted or wanted[ref].digest != digest,
    )
