"""Starting a server in a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from bylaw.server.application import build_application
from bylaw.server.options import ServerOptions
from tools.server.policy_api.client import Api
from tools.server.serving import running


@contextmanager
def served(url: str, **options: Any) -> Iterator[Api]:
    """Serve the database at `url`, and stop at the end."""
    app = build_application(ServerOptions(url=url, **options))
    with running(app) as base, httpx.Client(base_url=base, timeout=30) as http:
        yield Api(http)
