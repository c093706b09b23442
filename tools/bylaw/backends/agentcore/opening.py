"""Making the SDK's client. What it does by itself is switched off where it would decide for the reconciler."""

from collections.abc import Callable
from typing import Any, Final

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.agentcore.client import ControlPlane
from bylaw.backends.agentcore.failures import Failures
from bylaw.backends.agentcore.flips import FlipMetrics
from bylaw.backends.agentcore.pace import Timing, buckets
from bylaw.backends.connection import Connection
from bylaw.model.errors import UsageError
from bylaw.repository.documents.agentcore import AgentCoreTarget

SERVICE: Final = "bedrock-agentcore-control"
FIRST_USABLE: Final = "1.43.32"
"""The first botocore whose model has `enforcementMode` and the `policy` member of a definition. An older one refuses the former
when writing, and silently drops both when reading."""

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30


def open_with(
    connection: Connection,
    options: AgentCoreTarget,
    *,
    session: boto3.Session | None = None,
    timing: Timing | None = None,
    read_seconds: float = READ_SECONDS,
) -> AgentCoreBackend:
    """Open a target with an SDK session and a source of time of the caller's; an answer may take `read_seconds`.

    Raises:
        UsageError: boto3 is too old for what policies need, or configured in a way that it cannot use.
    """
    timing = timing or Timing()
    try:
        session = session or boto3.Session()
        client = policy_client(session, options, read_seconds)
    except (BotoCoreError, ValueError) as error:
        message = f"the AWS SDK cannot be used as it is configured ({type(error).__name__})"
        raise UsageError(message, help="check region, profile and AWS configuration") from None
    demand_usable(client.meta.service_model)
    paced = buckets(options.reads_per_second, options.writes_per_second, timing)
    failures = Failures(lambda: secrets_of(session))
    plane = ControlPlane(client, failures, paced)
    return AgentCoreBackend(plane, connection, options, timing, _metrics(session, options, failures, read_seconds))


def demand_usable(service_model: Any) -> None:  # noqa: ANN401 - made at run time
    """Check that the SDK's model of the service has what policies need.

    Raises:
        UsageError: it has not.
    """
    has_operation = "CreatePolicy" in service_model.operation_names
    members = service_model.operation_model("CreatePolicy").input_shape.members if has_operation else {}
    if "enforcementMode" not in members or "policy" not in members["definition"].members:
        raise _too_old()


def _metrics(
    session: boto3.Session, options: AgentCoreTarget, failures: Failures, read_seconds: float
) -> Callable[[], FlipMetrics]:
    """Made when flips are first counted: few targets ever do."""

    def make() -> FlipMetrics:
        url = options.metrics_url
        client = session.client(
            "cloudwatch", region_name=options.region, endpoint_url=url, config=_config(read_seconds)
        )
        return FlipMetrics(client, failures)

    return make


def _config(read_seconds: float) -> Config:
    return Config(
        retries={"total_max_attempts": 1, "mode": "standard"},  # the reconciler knows better what may be repeated
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        user_agent_extra="bylaw",
    )


def policy_client(session: boto3.Session, options: AgentCoreTarget, read_seconds: float) -> Any:  # noqa: ANN401 - made at run time
    """The SDK's client for one region.

    Raises:
        UsageError: the SDK does not know the service.
    """
    if SERVICE not in session.get_available_services():
        raise _too_old()
    return session.client(
        SERVICE, region_name=options.region, endpoint_url=options.endpoint_url, config=_config(read_seconds)
    )


def _too_old() -> UsageError:
    return UsageError(
        f"botocore {botocore.__version__} does not know how policies are enforced, {FIRST_USABLE} is the first that does",
        help="upgrade with `pip install --upgrade 'bylaw[agentcore]'`",
    )


def secrets_of(session: boto3.Session) -> tuple[str, ...] | None:
    """What was sent with the request, or made its signature; none where it cannot be told just now."""
    try:
        credentials = session.get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials is not None else None
    except BotoCoreError:
        return None
    parts = () if frozen is None else (frozen.access_key, frozen.secret_key, frozen.token)
    return tuple(part for part in parts if part)
