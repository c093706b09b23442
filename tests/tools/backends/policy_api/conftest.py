"""Fixtures of the Policy API tests: the original server on this machine, and the backend opened on it."""

from collections.abc import Iterator

import pytest

from bylaw.backends.policy_api.backend import PolicyApiBackend
from tools.backends.policy_api.opening import HttpOutsider, Stopwatch, policy_api_backend, serving
from tools.backends.policy_api.original import World, original


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with serving(original(world)) as url:
        yield url


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def backend(url: str, watch: Stopwatch) -> PolicyApiBackend:
    return policy_api_backend(url, watch, provider="noop")


@pytest.fixture
def outsider(url: str) -> Iterator[HttpOutsider]:
    outsider = HttpOutsider(url)
    yield outsider
    outsider.close()
