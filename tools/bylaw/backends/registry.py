"""Every backend kind, by the word that `bylaw.yaml` uses.

A kind costs two functions here and in `bylaw.backends.capabilities`, a package of its own, and the line that puts it through the
backend contract suite. Its package is loaded when a target of it is opened.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bylaw.backends.connection import Connection
from bylaw.backends.interface import Backend
from bylaw.backends.local.capabilities import NOOP
from bylaw.model.errors import InternalError, UsageError
from bylaw.repository.documents.settings import Target

__all__ = ["BACKENDS", "Connection", "open_backend"]

Environment = Mapping[str, str]
"""Where secrets come from, by the names that the target gives."""


def _local(connection: Connection, target: Target, environment: Environment) -> Backend:
    from bylaw.backends.local.backend import open_local  # noqa: PLC0415

    del target, environment
    return open_local(connection)


def _noop(connection: Connection, target: Target, environment: Environment) -> Backend:
    from bylaw.backends.local.backend import open_local  # noqa: PLC0415

    del target, environment
    return open_local(connection, NOOP)


def _agentcore(connection: Connection, target: Target, environment: Environment) -> Backend:
    from bylaw.backends.agentcore import open_agentcore  # noqa: PLC0415

    del environment  # the AWS SDK finds credentials by itself
    if target.agentcore is None:
        raise InternalError("a target without its `agentcore` block was let through")
    return open_agentcore(connection, target.agentcore)


def _policy_api(connection: Connection, target: Target, environment: Environment) -> Backend:
    from bylaw.backends.policy_api import open_policy_api  # noqa: PLC0415

    if target.policy_api is None:
        raise InternalError("a target without its `policy_api` block was let through")
    return open_policy_api(connection, target.policy_api, environment)


BACKENDS: Final[Mapping[str, Callable[[Connection, Target, Environment], Backend]]] = {
    "agentcore": _agentcore,
    "local": _local,
    "noop": _noop,
    "policy-api": _policy_api,
}


def open_backend(connection: Connection, target: Target, environment: Environment) -> Backend:
    """Open the backend of one target; nothing is read or written yet.

    An unknown kind, a URL that the kind cannot use, or an extra that is not installed is a UsageError.
    """
    opener = BACKENDS.get(target.backend)
    if opener is None:
        known = ", ".join(f"`{name}`" for name in sorted(BACKENDS))
        raise UsageError(f"unknown backend kind `{target.backend}`", help=f"known kinds: {known}")
    return opener(connection, target, environment)
