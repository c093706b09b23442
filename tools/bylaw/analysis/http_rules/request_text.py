"""Requests in a line, as a person would write them."""

from datetime import UTC, datetime

from bylaw.analysis.http_rules.cells import NOON_MS
from bylaw.evaluation.http_rules.requests import HttpRequest


def request_text(request: HttpRequest) -> str:
    """Method and URL, and what else of the request may matter."""
    parts = [f"{request.method} {request.url}"]
    parts += [f"{name}: {value}" for name, value in request.headers]
    if request.body is not None:
        parts.append(f"body {request.body}")
    if request.timestamp_ms != NOON_MS:
        moment = datetime.fromtimestamp(request.timestamp_ms / 1000, UTC)
        parts.append(f"at {moment:%H:%M} UTC")
    return ", ".join(parts)
