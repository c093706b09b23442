"""The backend `agentcore`, with the real SDK, passes its contract against this server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.backends.interface import Backend
from bylaw.backends.local.store import open_store
from bylaw.server.agentcore import AgentCoreOptions, agentcore_app
from tools.backends.agentcore.opening import BotoOutsider, agentcore_backend
from tools.backends.agentcore.test_contract import ServiceOwnsSchema
from tools.contracts.backend_contract import BackendContract, BoundedContract, Outsider, SideBySideContract
from tools.fakes.clock import FixedClock
from tools.server.serving import running


class TestAgentCoreBackend(ServiceOwnsSchema, BackendContract, SideBySideContract, BoundedContract):
    """As the reconciler sees it."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> Iterator[str]:
        database, clock = f"sqlite:///{tmp_path}/server.db", FixedClock()
        store = open_store(database, clock)
        face = agentcore_app(database, store, clock, AgentCoreOptions(semantic_findings=False))
        with running(face) as url:
            yield url
        face.close()
        store.close()

    @pytest.fixture
    def backend(self, url: str) -> Backend:
        return agentcore_backend(url)

    @pytest.fixture
    def outsider(self, url: str) -> Iterator[Outsider]:
        outsider = BotoOutsider(url)
        yield outsider
        outsider.close()
