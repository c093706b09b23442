"""What `bylaw doctor` asks of AgentCore beyond what every backend is asked. Only reads are called."""

from collections.abc import Callable, Iterator
from typing import Final

import botocore

from bylaw.backends.agentcore.client import ControlPlane
from bylaw.backends.agentcore.engines import Engines
from bylaw.backends.agentcore.failures import MissingError
from bylaw.backends.agentcore.gateways import READY
from bylaw.backends.agentcore.records import EngineRecord, GatewayRecord
from bylaw.backends.connection import Clock
from bylaw.backends.diagnosis import Health, Probe
from bylaw.model.errors import BylawError
from bylaw.repository.documents.agentcore import AgentCoreTarget

MAX_SKEW: Final = 60.0
"""Seconds. Signatures are refused from five minutes on."""


class Examiner:
    """Looks at one target."""

    def __init__(
        self,
        plane: ControlPlane,
        engines: Engines,
        options: AgentCoreTarget,
        clock: Clock,
        has_permit: Callable[[EngineRecord], bool],
    ) -> None:
        self._plane = plane
        self._engines = engines
        self._options = options
        self._clock = clock
        self._has_permit = has_permit

    def diagnose(self) -> Iterator[Probe]:
        """Look, one thing after the other; what fails is a probe, and what depends on it is left out."""
        yield Probe("version", Health.GOOD, f"botocore {botocore.__version__}")
        try:
            engines = self._engines.listed()
        except BylawError as error:
            yield Probe("permission", Health.BAD, f"engines cannot be listed: {error.message}", error.help)
            return
        yield Probe("credentials", Health.GOOD, f"accepted in {self._options.region}")
        yield from self._skew()
        for engine in engines[
            :1
        ]:  # permissions do not differ between engines of one template, or show as a failed read
            yield from self._permissions(engine)
        yield from self._gateway(engines)

    def _skew(self) -> Iterator[Probe]:
        told = self._plane.told_time
        if told is None:
            return
        seconds = abs((told - self._clock()).total_seconds())
        if seconds > MAX_SKEW:
            help_ = "set the clock: signatures of another time are refused"
            yield Probe("clock", Health.DOUBTFUL, f"{seconds:.0f} seconds beside the service's", help_)
        else:
            yield Probe("clock", Health.GOOD, f"{seconds:.0f} seconds beside the service's")

    def _permissions(self, engine: EngineRecord) -> Iterator[Probe]:
        reads: dict[str, Callable[[], object]] = {
            "GetPolicyEngine": lambda: self._plane.engine(engine.id),
            "ListPolicies": lambda: self._plane.policies(engine.id),
            "ListTagsForResource": lambda: self._plane.tags(engine.arn),
        }
        for name, read in reads.items():
            try:
                read()
            except BylawError as error:
                yield Probe("permission", Health.BAD, error.message, error.help)
            else:
                yield Probe("permission", Health.GOOD, f"`{name}` is allowed")

    def _gateway(self, engines: tuple[EngineRecord, ...]) -> Iterator[Probe]:
        gateway_id = self._options.gateway_id
        if gateway_id is None:
            yield Probe("gateway", Health.DOUBTFUL, "none is watched", "name it as `gateway`, to see what it enforces")
            return
        try:
            gateway = self._plane.gateway(gateway_id)
        except MissingError:
            yield Probe("gateway", Health.BAD, f"`{gateway_id}` does not exist", "correct `gateway`")
        except BylawError as error:
            yield Probe("gateway", Health.BAD, error.message, error.help)
        else:
            yield self._attachment(gateway, engines)

    def _attachment(self, gateway: GatewayRecord, engines: tuple[EngineRecord, ...]) -> Probe:
        shown = f"`{gateway.id}` is {gateway.status}"
        attached = next((engine for engine in engines if engine.arn == gateway.engine_arn), None)
        help_ = "`manage_gateway: true` attaches it, or do so by hand"
        if gateway.status != READY:
            return Probe("gateway", Health.DOUBTFUL, shown, "wait, or look at it in the console")
        if gateway.engine_arn is None:
            message = f"{shown} and asks no engine: every call that is authenticated goes through"
            return Probe("gateway", Health.BAD, message, help_)
        if attached is None:
            return Probe("gateway", Health.BAD, f"{shown} and asks an engine that is none of this target's", help_)
        if gateway.mode != "ENFORCE":
            message = f"{shown} and asks `{attached.name}` in mode {gateway.mode}: nothing is enforced"
            return Probe("gateway", Health.DOUBTFUL, message, "set the mode to ENFORCE once the logs are right")
        if not self._has_permit(attached):
            message = f"{shown} and enforces `{attached.name}`, which holds no permit in force: every call is denied"
            return Probe("gateway", Health.BAD, message, "deploy a permit, or set the gateway to LOG_ONLY")
        return Probe("gateway", Health.GOOD, f"{shown} and enforces `{attached.name}`")
