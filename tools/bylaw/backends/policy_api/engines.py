"""Engines by name. The server finds them by id only, so their listing is remembered until something does not fit it."""

import re
from collections.abc import Mapping

from bylaw.backends.connection import Connection
from bylaw.backends.engine_names import NAME as AGENTCORE_NAME
from bylaw.backends.engine_names import engine_name, engine_scope
from bylaw.backends.interface import BackendAmbiguousError, BackendNotReadyError, BackendTerminalError
from bylaw.backends.policy_api.client import PolicyApi
from bylaw.backends.policy_api.failures import MissingError
from bylaw.backends.policy_api.records import EngineRecord
from bylaw.backends.statuses import ACTIVE, DELETING, FAILED
from bylaw.model.digests import digest_text
from bylaw.model.errors import ConflictError, UsageError
from bylaw.model.identifiers import SEGMENT, AppId
from bylaw.repository.documents.policy_api import APP, MAX_ENGINE_NAME, PolicyApiTarget


class EngineNames:
    """Which engine an app lives in, and which engines a target can name at all."""

    def __init__(self, options: PolicyApiTarget) -> None:
        self._template = options.engine
        self._exceptions = options.engines
        self._agentcore = options.provider == "agentcore"
        self._scope = engine_scope(options.engine) if self._agentcore else _scope(options.engine)

    def of(self, app: AppId) -> str:
        """Name the engine of an app."""
        if app in self._exceptions:
            return self._exceptions[app]
        return engine_name(self._template, app) if self._agentcore else self._template.replace(APP, app)

    def has(self, name: str) -> bool:
        """Whether the target can name an engine so; no other is looked into."""
        if self._agentcore and AGENTCORE_NAME.fullmatch(name) is None:
            return False
        in_scope = self._scope.fullmatch(name) is not None or name in self._exceptions.values()
        return in_scope and 0 < len(name) <= MAX_ENGINE_NAME


class Engines:
    """The engines of one target."""

    def __init__(self, api: PolicyApi, connection: Connection, options: PolicyApiTarget) -> None:
        self._api = api
        self._connection = connection
        self._options = options
        self.names = EngineNames(options)
        self._known: Mapping[str, EngineRecord] = {}

    def listed(self) -> tuple[EngineRecord, ...]:
        """All of them as they are now, by name. What is being deleted holds no policies any more.

        Raises:
            BackendTerminalError: two engines share a name, so that neither is meant.
        """
        found: dict[str, EngineRecord] = {}
        for engine in self._api.engines():
            if engine.status == DELETING or not self.names.has(engine.name):
                continue
            if engine.name in found:
                raise BackendTerminalError(f"two engines are named `{engine.name}`", help="delete one of them")
            found[engine.name] = engine
        self._known = dict(sorted(found.items()))
        return tuple(self._known.values())

    def find(self, name: str) -> EngineRecord | None:
        """One engine, as remembered; listed afresh where it is not known."""
        if not self.names.has(name):
            return None
        if name not in self._known:
            self.listed()
        return self._known.get(name)

    def forget(self) -> None:
        """What is remembered does not hold."""
        self._known = {}

    def make(self, name: str) -> EngineRecord:
        """Find an engine, or create it.

        Raises:
            UsageError: the target cannot name it, or does not create engines.
            BackendAmbiguousError: it may have been created; the next call looks.
        """
        if not self.names.has(name):
            raise UsageError(f"no engine of this target is named `{name}`", help="see `engine` and `engines`")
        known = self.find(name)
        if known is not None:
            return known
        if not self._options.create_engines:
            message = f"there is no engine `{name}`, and this target creates none"
            raise UsageError(message, help="create it, or set `create_engines: true`")
        about = f"managed by bylaw from {self._connection.owner} for {self._connection.target}"
        key = digest_text(f"{name} {self._connection.ids()}")
        try:
            made = self._api.create_engine(name, about, key)
        except ConflictError:  # somebody else was faster
            self.forget()
            known = self.find(name)
            if known is None:
                raise
            return known
        if made.name != name:
            raise BackendAmbiguousError(f"asked for engine `{name}`, the server answered with another one")
        self._known = {**self._known, name: made}
        return made

    def usable(self, name: str) -> EngineRecord:
        """An engine that takes policies, created where it is missing, and looked at afresh: the in-memory server takes policies for
        engines that do not exist, and keeps them where nobody finds them.

        Raises:
            BackendNotReadyError: it is not active yet, or went away.
            BackendTerminalError: it never will be.
        """
        known = self.make(name)
        try:
            engine = self._api.engine(known.id)
        except MissingError:
            self.forget()
            raise BackendNotReadyError(f"engine `{name}` went away while it was written to") from None
        if (engine.id, engine.name) != (known.id, name):
            raise BackendTerminalError(f"asked for engine `{name}`, the server answered with another one")
        if engine.status in FAILED:
            reasons = "; ".join(engine.reasons) or "no reason given"
            raise BackendTerminalError(f"engine `{name}` failed: {reasons}", help="delete it and apply again")
        if engine.status != ACTIVE:
            raise BackendNotReadyError(f"engine `{name}` is not active yet")
        return engine


def _scope(template: str) -> re.Pattern[str]:
    before, slot, after = template.partition(APP)
    return re.compile(f"{re.escape(before)}{SEGMENT}{re.escape(after)}" if slot else re.escape(template))
