"""Every way in which a request of the Policy API fails, by what helps against it.

The original server answers 500 to whatever it has no word for, with the class of its exception and a colon before the text; that
class is what tells an unknown id from a throttled call. Our own server uses the status codes that HTTP has for it.
"""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Final, NamedTuple

import httpx

from bylaw.backends.interface import BackendAmbiguousError, BackendTerminalError, BackendTransientError
from bylaw.backends.policy_api.credentials import Credentials
from bylaw.backends.statuses import readable
from bylaw.model.errors import BylawError, ConflictError

MAX_MESSAGE: Final = 300
"""Characters of the server's own words that a message of ours repeats."""
MAX_FAULTS: Final = 5
"""Faults of a 422 that are repeated."""

_CLASS: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.]{0,99})(?::|$)")
_ACCESS_KEY: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MISCONFIGURED: Final = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


class Call(NamedTuple):
    """What was tried."""

    name: str
    """`list policies`, in words."""
    writes: bool


class Reply(NamedTuple):
    """An answer that is no success."""

    status: int
    detail: object
    """The member `detail` of the body; none where there is no such thing."""
    retry_after: float | None = None
    """Seconds."""


class MissingError(BackendTerminalError):
    """What the request names does not exist."""


class RefusedError(BackendTerminalError):
    """The request is not one that can be served: invalid input, or a value that nobody takes."""

    def __init__(self, message: str, *, is_upstream: bool = False) -> None:
        super().__init__(message)
        self.is_upstream = is_upstream
        """Whether it was what keeps the policies that refused, and not the server before it."""


class UnsupportedError(BackendTerminalError):
    """The server does not have the feature (501)."""


class SlowDownError(BackendTransientError):
    """Transient, and the server says how long to wait."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class _Kind(Enum):
    """What an exception of the server means. Whatever has no kind, a timeout there for one, may have been done."""

    MISSING = auto()
    CONFLICT = auto()
    TRANSIENT = auto()
    """Refused before anything was done."""
    FORBIDDEN = auto()
    INVALID = auto()
    QUOTA = auto()


_CLASSES: Final[Mapping[str, _Kind]] = {
    "KeyError": _Kind.MISSING,
    "ResourceNotFoundException": _Kind.MISSING,
    "ConflictException": _Kind.CONFLICT,
    "ThrottlingException": _Kind.TRANSIENT,
    "EndpointConnectionError": _Kind.TRANSIENT,
    "AccessDeniedException": _Kind.FORBIDDEN,
    "NoCredentialsError": _Kind.FORBIDDEN,
    "ExpiredTokenException": _Kind.FORBIDDEN,
    "ValidationException": _Kind.INVALID,
    "ParamValidationError": _Kind.INVALID,
    "ServiceQuotaExceededException": _Kind.QUOTA,
}


@dataclass(frozen=True)
class Failures:
    """Turns answers and exceptions into what the reconciler knows."""

    credentials: Credentials = field(repr=False)

    def answered(self, reply: Reply, call: Call) -> BylawError:
        """Answer the error to raise for an answer that is no success."""
        by_status: dict[int, Callable[[Reply, Call, str], BylawError]] = {
            401: self._unauthorised,
            403: self._forbidden,
            404: lambda _, call, told: MissingError(f"`{call.name}` names what does not exist{told}"),
            409: self._conflict,
            412: self._conflict,
            429: self._throttled,
            500: self._failed,
            501: lambda _, call, told: UnsupportedError(f"the server cannot do `{call.name}`{told}"),
        }
        told = self._told(reply.detail)
        if 300 <= reply.status < 400:
            message = f"the server sends `{call.name}` elsewhere ({reply.status}), which is never followed"
            return BackendTerminalError(message, help="check `base_url`: its scheme, host and path")
        found = by_status.get(reply.status)
        if found is not None:
            return found(reply, call, told)
        if reply.status > 500:
            return self._unavailable(reply, call, told)
        return RefusedError(f"`{call.name}` was refused ({_phrase(reply.status)}){told}")

    def raised(self, error: Exception, call: Call) -> BylawError:
        """Answer the error to raise instead of `error`. It keeps nothing of it but its class."""
        name = type(error).__name__
        if _is_about_certificates(error):
            message = f"the certificate of the server is not trusted, so `{call.name}` was not sent"
            return BackendTerminalError(message, help="name the right certificates with `ca_file`, or fix the server")
        if isinstance(error, _NEVER_SENT):
            return BackendTransientError(f"the server cannot be reached for `{call.name}` ({name})")
        if isinstance(error, _MISCONFIGURED):
            return BackendTerminalError(f"`{call.name}` could not be sent ({name})", help="check `base_url`")
        if call.writes:
            return BackendAmbiguousError(f"the answer to `{call.name}` never came ({name})")
        if isinstance(error, httpx.TransportError):
            return BackendTransientError(f"the answer to `{call.name}` never came ({name})")
        return BackendTerminalError(f"the answer to `{call.name}` cannot be understood ({name})")

    def misread(self, message: str, call: Call) -> BylawError:
        """Answer the error to raise for an answer that cannot be understood; of a write the fate is unknown then."""
        told = f"`{call.name}`: {message}"
        if call.writes:
            return BackendAmbiguousError(told)
        return BackendTerminalError(told, help="check that `base_url` is a server of the Policy API")

    def _unauthorised(self, _: Reply, call: Call, told: str) -> BylawError:
        variable = self.credentials.variable
        if variable is None:
            message = f"the server wants a credential for `{call.name}`{told}"
            return BackendTerminalError(message, help="name its variable with `token_env` or `api_key_env`")
        message = f"the credential in `{variable}` was refused{told}"
        return BackendTerminalError(message, help=f"check `{variable}`: the key may be expired, or of another server")

    def _forbidden(self, _: Reply, call: Call, told: str) -> BylawError:
        return BackendTerminalError(
            f"`{call.name}` is not permitted{told}", help="writing needs a key with admin rights"
        )

    def _conflict(self, _: Reply, call: Call, told: str) -> BylawError:
        return ConflictError(f"`{call.name}` conflicts with what is there{told}", help="plan again")

    def _throttled(self, reply: Reply, call: Call, told: str) -> BylawError:
        message = f"`{call.name}` comes faster than the server allows{told}"
        return (
            BackendTransientError(message) if reply.retry_after is None else SlowDownError(message, reply.retry_after)
        )

    def _failed(self, reply: Reply, call: Call, told: str) -> BylawError:
        kind = _CLASSES.get(_class_of(reply.detail))
        if kind is _Kind.MISSING:
            return MissingError(f"`{call.name}` names what does not exist{told}")
        if kind is _Kind.CONFLICT:
            return self._conflict(reply, call, told)
        if kind is _Kind.TRANSIENT:
            return BackendTransientError(f"the server could not do `{call.name}`{told}")
        if kind is _Kind.FORBIDDEN:
            help_ = "check the AWS credentials of the server, or name some with `aws_env`"
            return BackendTerminalError(f"`{call.name}` is not permitted{told}", help=help_)
        if kind is _Kind.INVALID:
            return RefusedError(f"`{call.name}` was refused as invalid{told}", is_upstream=True)
        if kind is _Kind.QUOTA:
            help_ = "remove what is not needed: the limits are fixed"
            return BackendTerminalError(f"a quota is used up for `{call.name}`{told}", help=help_)
        return self._unavailable(reply, call, told)

    def _unavailable(self, reply: Reply, call: Call, told: str) -> BylawError:
        message = f"the server failed at `{call.name}` ({reply.status}){told}"
        if call.writes:
            return BackendAmbiguousError(message)
        return (
            BackendTransientError(message) if reply.retry_after is None else SlowDownError(message, reply.retry_after)
        )

    def _told(self, detail: object) -> str:
        """The server's words with a colon before, without what is secret; empty where it said nothing."""
        if isinstance(detail, list):
            detail = "; ".join(_fault(item) for item in detail[:MAX_FAULTS])
        if not isinstance(detail, str):
            return ""
        for secret in self.credentials.secrets:
            detail = detail.replace(secret, "***")
        words = readable(_ACCESS_KEY.sub("***", detail), MAX_MESSAGE)
        return f": {words}" if words else ""


def _class_of(detail: object) -> str:
    """The name of the exception that an answer of 500 begins with; a dotted one without its module."""
    found = _CLASS.match(detail) if isinstance(detail, str) else None
    return found[1].rpartition(".")[2] if found else ""


def _fault(item: object) -> str:
    """One fault of a 422: where, and what. Its `input` repeats what was sent, and is left out."""
    if not isinstance(item, Mapping):
        return ""
    places = item.get("loc")
    where = ".".join(str(place) for place in places[:8]) if isinstance(places, list) else ""
    what = item.get("msg")
    return f"{where}: {what}" if where and isinstance(what, str) else where


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _is_about_certificates(error: BaseException | None) -> bool:
    for _ in range(8):
        if error is None:
            return False
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
