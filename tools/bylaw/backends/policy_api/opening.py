"""Making the HTTP client. What it does by itself is switched off where it would reach for more than the target says."""

import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from bylaw import __version__
from bylaw.backends.connection import Connection
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.backends.policy_api.client import PolicyApi
from bylaw.backends.policy_api.credentials import credentials_of
from bylaw.backends.policy_api.failures import Failures
from bylaw.backends.policy_api.retrying import Retrying
from bylaw.backends.policy_api.transport import Transport
from bylaw.model.errors import UsageError
from bylaw.repository.documents.policy_api import PolicyApiTarget

CONNECT_SECONDS: Final = 5


def open_with(
    connection: Connection,
    options: PolicyApiTarget,
    environment: Mapping[str, str],
    *,
    retrying: Retrying | None = None,
) -> PolicyApiBackend:
    """Open a target with a source of time and chance of the caller's.

    Raises:
        UsageError: a variable is not set or holds no credential, or the file of certificates cannot be used.
    """
    return PolicyApiBackend(open_api(connection, options, environment, retrying or Retrying()), connection, options)


def open_api(
    connection: Connection, options: PolicyApiTarget, environment: Mapping[str, str], retrying: Retrying
) -> PolicyApi:
    """Open the API alone; raises like `open_with`."""
    credentials = credentials_of(options, environment)
    seconds = options.timeout_seconds
    client = httpx.Client(
        base_url=options.base_url.rstrip("/"),
        headers={
            "Accept": "application/json",
            "User-Agent": f"bylaw/{__version__}",
            "X-Correlation-Id": connection.ids(),
            **credentials.headers,
        },
        timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
        verify=_trusted(options.ca_file),
        follow_redirects=False,  # a redirect would carry the credential elsewhere
        trust_env=False,  # no proxy, no `.netrc`, no certificates that the target does not name
    )
    return PolicyApi(Transport(client, Failures(credentials), retrying, connection.ids, seconds))


def _trusted(ca_file: str | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        message = f"`{ca_file}` cannot be used as certificates ({type(error).__name__})"
        raise UsageError(message, help="`ca_file` is a PEM file, counted from where the command runs") from None
