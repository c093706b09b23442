"""Running the application: one process, or several that share a socket."""

import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from bylaw.model.errors import UsageError
from bylaw.server.application import build_application
from bylaw.server.options import ServerOptions
from bylaw.server.protocol import BoundedProtocol

GRACE_SECONDS: Final = 5
"""For requests under way when the server is told to stop."""
MAX_CONNECTIONS: Final = 1000
BACKLOG: Final = 2048


def build(options: ServerOptions) -> Any:  # noqa: ANN401 - an ASGI application
    """Make the application of one process, with the faults that were asked for around it."""
    app = build_application(options)
    if options.faults is None:
        return app
    from bylaw.server.faults import faulty, read_faults  # noqa: PLC0415 - for rehearsals only

    return faulty(app, read_faults(options.faults), options.faults_seed)


def demand_safe(host: str, options: ServerOptions) -> None:
    """Refuse to let everybody in from everywhere.

    Raises:
        UsageError: there are no keys, and `host` is not a loopback address.
    """
    if options.keyring is None and not is_loopback(host):
        message = f"without keys everybody who reaches `{host}` could change policies"
        raise UsageError(message, help="pass `--keys FILE`, or serve on 127.0.0.1")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def serve(host: str, port: int, workers: int, options: ServerOptions, ready: Callable[[str], None]) -> None:
    """Serve until the process is told to stop; `ready` is told the URL once the address is taken.

    Raises:
        UsageError: the address cannot be had, or would let everybody in from everywhere.
    """
    demand_safe(host, options)
    build(options)  # so that what cannot work fails here and not in a worker
    config = uvicorn.Config(
        partial(build, options),
        factory=True,
        workers=workers,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=MAX_CONNECTIONS,
    )
    with _listener(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listener.getsockname()[1]}")
        # uvicorn raises the signal that stopped it again; by then everything is done, and that is no failure.
        signal.signal(signal.SIGTERM, lambda *_: None)
        if workers > 1:
            Multiprocess(config, [listener]).run()
        else:
            uvicorn.Server(config).run([listener])


def _listener(host: str, port: int) -> socket.socket:
    with ExitStack() as stack:
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            # Without the protocol's number, asyncio would not switch Nagle's delay off.
            listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            message = f"cannot serve on `{host}` port {port}: {error.strerror or error}"
            raise UsageError(message, help="choose another `--port`, or stop what uses it") from None
        listener.set_inheritable(True)
        stack.pop_all()
    return listener
