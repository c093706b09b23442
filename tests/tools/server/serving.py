"""A real uvicorn on a free loopback port, in a thread of this process."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import uvicorn

Message: TypeAlias = MutableMapping[str, Any]
ASGI: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class _Server(uvicorn.Server):
    """Tells when it is up, without polling."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()

    def serve_until_told(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self.serve([listener]))
        finally:
            self.settled.set()


@contextmanager
def running(app: ASGI) -> Iterator[str]:
    """Serve `app` until the block ends, and give its base URL (no trailing slash)."""
    # Without the protocol's number, asyncio would not switch Nagle's delay off.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=1, ws="none", server_header=False
    )
    server = _Server(config)
    thread = threading.Thread(target=server.serve_until_told, args=(listener,), daemon=True)
    thread.start()
    try:
        assert server.settled.wait(30), "the server did not start within 30 s"
        assert server.started, "the server failed to start"
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive(), "the server did not stop within 10 s"
