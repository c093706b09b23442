"""Every way in which a call of the AWS SDK fails, by what helps against it.

The SDK is told never to repeat a call by itself: whether a write may be repeated is the reconciler's question.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from botocore import exceptions as sdk

from bylaw.backends.interface import (
    BackendAmbiguousError,
    BackendTerminalError,
    BackendTransientError,
)
from bylaw.backends.statuses import readable
from bylaw.model.errors import BylawError, ConflictError

MAX_MESSAGE: Final = 300
"""Characters of the service's own words that a message of ours repeats."""

_CREDENTIALS: Final = "check the AWS credentials of this run (`aws sts get-caller-identity`)"
_ACCESS_KEY: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")

_NEVER_SENT: Final = (sdk.EndpointConnectionError, sdk.ConnectTimeoutError, sdk.ProxyConnectionError)
_NO_CREDENTIALS: Final = (
    sdk.NoCredentialsError,
    sdk.PartialCredentialsError,
    sdk.CredentialRetrievalError,
    sdk.TokenRetrievalError,
    sdk.SSOError,
    sdk.LoginError,
    sdk.NoAuthTokenError,
    sdk.ProfileNotFound,
)
_MISCONFIGURED: Final = (sdk.ParamValidationError, sdk.InvalidConfigError, sdk.SSLError, sdk.EndpointResolutionError)

_EXPIRED: Final = frozenset(
    {"ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidSignatureException",
     "InvalidClientTokenId", "MissingAuthenticationTokenException", "SignatureDoesNotMatch", "RequestExpired"}
)  # fmt: skip
_THROTTLED: Final = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"})
_MISMATCH: Final = "IdempotentParameterMismatchException"
_CONFLICT: Final = "ResourceConflict"
"""Reasons of a `ValidationException` that are not about what was written."""
_UNKNOWN_FATE: Final = frozenset({502, 504})
"""Answers of something between us and the service, which may have got the request."""


class Call(NamedTuple):
    """What was tried."""

    operation: str
    writes: bool


class MissingError(BackendTerminalError):
    """What the call names does not exist, in the service's own words."""


class TokenMismatchError(ConflictError):
    """A client token was used before, for something else."""


class ThrottledError(BackendTransientError):
    """Too fast for the account's rate."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Sorts what the SDK raises."""

    secrets: Callable[[], tuple[str, ...] | None]
    """What no message may show; none where that cannot be told, and then the service's words are left out."""

    def sort(self, error: Exception, call: Call) -> BylawError:
        """Answer the error to raise instead of `error`. It keeps nothing of it but cleaned words."""
        if isinstance(error, sdk.ClientError):
            return self._answered(error, call)
        name, operation = type(error).__name__, call.operation
        if isinstance(error, _NO_CREDENTIALS):
            return BackendTerminalError(f"no usable AWS credentials for `{operation}` ({name})", help=_CREDENTIALS)
        if isinstance(error, _MISCONFIGURED):
            return BackendTerminalError(f"`{operation}` could not be sent ({name})", help="check the target's settings")
        if isinstance(error, sdk.PaginationError):
            return BackendTerminalError(f"the pages of `{operation}` go in circles")
        if isinstance(error, _NEVER_SENT):
            return BackendTransientError(f"the service cannot be reached for `{operation}` ({name})")
        if call.writes:
            return BackendAmbiguousError(f"the answer to `{operation}` never came ({name})")
        if isinstance(error, sdk.HTTPClientError | sdk.ConnectionError | sdk.IncompleteReadError):
            return BackendTransientError(f"the answer to `{operation}` never came ({name})")
        return BackendTerminalError(f"the answer to `{operation}` cannot be understood ({name})")

    def _answered(self, error: sdk.ClientError, call: Call) -> BylawError:
        status = _status(error.response)
        code = str(error.response.get("Error", {}).get("Code", ""))[:60]
        told = self._told(error.response)
        operation = call.operation
        if code in _THROTTLED or status == 429:
            return ThrottledError(f"`{operation}` comes faster than the account's rate")
        if code == "ResourceNotFoundException":
            return MissingError(f"`{operation}` names what does not exist{told}")
        if error.response.get("reason") == _MISMATCH:
            return TokenMismatchError(f"`{operation}` repeats the token of something else{told}", help="plan again")
        if code == "ConflictException" or status == 409 or error.response.get("reason") == _CONFLICT:
            return ConflictError(f"`{operation}` conflicts with what is there{told}", help="plan again")
        if status == 402 or code == "ServiceQuotaExceededException":
            help_ = "remove what is not needed, or use another account or region: the limits are fixed"
            return BackendTerminalError(f"a quota of the account is used up for `{operation}`{told}", help=help_)
        if code in _EXPIRED or status == 401:
            return BackendTerminalError(f"the AWS credentials were refused ({readable(code, 60)})", help=_CREDENTIALS)
        if status == 403:
            help_ = f"allow `bedrock-agentcore:{operation}` for this role"
            return BackendTerminalError(f"`{operation}` is not permitted{told}", help=help_)
        if status >= 500:
            return self._failed(status, told, call)
        return BackendTerminalError(f"`{operation}` was refused ({readable(code, 60)}){told}")

    def _failed(self, status: int, told: str, call: Call) -> BylawError:
        message = f"the service failed at `{call.operation}` ({status}){told}"
        if call.writes and status in _UNKNOWN_FATE:
            return BackendAmbiguousError(message)
        return BackendTransientError(message)

    def _told(self, response: Mapping[str, Any]) -> str:
        """The service's message and the fields it complains about, with a colon before; empty where it said nothing."""
        secrets = self.secrets()
        if secrets is None:
            return ""
        said = [response.get("Error", {}).get("Message"), *_fields(response.get("fieldList"))]
        text = "; ".join(part for part in said if isinstance(part, str) and part)
        for secret in secrets:
            text = text.replace(secret, "***")
        words = readable(_ACCESS_KEY.sub("***", text), MAX_MESSAGE)
        return f": {words}" if words else ""


def _status(response: Mapping[str, Any]) -> int:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status if isinstance(status, int) else 0


def _fields(fields: object) -> list[str]:
    if not isinstance(fields, list):
        return []
    return [f"{f.get('name')} {f.get('message')}" for f in fields[:10] if isinstance(f, Mapping)]
