"""The noop backend: a store like any other, of which nothing is left."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.backends.local.backend import LocalBackend, open_local
from bylaw.backends.local.capabilities import NOOP
from tools.backends.opening import LocalOutsider, local_connection
from tools.contracts.backend_contract import BackendContract, Outsider, TransactionalContract


class TestNoopBackend(BackendContract, TransactionalContract):
    """As the reconciler sees it."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/noop.db"

    @pytest.fixture
    def backend(self, url: str) -> Iterator[LocalBackend]:
        backend = open_local(local_connection(url), NOOP)
        yield backend
        backend.close()

    @pytest.fixture
    def outsider(self, url: str) -> Iterator[Outsider]:
        outsider = LocalOutsider(url)
        yield outsider
        outsider.close()
