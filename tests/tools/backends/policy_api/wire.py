"""Answers that no server of the Policy API gives, and servers that are none."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from starlette.requests import Request
from starlette.responses import Response

Hook = Callable[[Request], Response | None]


def answering(status: int, detail: object, method: str, path: str = "") -> Hook:
    """Answer so where method and end of the path fit."""
    return with_body(json.dumps({"detail": detail}), method, path, status)


def with_body(body: str | bytes, method: str, path: str = "", status: int = 200) -> Hook:
    """Answer with these bytes."""
    headers = {"Location": "http://127.0.0.1:9/stolen"} if 300 <= status < 400 else None

    def hook(request: Request) -> Response | None:
        if request.method != method or not request.url.path.endswith(path):
            return None
        return Response(body, status, headers, "application/json")

    return hook


@contextmanager
def speaking(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what `answer` says; the URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connected, _ = listener.accept()
                held.append(connected)
                with suppress(OSError):
                    answer(connected)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connected in held:
            connected.close()
        thread.join(5)
        assert not thread.is_alive()


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and never says anything."""
    with speaking(lambda _: None) as url:
        yield url


def saying(raw: bytes) -> Callable[[socket.socket], None]:
    """Read a request to its end, say these bytes and hang up: to hang up on what was not read resets the connection."""

    def answer(connected: socket.socket) -> None:
        with connected.makefile("rb") as request:
            request.readline()
            headers = http.client.parse_headers(request)
            request.read(int(headers.get("content-length", 0)))
        connected.sendall(raw)
        connected.close()

    return answer
