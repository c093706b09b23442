"""The backend contract, over real sockets with the real SDK."""

from bylaw.backends.interface import Backend
from bylaw.model.effects import Mode
from tools.contracts.backend_contract import BackendContract, BoundedContract, SideBySideContract
from tools.contracts.policies import ENGINE, desired


class ServiceOwnsSchema:
    """What the contract says of schemas, where the service derives them by itself."""

    def test_the_target_digest_changes_with_every_write(self, backend: Backend) -> None:
        digests = [backend.observe().digest]
        created = backend.create(ENGINE, desired(), "1")
        digests.append(backend.observe().digest)
        changed = backend.set_mode(created, Mode.LOG_ONLY)
        digests.append(backend.observe().digest)
        backend.delete(changed)
        digests.append(backend.observe().digest)

        assert len(set(digests)) == len(digests)

    def test_a_schema_is_kept_and_can_be_taken_away(self, backend: Backend) -> None:
        backend.put_schema(ENGINE, "entity User;")

        assert [(engine.name, engine.schema) for engine in backend.observe().engines] == [(ENGINE, None)]
        assert not backend.capabilities.manages_schema


class TestAgentCoreBackend(ServiceOwnsSchema, BackendContract, SideBySideContract, BoundedContract):
    """Against a server of the tests' own."""
