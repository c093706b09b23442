"""The local store as a backend: an app's policies live in the engine of the same name, each under its ref.

A changed policy is a new version of the same object. The ownership mark is the last line of the description.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from bylaw.backends.connection import Connection
from bylaw.backends.interface import (
    BackendTerminalError,
    Capabilities,
    DesiredObject,
    LiveEngine,
    LiveObject,
    Observed,
    Status,
)
from bylaw.backends.local.capabilities import LOCAL
from bylaw.backends.local.reading import Reader
from bylaw.backends.local.records import Draft, Origin, Policy
from bylaw.backends.local.store import Store, open_store
from bylaw.backends.local.writing import Writer
from bylaw.model.digests import Digest, digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError, InternalError
from bylaw.model.identifiers import AppId
from bylaw.model.marks import Mark


class LocalBackend:
    """Implements `bylaw.backends.interface.Backend`. Used by one thread at a time."""

    def __init__(self, store: Store, connection: Connection, capabilities: Capabilities = LOCAL) -> None:
        self.store = store
        """For what the interface does not offer: histories, the audit trail."""
        self.capabilities = capabilities
        self._connection = connection
        self._transaction: Writer | None = None

    def engine_of(self, app: AppId) -> str:
        """Answer the app's own engine."""
        return str(app)

    def observe(self) -> Observed:
        """Read everything in one snapshot, by engine and id."""
        with self._reader() as reader:
            engines = tuple(LiveEngine(engine.name, engine.schema) for engine in reader.engines())
            return Observed(engines, tuple(map(self._live, reader.all_policies())))

    def read(self, engine: str, object_id: str) -> LiveObject | None:
        """Read one object afresh."""
        with self._reader() as reader:
            policy = reader.policy(object_id)
        return self._live(policy) if policy is not None and policy.engine == engine else None

    def put_schema(self, engine: str, schema: str | None) -> None:
        """Set the schema, and make the engine where it is missing."""
        with self._writer("") as writer:
            writer.put_schema(engine, schema)

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        """Create a policy, and its engine where it is missing."""
        draft = _draft(desired)
        with self._writer(token) as writer:
            return self._live(writer.create_policy(engine, draft, token))

    def update(self, live: LiveObject, desired: DesiredObject, token: str) -> LiveObject:
        """Make an object what is desired, as a new version where the content changes."""
        draft = _draft(desired)
        with self._writer(token) as writer:
            return self._live(writer.put_version(live.id, _revision(live), draft, token))

    def set_mode(self, live: LiveObject, mode: Mode) -> LiveObject:
        """Bring an object into or out of force."""
        with self._writer("") as writer:
            return self._live(writer.set_mode(live.id, _revision(live), mode))

    def delete(self, live: LiveObject) -> None:
        """Delete an object; its versions stay in the store."""
        with self._writer("") as writer:
            if writer.policy(live.id) is not None:
                writer.delete_policy(live.id, _revision(live))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes inside visible together; an exception undoes them all."""
        if self._transaction is not None:
            raise InternalError("a transaction is open already")
        with self.store.writing(Origin(self._connection.actor)) as writer:
            self._transaction = writer
            try:
                yield
            finally:
                self._transaction = None

    def close(self) -> None:
        """Give the database back."""
        self.store.close()

    def _reader(self) -> AbstractContextManager[Reader]:
        return nullcontext(self._transaction) if self._transaction is not None else self.store.reading()

    def _writer(self, run: str) -> AbstractContextManager[Writer]:
        origin = Origin(self._connection.actor, run)
        if self._transaction is not None:
            return nullcontext(self._transaction.on_behalf_of(origin))
        return self.store.writing(origin)

    def _live(self, policy: Policy) -> LiveObject:
        mark = Mark.find(policy.description)
        effect, digest = self._content(policy, mark)
        return LiveObject(
            id=policy.id,
            engine=policy.engine,
            language=policy.language,
            text=policy.text,
            digest=digest,
            effect=effect,
            mode=policy.mode,
            status=Status.ACTIVE,
            mark=mark,
            version=str(policy.revision),
        )

    def _content(self, policy: Policy, mark: Mark | None) -> tuple[Effect | None, Digest | None]:
        """Trust what the store recorded where we deployed this very text, which then is canonical; else read the text."""
        own = digest_text(policy.text)
        if mark is not None and self._is_ours(mark) and own == policy.sha256 and own.startswith(mark.digest):
            return policy.effect, own
        return self._connection.reader(policy.language, policy.text) or (None, None)

    def _is_ours(self, mark: Mark) -> bool:
        return (mark.owner, mark.target) == (self._connection.owner, self._connection.target)


def open_local(connection: Connection, capabilities: Capabilities = LOCAL) -> LocalBackend:
    """Open the local store of one target; nothing is read or written yet."""
    return LocalBackend(open_store(connection.url, connection.clock, connection.ids), connection, capabilities)


def _draft(desired: DesiredObject) -> Draft:
    if desired.language not in LOCAL.languages:
        raise BackendTerminalError(f"language `{desired.language}` cannot be stored")
    return Draft(
        name=str(desired.ref),
        language=desired.language,
        effect=desired.effect,
        mode=desired.mode,
        text=desired.text,
        description=f"{desired.description}\n{desired.mark}".lstrip("\n"),
        author=desired.author,
        commit=desired.commit,
    )


def _revision(live: LiveObject) -> int:
    if not live.version.isdecimal():
        raise ConflictError(f"object `{live.id}` was never at version `{live.version}`")
    return int(live.version)
