"""One write, and the barrier behind writes: nothing that a backend says of its own success is believed without reading back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bylaw.backends.interface import (
    Backend,
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    DesiredObject,
    LiveObject,
    Observed,
    Status,
)
from bylaw.model.digests import digest_text
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError, InternalError
from bylaw.reconcile.changes import Change, ChangeKind
from bylaw.reconcile.plan import Plan
from bylaw.reconcile.retry import Patience, patiently

MAX_ATTEMPTS = 3
"""How often a write is sent whose answer does not come."""


@dataclass
class Writer:
    """Carries out the changes of one plan, one at a time."""

    plan: Plan
    backend: Backend
    patience: Patience
    renew: Callable[[], None]
    """Called before every request that changes something, and while waiting."""
    touched: bool = False
    """Whether anything may have taken effect."""
    _made: dict[str, str] = field(default_factory=dict)
    """Ids of created objects by change."""

    def write(self, change: Change) -> None:
        """One write; after an answer that never came, look before doing anything else."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                patiently(lambda: self._renewed(change), self.patience)
            except BackendAmbiguousError:
                if self._took_effect(change):
                    self.touched = True
                    return
                if attempt == MAX_ATTEMPTS:
                    self.touched = True
                    raise
            else:
                return

    def write_at_once(self) -> None:
        """All writes in one transaction. Whether one whose answer never came took effect is seen by reading back."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                patiently(self._transaction, self.patience)
            except BackendAmbiguousError:
                observed = self.observe()
                done = [self.problem(change, observed) is None for change in self.plan.changes]
                self.touched = any(done)
                if all(done):
                    return
                if self.touched or attempt == MAX_ATTEMPTS:
                    self.touched = True
                    raise
            else:
                self.touched = True
                return

    def observe(self) -> Observed:
        """Everything on the target, now."""
        return patiently(self.backend.observe, self.patience)

    def settle(self, changes: Iterable[Change]) -> None:
        """Wait until the target shows every change as done, and everything of ours as decided.

        Raises:
            BackendTerminalError: one of them came out otherwise.
            BackendNotReadyError: it takes too long.
        """
        awaited = tuple(changes)

        def look() -> None:
            self.renew()
            observed = self.backend.observe()
            for change in awaited:
                problem = self.problem(change, observed)
                if problem is not None:
                    raise problem

        patiently(look, self.patience)

    def problem(self, change: Change, observed: Observed) -> BackendNotReadyError | BackendTerminalError | None:
        """What is not as it should be after a change: something that time may bring, or something that it will not."""
        if change.kind is ChangeKind.PUT_SCHEMA:
            return self._schema_problem(change, observed)
        found = self._found(change, observed)
        if change.kind is ChangeKind.DELETE:
            return BackendNotReadyError(f"`{change.subject}` is still there") if found else None
        if found is None:
            return BackendNotReadyError(f"`{change.subject}` does not show yet")
        return _object_problem(change, found)

    def _found(self, change: Change, observed: Observed) -> LiveObject | None:
        """The object that a change is about."""
        object_id = change.object_id or self._made.get(change.id)
        for live in observed.objects:
            if live.engine != change.engine:
                continue
            if live.id == object_id or (object_id is None and _bears(live, change) and _holds(live, change)):
                return live
        return None

    @staticmethod
    def _schema_problem(change: Change, observed: Observed) -> BackendNotReadyError | None:
        schemas = {engine.name: engine.schema for engine in observed.engines}
        wanted = change.after.text if change.after else None
        if change.engine in schemas and schemas[change.engine] == wanted:
            return None
        return BackendNotReadyError(f"engine `{change.engine}` does not show its new schema")

    def _took_effect(self, change: Change) -> bool:
        problem = self.problem(change, self.observe())
        return not isinstance(problem, BackendNotReadyError) or change.kind is ChangeKind.CREATE and False

    def _renewed(self, change: Change) -> None:
        self.renew()
        self._perform(change)

    def _transaction(self) -> None:
        self.renew()
        with self.backend.transaction():
            for change in self.plan.changes:
                self._perform(change)

    def _perform(self, change: Change) -> None:
        if change.kind is ChangeKind.PUT_SCHEMA:
            self.backend.put_schema(change.engine, change.after.text if change.after else None)
            self.touched = True
        elif change.kind is ChangeKind.CREATE:
            self._create(change)
        else:
            self._alter(change)

    def _create(self, change: Change) -> None:
        made = self.backend.create(change.engine, self._desired(change), self._token(change))
        self.touched = True
        self._made[change.id] = made.id
        _demand_answer(change, made)
        if any(live.id == made.id for live in self._planned().values() if live.engine == made.engine):
            raise InternalError(f"the backend answered a create of `{change.ref}` with an object that was there before")
