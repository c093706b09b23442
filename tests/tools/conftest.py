"""Fixtures of the whole suite: goldens, and no network beyond loopback."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOLDENS = Path(__file__).parent / "goldens"
ROOT = Path(__file__).parents[2]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="rewrite the golden files from what the code prints now"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def compare(name: str, actual: str) -> None:
        place = GOLDENS / name
        if request.config.getoption("--update-goldens"):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(actual, encoding="utf-8")

        assert place.exists(), f"no golden {name}: run with --update-goldens"
        assert place.read_text(encoding="utf-8") == actual

    return compare


@pytest.fixture
def root() -> Path:
    """The top of this repository."""
    return ROOT


@pytest.fixture(autouse=True)
def _no_records_of_other_tests(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What one test finds clean, no other test takes for granted."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Any:
    """No test opens a connection to anything but loopback."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            pytest.fail(f"a test tried to reach {address[0]}")
        real(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()
