"""Fixtures of the AgentCore tests: a server on this machine, and the backend opened on it."""

from collections.abc import Iterator

import pytest

from bylaw.backends.agentcore.backend import AgentCoreBackend
from tools.backends.agentcore.opening import OPENED, BotoOutsider, Stopwatch, agentcore_backend
from tools.backends.agentcore.wire import Wire, serving


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    with serving() as wire:
        yield wire


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def backend(wire: Wire, watch: Stopwatch) -> AgentCoreBackend:
    return agentcore_backend(wire.url, watch)


@pytest.fixture
def outsider(wire: Wire) -> Iterator[BotoOutsider]:
    outsider = BotoOutsider(wire.url)
    yield outsider
    outsider.close()
