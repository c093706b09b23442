"""Policy engines of Amazon Bedrock AgentCore as a backend: an engine for each app, or one for all, by the target's template.

A policy is one immutable object, named after its content, with the ownership mark as the last line of its description. Everything
is asynchronous there: what comes back pending is followed by the reconciler, which observes until it is decided.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from bylaw.backends.agentcore.capabilities import CAPABILITIES
from bylaw.backends.agentcore.client import ControlPlane
from bylaw.backends.agentcore.creating import Creator
from bylaw.backends.agentcore.diagnosis import Examiner
from bylaw.backends.agentcore.engines import Engines
from bylaw.backends.agentcore.failures import MissingError
from bylaw.backends.agentcore.flips import FlipMetrics
from bylaw.backends.agentcore.gateways import Gateways
from bylaw.backends.agentcore.live import description_of, draft_of, live_engine, live_object, mode_word, validation_of
from bylaw.backends.agentcore.names import OBJECT_ID
from bylaw.backends.agentcore.pace import Timing
from bylaw.backends.agentcore.records import EngineRecord, PolicyRecord
from bylaw.backends.connection import Connection
from bylaw.backends.diagnosis import Probe
from bylaw.backends.engine_names import engine_name
from bylaw.backends.interface import (
    BackendNotReadyError,
    BackendTerminalError,
    BackendTransientError,
    DesiredObject,
    LiveEngine,
    LiveObject,
    Observed,
    Status,
    Switches,
)
from bylaw.backends.statuses import CREATE_FAILED, CREATING, DELETING, ON_THE_WAY
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.repository.documents.agentcore import AgentCoreTarget

_AGAIN = "plan again"


class AgentCoreBackend:
    """Implements `bylaw.backends.interface.Backend`. Used by one thread at a time."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        plane: ControlPlane,
        connection: Connection,
        options: AgentCoreTarget,
        timing: Timing,
        metrics: Callable[[], FlipMetrics],
    ) -> None:
        self._plane = plane
        self._connection = connection
        self._options = options
        self._creator = Creator(plane, connection.ids, timing, options.converge_seconds)
        self._gateways = Gateways(plane, options)
        self._make_metrics = metrics
        self._metrics: FlipMetrics | None = None
        self.engines = Engines(plane, connection, options)
        """For what the interface does not offer: describing and tagging."""

    def engine_of(self, app: AppId) -> str:
        """Answer the engine that the target's template names."""
        return engine_name(self._options.engine, app)

    def observe(self) -> Observed:
        """Read all engines that the template can name, with their policies, by engine and id."""
        engines = self.engines.listed()
        objects = [self._live(record, engine.name) for engine in engines for record in self._policies(engine)]
        gateway = self._gateways.watched() if engines else None
        return Observed(
            tuple(live_engine(engine, self._options.gateway_id, gateway) for engine in engines),
            tuple(sorted(objects, key=lambda live: (live.engine, live.id))),
        )

    def read(self, engine: str, object_id: str) -> LiveObject | None:
        """Read one object afresh."""
        record = self._record(engine, object_id)
        return None if record is None else self._live(record, engine)

    def put_schema(self, engine: str, schema: str | None) -> None:
        """Make the engine where it is missing. The service derives its schema from the gateways by itself."""
        del schema
        self.engines.make(engine)

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        """Create a policy, and its engine where it is missing."""
        draft = draft_of(engine, desired, self._options, self._connection.clock().date())
        home = self.engines.usable(engine)
        try:
            record = self._creator.create(home.id, draft, token, lambda found: self._is(found, desired))
        except MissingError:
            self.engines.forget()
            raise BackendNotReadyError(f"engine `{engine}` went away while it was written to") from None
        except ConflictError:
            self.engines.demand_active(home.id)
            raise
        return self._live(record, engine)

    def update(self, live: LiveObject, desired: DesiredObject, token: str) -> LiveObject:
        """Change mark and description; neither text nor mode of a policy is edited here."""
        del token  # the operation takes none: that it was done already shows in what is there
        record, found = self._found(live)
        description = description_of(desired)
        as_desired = (found.digest, found.mode) == (desired.digest, desired.mode)
        if as_desired and record.description == description:
            return found
        self._demand_unchanged(found, live)
        if found.digest is None or (found.mark is not None and not self._is_ours(found)):
            raise self._not_ours(found)
        if not as_desired:
            message = f"only mark and description of object `{live.id}` may change in place"
            raise BackendTerminalError(message, help="changed content is an object of its own")
        return self._changed(record, live.engine, mode_word(found.mode), desired.ref, description)

    def set_mode(self, live: LiveObject, mode: Mode) -> LiveObject:
        """Bring an object into or out of force."""
        record, found = self._found(live)
        self._demand_unchanged(found, live)
        if found.mode is mode:
            return found
        if found.mark is None or not self._is_ours(found):
            raise self._not_ours(found)
        return self._changed(record, live.engine, mode_word(mode), found.mark.ref)

    def delete(self, live: LiveObject) -> None:
        """Begin to delete an object; it stays in the listing until it is gone."""
        record = self._record(live.engine, live.id)
        if record is None or record.status == DELETING:
            return
        found = self._live(record, live.engine)
        self._demand_unchanged(found, live)
        if not self._is_ours(found):
            raise self._not_ours(found)
        try:
            self._plane.delete_policy(record)
        except MissingError:
            return
        except ConflictError:
            after = self._demand_settled(record)
            if after is not None and after.status != DELETING:
                raise

    def transaction(self) -> AbstractContextManager[None]:
        """Do nothing: every write is visible on its own."""
        return nullcontext()

    def count_flips(self, live: LiveObject, since: datetime, until: datetime) -> int | None:
        """Ask the metrics of the service, up to now; none before `until`."""
        now, engine = self._connection.clock(), self.engines.find(live.engine)
        if engine is None or now < until:
            return None
        self._metrics = self._metrics or self._make_metrics()
        return self._metrics.count(engine.id, live.id, since, now)

    def diagnose(self) -> Iterable[Probe]:
        """Look at credentials, clock, permissions and the gateway; everything that is wrong is a probe."""
        clock = self._connection.clock
        return Examiner(self._plane, self.engines, self._options, clock, self._has_permit).diagnose()

    def close(self) -> None:
        """Give the connections back."""
        self._plane.close()
        if self._metrics is not None:
            self._metrics.close()

    def wanted_switches(self, engine: str) -> Switches | None:
        """The target's gateway and mode, where the target manages it."""
        gateway, mode = self._options.gateway_id, self._options.gateway_mode
        if not self._options.manage_gateway or gateway is None or mode is None:
            return None
        return (("attachment", gateway), ("mode", mode)) if engine == self._options.engine else None

    def put_switches(self, engine: str) -> LiveEngine:
        """Make the target's gateway ask `engine`, in the target's mode, and answer the engine with its switches.

        Raises:
            UsageError: the target does not manage its gateway.
            BackendNotReadyError: engine or gateway are being changed; poll.
            BackendTerminalError: every call would be denied, or settings of the gateway would be lost.
        """
        home = self.engines.usable(engine)
        gateway = self._gateways.attach(home, has_permit=self._has_permit(home))
        return live_engine(home, self._options.gateway_id, gateway)

    def _policies(self, engine: EngineRecord) -> tuple[PolicyRecord, ...]:
        if engine.status in {CREATING, CREATE_FAILED}:
            return ()
        try:
            records = self._plane.policies(engine.id)
        except MissingError:
            raise BackendTransientError(f"engine `{engine.name}` went away while it was read") from None
        self._creator.learn(records)
        return records

    def _has_permit(self, engine: EngineRecord) -> bool:
        held = (self._live(record, engine.name) for record in self._policies(engine))
        return any(
            (live.effect, live.mode, live.status) == (Effect.PERMIT, Mode.ACTIVE, Status.ACTIVE) for live in held
        )

    def _record(self, engine: str, object_id: str) -> PolicyRecord | None:
        home = self.engines.find(engine)
        if home is None or OBJECT_ID.fullmatch(object_id) is None:
            return None
        try:
            record = self._plane.policy(home.id, object_id)
        except MissingError:
            return None
        if (record.engine_id, record.id) != (home.id, object_id):
            raise BackendTerminalError(f"asked for policy `{object_id}`, the service answered with another one")
        return record

    def _found(self, live: LiveObject) -> tuple[PolicyRecord, LiveObject]:
        record = self._record(live.engine, live.id)
        if record is None:
            raise ConflictError(f"object `{live.id}` is gone", help=_AGAIN)
        return record, self._live(record, live.engine)

    def _changed(
        self, record: PolicyRecord, engine: str, mode: str, ref: PolicyRef, description: str | None = None
    ) -> LiveObject:
        validation = validation_of(ref, self._options, self._connection.clock().date())
        try:
            after = self._plane.update_policy(record, mode=mode, validation=validation, description=description)
        except MissingError:
            raise ConflictError(f"object `{record.id}` is gone", help=_AGAIN) from None
        except ConflictError:
            self._demand_settled(record)
            raise
        return self._live(self._creator.glance(after) or after, engine)

    def _demand_settled(self, record: PolicyRecord) -> PolicyRecord | None:
        """The service refuses to change what is changing already: that passes."""
        after = self._creator.look(record)
        if after is not None and after.status in ON_THE_WAY - {DELETING}:
            raise BackendNotReadyError(f"object `{record.id}` is {after.status.lower()}")
        return after

    def _demand_unchanged(self, found: LiveObject, expected: LiveObject) -> None:
        if found.version != expected.version:
            raise ConflictError(f"object `{found.id}` changed since it was read", help=_AGAIN)

    def _is_ours(self, live: LiveObject) -> bool:
        mark, connection = live.mark, self._connection
        if mark is None or live.digest is None:
            return False
        return (mark.owner, mark.target) == (connection.owner, connection.target)

    def _is(self, record: PolicyRecord, desired: DesiredObject) -> bool:
        live = self._live(record, desired.ref.app)
        return (live.mark, live.digest) == (desired.mark, desired.digest)

    def _not_ours(self, live: LiveObject) -> ConflictError:
        return ConflictError(f"object `{live.id}` is not ours", help="`bylaw import` takes a policy over")

    def _live(self, record: PolicyRecord, engine: str) -> LiveObject:
        return live_object(record, engine, self._connection.reader)
