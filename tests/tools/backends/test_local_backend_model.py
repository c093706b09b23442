"""The local store and the reference backend do the same, whatever they are asked to do and in whatever order."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import text

from bylaw.backends.database import open_database
from bylaw.backends.interface import Backend, DesiredObject, LiveObject
from bylaw.backends.local.tables import COMPONENT
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BylawError
from tools.backends.opening import local_backend
from tools.contracts.policies import desired, statement
from tools.fakes.memory_backend import MemoryBackend

Operation = Callable[[Backend], LiveObject | None]
Seen = LiveObject | MultipleResults[LiveObject]

NAMES = st.sampled_from(["one", "two"])
CONTENTS = st.builds(statement, st.integers(1, 2), st.sampled_from(Effect))
MODES = st.sampled_from(Mode)
TOKENS = st.sampled_from(["t1", "t2", "t3"])
ENGINES = st.sampled_from(["refunds", "documents"])
SCHEMAS = st.none() | st.sampled_from(["entity User;", "entity Group;"])
DESIRED = st.builds(lambda name, content, mode: desired(name, content, mode=mode), NAMES, CONTENTS, MODES)


class Undo(Exception):  # noqa: N818 - the test's own way out of a transaction
    """Leaves a transaction."""


def outcome(backend: Backend, operation: Operation) -> object:
    """What came of it: the object, or the kind of error."""
    try:
        return operation(backend)
    except BylawError as error:
        return type(error)


class Twins(RuleBasedStateMachine):
    """Writes in pairs; objects that were seen once may be used long after they have changed."""

    seen: Bundle[LiveObject] = Bundle("seen")

    @initialize()
    def open(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.directory.name)}/bylaw.db"
        self.local = local_backend(self.url)
        self.memory = MemoryBackend(transactional=True)

    def teardown(self) -> None:
        if hasattr(self, "local"):
            self.local.close()
            self.directory.cleanup()

    def both(self, operation: Operation) -> object:
        found, expected = outcome(self.local, operation), outcome(self.memory, operation)

        assert found == expected
        return found

    def seen_in(self, found: object) -> Seen:
        return found if isinstance(found, LiveObject) else multiple()

    @rule(target=seen, engine=ENGINES, wanted=DESIRED, token=TOKENS)
    def create(self, engine: str, wanted: DesiredObject, token: str) -> Seen:
        return self.seen_in(self.both(lambda backend: backend.create(engine, wanted, token)))

    @rule(target=seen, live=seen, wanted=DESIRED, token=TOKENS)
    def update(self, live: LiveObject, wanted: DesiredObject, token: str) -> Seen:
        return self.seen_in(self.both(lambda backend: backend.update(live, wanted, token)))

    @rule(target=seen, live=seen, mode=MODES)
    def set_mode(self, live: LiveObject, mode: Mode) -> Seen:
        return self.seen_in(self.both(lambda backend: backend.set_mode(live, mode)))

    @rule(target=seen, live=seen, mode=MODES)
    def set_mode_at_the_present_version(self, live: LiveObject, mode: Mode) -> Seen:
        current = self.memory.read(live.engine, live.id) or live
        return self.seen_in(self.both(lambda backend: backend.set_mode(replace(live, version=current.version), mode)))

    @rule(live=seen)
    def delete(self, live: LiveObject) -> None:
        self.both(lambda backend: backend.delete(live))

    @rule(engine=ENGINES, schema=SCHEMAS)
    def put_schema(self, engine: str, schema: str | None) -> None:
        self.both(lambda backend: backend.put_schema(engine, schema))

    @rule(wanted=st.lists(st.tuples(ENGINES, DESIRED, TOKENS), max_size=3), undo=st.booleans())
    def transact(self, wanted: list[tuple[str, DesiredObject, str]], undo: bool) -> None:  # noqa: FBT001 - drawn
        def work(backend: Backend) -> None:
            with suppress(Undo), backend.transaction():
                for engine, one, token in wanted:
                    backend.create(engine, one, token)
                if undo:
                    raise Undo

        self.both(work)

    @invariant()
    def both_show_the_same(self) -> None:
        if hasattr(self, "local"):
            assert self.local.observe() == self.memory.observe()

    @invariant()
    def every_live_policy_has_one_version_in_use_and_no_other_has(self) -> None:
        if not hasattr(self, "local"):
            return
        database = open_database(self.url, COMPONENT)
        with database.reading() as connection:
            odd = connection.scalars(
                text(
                    "select p.id from bylaw_policy p where (select count(*) from bylaw_policy_version v"
                    " where v.policy_id = p.id and v.retired_at is null) <> (p.deleted_at is null)"
                )
            ).all()
        database.close()
        assert odd == []


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
