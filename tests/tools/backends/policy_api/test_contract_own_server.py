"""The backend contract over real sockets against `bylaw serve`: its Policy API, on a database of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.backends.interface import Backend
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.model.effects import Mode
from bylaw.server.application import build_application
from bylaw.server.options import ServerOptions
from tools.backends.opening import LocalOutsider
from tools.backends.policy_api.opening import Stopwatch, policy_api_backend, serving
from tools.backends.policy_api.test_contract import WithoutSchemas
from tools.contracts.backend_contract import BackendContract, BoundedContract, SideBySideContract
from tools.contracts.policies import ENGINE, desired


class TestOwnServer(WithoutSchemas, BackendContract, SideBySideContract, BoundedContract):
    """With modes and validators, and Cedar that is checked before it is stored."""

    @pytest.fixture
    def database(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/bylaw.db"

    @pytest.fixture
    def url(self, database: str) -> Iterator[str]:
        with serving(build_application(ServerOptions(database))) as url:
            yield url

    @pytest.fixture
    def backend(self, url: str, watch: Stopwatch) -> PolicyApiBackend:
        return policy_api_backend(url, watch, provider="local")

    @pytest.fixture
    def outsider(self, url: str, database: str) -> Iterator[LocalOutsider]:
        """Writes past the server, which lets nobody store what is no Cedar."""
        del url
        outsider = LocalOutsider(database)
        yield outsider
        outsider.close()

    def test_the_target_digest_changes_with_every_write(self, backend: Backend) -> None:
        digests = [backend.observe().digest]
        created = backend.create(ENGINE, desired(), "1")
        digests.append(backend.observe().digest)
        changed = backend.set_mode(created, Mode.LOG_ONLY)
        digests.append(backend.observe().digest)
        backend.delete(changed)
        digests.append(backend.observe().digest)

        assert len(set(digests)) == len(digests)
