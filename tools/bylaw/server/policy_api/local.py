"""The provider `local`: the embedded store. `noop` is the same over a scratch database that is gone when the server ends.

An engine's id is its name in the store; engines that a reconciler has made are seen and managed here as well. Those of the
AgentCore face are only shown: it would not know of a change.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from bylaw.backends.connection import IdFactory, random_id
from bylaw.backends.local.engine_writing import REUSED
from bylaw.backends.local.reading import Reader
from bylaw.backends.local.records import Draft, Engine, Origin, Page, Place, Policy
from bylaw.backends.local.store import Store
from bylaw.backends.local.writing import Writer
from bylaw.model.digests import digest_text
from bylaw.model.effects import Mode
from bylaw.model.errors import ConflictError
from bylaw.server.policy_api.models import (
    AssetsAnswer,
    EnforcementMode,
    EngineAnswer,
    EngineCreate,
    EnginesAnswer,
    GenerationAnswer,
    GenerationsAnswer,
    GenerationStart,
    PoliciesAnswer,
    PolicyAnswer,
    PolicyCreate,
    PolicyUpdate,
)
from bylaw.server.policy_api.paging import page_token, read_token
from bylaw.server.policy_api.provider import NO_GENERATIONS, Caller, Precondition, Slice
from bylaw.server.policy_api.records import MODES, engine_of, policy_of
from bylaw.server.policy_api.statements import Statement, canonical_schema, read_body
from bylaw.server.problems import HttpProblemError, conflict, invalid, missing

_ENGINES: Final = "engines"


class LocalProvider:
    """Implements `Provider` on a store."""

    def __init__(self, store: Store, ids: IdFactory = random_id, held: Callable[[str], bool] = lambda _: False) -> None:
        self.store: Store = store
        self._ids = ids
        self._held = held
        """Whether another face keeps an engine's policies, which then are changed there and only shown here."""
        self._turn = Lock()
        """Waiting for one another here is fair and quick; SQLite would have writers try again and again."""

    def create_engine(self, caller: Caller, wanted: EngineCreate, key: str | None) -> EngineAnswer:
        """Make an engine; a name that an open engine has is a 409."""
        schema = None if wanted.schema_ is None else canonical_schema(wanted.schema_)
        with self._writing(caller) as writer:
            engine = writer.open_engine(wanted.name, wanted.description, self._token(caller, _ENGINES, key))
            if schema is not None:
                writer.put_schema(engine.name, schema)
            return engine_of(_known(writer, engine.name))

    def engines(self, part: Slice) -> EnginesAnswer:
        """List engines, the oldest first."""
        after = read_token(_ENGINES, part.token)
        with self.store.reading() as reader:
            page = reader.engines_by_age(after=after, limit=part.limit)
        last = [Place(engine.created_at, engine.name) for engine in page.items[-1:]]
        return EnginesAnswer(policy_engines=list(map(engine_of, page.items)), next_token=_next(_ENGINES, page, last))

    def engine(self, engine_id: str) -> EngineAnswer:
        """One engine."""
        with self.store.reading() as reader:
            return engine_of(_known(reader, engine_id))

    def delete_engine(self, caller: Caller, engine_id: str, condition: Precondition, *, cascade: bool) -> None:
        """Close an engine; while it holds policies that is a 409, or with `cascade` the end of them."""
        with self._writing(caller, engine_id) as writer:
            engine = _find(writer, engine_id)
            condition.demand(None if engine is None else engine_of(engine))
            if engine is None:
                return
            policies = writer.policies_of(engine.name)
            if policies and not cascade:
                raise conflict(f"Policy engine holds {len(policies)} policies: delete them first, or use cascade=true")
            for policy in policies:
                writer.delete_policy(policy.id, policy.revision)
            writer.close_engine(engine.name)

    def create_policy(self, caller: Caller, engine_id: str, wanted: PolicyCreate, key: str | None) -> PolicyAnswer:
        """Make a policy; a name that a policy of the engine has is a 409."""
        with self._writing(caller, engine_id) as writer:
            engine = _known(writer, engine_id)
            statement = read_body(wanted.policy_body, engine.schema)
            token = self._token(caller, engine.name, key)
            # A generated name follows from the token, so that a repeated request is the same request.
            name = wanted.name or f"policy_{digest_text(token)[:12]}"
            draft = Draft(
                name=name,
                language="cedar",
                effect=statement.effect,
                mode=_mode(wanted.enforcement_mode, statement.mode),
                text=wanted.policy_body,
                description=wanted.description,
                author=caller.principal.id,
            )
            return policy_of(writer.create_policy(engine.name, draft, token))

    def policies(self, engine_id: str, part: Slice) -> PoliciesAnswer:
        """List the policies of an engine, the oldest first."""
        listing = f"policies {engine_id}"
        after = read_token(listing, part.token)
        with self.store.reading() as reader:
            engine = _known(reader, engine_id)
            page = reader.policies_by_age(engine.name, after=after, limit=part.limit)
        last = [Place(policy.created_at, policy.id) for policy in page.items[-1:]]
        return PoliciesAnswer(policies=list(map(policy_of, page.items)), next_token=_next(listing, page, last))

    def policy(self, engine_id: str, policy_id: str) -> PolicyAnswer:
        """One policy."""
        with self.store.reading() as reader:
            _known(reader, engine_id)
            policy = _find_policy(reader, engine_id, policy_id)
        if policy is None:
            raise missing("Policy")
        return policy_of(policy)

    def update_policy(
        self, caller: Caller, engine_id: str, policy_id: str, wanted: PolicyUpdate, condition: Precondition
    ) -> PolicyAnswer:
        """Change a policy; another definition is a new version of it."""
        with self._writing(caller, engine_id) as writer:
            engine = _known(writer, engine_id)
            policy = _find_policy(writer, engine_id, policy_id)
            if policy is None:
                raise missing("Policy")
            condition.demand(policy_of(policy))
            statement = read_body(wanted.policy_body, engine.schema)
            draft = _changed(policy, wanted, statement, caller)
            return policy_of(writer.put_version(policy.id, policy.revision, draft, self._ids()))

    def delete_policy(self, caller: Caller, engine_id: str, policy_id: str, condition: Precondition) -> None:
        """Delete a policy; its versions stay in the store."""
        with self._writing(caller, engine_id) as writer:
            known = _find(writer, engine_id) is not None
            policy = _find_policy(writer, engine_id, policy_id) if known else None
            condition.demand(None if policy is None else policy_of(policy))
            if policy is not None:
                writer.delete_policy(policy.id, policy.revision)

    def start_generation(self, caller: Caller, engine_id: str, wanted: GenerationStart) -> GenerationAnswer:
        """Not here."""
        del caller, engine_id, wanted
        raise HttpProblemError(501, NO_GENERATIONS)

    def generations(self, engine_id: str, part: Slice) -> GenerationsAnswer:
        """Not here."""
        del engine_id, part
        raise HttpProblemError(501, NO_GENERATIONS)

    def generation(self, engine_id: str, generation_id: str) -> GenerationAnswer:
        """Not here."""
        del engine_id, generation_id
        raise HttpProblemError(501, NO_GENERATIONS)

    def assets(self, engine_id: str, generation_id: str, part: Slice) -> AssetsAnswer:
        """Not here."""
        del engine_id, generation_id, part
        raise HttpProblemError(501, NO_GENERATIONS)

    def close(self) -> None:
        """Give the connections back."""
        self.store.close()

    @contextmanager
    def _writing(self, caller: Caller, engine_id: str | None = None) -> Iterator[Writer]:
        if engine_id is not None and self._held(engine_id):
            raise conflict("Policy engine is kept by the AgentCore control plane: change it there")
        origin = Origin(caller.principal.id, caller.correlation)
        try:
            with self._turn, self.store.writing(origin) as writer:
                writer.take_turn()  # what is checked from here on still holds at the commit
                yield writer
        except ConflictError as error:
            if error.code == REUSED:
                loc = ("header", "idempotency-key")
                raise invalid("idempotency_mismatch", loc, "this key was used for another request") from None
            raise

    def _token(self, caller: Caller, place: str, key: str | None) -> str:
        """A caller's keys are its own, and belong to one place."""
        return self._ids() if key is None else digest_text(f"{caller.principal.id}\n{place}\n{key}")


def _next(listing: str, page: Page[Engine] | Page[Policy], last: list[Place]) -> str | None:
    return page_token(listing, last[0]) if page.more else None


def _find(reader: Reader, engine_id: str) -> Engine | None:
    return reader.engine(engine_id) if _is_id(engine_id) else None


def _known(reader: Reader, engine_id: str) -> Engine:
    engine = _find(reader, engine_id)
    if engine is None:
        raise missing("Policy engine")
    return engine


def _find_policy(reader: Reader, engine_id: str, policy_id: str) -> Policy | None:
    policy = reader.policy(policy_id) if _is_id(policy_id) else None
    return policy if policy is not None and policy.engine == engine_id else None


def _is_id(text: str) -> bool:
    """Whether anything could be called that; some databases refuse to be asked for more."""
    return 0 < len(text) <= 500 and text.isprintable()


def _mode(wanted: EnforcementMode | None, default: Mode) -> Mode:
    return default if wanted is None else MODES[wanted]


def _changed(policy: Policy, wanted: PolicyUpdate, statement: Statement, caller: Caller) -> Draft:
    return Draft(
        name=policy.name if wanted.name is None else wanted.name,
        language="cedar",
        effect=statement.effect,
        mode=_mode(wanted.enforcement_mode, policy.mode),
        text=wanted.policy_body,
        description=policy.description if wanted.description is None else wanted.description,
        author=caller.principal.id,
    )
