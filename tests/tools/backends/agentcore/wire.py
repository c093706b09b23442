"""A server on this machine that speaks the service's protocol, and can be told to answer something else.

with serving() as wire:
    wire.script("CreatePolicy", refusal(429, "ThrottlingException"))        # instead of an answer
    wire.script("CreatePolicy", DROPPED_AFTER)                              # the write counts, its answer never comes
    client = boto3.client(..., endpoint_url=wire.url)
    assert [request.operation for request in wire.requests] == ["CreatePolicy"]
"""

import json
import re
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tools.backends.agentcore.service import Answer, Service

ROUTES = {
    "CreatePolicyEngine": ("POST", "/policy-engines"),
    "ListPolicyEngines": ("GET", "/policy-engines"),
    "GetPolicyEngine": ("GET", "/policy-engines/{}"),
    "CreatePolicy": ("POST", "/policy-engines/{}/policies"),
    "ListPolicies": ("GET", "/policy-engines/{}/policies"),
    "GetPolicy": ("GET", "/policy-engines/{}/policies/{}"),
    "UpdatePolicy": ("PATCH", "/policy-engines/{}/policies/{}"),
    "DeletePolicy": ("DELETE", "/policy-engines/{}/policies/{}"),
    "ListTagsForResource": ("GET", "/tags/{}"),
    "TagResource": ("POST", "/tags/{}"),
    "GetGateway": ("GET", "/gateways/{}/"),
    "UpdateGateway": ("PUT", "/gateways/{}/"),
}
_PATTERNS = {name: (verb, re.compile(path.replace("{}", "([^/]+)"))) for name, (verb, path) in ROUTES.items()}


@dataclass(frozen=True)
class Drop:
    """The connection is reset instead of an answer."""

    after_effect: bool


DROPPED_BEFORE = Drop(after_effect=False)
DROPPED_AFTER = Drop(after_effect=True)


@dataclass(frozen=True)
class Request:
    """What was received."""

    operation: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)


@dataclass
class Wire:
    """A running server."""

    service: Service = field(default_factory=Service)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    _scripts: defaultdict[str, deque[Answer | Drop]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def script(self, operation: str, *answers: Answer | Drop) -> None:
        """Answer the next requests of `operation` so, one each."""
        self._scripts[operation].extend(answers)

    def quiet(self) -> None:
        """Forget what was scripted."""
        self._scripts.clear()

    def sent(self, operation: str) -> list[Request]:
        return [request for request in self.requests if request.operation == operation]

    def answer(self, verb: str, url: str, headers: Mapping[str, str], data: bytes) -> Answer | None:
        """Answer one request; none where the connection is to be reset."""
        parts = urlsplit(url)
        for operation, (known, pattern) in _PATTERNS.items():
            found = pattern.fullmatch(parts.path)
            if known == verb and found is not None:
                body = json.loads(data) if data else {}
                query = dict(parse_qsl(parts.query))
                with self._lock:
                    self.requests.append(Request(operation, found.groups(), query, dict(body), headers))
                    return self._scripted(operation, found.groups(), query, body)
        return Answer(404, {"message": "no such route"})

    def _scripted(self, operation: str, path: tuple[str, ...], query: Mapping[str, str], body: Any) -> Answer | None:
        script = self._scripts[operation]
        planned = script.popleft() if script else None
        if isinstance(planned, Answer):
            return planned
        if planned == DROPPED_BEFORE:
            return None
        answer = self.service.handle(operation, path, query, body)
        return None if planned else answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # head and body in one packet: two would wait for each other's acknowledgement
    wire: Wire

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.wire.answer(self.command, self.path, dict(self.headers), data)
        if answer is None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if answer.error:
            self.send_header("x-amzn-ErrorType", answer.error)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reset connection is no error here."""


@contextmanager
def serving() -> Iterator[Wire]:
    wire = Wire()
    handler = type("Handler", (_Handler,), {"wire": wire})
    with _Server(("127.0.0.1", 0), handler) as server:
        wire.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            server.shutdown()
            thread.join()
