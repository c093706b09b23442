"""Policy engines by name. The service finds them by id only, so their listing is remembered until something does not fit it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bylaw.backends.agentcore.client import ControlPlane
from bylaw.backends.agentcore.names import client_token
from bylaw.backends.agentcore.records import EngineRecord
from bylaw.backends.connection import Connection
from bylaw.backends.engine_names import MAX_NAME, NAME, engine_scope
from bylaw.backends.interface import BackendNotReadyError, BackendTerminalError
from bylaw.backends.statuses import ACTIVE, DELETING, FAILED
from bylaw.model.errors import ConflictError, UsageError
from bylaw.repository.documents.agentcore import AgentCoreTarget

OWNER_TAG = "bylaw:owner"
TARGET_TAG = "bylaw:target"


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """An engine with its tags, which its own record lacks."""

    engine: EngineRecord
    tags: Mapping[str, str]


class Engines:
    """The engines that one target's template can name."""

    def __init__(self, plane: ControlPlane, connection: Connection, options: AgentCoreTarget) -> None:
        self._plane = plane
        self._ids = connection.ids
        self._scope = engine_scope(options.engine)
        self._kms_key = options.kms_key
        self.tags: Mapping[str, str] = {
            **options.tags,
            OWNER_TAG: connection.owner,
            TARGET_TAG: connection.target,
        }
        """What an engine of ours is tagged with."""
        self._known: Mapping[str, EngineRecord] = {}

    def listed(self) -> tuple[EngineRecord, ...]:
        """All of them as they are now, by name. What is being deleted holds no policies any more.

        Raises:
            BackendTerminalError: two engines share a name, so that neither is meant.
        """
        found: dict[str, EngineRecord] = {}
        for engine in self._plane.engines():
            if engine.status == DELETING or self._scope.fullmatch(engine.name) is None:
                continue
            if engine.name in found:
                raise BackendTerminalError(f"two engines are named `{engine.name}`", help="delete one of them")
            found[engine.name] = engine
        self._known = dict(sorted(found.items()))
        return tuple(self._known.values())

    def find(self, name: str) -> EngineRecord | None:
        """One engine, as remembered; listed afresh where it is not known."""
        if NAME.fullmatch(name) is None or self._scope.fullmatch(name) is None:
            return None
        if name not in self._known:
            self.listed()
        return self._known.get(name)

    def forget(self) -> None:
        """What is remembered does not hold."""
        self._known = {}

    def make(self, name: str) -> EngineRecord:
        """Find an engine, or begin to create it.

        Raises:
            UsageError: the template cannot name it, or the service does not take the name.
        """
        if NAME.fullmatch(name) is None or self._scope.fullmatch(name) is None:
            help_ = f"at most {MAX_NAME} letters, digits and `_`, as the target's `engine` says"
            raise UsageError(f"no engine of this target is named `{name}`", help=help_)
        known = self.find(name)
        if known is not None:
            return known
        token = client_token(f"{name} {self._ids()}")
        try:
            made = self._plane.create_engine(name, self.tags, self._kms_key, token)
        except ConflictError:  # somebody else was faster, or an earlier call of ours was not heard of
            self.forget()
            known = self.find(name)
            if known is None:
                raise
            return known
        self._known = {**self._known, name: made}
        return made

    def usable(self, name: str) -> EngineRecord:
        """An engine that takes policies, created where it is missing.

        Raises:
            BackendNotReadyError: it is not active yet.
            BackendTerminalError: it never will be.
        """
        engine = self.make(name)
        return engine if engine.status == ACTIVE else self.demand_active(engine.id)

    def demand_active(self, engine_id: str) -> EngineRecord:
        """Look at an engine afresh; raises like `usable`."""
        engine = self._plane.engine(engine_id)
        self._known = {**self._known, engine.name: engine}
        if engine.status in FAILED:
            reasons = "; ".join(engine.reasons) or "no reason given"
            raise BackendTerminalError(f"engine `{engine.name}` failed: {reasons}", help="delete it and apply again")
        if engine.status != ACTIVE:
            raise BackendNotReadyError(f"engine `{engine.name}` is not active yet")
        return engine

    def describe(self, name: str) -> EngineDescription | None:
        """One engine with its tags, as they are now."""
        known = self.find(name)
        if known is None:
            return None
        return EngineDescription(self._plane.engine(known.id), self._plane.tags(known.arn))

    def tag(self, name: str) -> Mapping[str, str]:
        """Bring an engine's tags to what the target says; tags of others stay. Answers those that were written."""
        described = self.describe(name)
        if described is None:
            raise UsageError(f"there is no engine `{name}`")
        missing = {key: value for key, value in self.tags.items() if described.tags.get(key) != value}
        if missing:
            self._plane.tag(described.engine.arn, missing)
        return missing
