"""Amazon Bedrock AgentCore: Cedar policies in policy engines, in front of the tools of a gateway.

Importing this package loads nothing of the AWS SDK; opening a target does.
"""

from typing import TYPE_CHECKING

from bylaw.backends.agentcore.capabilities import CAPABILITIES
from bylaw.backends.connection import Connection
from bylaw.model.errors import UsageError
from bylaw.repository.documents.agentcore import AgentCoreTarget

if TYPE_CHECKING:
    from bylaw.backends.agentcore.backend import AgentCoreBackend

__all__ = ["CAPABILITIES", "open_agentcore"]


def open_agentcore(connection: Connection, options: AgentCoreTarget) -> "AgentCoreBackend":
    """Open the policy engines of one target; nothing is read or written yet.

    Credentials come from where every AWS tool takes them: environment, profile, or the role of the machine.

    Raises:
        UsageError: boto3 is missing, too old for what policies need, or configured in a way that it cannot use.
    """
    try:
        from bylaw.backends.agentcore.opening import open_with  # noqa: PLC0415 - the SDK is an extra
    except ModuleNotFoundError as error:
        if error.name not in {"boto3", "botocore"}:
            raise
        message = "backend `agentcore` needs boto3"
        raise UsageError(message, help="install it with `pip install 'bylaw[agentcore]'`") from None
    return open_with(connection, options)
