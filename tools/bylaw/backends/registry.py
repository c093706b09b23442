"""Every backend kind, by the word that `bylaw.yaml` uses.

A kind costs one line here, a package of its own, and the line that puts it through the backend contract suite.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bylaw.backends.connection import Connection
from bylaw.backends.interface import Backend
from bylaw.model.errors import UsageError

__all__ = ["BACKENDS", "Connection", "open_backend"]


def _local(connection: Connection) -> Backend:
    from bylaw.backends.local import open_local  # noqa: PLC0415 - a kind is loaded when a target of it is opened

    return open_local(connection)


BACKENDS: Final[Mapping[str, Callable[[Connection], Backend]]] = {
    "local": _local,
}


def open_backend(kind: str, connection: Connection) -> Backend:
    """Open the backend of one target; nothing is read or written yet.

    An unknown kind, or a URL that the kind cannot use, is a UsageError.
    """
    opener = BACKENDS.get(kind)
    if opener is None:
        known = ", ".join(f"`{name}`" for name in sorted(BACKENDS))
        raise UsageError(f"unknown backend kind `{kind}`", help=f"known kinds: {known}")
    return opener(connection)
