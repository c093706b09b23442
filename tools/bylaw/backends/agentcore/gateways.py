"""The gateway of a target: which engine decides its calls, and whether the decision counts.

Only a gateway that refers to an engine asks it, and only in mode `ENFORCE` the answer matters. Both are settings of the gateway,
written all at once with everything else there is: a setting that is left out is reset.
"""

from typing import Final

from bylaw.backends.agentcore.client import ControlPlane
from bylaw.backends.agentcore.failures import MissingError
from bylaw.backends.agentcore.records import EngineRecord, GatewayRecord
from bylaw.backends.interface import BackendNotReadyError, BackendTerminalError
from bylaw.model.errors import ConflictError, UsageError
from bylaw.repository.documents.agentcore import AgentCoreTarget

CONFIGURATION: Final = "policyEngineConfiguration"
READY: Final = "READY"


class Gateways:
    """The one gateway that a target watches, and writes where it is told to."""

    def __init__(self, plane: ControlPlane, options: AgentCoreTarget) -> None:
        self._plane = plane
        self._id = options.gateway_id
        self._mode = options.gateway_mode
        self._managed = options.manage_gateway

    def watched(self) -> GatewayRecord | None:
        """The gateway as it is now; none where none is watched, or it does not exist."""
        if self._id is None:
            return None
        try:
            return self._plane.gateway(self._id)
        except MissingError:
            return None

    def attach(self, engine: EngineRecord, *, has_permit: bool) -> GatewayRecord:
        """Make the gateway ask `engine`, in the target's mode. A gateway that does so already is not written.

        Raises:
            UsageError: the target does not manage its gateway.
            BackendNotReadyError: the gateway is being changed.
            BackendTerminalError: it would deny every call, or lose settings.
        """
        if self._id is None or self._mode is None or not self._managed:
            raise UsageError("this target does not manage its gateway", help="set `manage_gateway: true`")
        gateway = self._plane.gateway(self._id)
        wanted = {"arn": engine.arn, "mode": self._mode}
        if (gateway.engine_arn, gateway.mode) == (engine.arn, self._mode):
            return gateway
        if self._mode == "ENFORCE" and not has_permit:
            raise BackendTerminalError(
                f"engine `{engine.name}` holds no permit in force: enforcing it would deny every call",
                help="deploy a permit first",
            )
        self._demand_writable(gateway)
        kept = {name: gateway.settings[name] for name in self._plane.gateway_settings() if name in gateway.settings}
        self._plane.update_gateway(self._id, {**kept, CONFIGURATION: wanted})
        return self._read_back(kept, wanted)

    def _demand_writable(self, gateway: GatewayRecord) -> None:
        if gateway.status != READY:
            raise BackendNotReadyError(f"gateway `{self._id}` is {gateway.status.lower()}")
        if gateway.unknown:
            named = ", ".join(f"`{name}`" for name in gateway.unknown[:5])
            raise BackendTerminalError(
                f"gateway `{self._id}` has settings that this boto3 does not know and would erase: {named}",
                help="upgrade boto3",
            )

    def _read_back(self, kept: dict[str, object], wanted: dict[str, str]) -> GatewayRecord:
        after = self._plane.gateway(self._id or "")
        lost = [name for name, value in kept.items() if name != CONFIGURATION and after.settings.get(name) != value]
        if lost:
            named = ", ".join(f"`{name}`" for name in lost)
            raise ConflictError(f"gateway `{self._id}` came out with other settings: {named}", help="look at it")
        if after.settings.get(CONFIGURATION) != wanted:
            raise BackendNotReadyError(f"gateway `{self._id}` does not show its engine and mode yet")
        return after
