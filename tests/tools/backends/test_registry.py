"""Backends by kind."""

from pathlib import Path

import pytest

from bylaw.backends.connection import random_id
from bylaw.backends.local import LocalBackend
from bylaw.backends.registry import BACKENDS, Connection, open_backend
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import TargetId
from tools.fakes.clock import FixedClock
from tools.fakes.tiny_language import read_tiny


def connection(url: str) -> Connection:
    return Connection(owner="acme/policies", target=TargetId("prod"), url=url, clock=FixedClock(), reader=read_tiny)


def test_a_known_kind_is_opened(tmp_path: Path) -> None:
    backend = open_backend("local", connection(f"sqlite:///{tmp_path}/bylaw.db"))

    assert isinstance(backend, LocalBackend)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        open_backend("locale", connection(f"sqlite:///{tmp_path}/bylaw.db"))

    assert refusal.value.message == "unknown backend kind `locale`"
    assert refusal.value.help == "known kinds: `local`"


def test_every_backend_tells_its_own_kind(tmp_path: Path) -> None:
    opened = {kind: opener(connection(f"sqlite:///{tmp_path}/bylaw.db")) for kind, opener in BACKENDS.items()}

    assert {kind: backend.capabilities.kind for kind, backend in opened.items()} == {kind: kind for kind in BACKENDS}


def test_a_connection_does_not_show_its_url() -> None:
    assert "hunter2" not in repr(connection("postgresql://ada:hunter2@host/db"))


def test_ids_are_drawn_at_random() -> None:
    drawn = {random_id() for _ in range(100)}

    assert len(drawn) == 100
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in drawn)
