"""AgentCore's operations as they are, for whoever passes them on: no pace, no marks, answers as plain mappings."""

from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore import exceptions as sdk
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from bylaw.backends.agentcore.failures import Call, Failures
from bylaw.backends.agentcore.opening import CONNECT_SECONDS, READ_SECONDS, SERVICE, demand_usable
from bylaw.backends.interface import BackendTerminalError
from bylaw.model.errors import BylawError, UsageError

Answer = Mapping[str, Any]
MAX_PAGE: Final = 100
"""Items a page that the service gives at most."""

_REFUSALS: Final = frozenset({"ValidationException", "BadRequestException", "InvalidParameterException"})


class RefusedError(BackendTerminalError):
    """The request itself is not valid."""


class Forwarder:
    """One account and region, through one SDK client. Safe to use from several threads."""

    def __init__(self, client: Any, failures: Failures) -> None:  # noqa: ANN401 - made at run time
        self._client = client
        self._failures = failures

    def read(self, operation: str, **parameters: object) -> Answer:
        """Call an operation that changes nothing."""
        return self._call(Call(operation, writes=False), parameters)

    def write(self, operation: str, **parameters: object) -> Answer:
        """Call an operation that changes something."""
        return self._call(Call(operation, writes=True), parameters)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _call(self, call: Call, parameters: Mapping[str, object]) -> Answer:
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer: Answer = getattr(self._client, xform_name(call.operation))(**given)
        except Exception as error:  # noqa: BLE001 - parsing a hostile answer can raise anything
            raise self._sorted(error, call) from None
        return answer

    def _sorted(self, error: Exception, call: Call) -> BylawError:
        failure = self._failures.sort(error, call)
        is_refusal = isinstance(error, sdk.ParamValidationError) or (
            isinstance(error, sdk.ClientError) and error.response.get("Error", {}).get("Code") in _REFUSALS
        )
        is_plain = type(failure) is BackendTerminalError
        return RefusedError(failure.message, help=failure.help) if is_refusal and is_plain else failure


def open_forwarder(region: str | None, endpoint_url: str | None, session: boto3.Session | None = None) -> Forwarder:
    """Open a forwarder; nothing is called yet. What is not given comes from the AWS configuration.

    Raises:
        UsageError: boto3 is too old for what policies need, or configured in a way that it cannot use.
    """
    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},  # whoever calls decides what may be repeated
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        user_agent_extra="bylaw",
    )
    try:
        session = session or boto3.Session()
        client = session.client(SERVICE, region_name=region, endpoint_url=endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        message = f"the AWS SDK cannot be used as it is configured ({type(error).__name__})"
        raise UsageError(message, help="check region, profile and AWS configuration") from None
    demand_usable(client.meta.service_model)
    credentials = session.get_credentials()

    def secrets() -> tuple[str, ...] | None:
        try:
            frozen = credentials.get_frozen_credentials() if credentials is not None else None
        except BotoCoreError:
            return None
        parts = () if frozen is None else (frozen.access_key, frozen.secret_key, frozen.token)
        return tuple(part for part in parts if part)

    return Forwarder(client, Failures(secrets))
