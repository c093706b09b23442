"""One write, and the barrier behind writes: nothing that a backend says of its own success is believed without reading back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bylaw.backends.interface import (
    Backend,
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    LiveObject,
    Observed,
    Status,
    Switched,
)
from bylaw.model.digests import digest_text
from bylaw.model.effects import Mode
from bylaw.model.errors import BackendError, ConflictError, InternalError
from bylaw.model.identifiers import PolicyRef
from bylaw.reconcile.changes import Change, ChangeKind
from bylaw.reconcile.engines import switches_content
from bylaw.reconcile.health import ObjectKey
from bylaw.reconcile.plan import Plan
from bylaw.reconcile.retry import Patience, patiently

MAX_ATTEMPTS = 3
"""How often a write is sent whose answer does not come."""


class Snapshot:
    """What was observed, by what one looks for."""

    def __init__(self, observed: Observed) -> None:
        self.schemas = {engine.name: engine.schema for engine in observed.engines}
        self.switches = {engine.name: switches_content(engine.switches).text for engine in observed.engines}
        self.by_id = {(live.engine, live.id): live for live in observed.objects}
        self._by_content = {(live.engine, live.mark.ref, live.digest): live for live in observed.objects if live.mark}

    def made_by(self, change: Change) -> LiveObject | None:
        """An object that bears the mark and holds the content that a change gives."""
        if change.ref is None or change.after is None:
            return None
        return self._by_content.get((change.engine, change.ref, change.after.digest))


@dataclass
class Writer:
    """Carries out the changes of one plan."""

    plan: Plan
    backend: Backend
    patience: Patience
    beat: Callable[[], None]
    """Called before every request that changes something, and while waiting; raises where writing must end."""
    touched: bool = False
    """Whether anything took effect, as far as anybody can tell."""
    _made: dict[str, str] = field(default_factory=dict)
    """Ids of created objects, by change."""

    def __post_init__(self) -> None:
        objects = (live for held in self.plan.inventory.ours.values() for live in held)
        self._planned: Mapping[ObjectKey, LiveObject] = {(live.engine, live.id): live for live in objects}
        self._foreign = {(foreign.engine, foreign.id) for foreign in self.plan.foreign}

    def observe(self) -> Observed:
        """Everything on the target, now."""
        return patiently(self.backend.observe, self.patience)

    def write(self, change: Change) -> None:
        """One write; after an answer that never came, look before doing anything else."""

        def send() -> None:
            self.beat()
            answer = self._send(change)
            self.touched = True
            self._check(change, answer)

        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return patiently(send, self.patience)
            except BackendAmbiguousError:
                done = self._took_effect(change)
                self.touched |= done or attempt == MAX_ATTEMPTS
                if done:
                    return None
                if attempt == MAX_ATTEMPTS:
                    raise
        return None

    def write_at_once(self) -> None:
        """All writes in one transaction; where its answer never came, reading back tells whether it took effect."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                patiently(self._transaction, self.patience)
            except BackendAmbiguousError:
                done = self.done()
                self.touched |= bool(done) or attempt == MAX_ATTEMPTS
                if len(done) == len(self.plan.changes):
                    return
                if self.touched:
                    raise
            else:
                self.touched = True
                return

    def done(self) -> frozenset[str]:
        """The changes that the target shows as done, by id."""
        return frozenset(change.id for change in self.plan.changes) - self.problems(self.plan.changes).keys()

    def problems(self, changes: Iterable[Change]) -> dict[str, BackendError]:
        """What is not as it should be after changes, by change."""
        seen = Snapshot(self.observe())
        found = ((change.id, self._problem(change, seen)) for change in changes)
        return {change_id: problem for change_id, problem in found if problem is not None}

    def settle(self, changes: Iterable[Change]) -> None:
        """The barrier: wait until the target shows every change as done and in force.

        Raises:
            BackendTerminalError: one of them came out otherwise.
            BackendNotReadyError: it takes too long.
        """
        awaited = tuple(changes)

        def look() -> None:
            self.beat()
            seen = Snapshot(self.backend.observe())
            problems = [problem for change in awaited if (problem := self._problem(change, seen)) is not None]
            if problems:
                raise min(problems, key=lambda item: isinstance(item, BackendNotReadyError))

        patiently(look, self.patience)

    def _problem(self, change: Change, seen: Snapshot) -> BackendError | None:
        """Something that time may bring (BackendNotReadyError), or that it will not."""
        if change.kind is ChangeKind.PUT_SCHEMA:
            return _schema_problem(change, seen)
        if change.kind is ChangeKind.PUT_SWITCHES:
            return _switch_problem(change, seen)
        found = self._found(change, seen)
        if change.kind is ChangeKind.DELETE:
            return None if found is None else BackendNotReadyError(f"`{change.subject}` is still there")
        if found is None:
            return BackendNotReadyError(f"`{change.subject}` does not show yet")
        return self._object_problem(change, found)

    def _object_problem(self, change: Change, found: LiveObject) -> BackendError | None:
        """As for any object; what failed is told with its place in the repository."""
        wanted = self.plan.wanted.get(change.ref) if change.ref else None
        if found.status is Status.FAILED and change.after is not None and wanted is not None:
            return BackendTerminalError(f"`{change.ref}` failed: {found.detail or 'no reason given'} ({wanted.source})")
        return _object_problem(change, found)

    def _found(self, change: Change, seen: Snapshot) -> LiveObject | None:
        object_id = change.object_id or self._made.get(change.id)
        return seen.by_id.get((change.engine, object_id)) if object_id else seen.made_by(change)

    def _took_effect(self, change: Change) -> bool:
        seen = Snapshot(self.observe())
        if change.kind is ChangeKind.CREATE:
            return self._found(change, seen) is not None
        return self._problem(change, seen) is None

    def _transaction(self) -> None:
        self.beat()
        with self.backend.transaction():
            for change in self.plan.changes:
                answer = self._send(change)
                self._check(change, answer)
                problem = self._object_problem(change, answer) if answer is not None else None
                if problem is not None:
                    raise problem

    def _send(self, change: Change) -> LiveObject | None:
        """Make the call. What it answers is the object as it is afterwards, where there is one."""
        if change.kind is ChangeKind.PUT_SCHEMA:
            self.backend.put_schema(change.engine, change.after.text if change.after else None)
            return None
        if change.kind is ChangeKind.PUT_SWITCHES:
            self._switched().put_switches(change.engine)
            return None
        if change.kind is ChangeKind.CREATE:
            return self.backend.create(change.engine, self.plan.wanted[_ref(change)], self._token(change))
        live = self.backend.read(change.engine, change.object_id or "")
        if live is None:
            if change.kind is ChangeKind.DELETE:
                return None
            raise ConflictError(f"`{change.ref}` vanished from the target", help="plan again")
        if change.kind is not ChangeKind.DELETE and _is_made_by(change, live) and _object_problem(change, live) is None:
            return live  # an earlier attempt, of which nothing was heard
        self._demand_unchanged(change, live)
        return self._alter(change, live)

    def _switched(self) -> Switched:
        if not isinstance(self.backend, Switched):
            raise InternalError(f"`{self.plan.backend}` has no switches to set")
        return self.backend

    def _alter(self, change: Change, live: LiveObject) -> LiveObject | None:
        if change.kind is ChangeKind.DELETE:
            self.backend.delete(live)
            return None
        if change.kind is ChangeKind.UPDATE:
            return self.backend.update(live, self.plan.wanted[_ref(change)], self._token(change))
        return self.backend.set_mode(live, change.after.mode if change.after else Mode.ACTIVE)

    def _token(self, change: Change) -> str:
        """The same change of the same plan always has the same token, so that a repeat is recognised."""
        return digest_text(f"{self.plan.hash} {change.id}")

    def _demand_unchanged(self, change: Change, live: LiveObject) -> None:
        planned = self._planned.get((change.engine, change.object_id or ""))
        if planned is None or (live.digest, live.mode, live.mark) != (planned.digest, planned.mode, planned.mark):
            raise ConflictError(f"`{change.ref}` changed on the target since it was planned", help="plan again")

    def _check(self, change: Change, answer: LiveObject | None) -> None:
        """Distrust: the object that was answered must be the one that was meant."""
        if answer is None:
            return
        is_new = change.kind is ChangeKind.CREATE
        expected = not self._is_known(answer) if is_new else answer.id == change.object_id
        if not expected or answer.engine != change.engine or answer.mark is None or answer.mark.ref != change.ref:
            raise InternalError(f"the backend answered with another object than `{change.ref}`")
        if is_new:
            self._made[change.id] = answer.id

    def _is_known(self, live: LiveObject) -> bool:
        key = (live.engine, live.id)
        return key in self._planned or key in self._foreign


def _ref(change: Change) -> PolicyRef:
    if change.ref is None:
        raise InternalError(f"change `{change.id}` has no policy")
    return change.ref


def _is_made_by(change: Change, live: LiveObject) -> bool:
    """Whether an object bears the mark and holds the content that a change gives."""
    after = change.after
    return after is not None and live.mark is not None and live.mark.ref == change.ref and live.digest == after.digest


def _schema_problem(change: Change, seen: Snapshot) -> BackendError | None:
    wanted = change.after.text if change.after else None
    if change.engine in seen.schemas and seen.schemas[change.engine] == wanted:
        return None
    return BackendNotReadyError(f"engine `{change.engine}` does not show its schema yet")


def _switch_problem(change: Change, seen: Snapshot) -> BackendError | None:
    if change.after is not None and seen.switches.get(change.engine) == change.after.text:
        return None
    return BackendNotReadyError(f"engine `{change.engine}` is not switched yet")


def _object_problem(change: Change, found: LiveObject) -> BackendError | None:
    before, after = change.before, change.after
    if after is None:
        return None
    if found.status is Status.FAILED:
        return BackendTerminalError(f"`{change.ref}` failed: {found.detail or 'no reason given'}")
    if found.mark is None or found.mark.ref != change.ref:
        return BackendTerminalError(f"`{change.ref}` lost its mark")
    if found.digest != after.digest:
        if before is not None and found.digest == before.digest:
            return BackendNotReadyError(f"`{change.ref}` does not show its new text yet")
        return BackendTerminalError(f"`{change.ref}` does not hold the text we wrote")
    if found.effect is not after.effect:
        return BackendTerminalError(f"`{change.ref}` is not the {after.effect} we wrote")
    if found.mode is not after.mode:
        if before is not None and found.mode is before.mode:
            return BackendNotReadyError(f"`{change.ref}` is not in mode {after.mode} yet")
        return BackendTerminalError(f"`{change.ref}` is in mode {found.mode}, not {after.mode}")
    if found.status is Status.PENDING:
        return BackendNotReadyError(f"`{change.ref}` is not in force yet")
    return None
