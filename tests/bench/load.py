"""Load on a server: several connections, one thread, no more work for each request than reading where its answer ends."""

import selectors
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit


class Load(NamedTuple):
    """How a server bore it."""

    rate: float
    """Requests a second."""
    seconds: tuple[float, ...]
    """What each request took, ascending."""

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the requests was answered."""
        return self.seconds[min(int(len(self.seconds) * share), len(self.seconds) - 1)]


def message(url: str, method: str, path: str, body: bytes = b"") -> bytes:
    """One HTTP request as it goes over the wire."""
    host = urlsplit(url).netloc
    head = f"{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def bear(url: str, messages: Sequence[bytes], requests: int, clients: int = 8) -> Load:
    """Send so many requests, each client one after the other; anything but success ends the measurement."""
    place = urlsplit(url)
    assert place.hostname is not None
    selector = selectors.DefaultSelector()
    connections = [socket.create_connection((place.hostname, place.port or 80)) for _ in range(clients)]
    for connection in connections:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, connection)
    seconds: list[float] = []
    sent: dict[socket.socket, float] = {}
    buffers = dict.fromkeys(connections, b"")
    began = time.perf_counter()
    number = 0
    for connection in connections:
        sent[connection] = time.perf_counter()
        connection.sendall(messages[number % len(messages)])
        number += 1
    while len(seconds) < requests:
        for key, _ in selector.select():
            connection = key.data
            buffers[connection] += connection.recv(1 << 20)
            if not _is_whole(buffers[connection]):
                continue
            buffers[connection] = b""
            now = time.perf_counter()
            seconds.append(now - sent[connection])
            if number < requests:
                sent[connection] = now
                connection.sendall(messages[number % len(messages)])
                number += 1
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    selector.close()
    return Load(len(seconds) / took, tuple(sorted(seconds)))


def _is_whole(answer: bytes) -> bool:
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank:
        return False
    assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")), answer[:500]
    _, _, length = head.lower().partition(b"content-length: ")
    return len(body) >= int(length.partition(b"\r\n")[0])
