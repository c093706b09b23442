"""One HTTP exchange at a time: bounded in size and time, never redirected, failures sorted, nothing believed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn

import httpx

from bylaw.backends.policy_api.failures import Call, Failures, Reply
from bylaw.backends.policy_api.retrying import Retrying

MAX_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of an answer, decompressed: a page of a hundred of the largest policies, escaped, fits in."""
MAX_ETAG: Final = 256
MAX_RETRY_AFTER: Final = 60.0
WHOLE_ANSWER: Final = 4
"""How many times the time for one read a whole answer may take."""

_ETAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')


@dataclass(frozen=True, slots=True)
class Received:
    """A successful answer."""

    body: Any
    """JSON; nothing in it is trusted. None where the answer has no body."""
    etag: str | None
    """The strong validator of the object that was answered."""
    date: datetime | None
    """The server's clock."""


class Transport:
    """One server, through one HTTP client. Used by one thread at a time."""

    def __init__(
        self, client: httpx.Client, failures: Failures, retrying: Retrying, ids: Callable[[], str], seconds: float
    ) -> None:
        self._client = client
        self._failures = failures
        self._retrying = retrying
        self._ids = ids
        self._whole_seconds = WHOLE_ANSWER * seconds

    def read(self, name: str, path: str, query: Mapping[str, str] | None = None) -> Received:
        """GET, again and again while that may help."""
        call = Call(name, writes=False)
        return self._retrying.until_done(lambda: self._exchange(call, "GET", path, query=query))

    def read_once(self, name: str, path: str, *, anonymous: bool = False) -> Received:
        """GET, without patience; `anonymous` leaves the credentials out."""
        return self._exchange(Call(name, writes=False), "GET", path, anonymous=anonymous)

    def write(
        self, name: str, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Received:
        """Send a write, once: whether it may be repeated is the reconciler's question."""
        return self._exchange(Call(name, writes=True), method, path, body=body, headers=headers)

    def misread(self, message: str, name: str, *, writes: bool) -> NoReturn:
        """Raise for an answer that cannot be understood."""
        raise self._failures.misread(message, Call(name, writes))

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _exchange(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        anonymous: bool = False,
    ) -> Received:
        content = None if body is None else json.dumps(body, ensure_ascii=True).encode()
        sent = {"X-Request-Id": self._ids(), **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        try:
            request = self._client.build_request(method, path, params=query, content=content, headers=sent)
            if anonymous:
                for name in self._failures.credentials.headers:
                    del request.headers[name]
            status, received, raw = self._send(request)
        except Exception as error:  # noqa: BLE001 - a hostile answer can raise anything; it must not end the run
            raise self._failures.raised(error, call) from None
        if raw is None:
            raise self._failures.misread(f"the answer is larger than {MAX_ANSWER:,} bytes", call)
        if not 200 <= status < 300:
            raise self._failures.answered(Reply(status, _detail(raw), _retry_after(received)), call)
        return Received(self._json(raw, call), _etag(received), _date(received))

    def _send(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes | None]:
        """Status, headers and body; none for a body that is too large."""
        response = self._client.send(request, stream=True)
        deadline = self._retrying.monotonic() + self._whole_seconds
        try:
            parts, size = [], 0
            for part in response.iter_bytes():
                size += len(part)
                if size > MAX_ANSWER:
                    return response.status_code, response.headers, None
                if self._retrying.monotonic() > deadline:
                    raise httpx.ReadTimeout("the whole answer")
                parts.append(part)
            return response.status_code, response.headers, b"".join(parts)
        finally:
            response.close()

    def _json(self, raw: bytes, call: Call) -> Any:  # noqa: ANN401 - not looked at yet
        if not raw:
            return None
        try:
            return _parsed(raw)
        except (ValueError, RecursionError):
            raise self._failures.misread("the answer is not JSON", call) from None


def _parsed(raw: bytes) -> Any:  # noqa: ANN401 - not looked at yet
    return json.loads(raw.decode(), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _detail(raw: bytes) -> object:
    try:
        body = _parsed(raw)
    except (ValueError, RecursionError):
        return None
    return body.get("detail") if isinstance(body, dict) else None


def _etag(headers: httpx.Headers) -> str | None:
    value = headers.get("ETag", "")
    return value if len(value) <= MAX_ETAG and _ETAG.fullmatch(value) and not value.startswith("W/") else None


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds; the form with a date is rare, and taken for nothing said."""
    value = headers.get("Retry-After", "")
    return min(float(value), MAX_RETRY_AFTER) if re.fullmatch("[0-9]{1,6}", value) else None


def _date(headers: httpx.Headers) -> datetime | None:
    try:
        found = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
