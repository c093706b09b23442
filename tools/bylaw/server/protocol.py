"""uvicorn's fast HTTP protocol, with the bound on headers that its parser lacks."""

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 64 * 1024
"""Bytes of request line and headers."""
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A request whose head does not end is refused instead of kept in memory."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed through
        super().__init__(*arguments, **named)
        self._head: int | None = 0
        """Bytes of the head so far; none while a body comes in."""

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > MAX_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Begin with the body."""
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request; the next one begins with its head."""
        self._head = 0
        super().on_message_complete()
