"""Engines behind the Policy API as a backend: an engine for each app, or one for all, as the target says.

A policy is one object whose content never changes; what changes is a new object beside the old one. Its mark stands in an
annotation and in the description. Where AgentCore keeps the policies, what comes back pending is followed by the reconciler, which
observes until it is decided.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

from bylaw.backends.connection import Connection
from bylaw.backends.diagnosis import Probe
from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendNotReadyError,
    BackendTerminalError,
    BackendTransientError,
    Capabilities,
    DesiredObject,
    LiveObject,
    Observed,
)
from bylaw.backends.policy_api.capabilities import capabilities_of
from bylaw.backends.policy_api.client import PolicyApi, PolicyBody
from bylaw.backends.policy_api.creating import Creator
from bylaw.backends.policy_api.diagnosis import Examiner
from bylaw.backends.policy_api.engines import Engines
from bylaw.backends.policy_api.failures import MissingError
from bylaw.backends.policy_api.generations import Generations
from bylaw.backends.policy_api.guard import Guard
from bylaw.backends.policy_api.live import body_of, demand_storable, live_engine, live_object, mode_word
from bylaw.backends.policy_api.marking import Rewrite
from bylaw.backends.policy_api.records import Enforcement, EngineRecord, PolicyRecord, is_identifier
from bylaw.backends.statuses import CREATE_FAILED, CREATING, DELETING, ON_THE_WAY
from bylaw.model.effects import Mode
from bylaw.model.errors import BackendError, ConflictError
from bylaw.model.identifiers import AppId
from bylaw.repository.documents.policy_api import PolicyApiTarget

_AGAIN = "plan again"


class PolicyApiBackend:
    """Implements `bylaw.backends.interface.Backend` and `bylaw.backends.diagnosis.Diagnosable`. Used by one thread at a time."""

    def __init__(self, api: PolicyApi, connection: Connection, options: PolicyApiTarget) -> None:
        self._api = api
        self._connection = connection
        self._options = options
        self._engines = Engines(api, connection, options)
        self._guard = Guard(api)
        self._creator = Creator(api, connection.ids, lambda record: self._live(record, ""))
        self.generations = Generations(api, self._engines)
        """For what the interface does not offer."""

    @property
    def capabilities(self) -> Capabilities:
        """What the target's provider can hold."""
        return capabilities_of(self._options)

    def engine_of(self, app: AppId) -> str:
        """Answer the engine that the target names."""
        return self._engines.names.of(app)

    def observe(self) -> Observed:
        """Read all engines that the target can name, with their policies, by engine and id."""
        engines = self._engines.listed()
        objects = [live for engine in engines for live in self._objects(engine)]
        enforced = self._guard.look() if engines else Enforcement(None, None)
        return Observed(
            tuple(live_engine(engine, enforced) for engine in engines),
            tuple(sorted(objects, key=lambda live: (live.engine, live.id))),
        )

    def read(self, engine: str, object_id: str) -> LiveObject | None:
        """Read one object afresh."""
        found = self._record(engine, object_id)
        return None if found is None else self._live(found[0], engine)

    def put_schema(self, engine: str, schema: str | None) -> None:
        """Make the engine where it is missing. The API knows no schemas."""
        del schema
        self._engines.make(engine)

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        """Create a policy, and its engine where it is missing."""
        body = body_of(desired, self._options)
        if body.mode is not None:
            self._guard.demand_modes()
        home = self._engines.usable(engine)
        self._guard.demand_room(home, self._creator.held(home.id))
        try:
            record = self._creator.create(home.id, body, (desired.mark, desired.digest), token)
        except MissingError:
            self._engines.forget()
            raise BackendNotReadyError(f"engine `{engine}` went away while it was written to") from None
        return self._demand_as_sent(self._live(self._glance(record), engine), desired)

    def update(self, live: LiveObject, desired: DesiredObject, token: str) -> LiveObject:
        """Change mark and description; neither text nor mode of a policy is edited here."""
        del token  # the operation takes none: that it was done already shows in what is there
        record, etag, found = self._found(live)
        demand_storable(desired, self._options)
        rewrite = Rewrite(record, etag, found, desired, self._options)
        as_desired = (found.digest, found.mode) == (desired.digest, desired.mode)
        if as_desired and rewrite.is_done:
            return found
        self._demand_unchanged(found, live)
        if found.digest is None or record.member != "cedar" or (found.mark is not None and not self._is_ours(found)):
            raise self._not_ours(found)
        if not as_desired:
            message = f"only mark and description of object `{live.id}` may change in place"
            raise BackendTerminalError(message, help="changed content is an object of its own")
        changed = self._changed(record, live.engine, lambda: rewrite.carried_out(self._api))
        if changed.mark != desired.mark:
            message = f"the server keeps the old description of object `{live.id}`, and with it the old mark"
            raise BackendTerminalError(message, help="delete it, and let `bylaw apply` create it anew")
        return changed

    def set_mode(self, live: LiveObject, mode: Mode) -> LiveObject:
        """Bring an object into or out of force."""
        record, etag, found = self._found(live)
        self._demand_unchanged(found, live)
        if found.mode is mode:
            return found
        if not self._is_ours(found):
            raise self._not_ours(found)
        if mode not in self.capabilities.modes:
            raise BackendTerminalError(f"provider `{self._options.provider}` has no modes")
        self._guard.demand_modes()
        body = PolicyBody(record.statement or "", None, mode_word(mode))
        return self._changed(record, live.engine, lambda: self._api.update_policy(record, body, etag))

    def delete(self, live: LiveObject) -> None:
        """Delete an object, or begin to; then it stays in the listing until it is gone."""
        known = self._record(live.engine, live.id)
        if known is None or known[0].status == DELETING:
            return
        record, etag = known
        found = self._live(record, live.engine)
        self._demand_unchanged(found, live)
        if not self._is_ours(found):
            raise self._not_ours(found)
        try:
            self._api.delete_policy(record, etag)
        except MissingError:
            return
        except ConflictError:
            self._demand_settled(record)
            raise

    def transaction(self) -> AbstractContextManager[None]:
        """Do nothing: every write is visible on its own."""
        return nullcontext()

    def diagnose(self) -> Iterable[Probe]:
        """Look at what only this kind of target has: versions, rights, what is enforced and how much of it."""
        return Examiner(self._api, self._engines, self._connection, self._options).diagnose()

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def _objects(self, engine: EngineRecord) -> list[LiveObject]:
        if engine.status in {CREATING, CREATE_FAILED}:
            return []
        try:
            records = self._api.policies(engine.id)
        except MissingError:
            raise BackendTransientError(f"engine `{engine.name}` went away while it was read") from None
        objects = [self._live(record, engine.name) for record in records]
        self._creator.learn(engine.id, objects)
        return objects

    def _record(self, engine: str, object_id: str) -> tuple[PolicyRecord, str | None] | None:
        home = self._engines.find(engine)
        if home is None or not is_identifier(object_id):
            return None
        try:
            return self._api.policy(home.id, object_id)
        except MissingError:
            return None

    def _found(self, live: LiveObject) -> tuple[PolicyRecord, str | None, LiveObject]:
        known = self._record(live.engine, live.id)
        if known is None:
            raise ConflictError(f"object `{live.id}` is gone", help=_AGAIN)
        return *known, self._live(known[0], live.engine)

    def _changed(self, record: PolicyRecord, engine: str, change: Callable[[], PolicyRecord]) -> LiveObject:
        try:
            after = change()
        except MissingError:
            raise ConflictError(f"object `{record.id}` is gone", help=_AGAIN) from None
        except ConflictError:
            self._demand_settled(record)
            raise
        if (after.engine_id, after.id) != (record.engine_id, record.id):
            raise BackendAmbiguousError(f"changed policy `{record.id}`, the server answered with another one")
        return self._live(self._glance(after), engine)

    def _glance(self, record: PolicyRecord) -> PolicyRecord:
        """Look at what was just written, where it takes its time. The write counts, whatever becomes of this read."""
        if record.status not in ON_THE_WAY:
            return record
        try:
            return self._api.look(record.engine_id, record.id) or record
        except BackendError:
            return record

    def _demand_settled(self, record: PolicyRecord) -> None:
        """AgentCore refuses to change what is changing already: that passes."""
        after = self._api.look(record.engine_id, record.id)
        if after is not None and after.status in ON_THE_WAY - {DELETING}:
            raise BackendNotReadyError(f"object `{record.id}` is {after.status.lower()}")

    def _demand_unchanged(self, found: LiveObject, expected: LiveObject) -> None:
        if found.version != expected.version:
            raise ConflictError(f"object `{found.id}` changed since it was read", help=_AGAIN)

    def _demand_as_sent(self, live: LiveObject, desired: DesiredObject) -> LiveObject:
        """Members that a server does not know it drops, and answers as if nothing were missing."""
        if live.mark != desired.mark:
            message = f"the server did not keep the mark of `{desired.ref}`: its object `{live.id}` is nobody's now"
            raise BackendTerminalError(message, help="delete it there, and look at `carrier` of the target")
        if live.mode is not desired.mode:
            message = f"the server put `{desired.ref}` in mode `{live.mode}` instead of `{desired.mode}`"
            raise BackendTerminalError(message, help="set `provider: noop`: such a server has no modes")
        return live

    def _is_ours(self, live: LiveObject) -> bool:
        mark, connection = live.mark, self._connection
        if mark is None or live.digest is None:
            return False
        return (mark.owner, mark.target) == (connection.owner, connection.target)

    def _not_ours(self, live: LiveObject) -> ConflictError:
        return ConflictError(f"object `{live.id}` is not ours", help="`bylaw import` takes a policy over")

    def _live(self, record: PolicyRecord, engine: str) -> LiveObject:
        return live_object(record, engine, self._connection.reader)
