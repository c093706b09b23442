"""How the tests open the local store and the state, and stand beside them."""

from bylaw.backends.connection import Connection
from bylaw.backends.local.backend import LocalBackend, open_local
from bylaw.backends.local.records import Draft, Origin
from bylaw.backends.local.store import Store, open_store
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from tools.contracts.policies import OWNER, TARGET
from tools.fakes.clock import FixedClock
from tools.fakes.tiny_language import read_tiny


class Ids:
    """Answers `p000001`, `p000002` …"""

    def __init__(self, prefix: str = "p") -> None:
        self._prefix = prefix
        self._last = 0

    def __call__(self) -> str:
        self._last += 1
        return f"{self._prefix}{self._last:06}"


def local_connection(url: str, prefix: str = "p") -> Connection:
    """How the reconciler reaches the local store; ids begin with `prefix`."""
    return Connection(
        owner=OWNER, target=TARGET, url=url, clock=FixedClock(), reader=read_tiny, ids=Ids(prefix), actor="ada"
    )


def local_backend(url: str, prefix: str = "p") -> LocalBackend:
    """Open the local store as the reconciler does."""
    return open_local(local_connection(url, prefix))


class LocalOutsider:
    """Somebody who uses the store's own interface. Implements `Outsider`."""

    def __init__(self, url: str) -> None:
        self.store: Store = open_store(url, FixedClock(), Ids("outside-"))
        self._count = 0

    def add(self, engine: str, text: str, description: str = "") -> str:
        self._count += 1
        draft = Draft(f"outside-{self._count}", "cedar", Effect.PERMIT, Mode.ACTIVE, text, description)
        with self.store.writing(Origin("eve")) as writer:
            return writer.create_policy(engine, draft, f"outside-{self._count}").id

    def edit(self, object_id: str, text: str) -> None:
        with self.store.writing(Origin("eve")) as writer:
            policy = writer.policy(object_id)
            assert policy is not None
            draft = Draft(policy.name, policy.language, policy.effect, policy.mode, text, policy.description)
            writer.put_version(object_id, policy.revision, draft, digest_text(text))

    def close(self) -> None:
        self.store.close()
