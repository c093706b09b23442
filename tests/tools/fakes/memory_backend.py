"""A managed policy store in memory: what a backend is expected to do, without the database.

Not transactional unless asked: then every write is visible on its own, a changed policy has to be a new object beside
the old one, and an edit of content in place is refused as a bug of the caller.

    backend = MemoryBackend()
    backend.on_visible = lambda writes: check(backend.observe())
    foreign = backend.seed("refunds", "permit everything")         # somebody else's, never logged
    backend.edit_outside(foreign.id, text="permit nothing")        # the console
    assert [write.kind for write in backend.log] == []
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bylaw.backends.connection import ContentReader
from bylaw.backends.interface import (
    BackendTerminalError,
    Capabilities,
    DesiredObject,
    LiveEngine,
    LiveObject,
    Observed,
    Status,
)
from bylaw.model.digests import SHORT, Digest, digest_json, digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError, InternalError
from bylaw.model.identifiers import AppId, PolicyRef
from bylaw.model.marks import Mark
from tools.fakes.tiny_language import read_tiny

LANGUAGES = frozenset({"cedar", "http-rules", "governance"})


class WriteKind(StrEnum):
    """The writes that a backend knows."""

    SCHEMA = "schema"
    CREATE = "create"
    UPDATE = "update"
    MODE = "mode"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Write:
    """One line of the write log."""

    kind: WriteKind
    engine: str
    object_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Stored:
    id: str
    engine: str
    name: str
    language: str
    effect: Effect | None
    mode: Mode
    text: str
    description: str
    revision: int = 1


@dataclass(frozen=True, slots=True)
class _Receipt:
    """What a token was used for."""

    object_id: str
    request: Digest


@dataclass(slots=True)
class _World:
    objects: dict[str, _Stored] = field(default_factory=dict)
    engines: dict[str, LiveEngine] = field(default_factory=dict)
    receipts: dict[str, _Receipt] = field(default_factory=dict)

    def copy(self) -> "_World":
        return _World(dict(self.objects), dict(self.engines), dict(self.receipts))


def _ignore(writes: tuple[Write, ...]) -> None:
    del writes


class MemoryBackend:
    """Implements `bylaw.backends.interface.Backend`. `log` holds all writes that became visible, in order."""

    def __init__(
        self,
        *,
        transactional: bool = False,
        reader: ContentReader = read_tiny,
        max_policies: int | None = None,
        max_statement_length: int | None = None,
        languages: frozenset[str] = LANGUAGES,
    ) -> None:
        self.capabilities = Capabilities(
            kind="memory",
            languages=languages,
            transactional=transactional,
            modes=frozenset(Mode),
            max_policies=max_policies,
            max_statement_length=max_statement_length,
        )
        self.log: list[Write] = []
        self.on_visible: Callable[[tuple[Write, ...]], None] = _ignore
        self._reader = reader
        self._world = _World()
        self._last_id = 0
        self._pending: list[Write] | None = None

    # What the interface asks for.

    def engine_of(self, app: AppId) -> str:
        """Answer an engine for each app."""
        return str(app)

    def observe(self) -> Observed:
        """Everything, by engine and id."""
        objects = sorted(self._world.objects.values(), key=lambda stored: (stored.engine, stored.id))
        engines = sorted(self._world.engines.values(), key=lambda engine: engine.name)
        return Observed(tuple(engines), tuple(map(self._live, objects)))

    def read(self, engine: str, object_id: str) -> LiveObject | None:
        """One object, or none."""
        stored = self._world.objects.get(object_id)
        return self._live(stored) if stored is not None and stored.engine == engine else None

    def put_schema(self, engine: str, schema: str | None) -> None:
        """Set the schema; an equal one is no write."""
        known = self._world.engines.get(engine)
        if known is None or known.schema != schema:
            self._world.engines[engine] = replace(known or LiveEngine(engine, None), schema=schema)
            self._wrote(Write(WriteKind.SCHEMA, engine))

    def create(self, engine: str, desired: DesiredObject, token: str) -> LiveObject:
        """Create an object, or recognise the repeated call."""
        request = _request(engine, desired)
        if (known := self._receipt(token, request)) is not None:
            return self._live(known)
        self._check_content(engine, desired)
        name = self._free_name(engine, desired, besides=None)
        self._last_id += 1
        stored = _apply(desired, _Stored(f"p{self._last_id:06}", engine, name, "", None, Mode.ACTIVE, "", "", 0), name)
        self._world.engines.setdefault(engine, LiveEngine(engine, None))
        return self._put(WriteKind.CREATE, stored, token, request)

    def update(self, live: LiveObject, desired: DesiredObject, token: str) -> LiveObject:
        """Give an object a new version; where not transactional, only new metadata."""
        request = _request(live.id, desired)
        if (known := self._receipt(token, request)) is not None:
            return self._live(known)
        stored = self._current(live)
        if not self.capabilities.transactional:
            return self._put(WriteKind.UPDATE, self._with_metadata(stored, desired), token, request)
        self._check_content(None, desired)
        name = self._free_name(stored.engine, desired, besides=stored.id)
        return self._put(WriteKind.UPDATE, _apply(desired, stored, name), token, request)

    def set_mode(self, live: LiveObject, mode: Mode) -> LiveObject:
        """Bring into or out of force; the present mode is no write."""
        stored = self._current(live)
        if stored.mode is mode:
            return self._live(stored)
        return self._put(WriteKind.MODE, replace(stored, mode=mode, revision=stored.revision + 1))

    def delete(self, live: LiveObject) -> None:
        """Remove, at the version seen; forgets the tokens that made the object."""
        if live.id not in self._world.objects:
            return
        stored = self._current(live)
        self._forget(stored.id)
        self._wrote(Write(WriteKind.DELETE, stored.engine, stored.id, stored.name))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, where transactional."""
        if not self.capabilities.transactional:
            yield
            return
        if self._pending is not None:
            raise InternalError("a transaction is open already")
        before, self._pending = self._world.copy(), []
        try:
            yield
        except BaseException:
            self._world, self._pending = before, None
            raise
        writes, self._pending = self._pending, None
        if writes:
            self._publish(tuple(writes))

    def close(self) -> None:
        """Nothing to give back."""

    # What tests do behind the reconciler's back; never logged.

    def seed(
        self,
        engine: str,
        text: str,
        *,
        name: str = "",
        description: str = "",
        language: str = "cedar",
        mode: Mode = Mode.ACTIVE,
    ) -> LiveObject:
        """Put an object in as somebody else would."""
        self._last_id += 1
        object_id = f"p{self._last_id:06}"
        content = self._reader(language, text)
        effect = content[0] if content else None
        stored = _Stored(object_id, engine, name or f"outside-{object_id}", language, effect, mode, text, description)
        self._world.engines.setdefault(engine, LiveEngine(engine, None))
        self._world.objects[object_id] = stored
        return self._live(stored)

    def edit_outside(
        self, object_id: str, *, text: str | None = None, mode: Mode | None = None, description: str | None = None
    ) -> LiveObject:
        """Change an object as somebody with a console would."""
        stored = self._world.objects[object_id]
        changed = replace(
            stored,
            text=stored.text if text is None else text,
            mode=mode or stored.mode,
            description=stored.description if description is None else description,
            revision=stored.revision + 1,
        )
        self._world.objects[object_id] = changed
        return self._live(changed)

    def remove_outside(self, object_id: str) -> None:
        """Delete an object as somebody with a console would."""
        self._forget(object_id)

    def set_engine_outside(self, engine: LiveEngine) -> None:
        """Replace an engine's schema and switches."""
        self._world.engines[engine.name] = engine

    # How it is done.

    def _live(self, stored: _Stored) -> LiveObject:
        mark = Mark.find(stored.description)
        effect, digest = self._content(stored, mark)
        return LiveObject(
            id=stored.id,
            engine=stored.engine,
            language=stored.language,
            text=stored.text,
            digest=digest,
            effect=effect,
            mode=stored.mode,
            status=Status.ACTIVE,
            mark=mark,
            version=str(stored.revision),
        )

    def _content(self, stored: _Stored, mark: Mark | None) -> tuple[Effect | None, Digest | None]:
        own = digest_text(stored.text)
        if mark is not None and own[:SHORT] == mark.digest:
            return stored.effect, own
        return self._reader(stored.language, stored.text) or (None, None)

    def _current(self, live: LiveObject) -> _Stored:
        stored = self._world.objects.get(live.id)
        if stored is None:
            raise ConflictError(f"object `{live.id}` does not exist any more")
        if str(stored.revision) != live.version:
            raise ConflictError(f"object `{live.id}` is at version {stored.revision}, expected {live.version}")
        return stored

    def _receipt(self, token: str, request: Digest) -> _Stored | None:
        receipt = self._world.receipts.get(token)
        if receipt is None:
            return None
        if receipt.request != request:
            raise ConflictError(f"token `{token}` was used for other content")
        return self._world.objects[receipt.object_id]

    def _check_content(self, new_in: str | None, desired: DesiredObject) -> None:
        limits = self.capabilities
        if desired.language not in limits.languages:
            raise BackendTerminalError(f"language `{desired.language}` is not supported")
        if limits.max_statement_length is not None and len(desired.text) > limits.max_statement_length:
            raise BackendTerminalError(
                f"statement has {len(desired.text)} characters, limit {limits.max_statement_length}"
            )
        held = sum(stored.engine == new_in for stored in self._world.objects.values())
        if new_in is not None and limits.max_policies is not None and held >= limits.max_policies:
            raise BackendTerminalError(f"engine `{new_in}` holds {held} policies, limit {limits.max_policies}")

    def _free_name(self, engine: str, desired: DesiredObject, *, besides: str | None) -> str:
        name = self.name_of(desired.ref, desired.digest)
        for stored in self._world.objects.values():
            if (stored.engine, stored.name) == (engine, name) and stored.id != besides:
                raise ConflictError(f"name `{name}` is held by object `{stored.id}`")
        return name

    def name_of(self, ref: PolicyRef, digest: Digest) -> str:
        """Compose the physical name: the ref, and where versions stand side by side, the content too."""
        return str(ref) if self.capabilities.transactional else f"{ref}@{digest[:SHORT]}"

    def _with_metadata(self, stored: _Stored, desired: DesiredObject) -> _Stored:
        _, digest = self._content(stored, Mark.find(stored.description))
        if (desired.digest, desired.mode) != (digest, stored.mode):
            raise InternalError(f"content of object `{stored.id}` was to be edited in place")
        return replace(stored, description=_described(desired), revision=stored.revision + 1)

    def _put(self, kind: WriteKind, stored: _Stored, token: str = "", request: Digest | None = None) -> LiveObject:
        self._world.objects[stored.id] = stored
        if request is not None:
            self._world.receipts[token] = _Receipt(stored.id, request)
        live = self._live(stored)
        self._wrote(Write(kind, stored.engine, stored.id, stored.name))
        return live

    def _forget(self, object_id: str) -> None:
        del self._world.objects[object_id]
        receipts = self._world.receipts
        self._world.receipts = {token: receipt for token, receipt in receipts.items() if receipt.object_id != object_id}

    def _wrote(self, write: Write) -> None:
        if self._pending is not None:
            self._pending.append(write)
        else:
            self._publish((write,))

    def _publish(self, writes: tuple[Write, ...]) -> None:
        self.log.extend(writes)
        self.on_visible(writes)


def _described(desired: DesiredObject) -> str:
    return f"{desired.description}\n{desired.mark}" if desired.description else str(desired.mark)


def _apply(desired: DesiredObject, stored: _Stored, name: str) -> _Stored:
    return replace(
        stored,
        name=name,
        language=desired.language,
        effect=desired.effect,
        mode=desired.mode,
        text=desired.text,
        description=_described(desired),
        revision=stored.revision + 1,
    )


def _request(place: str, desired: DesiredObject) -> Digest:
    """Digest all that a repeated call has to have in common with the first."""
    return digest_json(
        [place, str(desired.ref), desired.language, desired.effect, desired.mode, desired.text, _described(desired)]
    )
