"""The Policy API, `/api/v1/policy`: Cedar policies in the engines of an agent gateway, or of `bylaw serve`.

Importing this package loads nothing of HTTP; opening a target does.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bylaw.backends.connection import Connection
from bylaw.backends.policy_api.capabilities import KIND, capabilities_of
from bylaw.model.errors import UsageError
from bylaw.repository.documents.policy_api import PolicyApiTarget

if TYPE_CHECKING:
    from bylaw.backends.policy_api.backend import PolicyApiBackend

__all__ = ["KIND", "capabilities_of", "open_policy_api"]


def open_policy_api(
    connection: Connection, options: PolicyApiTarget, environment: Mapping[str, str]
) -> "PolicyApiBackend":
    """Open the engines of one target; nothing is read or written yet. Credentials come from the variables that `options` names.

    Raises:
        UsageError: httpx is missing, a variable is not set or holds no credential, or the file of certificates cannot be used.
    """
    try:
        from bylaw.backends.policy_api.opening import open_with  # noqa: PLC0415 - httpx is an extra
    except ModuleNotFoundError as error:
        if error.name != "httpx":
            raise
        message = f"backend `{KIND}` needs httpx"
        raise UsageError(message, help="install it with `pip install 'bylaw[http]'`") from None
    return open_with(connection, options, environment)
