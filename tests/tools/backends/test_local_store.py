"""The embedded store in words of its own: versions, history, audit trail, pages, and what the database itself refuses."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bylaw.backends.database import Database, open_database
from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.local.records import Action, Draft, Origin, Period, Policy
from bylaw.backends.local.store import Store, open_store
from bylaw.backends.local.tables import COMPONENT
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import ConflictError, UsageError
from tools.backends.opening import Ids
from tools.backends.postgresql import Server
from tools.fakes.clock import EPOCH, FixedClock

ADA = Origin("ada", "run-1")
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = open_database(url, COMPONENT)
    yield database
    database.close()


@pytest.fixture
def store(database: Database, clock: FixedClock) -> Store:
    return Store(database, clock, Ids())


def draft(name: str = "cap", text: str = "permit 1;", mode: Mode = Mode.ACTIVE, description: str = "") -> Draft:
    return Draft(name, "cedar", Effect.PERMIT, mode, text, description, author="bob", commit="c0ffee")


def create(store: Store, wanted: Draft, token: str, engine: str = "refunds") -> Policy:
    with store.writing(ADA) as writer:
        return writer.create_policy(engine, wanted, token)


def put(store: Store, policy: Policy, wanted: Draft, token: str) -> Policy:
    with store.writing(ADA) as writer:
        return writer.put_version(policy.id, policy.revision, wanted, token)


def set_mode(store: Store, policy: Policy, mode: Mode) -> Policy:
    with store.writing(ADA) as writer:
        return writer.set_mode(policy.id, policy.revision, mode)


def remove(store: Store, policy: Policy) -> None:
    with store.writing(ADA) as writer:
        writer.delete_policy(policy.id, policy.revision)


# Policies and their versions.


def test_a_policy_starts_with_its_first_version(store: Store) -> None:
    created = create(store, draft(description="caps"), "1")

    assert created == Policy(
        id="p000001",
        engine="refunds",
        name="cap",
        mode=Mode.ACTIVE,
        description="caps",
        revision=1,
        version=1,
        language="cedar",
        effect=Effect.PERMIT,
        text="permit 1;",
        sha256=digest_text("permit 1;"),
        author="bob",
        commit="c0ffee",
        created_at=EPOCH,
        updated_at=EPOCH,
    )
    with store.reading() as reader:
        assert (reader.policy("p000001"), reader.find("refunds", "cap")) == (created, created)
        assert (reader.policy("p000002"), reader.find("refunds", "other"), reader.engine("other")) == (None, None, None)


def test_other_content_is_a_new_version_and_the_old_one_stays(store: Store, clock: FixedClock) -> None:
    created = create(store, draft(), "1")
    clock.advance(HOUR)

    changed = put(store, created, draft(text="permit 2;"), "2")

    with store.reading() as reader:
        versions = reader.versions(created.id)
    assert (changed.version, changed.text, changed.updated_at) == (2, "permit 2;", EPOCH + HOUR)
    assert [(v.number, v.text, v.created_at, v.retired_at) for v in versions] == [
        (1, "permit 1;", EPOCH, EPOCH + HOUR),
        (2, "permit 2;", EPOCH + HOUR, None),
    ]


def test_other_metadata_is_no_new_version(store: Store) -> None:
    created = create(store, draft(), "1")

    changed = put(store, created, draft(name="renamed", description="new", mode=Mode.LOG_ONLY), "2")

    assert (changed.version, changed.revision) == (1, 2)
    assert (changed.name, changed.description, changed.mode) == ("renamed", "new", Mode.LOG_ONLY)


def test_a_repeated_version_is_recognised(store: Store) -> None:
    created = create(store, draft(), "1")
    first = put(store, created, draft(text="permit 2;"), "2")

    again = put(store, created, draft(text="permit 2;"), "2")

    with store.reading() as reader:
        assert (again, len(reader.versions(created.id))) == (first, 2)


def test_a_token_of_one_policy_does_not_stand_for_another(store: Store) -> None:
    one, two = create(store, draft("one"), "1"), create(store, draft("two"), "2")
    put(store, one, draft("three"), "3")

    with pytest.raises(ConflictError, match="token `3` was used for other content"):
        put(store, two, draft("three"), "3")


def test_a_name_that_is_taken_is_refused_and_a_deleted_policys_is_free(store: Store) -> None:
    one, two = create(store, draft("one"), "1"), create(store, draft("two"), "2")

    with pytest.raises(ConflictError, match="name `one` in engine `refunds` is held by policy `p000001`"):
        put(store, two, draft("one"), "3")

    remove(store, one)
    assert put(store, two, draft("one"), "3").name == "one"


def test_the_same_name_may_live_in_two_engines(store: Store) -> None:
    assert create(store, draft(), "1", "refunds").name == create(store, draft(), "2", "documents").name


def test_what_does_not_exist_or_changed_cannot_be_written(store: Store) -> None:
    created = create(store, draft(), "1")
    set_mode(store, created, Mode.LOG_ONLY)

    with pytest.raises(ConflictError, match="policy `cap` is at revision 2, expected 1"):
        set_mode(store, created, Mode.ACTIVE)
    with store.writing(ADA) as writer, pytest.raises(ConflictError, match="policy `nobody` does not exist any more"):
        writer.delete_policy("nobody", 1)


def with_each_field(value: str) -> list[Draft]:
    one = draft()
    return [
        replace(one, name=value),
        replace(one, text=value),
        replace(one, description=value),
        replace(one, author=value),
        replace(one, commit=value),
    ]


@pytest.mark.parametrize("wanted", [*with_each_field("a\0b"), *with_each_field("a\ud800b")])
def test_what_cannot_be_stored_on_every_database_is_refused(store: Store, wanted: Draft) -> None:
    with pytest.raises(BackendTerminalError, match="cannot be stored"):
        create(store, wanted, "1")


def test_what_cannot_be_stored_is_named_so_that_it_can_be_seen(store: Store) -> None:
    with pytest.raises(BackendTerminalError, match=r"policy `a\\x00\\ud800ä` holds a character"):
        create(store, draft("a\0\ud800ä"), "1")


def test_neither_engine_nor_token_may_be_what_cannot_be_stored(store: Store) -> None:
    created = create(store, draft(), "1")

    with pytest.raises(BackendTerminalError, match="engine or token of policy `other`"):
        create(store, draft("other"), "2", engine="a\0b")
    with pytest.raises(BackendTerminalError, match="token of policy `cap`"):
        put(store, created, draft(), "a\0b")


@pytest.mark.parametrize("schema", ["\0", "\ud800"])
def test_a_schema_that_cannot_be_stored_is_refused(store: Store, schema: str) -> None:
    with store.writing(ADA) as writer, pytest.raises(BackendTerminalError, match="cannot be stored"):
        writer.put_schema("refunds", schema)


@pytest.mark.parametrize("name", ["", "n" * 501])
def test_a_name_has_a_length(store: Store, name: str) -> None:
    with pytest.raises(BackendTerminalError, match=f"name has {len(name)} characters, it needs 1 to 500"):
        create(store, draft(name), "1")


# History.


def test_history_says_when_each_version_decided(store: Store, clock: FixedClock) -> None:
    created = create(store, draft(mode=Mode.LOG_ONLY), "1")
    clock.advance(HOUR)
    active = set_mode(store, created, Mode.ACTIVE)
    clock.advance(HOUR)
    changed = put(store, active, draft(text="permit 2;"), "2")
    clock.advance(HOUR)
    silent = set_mode(store, changed, Mode.LOG_ONLY)
    clock.advance(HOUR)
    loud = set_mode(store, silent, Mode.ACTIVE)

    with store.reading() as reader:
        alive = [version.in_force for version in reader.versions(created.id)]
    clock.advance(HOUR)
    remove(store, loud)
    with store.reading() as reader:
        dead = [version.in_force for version in reader.versions(created.id)]

    hour = [EPOCH + HOUR * n for n in range(6)]
    assert alive == [(Period(hour[1], hour[2]),), (Period(hour[2], hour[3]), Period(hour[4], None))]
    assert dead == [(Period(hour[1], hour[2]),), (Period(hour[2], hour[3]), Period(hour[4], hour[5]))]


def test_history_spans_the_policies_that_went_by_a_name(store: Store, clock: FixedClock) -> None:
    remove(store, create(store, draft(), "1"))
    clock.advance(HOUR)
    second = create(store, draft(text="permit 2;"), "2")

    with store.reading() as reader:
        history = reader.history("refunds", "cap")
        none = reader.history("refunds", "other")

    assert [(v.policy_id, v.number, v.retired_at) for v in history] == [("p000001", 1, EPOCH), (second.id, 1, None)]
    assert none == ()


# The audit trail.


def test_every_write_is_audited_with_what_was_before_and_after(store: Store, clock: FixedClock) -> None:
    with store.writing(Origin("bob", "run-0")) as writer:
        writer.put_schema("refunds", "entity User;")
    clock.advance(HOUR)
    created = create(store, draft(), "1")
    changed = put(store, created, draft(text="permit 2;"), "2")
    silent = set_mode(store, changed, Mode.LOG_ONLY)
    remove(store, silent)
    one, two, schema = digest_text("permit 1;"), digest_text("permit 2;"), digest_text("entity User;")

    with store.reading() as reader:
        entries = reader.audit().items

    assert [(e.action, e.policy_id, e.version, e.mode, e.before, e.after) for e in entries] == [
        (Action.SCHEMA, None, None, None, None, schema),
        (Action.CREATE, created.id, 1, Mode.ACTIVE, None, one),
        (Action.UPDATE, created.id, 2, Mode.ACTIVE, one, two),
        (Action.MODE, created.id, 2, Mode.LOG_ONLY, two, two),
        (Action.DELETE, created.id, None, None, two, None),
    ]
    assert [(e.actor, e.run, e.at) for e in entries[:2]] == [("bob", "run-0", EPOCH), ("ada", "run-1", EPOCH + HOUR)]
    assert {e.engine for e in entries} == {"refunds"}


def test_writes_that_change_nothing_leave_no_trace(store: Store) -> None:
    with store.writing(ADA) as writer:
        writer.put_schema("refunds", None)
        created = writer.create_policy("refunds", draft(), "1")
    set_mode(store, created, Mode.ACTIVE)
    create(store, draft(), "1")
    with store.writing(ADA) as writer:
        writer.put_schema("refunds", None)

    with store.reading() as reader:
        assert [entry.action for entry in reader.audit().items] == [Action.SCHEMA, Action.CREATE]


def test_the_audit_trail_comes_in_pages_and_by_what_is_asked(store: Store) -> None:
    policies = [create(store, draft(), str(n), engine) for n, engine in enumerate(("a", "b", "c"))]
    set_mode(store, policies[1], Mode.LOG_ONLY)

    with store.reading() as reader:
        first = reader.audit(limit=3)
        rest = reader.audit(after=first.items[-1].number, limit=3)
        engine = reader.audit(engine="b")
        policy = reader.audit(policy_id=policies[1].id, limit=1)

    assert (len(first.items), first.more, len(rest.items), rest.more) == (3, True, 1, False)
    assert [entry.action for entry in engine.items] == [Action.CREATE, Action.MODE]
    assert ([entry.action for entry in policy.items], policy.more) == ([Action.CREATE], True)


# Pages of policies.


def walk(store: Store, limit: int, engine: str | None = None) -> list[str]:
    found: list[str] = []
    more = True
    while more:
        with store.reading() as reader:
            page = reader.policies(engine=engine, after=found[-1] if found else "", limit=limit)
        found += [policy.id for policy in page.items]
        more = page.more
    return found


@pytest.mark.parametrize("limit", [100, 260, 261, 1000])
def test_pages_put_together_are_the_whole_listing(store: Store, limit: int) -> None:
    with store.writing(ADA) as writer:
        made = [writer.create_policy("refunds", draft(f"policy-{n}"), str(n)).id for n in range(260)]
        writer.create_policy("documents", draft("other"), "other")

    assert walk(store, limit, "refunds") == made
    assert len(walk(store, limit)) == 261


def test_a_page_does_not_slip_when_policies_come_and_go(store: Store) -> None:
    made = [create(store, draft(f"policy-{n}"), str(n)) for n in range(6)]
    with store.reading() as reader:
        first = reader.policies(limit=3)

    remove(store, made[0])
    create(store, draft("new"), "new")

    with store.reading() as reader:
        rest = reader.policies(after=first.items[-1].id)
    assert [policy.name for policy in rest.items] == ["policy-3", "policy-4", "policy-5", "new"]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_a_size(store: Store, limit: int) -> None:
    with store.reading() as reader, pytest.raises(UsageError, match="at least 1 and at most 1000"):
        reader.policies(limit=limit)


def test_listings_are_ordered_by_code_point_on_every_database(store: Store) -> None:
    with store.writing(ADA) as writer:
        for name in ("b", "a-b", "ab", "B", "ä", "a b", "Z"):
            writer.put_schema(name, "entity User;")

    with store.reading() as reader:
        assert [engine.name for engine in reader.engines()] == ["B", "Z", "a b", "a-b", "ab", "b", "ä"]


# Transactions.


def test_a_reader_goes_on_seeing_what_it_saw_first(store: Store) -> None:
    created = create(store, draft(), "1")

    with store.reading() as reader:
        before = reader.policy(created.id)
        set_mode(store, created, Mode.LOG_ONLY)
        after = reader.policy(created.id)

    assert (before, after) == (created, created)


def test_a_failed_write_leaves_nothing_of_its_transaction(store: Store) -> None:
    create(store, draft(), "1")

    def write_twice() -> None:
        with store.writing(ADA) as writer:
            writer.put_schema("other", "entity User;")
            writer.create_policy("refunds", draft(), "2")

    with pytest.raises(ConflictError):
        write_twice()

    with store.reading() as reader:
        assert [engine.name for engine in reader.engines()] == ["refunds"]
        assert len(reader.audit().items) == 1


def test_a_write_that_slips_in_between_reading_and_changing_is_a_conflict(postgresql_server: Server) -> None:
    url = postgresql_server.new_database()
    one, two = open_store(url, FixedClock(), Ids()), open_store(url, FixedClock(), Ids())
    created = create(one, draft(), "1")

    def let_somebody_in() -> datetime:
        set_mode(two, created, Mode.LOG_ONLY)
        return EPOCH

    slow = open_store(url, let_somebody_in, Ids())
    with pytest.raises(ConflictError, match="policy `cap` was changed by somebody else at the same time"):
        remove(slow, created)

    with two.reading() as reader:
        assert reader.find("refunds", "cap") == replace(created, mode=Mode.LOG_ONLY, revision=2)
    for store in (one, two, slow):
        store.close()


# What the database refuses by itself.

FORBIDDEN = [
    "update bylaw_audit set actor = 'eve'",
    "delete from bylaw_audit",
    "update bylaw_policy_version set text = 'permit everything;'",
    "update bylaw_policy_version set sha256 = 'forged'",
    "update bylaw_policy_version set commit_id = 'forged', retired_at = created_at",
    "update bylaw_policy_version set retired_at = null where number = 1",
    "update bylaw_policy_version set retired_at = created_at where number = 1",
    "delete from bylaw_policy_version",
    "delete from bylaw_policy",
    """insert into bylaw_policy_version
        select policy_id, 3, language, effect, text, sha256, author, commit_id, created_at, null
        from bylaw_policy_version where number = 2""",
]
ONLY_SQLITE = [
    """insert or replace into bylaw_audit
        select number, at, 'eve', run, action, engine, policy_id, version, mode, before_digest, after_digest
        from bylaw_audit""",
    """replace into bylaw_policy_version
        select policy_id, number, language, effect, 'forged', sha256, author, commit_id, created_at, retired_at
        from bylaw_policy_version""",
]
ONLY_POSTGRESQL = ["truncate bylaw_audit", "truncate bylaw_policy_version"]


@pytest.mark.parametrize("statement", [*FORBIDDEN, *ONLY_SQLITE, *ONLY_POSTGRESQL])
def test_the_past_cannot_be_changed(store: Store, database: Database, clock: FixedClock, statement: str) -> None:
    foreign = ONLY_POSTGRESQL if database.dialect == "sqlite" else ONLY_SQLITE
    if statement in foreign:
        return
    created = create(store, draft(), "1")
    clock.advance(HOUR)
    put(store, created, draft(text="permit 2;"), "2")
    with store.reading() as reader:
        before = (reader.audit(), reader.versions(created.id))

    with pytest.raises(ConflictError) as refusal, database.writing() as connection:
        connection.execute(text(statement))

    assert isinstance(refusal.value.__cause__, IntegrityError)
    with store.reading() as reader:
        assert (reader.audit(), reader.versions(created.id)) == before


def test_a_listing_does_not_pass_over_a_damaged_policy(store: Store, database: Database) -> None:
    create(store, draft(), "1")
    with database.writing() as connection:
        connection.execute(text("update bylaw_policy_version set retired_at = created_at"))

    with (
        store.reading() as reader,
        pytest.raises(BackendTerminalError, match="policy `cap` of engine `refunds` has no version"),
    ):
        reader.all_policies()


def test_a_token_whose_policy_was_taken_away_is_damage(store: Store, database: Database) -> None:
    create(store, draft(), "1")
    with database.writing() as connection:
        connection.execute(text("update bylaw_policy set deleted_at = created_at"))

    with pytest.raises(BackendTerminalError, match="policy `p000001` was written, but does not exist"):
        create(store, draft(), "1")
