"""Read-back: a change counts as applied when the target says it is in force and its content equals ours."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bylaw.backends.interface import DesiredObject, LiveObject, Observed, Status
from bylaw.backends.state.interface import Applied, AppliedObject
from bylaw.model.identifiers import PolicyRef
from bylaw.reconcile.changes import ChangeKind
from bylaw.reconcile.engines import switches_content
from bylaw.reconcile.inventory import Inventory
from bylaw.reconcile.plan import Plan

ObjectKey = tuple[str, str]
"""Engine and the store's own id."""


def pending(inventory: Inventory) -> Iterator[LiveObject]:
    """Objects of ours whose fate the target has not decided yet."""
    for objects in inventory.ours.values():
        yield from (live for live in objects if live.status is Status.PENDING)


def differences(plan: Plan, observed: Observed, inventory: Inventory) -> tuple[str, ...]:
    """What is not as it should be after an apply, one sentence each. Drift that the plan left alone is not among them."""
    refs = sorted({*plan.wanted, *inventory.ours} - plan.left_alone)
    policies = [m for ref in refs for m in _of_policy(ref, plan.wanted.get(ref), inventory.ours.get(ref, ()))]
    return (*policies, *_of_schemas(plan, observed), *_of_switches(plan, observed))


def _of_policy(ref: PolicyRef, wanted: DesiredObject | None, live: tuple[LiveObject, ...]) -> Iterator[str]:
    if wanted is None:
        yield f"`{ref}` is still there"
        return
    if len(live) != 1:
        yield f"`{ref}` stands {len(live)} times on the target"
        return
    found = live[0]
    if found.status is not Status.ACTIVE:
        yield f"`{ref}` is {found.status}: {found.detail or 'no reason given'} ({wanted.source})"
    if found.digest != wanted.digest:
        yield f"`{ref}` does not hold the text we wrote"
    if found.effect is not wanted.effect:
        yield f"`{ref}` is a {found.effect or 'policy of unknown effect'}, not a {wanted.effect}"
    if found.mode is not wanted.mode:
        yield f"`{ref}` is in mode {found.mode}, not {wanted.mode}"


def _of_schemas(plan: Plan, observed: Observed) -> Iterator[str]:
    schemas = {engine.name: engine.schema for engine in observed.engines}
    for change in plan.changes:
        if change.kind is ChangeKind.PUT_SCHEMA:
            wanted = change.after.text if change.after else None
            if change.engine not in schemas or schemas[change.engine] != wanted:
                yield f"engine `{change.engine}` does not hold the schema we wrote"


def _of_switches(plan: Plan, observed: Observed) -> Iterator[str]:
    switches = {engine.name: switches_content(engine.switches).text for engine in observed.engines}
    for change in plan.changes:
        if change.kind is ChangeKind.PUT_SWITCHES and change.after and switches.get(change.engine) != change.after.text:
            yield f"engine `{change.engine}` is not switched as the target says"


def verified_state(plan: Plan, inventory: Inventory, before: Applied | None, at: datetime) -> Applied:
    """The inventory after an apply that was verified. Drift that was left alone keeps what was last applied: it stays drift."""
    known = _by_ref(before)
    rows = [_row(live, known.get(ref, ()), plan.commit) for ref, live in _each(inventory) if ref not in plan.left_alone]
    rows += [row for ref in plan.left_alone for row in known.get(ref, ())]
    return Applied(plan.commit, plan.bundles, at, _sorted(rows))


def partial_state(
    plan: Plan, inventory: Inventory, before: Applied, at: datetime, failed_deletes: Collection[ObjectKey]
) -> Applied:
    """The inventory after an apply that stopped halfway: commit and bundles stay what was last verified, what was written and is in
    force is ours, and a delete that failed is remembered as pending. What nobody asked for is not taken in, nor what is pending: it
    may fail yet, and a policy that failed was never applied."""
    known = _by_ref(before)
    rows: list[AppliedObject] = []
    for ref in {*known, *inventory.ours}:
        old = known.get(ref, ())
        new = [] if ref in plan.left_alone else list(_partial_rows(plan, ref, inventory, old, failed_deletes))
        rows += new or old
    return Applied(before.commit, before.bundles, at, _sorted(rows))


def _partial_rows(
    plan: Plan,
    ref: PolicyRef,
    inventory: Inventory,
    old: Sequence[AppliedObject],
    failed_deletes: Collection[ObjectKey],
) -> Iterator[AppliedObject]:
    wanted = plan.wanted.get(ref)
    by_id = {(row.engine, row.object_id): row for row in old}
    for live in inventory.ours.get(ref, ()):
        key = (live.engine, live.id)
        as_wanted = wanted is not None and (live.digest, live.mode) == (wanted.digest, wanted.mode)
        if as_wanted and live.status is Status.ACTIVE:
            yield _row(live, old, plan.commit)
        elif key in by_id:
            yield replace(by_id[key], pending_delete=by_id[key].pending_delete or key in failed_deletes)
        elif key in failed_deletes:
            yield _row(live, old, plan.commit, pending_delete=True)


def _each(inventory: Inventory) -> Iterator[tuple[PolicyRef, LiveObject]]:
    for ref, objects in inventory.ours.items():
        yield from ((ref, live) for live in objects)


def _by_ref(applied: Applied | None) -> Mapping[PolicyRef, Sequence[AppliedObject]]:
    known: dict[PolicyRef, list[AppliedObject]] = {}
    for row in applied.objects if applied else ():
        known.setdefault(PolicyRef.parse(row.ref), []).append(row)
    return known


def _sorted(rows: Iterable[AppliedObject]) -> tuple[AppliedObject, ...]:
    return tuple(sorted(rows, key=lambda row: (row.ref, row.object_id)))


def _row(live: LiveObject, old: Sequence[AppliedObject], commit: str, *, pending_delete: bool = False) -> AppliedObject:
    same = [row for row in old if row.digest == live.digest]
    return AppliedObject(
        ref=str(live.mark.ref) if live.mark else "",
        object_id=live.id,
        engine=live.engine,
        effect=live.effect or "",
        mode=live.mode,
        digest=live.digest or "",
        text=live.text,
        first_commit=old[0].first_commit if old else commit,
        last_commit=same[0].last_commit if same else commit,
        pending_delete=pending_delete,
    )
