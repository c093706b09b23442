"""The backend contract over real sockets: against the original server with each of its providers, and against our own."""

from collections.abc import Iterator

import pytest

from bylaw.backends.interface import Backend, BackendTerminalError
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from tools.backends.policy_api.opening import Stopwatch, policy_api_backend, serving
from tools.backends.policy_api.original import AgentCore, World, original
from tools.contracts.backend_contract import BackendContract, BoundedContract, Outsider, SideBySideContract
from tools.contracts.policies import ENGINE, desired, statement


class WithoutSchemas:
    """What the contract says of schemas, where the store has none."""

    def test_a_schema_is_kept_and_can_be_taken_away(self, backend: Backend) -> None:
        backend.put_schema(ENGINE, "entity User;")

        assert [(engine.name, engine.schema) for engine in backend.observe().engines] == [(ENGINE, None)]
        assert not backend.capabilities.manages_schema


class WithoutModes(WithoutSchemas):
    """What the contract says of modes and versions, where every policy decides."""

    someone: Outsider

    @pytest.fixture(autouse=True)
    def meet(self, outsider: Outsider) -> None:
        self.someone = outsider

    def test_the_target_digest_changes_with_every_write(self, backend: Backend) -> None:
        digests = [backend.observe().digest]
        created = backend.create(ENGINE, desired(), "1")
        digests.append(backend.observe().digest)
        backend.delete(created)
        digests.append(backend.observe().digest)

        assert len(set(digests)) == len(digests)

    def test_every_change_gives_another_version(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        self.someone.edit(created.id, statement(2))

        edited = backend.read(ENGINE, created.id)
        assert edited is not None
        assert edited.version != created.version

    def test_a_stale_mode_change_is_a_conflict(self, backend: Backend) -> None:
        stale = backend.create(ENGINE, desired(), "1")
        self.someone.edit(stale.id, statement(2))

        with pytest.raises(ConflictError):
            backend.set_mode(stale, Mode.ACTIVE)

    def test_a_stale_update_is_a_conflict(self, backend: Backend) -> None:
        stale = backend.create(ENGINE, desired(), "1")
        self.someone.edit(stale.id, statement(2))

        with pytest.raises(ConflictError):
            backend.update(stale, desired(description="other"), "2")

        assert [live.text for live in backend.observe().objects] == [statement(2)]

    def test_a_stale_delete_is_a_conflict(self, backend: Backend) -> None:
        stale = backend.create(ENGINE, desired(), "1")
        self.someone.edit(stale.id, statement(2))

        with pytest.raises(ConflictError):
            backend.delete(stale)

        assert [live.text for live in backend.observe().objects] == [statement(2)]

    def test_a_policy_may_start_out_of_force(self, backend: Backend) -> None:
        with pytest.raises(BackendTerminalError):
            backend.create(ENGINE, desired(mode=Mode.LOG_ONLY), "1")

        assert backend.observe().objects == ()
        assert Mode.LOG_ONLY not in backend.capabilities.modes

    def test_a_mode_change_leaves_everything_else(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        with pytest.raises(BackendTerminalError):
            backend.set_mode(created, Mode.LOG_ONLY)

        assert backend.observe().objects == (created,)

    def test_foreign_objects_survive_everything_we_do(self, backend: Backend, outsider: Outsider) -> None:
        outsider.add(ENGINE, statement(9))
        outsider.add("elsewhere", statement(8), "bylaw: 1 other/repo prod elsewhere/x 0123456789ab")
        before = backend.observe().objects

        created = backend.create(ENGINE, desired(), "1")
        changed = backend.update(created, desired(description="other"), "2")
        backend.put_schema(ENGINE, "entity User;")
        backend.delete(changed)

        assert backend.observe().objects == before


class TestOriginalInMemory(WithoutModes, BackendContract, SideBySideContract, BoundedContract):
    """The original server with its in-memory provider."""


class TestOriginalBeforeAgentCore(WithoutModes, BackendContract, SideBySideContract, BoundedContract):
    """The original server with its provider for AgentCore. A description cannot be changed there, and no name has a hyphen."""

    @pytest.fixture
    def url(self, world: World) -> Iterator[str]:
        with serving(original(world, AgentCore(world))) as url:
            yield url

    @pytest.fixture
    def backend(self, url: str, watch: Stopwatch) -> PolicyApiBackend:
        return policy_api_backend(url, watch, provider="agentcore")

    def test_new_metadata_leaves_the_content(self, backend: Backend) -> None:
        created = backend.create(ENGINE, desired(), "1")

        with pytest.raises(BackendTerminalError):
            backend.update(created, desired("moved/cap-refund"), "2")

        assert [live.mark for live in backend.observe().objects] == [created.mark]

    def test_a_repeated_update_is_recognised(self, backend: Backend) -> None:
        self.someone.add(ENGINE, statement(), "made by hand")
        (foreign,) = backend.observe().objects
        first = backend.update(foreign, desired(), "2")

        again = backend.update(foreign, desired(), "2")

        assert again == first
        assert backend.observe().objects == (first,)

    def test_foreign_objects_survive_everything_we_do(self, backend: Backend, outsider: Outsider) -> None:
        outsider.add(ENGINE, statement(9))
        outsider.add("elsewhere", statement(8), "bylaw: 1 other/repo prod elsewhere/x 0123456789ab")
        before = backend.observe().objects

        created = backend.create(ENGINE, desired(), "1")
        backend.put_schema(ENGINE, "entity User;")
        backend.delete(created)

        assert backend.observe().objects == before
